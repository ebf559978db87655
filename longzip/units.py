"""Sets of units: what a kept unit cannot stand without, and runs of kept and dropped ones.

Plain functions on indices; the units themselves come from a format.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from longzip.types import Source, Unit


def close(units: Sequence[Unit], kept: Iterable[int]) -> frozenset[int]:
    """``kept`` and everything it cannot stand without, transitively."""
    closed: set[int] = set()
    waiting = list(kept)
    while waiting:
        index = waiting.pop()
        if index not in closed:
            closed.add(index)
            waiting.extend(units[index].needs)
    return frozenset(closed)


def runs(kept: Iterable[int], count: int) -> list[tuple[int, int, bool]]:
    """Half-open index ranges that tile ``range(count)``, with whether the range is kept; alternating."""
    inside = frozenset(kept)
    edges = [0, *(i for i in range(1, count) if (i in inside) != (i - 1 in inside)), count]
    return [(a, b, a in inside) for a, b in pairwise(edges) if a < b]


def lines(source: Source) -> list[Unit]:
    """Each line of the source as a unit that needs no other."""
    found: list[Unit] = []
    at = 0
    for row, line in enumerate(split_lines(source.text), start=1):
        indent = line[: len(line) - len(line.lstrip(" \t"))]
        found.append(Unit(at, at + len(line), row, row, indent))
        at += len(line)
    return found


def split_lines(text: str) -> list[str]:
    """Lines with their ends; only "\\n" ends a line."""
    parts = text.split("\n")
    return [part + "\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])
