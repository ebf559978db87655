"""Pins and mentions: what a path, a symbol, lines, a stack trace or a diff name, and that pins are kept whole."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longzip import BudgetTooSmall, Compressor, Settings, Source, UsageError
from longzip.cli import main
from longzip.formats.code import CodeFormat
from longzip.models import ngram
from longzip.scoring.mentions import closest, mentioned, places, unclear
from longzip.scoring.places import dropped, pinned
from tests.fakes import CharacterCount
from tests.test_compressor import PLANETS, STORE

FORM = CodeFormat()
SHOP = (
    Source("shop/planets.py", PLANETS),
    Source("shop/store.py", STORE),
    Source("old/store.py", "def load():\n    return 1\n"),
)


def lines_of(cells):
    """The first and last line that cells of one source cover."""
    ((index,), units) = {cell[0] for cell in cells}, [FORM.units(SHOP[cell[0]])[cell[1]] for cell in sorted(cells)]
    return SHOP[index].name, units[0].first_line, units[-1].last_line


def text_at(name, first, last):
    source = next(source for source in SHOP if source.name == name)
    return "\n".join(source.text.split("\n")[first - 1 : last])


def test_a_path_pins_the_file_and_may_be_the_end_of_a_name():
    assert lines_of(pinned(["planets.py"], SHOP, FORM))[:2] == ("shop/planets.py", 1)
    assert pinned(["shop/planets.py"], SHOP, FORM) == pinned(["planets.py"], SHOP, FORM)


def test_a_symbol_pins_its_function_and_a_class_its_methods():
    name, first, last = lines_of(pinned(["planets.py:weight_on_mars"], SHOP, FORM))
    assert "def weight_on_mars" in text_at(name, first, last)
    assert "def weight_on_jupiter" not in text_at(name, first, last)
    found = text_at(*lines_of(pinned(["shop/store.py:Store"], SHOP, FORM)))
    assert "class Store" in found
    assert "def save" in found
    assert "def save" in text_at(*lines_of(pinned(["shop/store.py:Store.save"], SHOP, FORM)))


def test_lines_pin_the_statements_that_they_touch():
    name, first, last = lines_of(pinned(["planets.py:3-4"], SHOP, FORM))
    assert (name, first <= 3, last >= 4) == ("shop/planets.py", True, True)


@pytest.mark.parametrize(
    ("pin", "message"),
    [
        ("nothing.py", "names no file"),
        ("store.py", "could be any of 2 files"),
        ("planets.py:9999", "has no lines 9999"),
        ("planets.py:moon", "defines no moon; it defines"),
        ("planets.py:9-3", "has no lines 9-3"),
    ],
)
def test_a_pin_that_names_nothing_says_so(pin, message):
    with pytest.raises(UsageError, match=message):
        pinned([pin], SHOP, FORM)


TRACE = """Traceback (most recent call last):
  File "/home/me/project/shop/planets.py", line 5, in weight_on_mars
    return 1 / 0
"""
DIFF = """--- a/shop/store.py
+++ b/shop/store.py
@@ -1,4 +1,30 @@
 x
