"""What takes room and says nothing: copies of one function, files shown for their imports, gaps among imports."""

from __future__ import annotations

from longzip import Compressor, Settings, Source
from longzip.formats.code import CodeFormat
from longzip.scoring.alike import alike

SETTINGS = Settings(model="ngram", count_for="chars/4", cache=False)


def case(number: int) -> str:
    return (
        f"def test_price_{number}():\n"
        f'    basket = Basket("customer {number}")\n'
        f"    basket.add(Item({number}, price={number * 3}))\n"
        f"    basket.add(Item({number + 1}, price={number * 5}))\n"
        f"    assert basket.total() == {number * 8}\n"
        f"    assert basket.owner == 'customer {number}'\n\n\n"
    )


def test_copies_are_found_by_their_words() -> None:
    texts = [case(1), case(2), "def total(self):\n    return sum(item.price for item in self.items)\n" * 3, case(3)]
    assert alike(texts, [["test_price_1"], ["test_price_2"], ["total"], ["test_price_3"]]) == {1: 0, 3: 0}


def test_copies_of_a_test_do_not_fill_the_budget() -> None:
    tests = Source("tests/test_basket.py", "".join(case(number) for number in range(1, 30)))
    code = "".join(
        f"def rule_{number}(basket, price):\n    for item in basket.items_{number}:\n"
        f"        price += item.weight_{number} * {number}\n    return price\n\n\n"
        for number in range(30)
    )
    compressor = Compressor.load(settings=SETTINGS)
    result = compressor.compress([Source("basket.py", code), tests], query="test the price of a basket", budget=500)
    shown = [chunk for chunk in result.report.chunks if chunk.path == tests.name and chunk.reason in ("whole", "part")]
    assert len(shown) <= 2
    assert any("alike" in note for note in result.report.notes) == bool(shown)
    named = compressor.compress([Source("basket.py", code), tests], query="why does test_price_7 fail", budget=500)
    assert "def test_price_7" in named.text


def test_a_long_run_is_cut_by_what_it_holds() -> None:
    licence = "# Copyright: somebody.\n# All rights kept.\n# By them.\n# For ever.\n\n"
    text = f"{licence}import os\nimport sys\n\n# Seconds.\nDEFAULT_TIMEOUT = 30\nRETRIES = 3\n"
    chunks = CodeFormat().split(Source("a.py", text))
    assert [(chunk.label, chunk.first_line) for chunk in chunks] == [
        ("<comment>", 1),
        ("<imports>", 6),
        ("DEFAULT_TIMEOUT, RETRIES", 9),
    ]
    go = 'package a\n\nimport "os"\n\nconst Timeout = 30\n'
    assert [chunk.label for chunk in CodeFormat().split(Source("a.go", go))] == ["<imports>", "Timeout"]


IMPORTS = "".join(f"import module_{number}\n" for number in range(40))


def test_no_file_is_shown_for_its_imports_alone_and_no_gap_lies_between_imports() -> None:
    body = "\n\ndef {0}(path):\n    text = module_3.read(path)\n    return module_30.parsed(text, module_17.OPTIONS)\n"
    sources = [Source(f"{name}.py", IMPORTS + body.format(name)) for name in ("load", "other", "more", "nothing")]
    compressor = Compressor.load(settings=SETTINGS)
    for budget in range(60, 700, 40):
        result = compressor.compress(sources, query="how does load read a path", budget=budget)
        for part in result.text.split("# file: ")[1:]:
            rows = [row for row in part.splitlines()[1:] if row.strip()]
            assert not all(row.startswith(("import", "# ...")) for row in rows), part
            kinds = "".join(
                "i" if row.startswith("import") else "g" if row.startswith("# ...") else "x" for row in rows
            )
            assert "igi" not in kinds, part
