"""What a reader may want to do without, each on request: comments, the middle of long literals, gaps between imports.

What remains stays word for word. Functions of one run's pages; the format says where such things are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from longzip.protocols import Format
from longzip.rendering.draft import Kept
from longzip.rendering.pages import Omission, Page, omissions_within
from longzip.settings import Settings
from longzip.types import DataLiteral, Unit

BLANK_START = re.compile(r"[^\S\n]*\n")


def reduced(page: Page, settings: Settings, form: Format) -> Page:
    """The page with what the settings ask to be left out."""
    found: list[Omission] = []
    if settings.shorten_literals:
        found += [literal_middle(page, literal, form) for literal in form.facts.literals(page.source)]
    if settings.drop_comments:
        hidden = [(one.start, one.end) for one in found]
        ranges = form.facts.comments(page.source)
        found += [Omission(start, end) for start, end in ranges if not any(a < end and start < b for a, b in hidden)]
    imports = frozenset(form.facts.imports(page.source)) if settings.merge_imports else frozenset[int]()
    found += blank_lines(page, imports)
    return replace(page, omissions=apart(found), quiet=imports) if found or imports else page


def literal_middle(page: Page, literal: DataLiteral, form: Format) -> Omission:
    """The hidden lines of a literal, and the comment that stands for them."""
    rows = page.source.text.split("\n")
    hidden = rows[literal.first_line - 1 : literal.last_line]
    start = sum(len(row) + 1 for row in rows[: literal.first_line - 1])
    end = min(start + sum(len(row) + 1 for row in hidden), len(page.source.text))
    indent = hidden[0][: len(hidden[0]) - len(hidden[0].lstrip())]
    lines = (literal.first_line, literal.last_line)
    text = f"{literal.elements:,} more, {len(hidden):,} lines ({literal.first_line}-{literal.last_line})"
    return Omission(start, end, indent + form.gap(page.source, Unit(start, end, *lines), lines, text) + "\n")


def blank_lines(page: Page, imports: frozenset[int]) -> Iterator[Omission]:
    """The blank lines between one import and the next."""
    for index in sorted(imports):
        unit = page.units[index]
        said = page.source.text[unit.start : unit.end]
        blank = BLANK_START.match(said, len(said.rstrip()))  # the end of the line that is not blank
        if blank and index + 1 in imports and blank.end() < len(said) and "\n" in said[blank.end() :]:
            yield Omission(unit.start + blank.end(), unit.end)


def apart(omissions: list[Omission]) -> list[Omission]:
    """In order, those left out that overlap one before."""
    found: list[Omission] = []
    for omission in sorted(omissions, key=lambda one: (one.start, -one.end)):
        if not found or omission.start >= found[-1].end:
            found.append(omission)
    return found


def told(pages: Sequence[Page], kept: Kept) -> list[str]:
    """What was left out on request, for the report's notes."""
    comments = literals = hidden = 0
    for page, units in kept.items():
        own = pages[page]
        for index in units:
            for omission in omissions_within(own, own.units[index].start, own.units[index].end):
                if omission.line:
                    literals += 1
                    hidden += own.source.text.count("\n", omission.start, omission.end)
                elif own.source.text[omission.start : omission.end].strip():
                    comments += 1
    notes = []
    if comments:
        notes.append(f"left out on request: {comments:,} {'comment' if comments == 1 else 'comments'}")
    if literals:
        notes.append(
            f"shortened on request: {literals:,} long {'literal' if literals == 1 else 'literals'}, by {hidden:,} lines"
        )
    return notes
