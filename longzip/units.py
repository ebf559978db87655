"""Sets of units: what a kept unit cannot stand without, and runs of kept and dropped ones.

Plain functions on indices; the units themselves come from a format.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from longzip.types import Source, Unit


def close(units: Sequence[Unit], kept: Iterable[int]) -> frozenset[int]:
    """``kept`` and everything it cannot stand without, transitively."""
    closed: set[int] = set()
    waiting = list(kept)
    while waiting:
        index = waiting.pop()
        if index not in closed:
            closed.add(index)
            waiting += units[index].needs
            waiting += units[index].guards
    return frozenset(closed)


def runs(kept: Iterable[int], count: int) -> list[tuple[int, int, bool]]:
    """Half-open index ranges that tile ``range(count)``, with whether the range is kept; alternating."""
    found: list[tuple[int, int, bool]] = []
    at = 0
    for first, last in ranges(index for index in kept if 0 <= index < count):
        if at < first:
            found.append((at, first, False))
        found.append((first, last, True))
        at = last
    return found if at >= count else [*found, (at, count, False)]


def ranges(indices: Iterable[int]) -> list[tuple[int, int]]:
    """Half-open ranges of consecutive indices, in order."""
    found: list[tuple[int, int]] = []
    for index in sorted(set(indices)):
        if found and found[-1][1] == index:
            found[-1] = found[-1][0], index + 1
        else:
            found.append((index, index + 1))
    return found


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
