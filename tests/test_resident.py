"""What is kept in memory gives what a fresh process gives, and what is typed at a cursor is found without a parse."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import pytest

from longzip import Compressor, Settings, Source
from longzip.formats.code import CodeFormat
from longzip.models import ngram
from longzip.pipeline.cursor import open_span
from longzip.resident import postings
from longzip.resident.asking import Question, best, preferences
from longzip.resident.carrying import carried, common
from longzip.resident.index import Counter, Index, Workshop
from longzip.scoring import bm25
from longzip.sources.gather import gather
from longzip.sources.watching import Folder
from longzip.strategies.weights import read

PLAIN = Settings(cache=False, isolated=False, model="ngram")
MODEL = ngram.load()
SHAPES = (
    "import math\n\n\ndef area(radius):\n    square = radius * radius\n    return math.pi * square\n\n\n"
    "class Box:\n    def __init__(self, side):\n        self.side = side\n\n"
    "    def volume(self):\n        edge = self.side\n        return edge**3\n\n\ndef unused():\n    return None\n"
)
OTHERS = {
    "shop/money.py": "def rounded_price(amount):\n    cents = amount * 100\n    return round(cents) / 100\n",
    "shop/cart.py": "from shop.money import rounded_price\n\n\n"
    "def total_of(cart):\n    amount = sum(item.amount for item in cart)\n    return rounded_price(amount)\n",
    "shop/test_cart.py": "def test_total():\n    cart = []\n    amount = total_of(cart)\n    assert amount == 0\n",
}


def workshop() -> Workshop:
    return Workshop(CodeFormat(), MODEL, Counter(MODEL), PLAIN, None, None)


def written(folder: Path, texts: dict[str, str]) -> Path:
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def aged(folder: Path) -> None:
    """As if nobody had touched anything for a minute; the inode tells it all the same."""
    then = time.time() - 60
    for path in folder.rglob("*"):
        os.utime(path, (then, then))


def test_a_folder_is_as_a_fresh_look_finds_it(tmp_path: Path) -> None:
    folder = Folder(written(tmp_path / "repo", OTHERS), PLAIN)
    assert folder.look() == gather(tmp_path / "repo", PLAIN)
    first = folder.look()
    assert folder.look() is first
    for change in (
        {"shop/money.py": "def rounded_price(amount):\n    return amount\n"},
        {"shop/new.py": "x = 1\n"},
        {"new/folder/a.py": "y = 'AKIAIOSFODNN7EXAMPLE'\n"},
        {".gitignore": "new/\n"},
        {".gitignore": "*.txt\n", "notes.txt": "nothing\n"},
        {"shop/bad.py": "\0\1\2" * 100},
    ):
        written(tmp_path / "repo", change)
        assert folder.look() == gather(tmp_path / "repo", PLAIN), change
    (tmp_path / "repo/shop/cart.py").unlink()
    assert folder.look() == gather(tmp_path / "repo", PLAIN)


def test_an_edit_reads_the_edited_file_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Folder(written(tmp_path, OTHERS), PLAIN)
    monkeypatch.setattr("longzip.sources.watching.SETTLED", 0)
    before = folder.look()
    written(tmp_path, {"shop/money.py": "def rounded_price(amount):\n    return amount\n"})
    after = folder.look()
    same = [one is other for one, other in zip(before.sources, after.sources, strict=True)]
    assert same.count(False) == 1


def test_words_are_worth_what_they_are_to_a_ranking() -> None:
    sources = [Source(name, text) for name, text in OTHERS.items()]
    form = CodeFormat()
    groups = [form.split(source) for source in sources]
    chunks = [chunk for group in groups for chunk in group]
    pages = [page for page, group in enumerate(groups) for _ in group]
    paths = [bm25.hashes_of(source.name) for source in sources]
    parts = [
        postings.Postings.of(bm25.read(groups[:1], None), paths[:1]),
        postings.Postings.of(bm25.read(groups[1:], None), paths[1:]),
    ]
    for query in ("amount of the cart", "round money price price", "nothing here", ""):
        found = postings.scores(query, parts, np.ones(len(chunks), dtype=bool))
        assert found.tolist() == bm25.scores(query, sources, chunks, pages)


def test_an_index_that_was_edited_is_as_a_new_one() -> None:
    texts = {f"pkg/m{n}.py": f"def handler_{n}(request):\n    return request.part_{n % 3}\n" for n in range(90)}
    edited, question = Index(workshop()), Question("request.part_1", "request.part_1 handler_7", "pkg/m7.py", True)
    edited.update(tuple(Source(name, text) for name, text in texts.items()), lambda _d, _t: None)
    for n in (3, 7, 3):
        texts[f"pkg/m{n}.py"] += f"\n\ndef more_{n}(request):\n    return request.part_1 + {len(texts)}\n"
        edited.update(tuple(Source(name, text) for name, text in texts.items()), lambda _d, _t: None)
    del texts["pkg/m5.py"]
    texts["pkg/z.py"] = "def last(request):\n    return request.part_1\n"
    edited.update(tuple(Source(name, text) for name, text in texts.items()), lambda _d, _t: None)
    fresh = Index(workshop())
    fresh.update(tuple(Source(name, text) for name, text in texts.items()), lambda _d, _t: None)
    assert len(edited.parts) == 2
    assert len(fresh.parts) == 1
    told = []
    for index in (edited, fresh):
        values, alive = preferences(index.parts, question, read()["code"], None)
        found = best(index.parts, values, alive, 30)
        told.append([(one.file.source, one.place, one.preference) for one in found])
    assert told[0] == told[1]
    assert edited.tokens == fresh.tokens


@pytest.mark.parametrize(
    ("at", "typed"),
    [
        ("    square = radius * radius\n", "    half = squ"),
        ("        edge = self.side\n", "        edge"),
        ("    return None\n", "    x"),
        ("    square = radius", " + 1"),
    ],
)
def test_the_open_function_is_that_of_a_parse(at: str, typed: str) -> None:
    form, saved = CodeFormat(), Source("shapes.py", SHAPES)
    cut = SHAPES.index(at) + len(at)
    text = SHAPES[:cut] + typed + SHAPES[cut:]
    found = carried(saved, text, cut + len(typed), form)
    assert found is not None
    start, stop = found.span
    wanted = open_span(form, Source("shapes.py", SHAPES), cut)
    assert (start, stop) == (wanted[0], wanted[1] + len(typed))


@pytest.mark.parametrize("typed", ["\n\n\ndef fresh(x):\n    y = ", "\nimport os\n", "\n@cache\n"])
def test_what_may_define_something_is_parsed(typed: str) -> None:
    cut = SHAPES.index("\n\n\nclass")
    assert carried(Source("s.py", SHAPES), SHAPES[:cut] + typed + SHAPES[cut:], cut + len(typed), CodeFormat()) is None


def test_what_two_texts_begin_with() -> None:
    assert [common(*pair) for pair in (("", "a"), ("abc", "abd"), ("abc", "abc"), ("x", "y"))] == [0, 2, 3, 0]


class TestComplete:
    PREFIX = OTHERS["shop/cart.py"] + "\n\ndef discounted(cart, share):\n    amount = total_of(cart)\n    return roun"

    def test_what_is_imported_comes_first(self, tmp_path: Path) -> None:
        written(tmp_path, OTHERS)
        found = Compressor.load(settings=PLAIN).complete(
            prefix=self.PREFIX, path="shop/cart.py", root=tmp_path, budget=400
        )
        assert "def rounded_price(amount):" in found.text
        assert "def test_total" not in found.text
        assert found.text.endswith("    return roun")

    def test_a_fresh_process_says_the_same_after_any_edits(self, tmp_path: Path) -> None:
        written(tmp_path, OTHERS)
        kept = Compressor.load(settings=PLAIN)
        asked = {"prefix": self.PREFIX, "path": "shop/cart.py", "root": tmp_path, "budget": 500}
        for text in (OTHERS["shop/money.py"], "def rounded_price(amount):\n    return round(amount)\n", "cents = 3\n"):
            written(tmp_path, {"shop/money.py": text})
            now = kept.complete(**asked)
            assert now.text == Compressor.load(settings=PLAIN).complete(**asked).text
            assert text.split("\n")[0] in now.text or "cents" in text

    def test_the_file_that_matters_most_stands_last_on_request(self, tmp_path: Path) -> None:
        texts = OTHERS | {
            "z/near.py": "def discounted_price(cart, share):\n    amount = total_of(cart)\n    return amount * share\n"
        }
        written(tmp_path, texts)
        compressor = Compressor.load(settings=PLAIN)
        found = [
            compressor.complete(
                prefix=self.PREFIX.replace("total_of", "discounted_price"),
                path="shop/cart.py",
                root=tmp_path,
                budget=900,
                relevant_last=wanted,
            ).text
            for wanted in (False, True)
        ]
        before = [text.index("z/near.py") < text.index("shop/money.py") for text in found]
        assert before == [False, True]  # the import names what is in shop/money.py

    def test_no_time_leaves_the_function_and_the_imports(self, tmp_path: Path) -> None:
        written(tmp_path, OTHERS)
        compressor = Compressor.load(settings=PLAIN)
        asked = {"prefix": self.PREFIX, "path": "shop/cart.py", "root": tmp_path, "budget": 500}
        early = compressor.complete(**asked, deadline_ms=0)
        assert early.text.endswith("    return roun")
        assert "def rounded_price" not in early.text
        assert "def rounded_price" in compressor.complete(**asked).text

    def test_edits_elsewhere_count(self) -> None:
        sources = [Source(f"m{n}.py", f"def step_{n}(value):\n    return value + {n}\n") for n in range(60)]
        asked = {"prefix": "def main(x):\n    y = ", "root": sources, "budget": 90}
        compressor = Compressor.load(settings=PLAIN)
        assert "def step_41" not in compressor.complete(**asked).text
        assert "def step_41" in compressor.complete(**asked, recent=["step_41(3)"]).text