"""


def test_places_are_read_from_traces_diffs_and_prose():
    assert list(places(TRACE)) == [("/home/me/project/shop/planets.py", 5, 5)]
    assert list(places(DIFF)) == [("shop/store.py", 1, 30)]
    assert list(places("see src/a.go:12 and (b.rs:7), not http://host:80 or 10:30")) == [
        ("src/a.go", 12, 12),
        ("b.rs", 7, 7),
    ]
    assert next(places("    at save (C:\\app\\store.js:10:5)"))[1:] == (10, 10)


def test_a_mentioned_path_is_the_source_that_shares_the_longest_end():
    assert closest("/x/old/store.py", SHOP) == 2
    assert closest("/x/store.py", SHOP) is None
    assert closest("/x/moon.py", SHOP) is None


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("it fails in cart.py (line 5)", ("cart.py", 5, 5)),
        ("see `lib/cart.rb`, lines 5-9", ("lib/cart.rb", 5, 9)),
        ("PHP: in /srv/cart.php on line 12", ("/srv/cart.php", 12, 12)),
        ("at Cart.Add() in C:\\app\\Cart.cs:line 31", ("\\app\\Cart.cs", 31, 31)),
        ("line 7 of cart.py", ("cart.py", 7, 7)),
        ("src/web.ts(7,22): error TS2322", ("src/web.ts", 7, 7)),
        ("https://github.com/a/b/blob/main/src/web.ts#L17-L20", ("//github.com/a/b/blob/main/src/web.ts", 17, 20)),
        ("web.ts#L17", ("web.ts", 17, 17)),
        ("cart.go:10-20", ("cart.go", 10, 20)),
    ],
)
def test_places_are_read_as_people_and_programs_write_them(query, place):
    assert list(places(query)) == [place]


def test_the_exact_path_wins_then_the_shortest_that_ends_so():
    sources = [Source(name, "x\n") for name in ("packages/a/src/index.ts", "src/index.ts", "packages/b/src/index.ts")]
    assert closest("src/index.ts", sources) == 1
    assert closest("/home/me/repo/src/index.ts", sources) == 1
    assert closest("/home/me/repo/packages/b/src/index.ts", sources) == 2
    assert closest("index.ts", sources) == 1
    assert not unclear("see src/index.ts:3", sources)
    (note,) = unclear("see index.ts:3", [sources[0], sources[2]])
    assert "could be in any of 2 files (packages/a/src/index.ts, packages/b/src/index.ts)" in note


def test_a_mention_is_the_function_at_that_line():
    line = next(number for number, text in enumerate(PLANETS.split("\n"), 1) if "def weight_on_mars" in text)
    (mention,) = mentioned(f"it fails at shop/planets.py:{line}", SHOP, FORM)
    assert "weight_on_mars" in mention.label
    assert "def weight_on_mars" in text_at(*lines_of(mention.cells))


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(["planets.py", "planets.py:weight_on_mars", "shop/store.py:Store", "old/store.py:1-2"]),
    st.integers(20, 400),
)
def test_what_is_pinned_is_whole_or_the_call_fails(pin, budget):
    compressor = Compressor(ngram.load(), CharacterCount())
    try:
        result = compressor.compress(SHOP, query="save a record", budget=budget, pins=[pin])
    except BudgetTooSmall as error:
        assert error.needed > budget
        return
    assert CharacterCount().count(result.text) <= budget
    name, first, last = lines_of(pinned([pin], SHOP, FORM))
    assert all(line in result.text for line in text_at(name, first, last).split("\n"))


def test_what_the_query_names_is_kept_if_it_fits_and_reported():
    line = next(number for number, text in enumerate(PLANETS.split("\n"), 1) if "def weight_on_jupiter" in text)
    query = f"save a record, see planets.py:{line}"
    kept = Compressor(ngram.load(), CharacterCount()).compress(SHOP, query=query, budget=160)
    assert "def weight_on_jupiter" in kept.text
    assert any("named in the query, and therefore kept" in note for note in kept.report.notes)
    assert {chunk.name for chunk in kept.report.chunks if chunk.reason == "pinned"} == {"weight_on_jupiter"}
    tight = Compressor(ngram.load(), CharacterCount()).compress(SHOP, query=query, budget=45)
    assert any("too large to be kept whole" in note for note in tight.report.notes)
    off = Compressor(ngram.load(), CharacterCount(), Settings(mentions=False)).compress(SHOP, query=query, budget=160)
    assert not off.report.notes


def test_the_command_line_takes_pins(tmp_path, capsys, monkeypatch):
    for source in SHOP:
        (tmp_path / source.name).parent.mkdir(exist_ok=True)
        (tmp_path / source.name).write_text(source.text)
    monkeypatch.chdir(tmp_path)
    call = ["compress", ".", "-q", "save a record", "--budget", "150", "--model", "ngram"]
    assert main([*call, "--keep", "planets.py:weight_on_mars"]) == 0
    assert "def weight_on_mars" in capsys.readouterr().out
    assert main([*call, "--keep", "moon.py"]) == 2
    assert "names no file" in capsys.readouterr().err
    assert main([*call, "--keep", "shop/planets.py", "--budget", "30"]) == 3


@pytest.mark.parametrize(
    ("drop", "gone"),
    [
        ("shop/**", {"shop/a.py", "shop/b.py"}),
        ("b.py", {"shop/b.py"}),
        ("shop", {"shop/a.py", "shop/b.py"}),
        ("*/a.py", {"shop/a.py"}),
    ],
)
def test_a_drop_may_be_a_glob_a_file_or_a_folder(drop: str, gone: set[str]) -> None:
    sources = [Source("shop/a.py", "x = 1\n"), Source("shop/b.py", "y = 2\n"), Source("c.py", "z = 3\n")]
    found = dropped([drop], sources, CodeFormat())
    assert {sources[index].name for index, _ in found} == gone


def test_a_drop_may_be_a_symbol_or_lines() -> None:
    source = Source("shop/a.py", "def one():\n    return 1\n\n\ndef two():\n    return 2\n")
    form = CodeFormat()
    first = {form.units(source)[unit].first_line for _, unit in dropped(["a.py:two"], [source], form)}
    assert min(first) == 5
    assert dropped(["a.py:1-2"], [source], form) < dropped(["a.py"], [source], form)


def test_a_drop_that_names_nothing_is_an_error() -> None:
    with pytest.raises(UsageError, match="names no file"):
        dropped(["nowhere.py"], [Source("a.py", "x = 1\n")], CodeFormat())
