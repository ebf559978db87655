"""Which chunks a piece of code uses, and which imports."""

from __future__ import annotations

from longzip.formats.code import CodeFormat
from longzip.scoring.links import Links
from longzip.types import Source

FILES = {
    "shop/cart.py": (
        "import json\n"
        "from shop.prices import price_of\n"
        "from . import stock\n"
        "\n"
        "\n"
        "class Cart(Base):\n"
        "    def total(self):\n"
        "        return self.sum() + price_of(self) + stock.level() + load()\n"
        "\n"
        "    def sum(self):\n"
        "        return helper(json.dumps({}))\n"
        "\n"
        "\n"
        "def helper(x):\n"
        "    return x.sum()\n"
    ),
    "shop/prices.py": "def price_of(cart):\n    return 1\n\n\ndef helper(x):\n    return 2\n",
    "shop/stock.py": "def level():\n    return 3\n\n\ndef dumps(x):\n    return 4\n",
    "shop/base.py": "class Base:\n    def load(self):\n        return 5\n",
    "other/level.py": "class Gauge:\n    def level(self):\n        return 6\n\n    def sum(self):\n        return 7\n",
}


def linked() -> tuple[Links, list[str]]:
    sources = [Source(name, text) for name, text in FILES.items()]
    form = CodeFormat()
    split = [(page, chunk) for page, source in enumerate(sources) for chunk in form.split(source)]
    links = Links(sources, [chunk for _, chunk in split], [page for page, _ in split], form.facts)
    return links, [f"{chunk.source.name}:{chunk.label}" for _, chunk in split]


def used(label: str) -> set[str]:
    links, labels = linked()
    index = labels.index(label)
    found = links.used(links.pages[index], frozenset(links.own_units(index)))
    assert all(users == {index} for users in found.values())
    return {labels[one] for one in found}


def test_names_are_followed_by_class_import_and_module() -> None:
    # not load(): a method is not called by its bare name; not Gauge.sum or Gauge.level: others are closer
    assert used("shop/cart.py:Cart.total") == {
        "shop/cart.py:Cart.sum",
        "shop/prices.py:price_of",
        "shop/stock.py:level",
    }


def test_a_function_of_the_same_file_is_closer_and_a_foreign_module_is_none_of_ours() -> None:
    assert used("shop/cart.py:Cart.sum") == {"shop/cart.py:helper"}  # not json.dumps -> stock.dumps, not prices.helper


def test_a_base_class_is_used() -> None:
    assert used("shop/cart.py:Cart") >= {"shop/base.py:Base"}


def test_two_homonyms_are_both_meant() -> None:
    assert used("shop/cart.py:helper") == {"shop/cart.py:Cart.sum"}  # x.sum(): the one of its own file is closer


def test_imports_are_those_whose_names_stand_in_the_text() -> None:
    links, _ = linked()
    kept = frozenset({4, 5})
    rows = [unit.first_line for unit in CodeFormat().units(links.sources[0])]
    wanted = {rows[unit] for unit in links.imports(0, kept, "return helper(json.dumps(price_of))")}
    assert wanted == {1, 2}
