"""Which files of a folder a text imports, by the look of its import lines and by the names of files.

Rough on purpose, as everything here that knows no grammar: what is missed is not shown by its signature, what is too
much is one file more to parse.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

LINES = re.compile(
    r"^[ \t]*+(?:from[ \t]++(?P<python>[\w.]*+)[ \t]++import\b[ \t]*+\(?(?P<members>[\w, \t]*)"
    r"|(?:import|using|use|open|alias|mod|pub mod|pub use)[ \t]++(?:static[ \t]++|crate::|qualified[ \t]++)?"
    r"(?P<plain>[\w.:\\/]+)"
    r"|[^\n'\"]{0,200}?\b(?:from|require|require_relative|import|include|source|load)\b[ \t]*+\(?[ \t]*+"
    r"['\"](?P<quoted>[\w@./-]+)['\"]"
    r"|\#[ \t]*+include[ \t]*+[\"<](?P<included>[\w./-]+)[\">])",
    re.M,
)
PARTS = re.compile(r"::|[./\\:]+")
INDEX_STEMS = frozenset({"__init__", "index", "mod", "lib", "main", "init"})
MOST_MEANT = 2  # files that an import may mean; where there are more, nobody knows


def imported(name: str, text: str, known: Mapping[str, Sequence[tuple[int, tuple[str, ...]]]]) -> Iterator[int]:
    """The rows of the files that a text imports, in its order. known: what ``by_stem`` made of all names."""
    folder = PurePosixPath(name).parts[:-1]
    for parts in modules(text):
        for length in (len(parts), len(parts) - 1):
            found = closest(parts[:length], folder, known) if length else []
            if found:
                yield from found
                break


def modules(text: str) -> Iterator[tuple[str, ...]]:
    """The parts of what import lines name, without file endings."""
    for match in LINES.finditer(text):
        said = match["python"] or match["plain"] or match["quoted"] or match["included"] or ""
        if match["included"] or (match["quoted"] and "/" in match["quoted"]):
            said = said.rpartition(".")[0] if re.search(r"\.\w{1,4}$", said) else said
        parts = tuple(part for part in PARTS.split(said.strip()) if part and part != "@")
        members = [member.split()[0] for member in (match["members"] or "").split(",") if member.strip()]
        for member in members if said else []:
            yield (*parts, member)
        if parts and not members:
            yield parts


def by_stem(names: Sequence[str]) -> dict[str, list[tuple[int, tuple[str, ...]]]]:
    """Rows and path parts, without ending, by the last part that names a module."""
    found: dict[str, list[tuple[int, tuple[str, ...]]]] = defaultdict(list)
    for row, name in enumerate(names):
        path = PurePosixPath(name)
        parts = (*path.parts[:-1], path.stem)
        parts = parts[:-1] if parts[-1] in INDEX_STEMS and len(parts) > 1 else parts
        found[parts[-1]].append((row, parts))
    return dict(found)


def closest(
    parts: Sequence[str], folder: Sequence[str], known: Mapping[str, Sequence[tuple[int, tuple[str, ...]]]]
) -> list[int]:
    """The rows of the files that share most of a module's end; of these, those nearest to a folder."""
    found = [(tail(parts, path), tail(tuple(folder)[::-1], path[::-1]), row) for row, path in known.get(parts[-1], ())]
    if not found:
        return []
    best = max((shared, near) for shared, near, _row in found)
    rows = [row for shared, near, row in found if (shared, near) == best]
    sure = best[0] >= min(2, len(parts))
    return rows if sure and len(rows) <= MOST_MEANT else []


def tail(one: Sequence[str], other: Sequence[str]) -> int:
    """How many parts, from the last one backwards, two paths share."""
    count = 0
    while count < min(len(one), len(other)) and one[-1 - count] == other[-1 - count]:
        count += 1
    return count
