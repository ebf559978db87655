"""What became of each unit of a text, and why: the rows of a report, and what is kept of what is critical.

Knows readings and what was kept of them.
"""

from __future__ import annotations

from longzip.rendering.draft import Kept
from longzip.strategies.corpus import Cell
from longzip.strategies.passages import NEVER, Passages
from longzip.texts.reading import Reading, own, weights
from longzip.types import Role, Row, Tier

MARKED_BY = {"decision": "a decision", "error": "an error", "fix": "a fix", "dependency": "a dependency",
    "action": "an action item",
             "state": "the current state", "pending": "an open point", "number": "a number",
             "request": "a request"}  # fmt: skip


def rows(reading: Reading, known: Passages, kept: Kept) -> tuple[Row, ...]:
    """A row for each unit that holds text. known: what the units were worth when they were chosen."""
    worth, corpus = weights(reading), reading.run.corpus
    found: list[Row] = []
    for index, chunk in enumerate(corpus.chunks):
        page = corpus.page_of[index]
        units = corpus.pages[page].units
        about = any((page, unit) in reading.critical for unit in own(chunk))
        for unit in own(chunk):
            if not chunk.source.text[units[unit].start : units[unit].end].strip():
                continue
            cell, shown = (page, unit), unit in kept.get(page, ())
            code, reason = why(reading, cell, shown, units[unit].head)
            found.append(Row(
                chunk.source.name, chunk.label, units[unit].first_line, units[unit].last_line, known.tokens[cell],
                role(reading, cell, about),
                tier(reading, cell, known.values[cell]), known.values[cell] if known.values[cell] > NEVER / 2 else 0.0,
                round(worth[cell], 6), "kept" if shown else "dropped", code, reason,
                reading.notes.marks.get(cell, ()),
            ))  # fmt: skip
    return tuple(found)


def role(reading: Reading, cell: Cell, about: bool) -> Role:
    notes = reading.notes
    if cell in notes.twins:
        return "redundant"
    if cell in notes.fillers:
        return "filler"
    if cell in reading.critical or cell in notes.leads or "goal" in notes.marks.get(cell, ()):
        return "core"
    return "support" if about else "background"


def tier(reading: Reading, cell: Cell, value: float) -> Tier:
    """ "high" for what is critical, or worth more than a standard deviation above the mean; "low" below the mean."""
    if cell in reading.critical or value >= 1:
        return "high"
    return "medium" if value >= 0 else "low"


def why(reading: Reading, cell: Cell, shown: bool, head: bool) -> tuple[str, str]:
    """The reason of a status, for machines and for people."""
    notes = reading.notes
    mark = next((mark for mark in MARKED_BY if mark in notes.marks.get(cell, ())), "")
    if shown and head:
        return "head", "it names what is shown below it"
    if shown and cell in reading.critical:
        return f"critical:{mark}", f"it is {MARKED_BY[mark]}"
    if shown:
        return (
            ("relevant", "it matters for the question")
            if reading.query
            else ("informative", "it says much of what the text is about")
        )
    if cell in notes.twins:
        line = line_of(reading, notes.twins[cell])
        return f"duplicate-of:{line}", f"line {line} says the same"
    if cell in notes.overruled:
        line = line_of(reading, notes.overruled[cell])
        return f"overruled-by:{line}", f"line {line} sets it aside"
    if cell in notes.fillers:
        return (
            f"filler:{notes.fillers[cell]}",
            f"it is nothing but {'a greeting' if notes.fillers[cell] == 'greeting' else 'an acknowledgement'}",
        )
    if cell in reading.critical:
        return f"over-budget:{mark}", f"it is {MARKED_BY[mark]}, but the budget is full"
    return "over-budget", "other parts matter more, and the budget is full"


def line_of(reading: Reading, cell: Cell) -> int:
    return reading.run.corpus.pages[cell[0]].units[cell[1]].first_line


def retention(reading: Reading, kept: Kept) -> tuple[tuple[str, int, int], ...]:
    """Of each critical mark, how many of its units are kept, of how many."""
    found = []
    for mark in MARKED_BY:
        having = [cell for cell in sorted(reading.critical) if mark in reading.notes.marks[cell]]
        if having:
            found.append((mark, sum(unit in kept.get(page, ()) for page, unit in having), len(having)))
    return tuple(found)
