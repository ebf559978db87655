"""What became of each unit of a text, and why: the rows of a report, and what is kept of what is critical.

Knows readings and what was kept of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from longzip.rendering.draft import Kept
from longzip.settings import TextLayout
from longzip.strategies.corpus import Cell
from longzip.strategies.passages import NEVER, Passages
from longzip.texts.critical import critical_marks
from longzip.texts.kinds import Kind
from longzip.texts.levels import DEFAULT, PRESETS, Wish
from longzip.texts.reading import Reading, own, weights
from longzip.types import Role, Row, Tier

MARKED_BY = {
    "decision": "a decision",
    "error": "an error",
    "fix": "a fix",
    "dependency": "a dependency",
    "action": "an action item",
    "state": "the current state",
    "pending": "an open point",
    "reference": "what something goes by",
    "prohibition": "a prohibition",
    "number": "a number",
    "request": "a request",
}
ESSENTIAL = {
    "title": "it is the title",
    "lead": "it says what the text is about",
    "install": "it says how to install it",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """What a result shows. kept: the units that were chosen. laid: those of them that the layout has a place for, all
    where it is None. layout: its name. full: why no more was chosen, as code and for people."""

    kept: Kept
    laid: frozenset[Cell] | None
    layout: TextLayout
    full: tuple[str, str]

    def chosen(self, cell: Cell) -> bool:
        return cell[1] in self.kept.get(cell[0], ())

    def has(self, cell: Cell) -> bool:
        """Whether the unit stands in the text."""
        return self.chosen(cell) and (self.laid is None or cell in self.laid)


def full(wish: Wish) -> tuple[str, str]:
    """Why no more was chosen than a wish allows."""
    if wish.budget is not None:
        return "over-budget", "the budget is full"
    if wish.rate is not None:
        return "over-rate", f"{100 * wish.rate:.0f} % of the tokens were asked for"
    if wish.quality is not None:
        return "over-quality", f"the quality of {wish.quality:g} that was asked for is reached without it"
    level = wish.level or DEFAULT
    return "over-level", f"the level {level} keeps about {100 * PRESETS[level].rate:.0f} %"


def rows(reading: Reading, known: Passages, shown: Shown) -> tuple[Row, ...]:
    """A row for each unit that holds text. known: what the units were worth when they were chosen.

    What another unit says has no marks of its own: they are that one's.
    """
    worth, corpus = weights(reading), reading.run.corpus
    found: list[Row] = []
    for index, chunk in enumerate(corpus.chunks):
        page = corpus.page_of[index]
        units = corpus.pages[page].units
        about = any((page, unit) in reading.critical for unit in own(chunk))
        for unit in own(chunk):
            if not chunk.source.text[units[unit].start : units[unit].end].strip():
                continue
            cell = page, unit
            code, reason = why(reading, cell, shown, units[unit].head)
            found.append(Row(
                chunk.source.name, chunk.label, units[unit].first_line, units[unit].last_line, known.tokens[cell],
                role(reading, cell, about),
                tier(reading, cell, known.values[cell]), known.values[cell] if known.values[cell] > NEVER / 2 else 0.0,
                round(worth[cell], 6), "kept" if shown.has(cell) else "dropped", code, reason,
                () if cell in reading.notes.twins else reading.notes.marks.get(cell, ()),
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


def why(reading: Reading, cell: Cell, result: Shown, head: bool) -> tuple[str, str]:
    """The reason of a status, for machines and for people."""
    notes, shown = reading.notes, result.has(cell)
    if not shown and result.chosen(cell):
        return f"layout:{result.layout}", f"the layout {result.layout} has no place for it"
    mark = next((mark for mark in MARKED_BY if mark in notes.marks.get(cell, ())), "")
    if shown and head:
        return "head", "it names what is shown below it"
    if shown and cell in reading.critical and not mark:
        return f"essential:{notes.essential[cell]}", ESSENTIAL[notes.essential[cell]]
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
        told = MARKED_BY[mark] if mark else "a part that says what the text is"
        return f"{result.full[0]}:{mark or notes.essential[cell]}", f"it is {told}, but {result.full[1]}"
    return result.full[0], f"other parts matter more, and {result.full[1]}"


def line_of(reading: Reading, cell: Cell) -> int:
    return reading.run.corpus.pages[cell[0]].units[cell[1]].first_line


def retention(table: Sequence[Row], kind: Kind) -> tuple[tuple[str, int, int], ...]:
    """Of each critical mark, how many of the rows that have it are kept, of how many."""
    found = []
    for mark in critical_marks(kind):
        having = [row.status == "kept" for row in table if mark in row.marks]
        if having:
            found.append((mark, sum(having), len(having)))
    return tuple(found)
