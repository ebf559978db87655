"""The lines of a text, and cutting by lines alone, for text without a grammar.

A line ends after "\\n"; a lone carriage return or a form feed is an ordinary character. Knows no language.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from longzip.types import Chunk, Source, Unit

FEWEST_LINES, MOST_LINES = 20, 40  # of a chunk
UNIT_LINES = 5  # the most lines of one unit


@dataclass(frozen=True, slots=True)
class Lines:
    """A text line by line: row r (from 0) is characters ``starts[r]`` to ``starts[r + 1]`` and the bytes
    ``rows[r]``."""

    rows: tuple[bytes, ...]
    starts: tuple[int, ...]
    blank: tuple[bool, ...]

    def __len__(self) -> int:
        return len(self.rows)

    def indent(self, row: int) -> str:
        """The white space before the first word of a row; what precedes a form feed does not count."""
        line = self.rows[row].removeprefix(b"\xef\xbb\xbf")
        white = line[: len(line) - len(line.lstrip(b" \t\f\r\v"))]
        return white.rpartition(b"\f")[2].strip(b"\r\v").decode("ascii")

    def part(self, first: int, end: int) -> Lines:
        """Rows ``first`` to ``end`` (half-open); their places in the text stay what they were."""
        return Lines(self.rows[first:end], self.starts[first : end + 1], self.blank[first:end])


def lines_of(text: str) -> Lines:
    """``text`` by lines. A character without an encoding (a lone surrogate) counts as "?"; "" has no lines."""
    parts = text.split("\n")
    if not parts[-1]:
        parts.pop()
    starts = [0, *accumulate(len(part) + 1 for part in parts)]
    starts[-1] = len(text)
    rows = tuple(part.encode("utf-8", "replace") for part in parts)
    return Lines(rows, tuple(starts), tuple(not row.strip() for row in rows))


def cut_by_lines(source: Source, lines: Lines) -> tuple[tuple[Chunk, ...], tuple[Unit, ...]]:
    """Paragraphs, in chunks of about 20 to 40 lines and units of up to 5 lines."""
    edges = list(paragraph_edges(lines))
    units = tuple(plain_unit(lines, first, last) for first, last in edges)
    return tuple(line_chunk(source, units, first, last) for first, last in grouped(units, lines)), units


def plain_unit(lines: Lines, first: int, last: int) -> Unit:
    """Rows ``first`` to ``last`` (inclusive) as a unit that stands alone."""
    shown = next((row for row in range(first, last + 1) if not lines.blank[row]), first)
    return Unit(lines.starts[first], lines.starts[last + 1], first + 1, last + 1, lines.indent(shown))


def paragraph_edges(lines: Lines) -> Iterator[tuple[int, int]]:
    """First and last row of each unit: a paragraph with the blank lines after it, long ones in pieces."""
    first, words = 0, 0
    for row in range(len(lines)):
        if not lines.blank[row]:
            if words and (lines.blank[row - 1] or words == UNIT_LINES):
                yield first, row - 1
                first, words = row, 0
            words += 1
    if len(lines):
        yield first, len(lines) - 1


def grouped(units: Sequence[Unit], lines: Lines) -> Iterator[tuple[int, int]]:
    """Half-open ranges of units that make a chunk: up to a paragraph's end after 20 lines, 40 lines at the most."""
    first = 0
    for index, unit in enumerate(units):
        size = unit.last_line - units[first].first_line + 1
        if index > first and size > MOST_LINES:
            yield first, index
            first, size = index, unit.last_line - unit.first_line + 1
        if size >= FEWEST_LINES and lines.blank[unit.last_line - 1]:
            yield first, index + 1
            first = index + 1
    if first < len(units):
        yield first, len(units)


def line_chunk(source: Source, units: Sequence[Unit], first: int, last: int) -> Chunk:
    start, end = units[first], units[last - 1]
    label = f"lines {start.first_line}-{end.last_line}"
    return Chunk(source, start.start, end.end, start.first_line, end.last_line, label, "lines", first, last)
