"""Parts of the sources that somebody names, to keep them or to leave them out.

A pin is ``path``, ``path:symbol`` or ``path:first-last`` (lines, 1-based and inclusive). Knows sources, chunks and
units, and nothing of budgets or models.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from longzip.errors import UsageError
from longzip.protocols import Format
from longzip.types import Chunk, Source

Cells = frozenset[tuple[int, int]]

LINES = re.compile(r"(\d+)(?:-(\d+))?")
SHOWN = 5


def pinned(pins: Sequence[str], sources: Sequence[Source], form: Format) -> Cells:
    """What the pins name. Raises UsageError for a pin that names nothing, or more than one file."""
    cells: set[tuple[int, int]] = set()
    for pin in pins:
        index, rest = place_of(pin, sources)
        cells.update((index, unit) for unit in units_of(pin, rest, sources[index], form))
    return frozenset(cells)


def dropped(drops: Sequence[str], sources: Sequence[Source], form: Format) -> Cells:
    """What the drops name: like pins, but a path may be a glob and name many files. Raises UsageError for one that
    names nothing."""
    cells: set[tuple[int, int]] = set()
    for drop in drops:
        found = [(index, rest) for glob, rest in readings(drop) for index in globbed(glob, sources)]
        if not found:
            raise UsageError(f"{drop!r} names no file that was read; give a path or a glob, path:symbol or path:10-20.")
        for index, rest in found:
            cells.update((index, unit) for unit in units_of(drop, rest, sources[index], form))
    return frozenset(cells)


def globbed(glob: str, sources: Sequence[Source]) -> list[int]:
    """Indices of the sources whose name, or whose name's end, the glob matches; a folder's name stands for all in
    it."""
    wanted = PurePosixPath(glob.replace("\\", "/")).as_posix()
    patterns = (wanted, f"*/{wanted}", f"{wanted}/*", f"*/{wanted}/*")
    return [
        index for index, source in enumerate(sources) if any(fnmatchcase(source.name, pattern) for pattern in patterns)
    ]


def place_of(pin: str, sources: Sequence[Source]) -> tuple[int, str]:
    """The source that a pin names, and what follows the path. A path may be the end of a source's name."""
    for path, rest in readings(pin):
        found = matching(path, sources)
        if len(found) > 1:
            names = ", ".join(sources[index].name for index in found[:SHOWN])
            raise UsageError(f"{pin!r} could be any of {len(found)} files ({names}); give more of the path.")
        if found:
            return found[0], rest
    raise UsageError(f"{pin!r} names no file that was read; give a path, path:symbol or path:10-20.")


def readings(pin: str) -> list[tuple[str, str]]:
    """What a pin may mean: a path, or a path and what follows its last colon."""
    path, colon, rest = pin.rpartition(":")
    return [(pin, ""), *([(path.rstrip(":"), rest)] if colon else [])]  # C++'s path::symbol reads naturally, too


def matching(path: str, sources: Sequence[Source]) -> list[int]:
    """Indices of the sources of that name, else of those whose name ends so."""
    wanted = PurePosixPath(path.replace("\\", "/")).as_posix()
    exact = [index for index, source in enumerate(sources) if source.name == wanted]
    return exact or [index for index, source in enumerate(sources) if source.name.endswith("/" + wanted)]


def units_of(pin: str, rest: str, source: Source, form: Format) -> Sequence[int]:
    """Indices of the units that ``rest`` names: lines, a symbol, or, if empty, all."""
    units = form.units(source)
    if not rest:
        return range(len(units))
    lines = LINES.fullmatch(rest)
    if lines:
        first, last = int(lines[1]), int(lines[2] or lines[1])
        found = [index for index, unit in enumerate(units) if unit.first_line <= last and unit.last_line >= first]
        if not found or first > last:
            raise UsageError(
                f"{pin!r}: {source.name} has no lines {rest}; it has {units[-1].last_line if units else 0:,}."
            )
        return found
    chunks = form.split(source)
    named = [chunk for chunk in chunks if is_named(chunk, rest)]
    if not named:
        known = ", ".join(dict.fromkeys(chunk.label for chunk in chunks if chunk.kind != "module"))
        raise UsageError(
            f"{pin!r}: {source.name} defines no {rest}; it defines {shortened(known) or 'nothing that has a name'}."
        )
    return [unit for chunk in named for unit in range(chunk.first_unit, chunk.last_unit)]


def is_named(chunk: Chunk, symbol: str) -> bool:
    """Whether a chunk is the symbol, a part of it (a class's method), or, of a run of statements, defines it."""
    symbol = symbol.replace("::", ".").replace("#", ".")
    label = f".{chunk.label.replace('#', '.')}."
    if chunk.kind == "module":
        return symbol in chunk.label.split(", ")
    return f".{symbol}." in label


def shortened(text: str) -> str:
    return text if len(text) <= 200 else text[:200].rpartition(", ")[0] + ", ..."
