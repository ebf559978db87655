"""Cutting a diff: a chunk for each hunk, which brings along its own header and its file's."""

from __future__ import annotations

import re
from collections.abc import Iterator

from longzip.formats.grammar.lines import UNIT_LINES, Lines
from longzip.types import Chunk, Source, Unit

FILE = re.compile(rb"diff --git |Index: |--- \S")
PATH = re.compile(rb"\+\+\+ (?:b/)?(\S+)")
HUNK = re.compile(rb"@@ ")


def cut_diff(source: Source, lines: Lines) -> tuple[tuple[Chunk, ...], tuple[Unit, ...]]:
    """Chunks and units; what stands before the first file is a chunk of its own."""
    units: list[Unit] = []
    chunks: list[Chunk] = []
    path, head = "", -1
    for kind, first, end in blocks(lines):
        start = len(units)
        if kind == "file":
            head = start
            path = next(
                (match[1].decode("utf-8", "replace") for row in lines.rows[first:end] if (match := PATH.match(row))),
                path,
            )
            units.append(unit(lines, first, end, ()))
        elif kind == "hunk":
            own = (start,)
            units.append(unit(lines, first, first + 1, (head,) if head >= 0 else (), head=True))
            units += [unit(lines, at, min(at + UNIT_LINES, end), own) for at in range(first + 1, end, UNIT_LINES)]
        else:
            units.append(unit(lines, first, end, ()))
        label = (
            f"{path}:{lines.rows[first].split(b'@@')[1].strip().decode('utf-8', 'replace')}" if kind == "hunk" else path
        )
        chunks.append(
            Chunk(
                source, lines.starts[first], lines.starts[end], first + 1, end, label or "<text>",
                "function" if kind == "hunk" else "lines", start, len(units),
            )
        )  # fmt: skip
    return tuple(chunks), tuple(units)


def unit(lines: Lines, first: int, end: int, needs: tuple[int, ...], head: bool = False) -> Unit:
    return Unit(lines.starts[first], lines.starts[end], first + 1, end, "", needs, head)


def blocks(lines: Lines) -> Iterator[tuple[str, int, int]]:
    """(kind, first row, end) of a file's header, a hunk, or other text."""
    edges: list[tuple[str, int]] = []
    inside = ""
    for row, line in enumerate(lines.rows):
        starts_file = FILE.match(line) and (
            not line.startswith(b"--- ") or (row + 1 < len(lines) and lines.rows[row + 1].startswith(b"+++ "))
        )
        if starts_file and inside != "file":
            edges.append(("file", row))
        elif HUNK.match(line):
            edges.append(("hunk", row))
        elif not edges:
            edges.append(("text", row))
        inside = edges[-1][0]
    for (kind, first), end in zip(edges, [*(row for _kind, row in edges[1:]), len(lines)], strict=True):
        yield kind, first, end
