"""The last look at a selection: does what is left of each file still parse where the file did?

Units are cut so that it always should. A grammar can surprise all the same, and broken code misleads its reader; so
every file is parsed once more, and where that fails, its functions become whole, or go, one after the other until it
does not.
"""

from __future__ import annotations

from longzip.rendering.draft import Kept
from longzip.strategies.run import Work, located, unit_range


def proven(work: Work, kept: Kept) -> Kept:
    """``kept``, or what it takes to make it parse within the budget; ``work.widened`` counts the functions changed."""
    if not work.plan.structured:
        return kept
    granted = located(work, work.granted)
    for page in sorted(kept):
        if work.draft.sound(page, kept[page]):
            continue
        for index in partial(work, kept, page):
            kept = widened(work, kept, index, granted.get(page, frozenset()))
            work.widened += 1
            if page not in kept or work.draft.sound(page, kept[page]):
                break
        else:
            work.notes.append(f"{work.job.sources[page].name} does not parse as it is shown")
    return kept


def partial(work: Work, kept: Kept, page: int) -> list[int]:
    """The page's chunks of which something is kept and something not, the smallest first."""
    found = [
        index for index in range(len(work.chunks))
        if work.pages[index] == page and 0 < len(kept[page].intersection(unit_range(work, index))) < len(unit_range(work, index))
    ]  # fmt: skip
    return sorted(found, key=lambda index: work.tokens[index])


def widened(work: Work, kept: Kept, index: int, granted: frozenset[int]) -> Kept:
    """``kept`` with a chunk whole if that fits the budget, else without the chunk, but for what must be kept."""
    page, own = work.pages[index], frozenset(unit_range(work, index))
    wider = work.draft.closed({**kept, page: kept[page] | own})
    if work.draft.size(wider, work.job.budget) <= work.job.budget:
        return wider
    narrower = {**kept, page: (kept[page] - own) | granted}
    return {place: units for place, units in narrower.items() if units}
