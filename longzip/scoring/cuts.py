"""What somebody wants left out, by the rules of all cuts: what is shown can stand by itself.

A head takes what stands in it; the lines that close what is shown, or that much else cannot do without, stay. Knows
units and what they need; no language.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from longzip.protocols import Format
from longzip.scoring.places import Cells
from longzip.types import Source, Unit
from longzip.units import ranges


def settled(asked: Cells, sources: Sequence[Source], form: Format) -> tuple[Cells, tuple[str, ...]]:
    """What goes where ``asked`` is to go, and notes on what goes beside it and what stays."""
    by_source: dict[int, set[int]] = defaultdict(set)
    for index, unit in asked:
        by_source[index].add(unit)
    cells: set[tuple[int, int]] = set()
    notes: list[str] = []
    for index, wanted in sorted(by_source.items()):
        units, name = form.units(sources[index]), sources[index].name
        going = cut(units, wanted)
        cells.update((index, unit) for unit in going)
        if beside := going - wanted:
            notes.append(f"left out of {name} too, since it cannot stand alone: {spoken(units, beside)}")
        if staying := wanted - going:
            notes.append(f"kept of {name}, since what is shown cannot stand without: {spoken(units, staying)}")
    return frozenset(cells), tuple(notes)


def cut(units: Sequence[Unit], wanted: Iterable[int]) -> frozenset[int]:
    """The units that go where those ``wanted`` are to go."""
    needed_by: dict[int, list[int]] = defaultdict(list)
    for index, unit in enumerate(units):
        for need in unit.needs:
            needed_by[need].append(index)
    going: set[int] = set()
    undecided: set[int] = set()
    waiting = list(wanted)
    while waiting:
        index = waiting.pop()
        if index in going:
            continue
        if stays(units, needed_by, index) and going.isdisjoint(units[index].needs):
            undecided.add(index)
            continue
        going.add(index)
        waiting += needed_by[index]
        again = undecided.intersection(needed_by[index])
        undecided -= again
        waiting += again
    return frozenset(going)


def stays(units: Sequence[Unit], needed_by: Mapping[int, Sequence[int]], index: int) -> bool:
    """Whether a unit closes what another one opens, or stands beside several others that need it."""
    unit = units[index]
    if any(need < index and index in units[need].needs for need in unit.needs):
        return True
    beside = [other for other in needed_by[index] if units[other].depth <= unit.depth and other not in unit.needs]
    return len(beside) > 1


def spoken(units: Sequence[Unit], indices: Iterable[int]) -> str:
    spans = [(units[first].first_line, units[last - 1].last_line) for first, last in ranges(indices)]
    said = [f"{first}-{last}" if last > first else f"{first}" for first, last in spans]
    return ("lines " if len(said) > 1 or "-" in said[0] else "line ") + ", ".join(said)
