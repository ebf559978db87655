"""The outcome of a run of tests: its total, and one line of each distinct failure, which no repetition makes
superfluous.

Knows lines; no tool by name but by its words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from longzip.prose.rules import Cue
from longzip.strategies.corpus import Cell

TOTAL, MESSAGE = Cue(__name__, "total"), Cue(__name__, "message")
PLACE = re.compile(r"^\W*(?:[\w./\\-]+:\d+(?::\d+)?:?|FAILED \S+ - |E +|\d+\)|\[ERROR\])\s*")
LONGEST = 400  # characters of a unit that is looked at
MOST = 40  # distinct failures of a run that has so many in common that they are worth a line each


def totals(texts: Mapping[Cell, str]) -> frozenset[Cell]:
    """The units with a line that says how a run ended."""
    return frozenset(cell for cell, text in texts.items() if any(TOTAL.found(line) for line in lines(text)))


def distinct_failures(texts: Mapping[Cell, str]) -> frozenset[Cell]:
    """The first unit with each failure that says something else than those before it, of a run of tests."""
    first: dict[str, Cell] = {}
    for cell, text in texts.items():
        for line in lines(text):
            if MESSAGE.found(line):
                first.setdefault(PLACE.sub("", line.strip()), cell)
    return frozenset(list(first.values())[:MOST])


def lines(text: str) -> list[str]:
    return text.split("\n") if len(text) <= LONGEST else []
