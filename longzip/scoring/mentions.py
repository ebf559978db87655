"""Places in files that a question names: frames of a stack trace, ``path:line`` and its kin, hunks of a diff.

The exact path wins, then the shortest that ends so; where several are left, that is said. Knows sources and chunks, and
nothing of budgets or models.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from longzip.protocols import Format
from longzip.scoring.places import SHOWN, Cells
from longzip.types import Chunk, Source

# A path with an ending; a drive of Windows before it is no part of it.
PATH = r"(?<![\w/.\\-])([\w./\\~+@-]+\.[A-Za-z]\w{0,9})"
PATTERNS = (
    re.compile(r'File "([^"\n]+)", line (\d+)'),
    re.compile(PATH + r":(\d+)(?:-(\d+))?(?![\w.])"),
    re.compile(PATH + r"[\"'`]?,? ?\(?(?:on |at |:)?\b[Ll]ines? (\d+)(?:(?: ?[-\u2013] ?| to )(\d+))?"),
    re.compile(r"\b[Ll]ines? (\d+)(?:(?: ?[-\u2013] ?| to )(\d+))? (?:of|in) [\"'`]?" + PATH),
    re.compile(PATH + r"\((\d+)(?:,\d+)*\)"),
    re.compile(PATH + r"(?:\?\w+=\w+)?#L(\d+)(?:C\d+)?(?:-L?(\d+)(?:C\d+)?)?"),
)
FILE_NAME = re.compile(r"[\w+@.-]+")
HUNK_FILE = re.compile(r"^\+\+\+ (?:b/)?(\S+)", re.M)
HUNK = re.compile(r"^@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@", re.M)
MOST_MENTIONS = 50


@dataclass(frozen=True, slots=True)
class Mention:
    """A part that the question names: what to call it, and its (index of the source, index of ``Format.units``)."""

    label: str
    cells: Cells


def mentioned(query: str, sources: Sequence[Source], form: Format) -> list[Mention]:
    """The functions at the places that the question names, in its order, each once. Places in files that were not read
    are passed over, and those that could be in several files."""
    found: dict[str, Mention] = {}
    for path, first, last in places(query):
        index = closest(path, sources)
        if index is None or len(found) >= MOST_MENTIONS:
            continue
        for chunk in form.split(sources[index]):
            if chunk.first_line <= last and chunk.last_line >= first and chunk.kind == "function":
                label = f"{sources[index].name}:{chunk.first_line}-{chunk.last_line} ({chunk.label})"
                cells = frozenset((index, unit) for unit in range(chunk.first_unit, chunk.last_unit))
                found.setdefault(label, Mention(label, cells))
    return list(found.values())


def unclear(query: str, sources: Sequence[Source]) -> list[str]:
    """What to say of the places that could be in several files, each once."""
    notes: dict[str, None] = {}
    for path, first, _last in places(query):
        found = matching(path, sources)
        if len(found) > 1:
            names = ", ".join(sources[index].name for index in found[:SHOWN])
            notes[f"{path}:{first} could be in any of {len(found)} files ({names}); give more of its path"] = None
    return list(notes)[:SHOWN]


def places(query: str) -> Iterator[tuple[str, int, int]]:
    """(path, first line, last line) of everything that looks like a place, in the order of the text."""
    seen: list[tuple[int, str, int, int]] = []
    for pattern in PATTERNS:
        for match in pattern.finditer(query):
            told = [part for part in match.groups() if part]
            numbers = [int(part) for part in told if part.isdigit()]
            path = next(part for part in told if not part.isdigit())
            seen.append((match.start(), path, numbers[0], max(numbers[0], numbers[-1])))
    files = [(match.start(), match[1]) for match in HUNK_FILE.finditer(query)]
    for match in HUNK.finditer(query):
        path = next((path for start, path in reversed(files) if start < match.start()), "")
        first, length = int(match[1]), int(match[2] or 1)
        seen.append((match.start(), path, first, first + max(length, 1) - 1))
    told_already: set[tuple[str, int]] = set()
    for _, path, first, last in sorted(seen):
        if path and (path, first) not in told_already:
            told_already.add((path, first))
            yield path, first, last


def closest(path: str, sources: Sequence[Source]) -> int | None:
    """The source that a mentioned path, absolute perhaps and of another machine, most likely is; None where it is
    open."""
    found = matching(path, sources)
    return found[0] if len(found) == 1 else None


def matching(path: str, sources: Sequence[Source]) -> list[int]:
    """Indices of the sources that a path may mean: the one of that name; else those whose name ends so, the shortest;
    else those whose whole name it ends in, the longest; else those that share the most of its end."""
    wanted = PurePosixPath(path.replace("\\", "/")).parts
    names = [PurePosixPath(source.name).parts for source in sources]
    shared = [common_tail(wanted, name) for name in names]
    exact = [index for index, name in enumerate(names) if name == wanted]
    longer = [index for index, count in enumerate(shared) if count == len(wanted)]
    shorter = [index for index, count in enumerate(shared) if count == len(names[index])]
    if exact:
        return exact
    if longer:
        return [index for index in longer if len(names[index]) == min(len(names[one]) for one in longer)]
    most = max((shared[index] for index in shorter), default=0)
    best = max(shared, default=0)
    if shorter and most == best:
        return [index for index in shorter if shared[index] == most]
    return [index for index, count in enumerate(shared) if count == best] if best else []


def common_tail(one: Sequence[str], other: Sequence[str]) -> int:
    """How many parts, from the last one backwards, two paths share."""
    count = 0
    while count < min(len(one), len(other)) and one[-1 - count] == other[-1 - count]:
        count += 1
    return count


def located(query: str, sources: Sequence[Source], chunks: Sequence[Chunk], pages: Sequence[int]) -> list[float]:
    """1 for each chunk at a place that the query names, and for each chunk of a file whose name, with its ending,
    stands in it; else 0. pages: of each chunk, the index of its source."""
    named = {name.rstrip(".") for name in FILE_NAME.findall(query) if "." in name}
    whole = {page for page, source in enumerate(sources) if PurePosixPath(source.name).name in named}
    spans: dict[int, list[tuple[int, int]]] = {}
    for path, first, last in places(query):
        index = closest(path, sources)
        if index is not None:
            spans.setdefault(index, []).append((first, last))
    return [
        float(
            page in whole
            or any(chunk.first_line <= last and chunk.last_line >= first for first, last in spans.get(page, ()))
        )
        for page, chunk in zip(pages, chunks, strict=True)
    ]
