"""What somebody drops goes by the rules of all cuts: no file is broken, and notes say what else happened."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from longzip import Compressor, Settings, Source
from longzip.formats.code import CodeFormat
from longzip.rendering.pages import Page, excerpt
from longzip.scoring.cuts import cut
from tests.parsing import installed, parses

FORM = CodeFormat()
SAMPLES = sorted(path.name for path in (Path(__file__).parent / "samples").iterdir() if path.is_file())
TEXT = """\
def load(path):
    if not path:
        return None
    with open(path) as stream:
        return stream.read()


def save(path, text):
    try:
        write(path, text)
    except OSError:
        report(path)
"""


@pytest.mark.parametrize("name", SAMPLES)
def test_no_drop_breaks_a_file(name: str) -> None:
    source = Source(name, (Path(__file__).parent / "samples" / name).read_bytes().decode())
    if not installed(source):
        pytest.skip("its grammar comes with longzip[languages]")
    units, chance = FORM.units(source), random.Random(name)
    page, last = Page(source, units), units[-1].last_line
    for _ in range(12):
        first = chance.randrange(1, last)
        end = first + chance.choice([0, 0, 1, 3, 10, 30])
        wanted = {index for index, unit in enumerate(units) if unit.first_line <= end and unit.last_line >= first}
        going = cut(units, wanted)
        shown = excerpt(page, frozenset(range(len(units))) - going, FORM)
        assert not shown or parses(Source(name, shown)), (first, end)


def dropped(*drops: str) -> tuple[str, tuple[str, ...]]:
    settings = Settings(model="ngram", count_for="chars/4", cache=False)
    result = Compressor.load(settings=settings).compress(
        Source("a.py", TEXT), query="save", budget=1000, drops=[f"a.py:{lines}" for lines in drops]
    )
    return result.text, result.report.notes


def test_a_head_takes_its_body() -> None:
    text, notes = dropped("1")
    assert text == "# ... 5 lines (1-5)\n" + TEXT[TEXT.index("def save") :]
    assert notes == ("left out of a.py too, since it cannot stand alone: lines 2-7",)


def test_a_clause_stays() -> None:
    text, notes = dropped("11-12")
    assert "except OSError:\n" in text
    assert "report" not in text
    assert notes == ("kept of a.py, since what is shown cannot stand without: line 11",)


def test_a_guard_goes_alone() -> None:
    text, notes = dropped("2-3")
    assert "if not path" not in text
    assert "with open(path) as stream:" in text
    assert not notes
