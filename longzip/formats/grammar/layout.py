"""A text by its indentation: its parts, and what lies one level deeper in them. An error in the text leaves that alone.

Knows rows, and no grammar; of the language only whether a preprocessor is directed from the first column.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from longzip.formats.grammar.branches import DIRECTIVE

Rows = tuple[int, int]  # half-open
TAB = 4
CLOSES = re.compile(
    rb"\s*(?:[\])}]|(?:end|fi|done|esac|else|elif|elsif|elseif|except|finally|catch|rescue|ensure|then|until)\b|\*/)"
)
ATTACHED = re.compile(rb"\s*(?:@(?!end\b)\w[\w.:]*(?:\([^()]*\))?|#!?\[.*\]|\[.*\]|template\s*<.*>)\s*$")


def indentation(row: bytes) -> bytes:
    """The white space before the first word of a row."""
    return row[: len(row) - len(row.lstrip(b" \t"))]


@dataclass(frozen=True, slots=True)
class Layout:
    """How rows are indented. now: the rows; they may change. branches: see ``Language``."""

    now: Sequence[bytes]
    branches: bool

    def lines(self, rows: Rows) -> list[int]:
        """Rows that are neither blank nor direct a preprocessor."""
        branches = self.branches
        return [
            row
            for row in range(*rows)
            if (line := self.now[row].strip()) and not (branches and line.startswith(b"#") and DIRECTIVE.match(line))
        ]

    def is_blank(self, rows: Rows) -> bool:
        return not any(self.now[row].strip() for row in range(*rows))

    def width(self, row: int) -> int:
        return len(indentation(self.now[row]).expandtabs(TAB))

    def parts(self, rows: Rows) -> Iterator[Rows]:
        """``rows``, cut where a line begins that is indented no more than any other and closes nothing."""
        filled = self.lines(rows)
        if filled:
            yield from self.cut(rows, filled, min(map(self.width, filled)))

    def inner(self, rows: Rows) -> Iterator[Rows]:
        """What lies one level deeper in ``rows``, below their first line, cut in the same way."""
        filled = self.lines(rows)
        outer = min(map(self.width, filled), default=0)
        first: int | None = None
        for row in [*filled[1:], -1]:
            deeper = row >= 0 and self.width(row) > outer
            if deeper and first is None:
                first = row
            elif not deeper and first is not None:
                end = row if row >= 0 else rows[1]
                own = [row for row in filled if first <= row < end]
                yield from self.cut((first, end), own, min(map(self.width, own)))
                first = None

    def ended(self, rows: Rows) -> Rows | None:
        """``rows`` up to the first that closes what the first of them opens, by its indentation; None where none
        does."""
        filled = self.lines(rows)
        level = self.width(filled[0]) if filled else 0
        return next(
            ((filled[0], row + 1) for row in filled[1:] if self.width(row) == level and CLOSES.match(self.now[row])),
            None,
        )

    def odd(self, rows: Rows) -> Iterator[Rows]:
        """Lines that are indented as little as the first, or less."""
        filled = self.lines(rows)
        yield from ((row, row + 1) for row in filled[1:] if self.width(row) <= self.width(filled[0]))

    def across(self, rows: Rows) -> Iterator[Rows]:
        """The same, past lines that are indented less than they should be (the text of a long string)."""
        filled = self.lines(rows)
        outer = self.width(filled[0]) if filled else 0
        level = min((width for width in map(self.width, filled) if width > outer), default=0)
        starts = [row for row in filled[1:] if self.width(row) == level and self.begins(row)] if level else []
        for first, last in zip(starts, [*starts[1:], rows[1]][: len(starts)], strict=True):
            shut = [row for row in filled if first < row < last and self.width(row) < level]
            closing = [row for row in shut if CLOSES.match(self.now[row])]
            yield first, closing[0] if closing else last

    def cut(self, rows: Rows, filled: Iterable[int], width: int) -> Iterator[Rows]:
        starts = [row for row in filled if self.width(row) <= width and self.begins(row)]
        starts = [rows[0], *(row for row in starts if row > rows[0])]
        yield from zip(starts, [*starts[1:], rows[1]], strict=True)

    def begins(self, row: int) -> bool:
        """Whether a part may begin at a row: not with what closes or opens alone, nor below what is attached to it."""
        line = self.now[row].strip()
        above = next((self.now[up] for up in range(row - 1, -1, -1) if self.now[up].strip()), b"")
        if ATTACHED.match(above) and not line.startswith(b"@"):
            return False
        return not (CLOSES.match(line) or line.startswith(b"{"))
