"""What is left out on request: comments, the middle of long literals, gaps between imports."""

from __future__ import annotations

from dataclasses import replace

import pytest

from longzip import Compressor, Settings, Source
from longzip.formats.code import CodeFormat
from longzip.models import ngram
from tests.fakes import CharacterCount

ROWS = "".join(f'    "planet {number}",\n' for number in range(40))
TEXT = f'''#!/usr/bin/env python
import json

import os
import re

NAMES = [
{ROWS}]


# The mass that a planet has.
def mass(name):
    """In kilograms."""
    # nobody knows
    found = json.loads(name)  # parsed
    return re.sub("x", "", found)
'''


def compressed(settings: Settings, budget: int = 350, text: str = TEXT) -> tuple[str, tuple[str, ...]]:
    compressor = Compressor(ngram.load(), CharacterCount(), settings)
    source = Source(
        "planets.py", text + "\n\ndef other(x):\n    return [x, 'something else, as long as it has to be', x]\n" * 12
    )
    result = compressor.compress(source, query="mass of a planet by its name", budget=budget)
    assert settings.line_numbers or CodeFormat().facts.valid(source, result.text)
    return result.text, result.report.notes


def test_nothing_is_left_out_unasked() -> None:
    text, notes = compressed(Settings(), budget=600)
    assert "# nobody knows" in text
    assert not [note for note in notes if "on request" in note]


def test_comments_go_and_documentation_stays() -> None:
    text, notes = compressed(replace(Settings(), drop_comments=True))
    assert "nobody knows" not in text
    assert "    found = json.loads(name)\n" in text  # the trailing comment, and the white space before it
    assert "# The mass that a planet has.\n" in text
    assert '"""In kilograms."""' in text
    assert "left out on request: 2 comments" in notes


def test_long_literals_are_shown_by_their_head() -> None:
    text, notes = compressed(replace(Settings(), shorten_literals=True), budget=560)
    assert '    "planet 2",\n    # ... 37 more, 37 lines (11-47)\n]' in text
    assert "shortened on request: 1 long literal, by 37 lines" in notes


def test_lines_keep_their_numbers() -> None:
    text, _ = compressed(
        replace(Settings(), shorten_literals=True, drop_comments=True, line_numbers=True, marker_names=0), budget=700
    )
    rows = {
        int(row.split()[0]): row.lstrip().partition(" ")[2] for row in text.split("\n") if row.strip()[:1].isdigit()
    }
    own = TEXT.split("\n")
    assert len(rows) > 10
    assert all(own[number - 1].startswith(row) for number, row in rows.items() if number <= len(own))
    assert "found = json.loads(name)" in rows[own.index("    found = json.loads(name)  # parsed") + 1]


@pytest.mark.parametrize("merged", [False, True])
def test_imports_stand_together(merged: bool) -> None:
    text, _ = compressed(replace(Settings(), merge_imports=merged))
    head = text[: text.index("NAMES")] if "NAMES" in text else text[: text.index("# The mass")]
    assert "import json" in head
    assert "import re" in head
    assert ("\n\nimport" not in head) == merged
