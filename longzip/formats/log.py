"""Logs and the output of tools as a format: a record is a chunk, a line is a unit; a run of like records shows its
ends.

A record is a line with what is indented below it, a traceback up to its last line, a paragraph of a test report. Knows
the usual shapes of lines, and no tool by name but where its output needs it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from longzip.formats.blocks import Part
from longzip.formats.prose import Analysed, ProseFormat, laid_out
from longzip.types import Source, Unit
from longzip.units import split_lines

STAMPED = re.compile(
    r"\W*(?:\d{4}[-/]\d\d[-/]\d\d|\d\d:\d\d:\d\d|\w{3} +\d+ \d\d:\d\d|\d\d/\w{3}/\d{4}|\d+\.\d{3,}|"
    r"(?:TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|FATAL|CRITICAL|SEVERE)\b|[EWIDF]\d{4} )"
)
CONTINUES = re.compile(
    r"[ \t]+\S|Caused by:|(?:E|>)\s{2,}|\.\.\. \d+ more|\+ |\| |\^|~+\^|The above exception|During handling of"
)
OPENS = re.compile(r"Traceback \(most recent call last\)|goroutine \d+|panic:|thread '[^']*' panicked")
RULE = re.compile(r"([=_\-*#~+])\1{3,}")
VARIES = re.compile(r"0x[\da-fA-F]+|[\da-f]{8}-[\da-f-]{27}|\b[\da-fA-F]{7,}\b|\d+|\"[^\"]*\"|'[^']*'")
ESCAPES = re.compile(r"\x1b\[[\d;?]*[A-Za-z]")
LONGEST = 60  # lines of one record
FEWEST = 3  # records of one shape that are a run
BLANK = re.compile(r"\s*$")


@dataclass(frozen=True, slots=True)
class Record:
    """Lines that belong together, as a half-open range of rows. shape: its first line without what varies."""

    first: int
    last: int
    shape: str


class LogFormat(ProseFormat):
    """The format of logs; implements ``longzip.protocols.Format``."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[Source, Rows] | None = None

    def analyse(self, source: Source) -> Analysed:
        rows = split_lines(source.text)
        starts = [0]
        for row in rows:
            starts.append(starts[-1] + len(row))
        parts: list[Part] = []
        labels: list[str] = []
        for run in runs(list(records(rows))):
            opening = ESCAPES.sub("", rows[run[0].first]).strip()[:60]
            labels.append(f"{opening} (×{len(run):,})" if len(run) > 1 else opening)
            parts += laid(run, starts, len(labels) - 1, len(parts))
        return laid_out(source, parts, labels)

    def gap(self, source: Source, first: Unit, lines: tuple[int, int], text: str) -> str:
        """As in prose; lines that repeat the line above them are said to do so."""
        rows = self.rows(source)
        top = first.first_line - 1
        above, last = rows.filled_before(top), rows.filled_before(lines[1])
        alike = above >= 0 and last > rows.filled_after(top) and rows.alike_from(above) >= last
        return f"[... {text}, alike]" if alike else f"[... {text}]"

    def rows(self, source: Source) -> Rows:
        """The source's lines, for as long as it is asked about the same one."""
        if self._rows is None or self._rows[0] is not source:
            self._rows = source, Rows(source.text.split("\n"))
        return self._rows[1]


class Rows:
    """The lines of a text, and how far their shapes go on. What is asked of one is worked out once."""

    def __init__(self, rows: Sequence[str]) -> None:
        self.shapes: list[str | None] = [None if not row.strip() else "" for row in rows]
        self.text = rows
        self.filled = [row for row, known in enumerate(self.shapes) if known is not None]
        self.ends: dict[int, int] = {}

    def filled_before(self, row: int) -> int:
        """The last line above a row that holds text; -1 where there is none."""
        place = bisect_left(self.filled, row)
        return self.filled[place - 1] if place else -1

    def filled_after(self, row: int) -> int:
        """The first line at or below a row that holds text; beyond the end where there is none."""
        place = bisect_left(self.filled, row)
        return self.filled[place] if place < len(self.filled) else len(self.text)

    def alike_from(self, row: int) -> int:
        """The last of the lines from ``row`` on, blank ones aside, that all have its shape."""
        if row not in self.ends:
            place = bisect_left(self.filled, row)
            wanted, stop = shape(self.text[row]), place + 1
            while stop < len(self.filled) and self.shape(self.filled[stop]) == wanted:
                stop += 1
            self.ends.update(dict.fromkeys(self.filled[place:stop], self.filled[stop - 1]))
        return self.ends[row]

    def shape(self, row: int) -> str:
        """See ``shape``."""
        if not self.shapes[row]:
            self.shapes[row] = shape(self.text[row])
        return self.shapes[row] or ""


def records(rows: Sequence[str]) -> Iterator[Record]:
    first, open_ended, spoken = 0, False, False
    for index, row in enumerate(rows):
        plain = ESCAPES.sub("", row)
        if (index > first and begins(plain, rows[index - 1], open_ended)) or index - first >= LONGEST:
            yield Record(first, index, shape(rows[first]))
            first, open_ended = index, False
        elif open_ended and spoken and not CONTINUES.match(plain) and plain.strip():
            open_ended = False  # the line that says what was raised closes the traceback
        spoken = CONTINUES.match(plain) is not None
        open_ended = open_ended or OPENS.search(plain) is not None
    if first < len(rows):
        yield Record(first, len(rows), shape(rows[first]))


def begins(row: str, before: str, open_ended: bool) -> bool:
    """Whether a line begins a record. open_ended: whether a traceback before it still waits for its end."""
    if BLANK.match(row):
        return False
    if STAMPED.match(row) or RULE.match(row.strip()):
        return True
    return not CONTINUES.match(row) and not open_ended


def shape(row: str) -> str:
    """A line without what varies from one record to the next: numbers, hashes, what is quoted."""
    return VARIES.sub("0", ESCAPES.sub("", row)).strip()


def runs(found: Sequence[Record]) -> Iterator[list[Record]]:
    """Consecutive records of one shape and one line together, where there are enough of them."""
    at = 0
    while at < len(found):
        stop = at + 1
        single = found[at].last - found[at].first == 1 and found[at].shape
        while (
            single
            and stop < len(found)
            and found[stop].shape == found[at].shape
            and found[stop].last - found[stop].first == 1
        ):
            stop += 1
        if stop - at >= FEWEST:
            yield list(found[at:stop])
            at = stop
        else:
            yield [found[at]]
            at += 1


def laid(run: Sequence[Record], starts: Sequence[int], chunk: int, count: int) -> Iterator[Part]:
    """The parts of a record, a line each; of a run, its first record, what lies between, and its last."""
    if len(run) > 1:
        edges = [run[0].first, run[0].last, run[-1].first, run[-1].last]
        yield Part(starts[edges[0]], starts[edges[1]], chunk)
        yield from (Part(starts[edges[edge]], starts[edges[edge + 1]], chunk, count) for edge in (1, 2))
        return
    for row in range(run[0].first, run[0].last):
        yield Part(starts[row], starts[row + 1], chunk, -1 if row == run[0].first else count)
