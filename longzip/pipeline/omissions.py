"""What a reader may want to do without, each on request: comments, the middle of long literals, gaps between imports.

What remains stays word for word. Functions of one run's pages; the format says where such things are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from longzip.protocols import Format
from longzip.rendering.draft import Kept
from longzip.rendering.pages import Cut, Page, cuts_within
from longzip.strategies.run import Engine, Work
from longzip.types import DataLiteral, Unit

BLANK_END = re.compile(r"(?<=\n)[^\S\n]*\n\s*\Z")


def reduced(page: Page, engine: Engine) -> Page:
    """The page with what the settings ask to be left out."""
    settings, form = engine.settings, engine.form
    cuts: list[Cut] = []
    if settings.shorten_literals:
        cuts += [literal_cut(page, literal, form) for literal in form.facts.literals(page.source)]
    if settings.drop_comments:
        hidden = [(cut.start, cut.end) for cut in cuts]
        ranges = form.facts.comments(page.source)
        cuts += [Cut(start, end) for start, end in ranges if not any(a < end and start < b for a, b in hidden)]
    imports = frozenset(form.facts.imports(page.source)) if settings.merge_imports else frozenset[int]()
    cuts += blank_cuts(page, imports)
    return replace(page, cuts=apart(cuts), quiet=imports) if cuts or imports else page


def literal_cut(page: Page, literal: DataLiteral, form: Format) -> Cut:
    """The hidden lines of a literal, and the comment that stands for them."""
    rows = page.source.text.split("\n")
    hidden = rows[literal.first_line - 1 : literal.last_line]
    start = sum(len(row) + 1 for row in rows[: literal.first_line - 1])
    end = min(start + sum(len(row) + 1 for row in hidden), len(page.source.text))
    indent = hidden[0][: len(hidden[0]) - len(hidden[0].lstrip())]
    lines = (literal.first_line, literal.last_line)
    text = f"{literal.elements:,} more, {len(hidden):,} lines ({literal.first_line}-{literal.last_line})"
    return Cut(start, end, indent + form.gap(page.source, Unit(start, end, *lines), lines, text) + "\n")


def blank_cuts(page: Page, imports: frozenset[int]) -> Iterator[Cut]:
    """The blank lines between one import and the next."""
    for index in sorted(imports):
        unit = page.units[index]
        match = BLANK_END.search(page.source.text, unit.start, unit.end)
        if match and index + 1 in imports:
            yield Cut(*match.span())


def apart(cuts: list[Cut]) -> list[Cut]:
    """The cuts in order, those left out that overlap one before."""
    found: list[Cut] = []
    for cut in sorted(cuts, key=lambda cut: (cut.start, -cut.end)):
        if not found or cut.start >= found[-1].end:
            found.append(cut)
    return found


def told(work: Work, kept: Kept) -> list[str]:
    """What was left out on request, for the report's notes."""
    comments = literals = hidden = 0
    for page, units in kept.items():
        own = work.draft.pages[page]
        for index in units:
            for cut in cuts_within(own, own.units[index].start, own.units[index].end):
                rows = own.source.text.count("\n", cut.start, cut.end)
                literals, comments = (
                    literals + bool(cut.line),
                    comments + bool(not cut.line and own.source.text[cut.start : cut.end].strip()),
                )
                hidden += rows if cut.line else 0
    notes = []
    if comments:
        notes.append(f"left out on request: {comments:,} {'comment' if comments == 1 else 'comments'}")
    if literals:
        notes.append(
            f"shortened on request: {literals:,} long {'literal' if literals == 1 else 'literals'}, by {hidden:,} lines"
        )
    return notes
