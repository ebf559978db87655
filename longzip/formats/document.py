"""Documents, notes and findings as a format: paragraphs are chunks, sentences and list items are units.

A sentence brings the heading of its section along. Knows headings as Markdown and plain text write them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from longzip.formats.blocks import Part
from longzip.formats.prose import Analysed, ProseFormat, laid_out
from longzip.prose.markdown import fence_after
from longzip.prose.sentences import ranges
from longzip.types import Source

MARKED = re.compile(r"\s{0,3}#{1,6}\s+(\S.*)")
UNDERLINED = re.compile(r"\s{0,3}(={3,}|-{3,})\s*$")
NUMBERED = re.compile(r"\s{0,3}(?:\d+(?:\.\d+)*\.?|[A-Z]\.|[IVX]+\.|第?[一二三四五六七八九十]+[、章节])\s+\S")
LONGEST = 80  # characters of a heading without marks


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a text. blank: whether it holds nothing. title: of the heading that it is, else ""."""

    start: int
    end: int
    blank: bool
    title: str


class DocumentFormat(ProseFormat):
    """The format of documents; implements ``longzip.protocols.Format``."""

    def analyse(self, source: Source) -> Analysed:
        parts: list[Part] = []
        labels: list[str] = []
        parents: list[str] = []
        title, under = "", -1
        for start, end, heading in passages(source.text):
            chunk = len(labels)
            if heading:
                title, under = heading, len(parts)
                parts.append(Part(start, end, chunk, head=True))
            else:
                parts += [Part(first, last, chunk, under) for first, last in ranges(source.text, start, end)]
            labels.append(title or f"passage {chunk + 1}")
            parents.append("" if heading else title)
        return laid_out(source, parts, labels, parents)


def passages(text: str) -> Iterator[tuple[int, int, str]]:
    """Ranges that tile the text: headings, with their title, and paragraphs, with ""; each with the blank lines after
    it."""
    rows = list(rows_of(text))
    first = 0
    for index, row in enumerate(rows):
        last = index + 1 == len(rows)
        if row.title and (last or rows[index + 1].title != row.title):
            opening = index - 1 if index > first and rows[index - 1].title == row.title else index
            if opening > first:
                yield rows[first].start, rows[opening].start, ""
            stop = index + 1
            while stop < len(rows) and rows[stop].blank:
                stop += 1
            yield rows[opening].start, rows[stop - 1].end, row.title
            first = stop
        elif index >= first and not row.title and row.blank and not (not last and rows[index + 1].blank):
            yield rows[first].start, row.end, ""
            first = index + 1
    if first < len(rows):
        yield rows[first].start, rows[-1].end, ""


def rows_of(text: str) -> Iterator[Row]:
    """The lines with the titles of headings; an underlined heading has two lines of one title. None inside code
    blocks."""
    lines = text.split("\n")
    at, opened = 0, ""
    for index, line in enumerate(lines):
        end = min(at + len(line) + 1, len(text))
        still = fence_after(line, opened)
        title = "" if opened or still else title_of(lines, index)
        opened = still
        if end > at:
            yield Row(at, end, not line.strip(), title)
        at = end


def title_of(lines: list[str], index: int) -> str:
    """The title where the line is a heading, or the rule under one."""
    line = lines[index]
    before = lines[index - 1].strip() if index else ""
    after = lines[index + 1].strip() if index + 1 < len(lines) else ""
    if marked := MARKED.match(line):
        return marked[1].rstrip().rstrip("#").rstrip() or marked[1].strip()
    if UNDERLINED.match(line) and plain(before) and not (lines[index - 2].strip() if index > 1 else ""):
        return before
    if not plain(line.strip()) or before:
        return ""
    if UNDERLINED.match(after) and after:
        return line.strip()
    alone = not after and index + 1 < len(lines)
    if alone and line.strip()[0] not in "![<" and not any(map(str.strip, lines[:index])):
        return line.strip().rstrip(":：")  # what a text begins with, in a line of its own
    shaped = (
        line.strip().endswith((":", "：")) or NUMBERED.match(line) or line.strip().isupper() or line.strip().istitle()
    )
    return line.strip().rstrip(":：") if alone and shaped else ""


def plain(line: str) -> bool:
    """Whether a line could be a heading by its length and its end."""
    return 0 < len(line) <= LONGEST and line[-1] not in ".!?,;。！？，；|" and line[0] not in "-*+>|`"
