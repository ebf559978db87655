"""The last look at a selection: does what is left of each file still parse where the file did?

Units are cut so that it always should. A grammar can surprise all the same, and broken code misleads its reader; so
every file is parsed once more, and where that fails, its functions become whole, or go, one after the other until it
does not.
"""

from __future__ import annotations

from dataclasses import replace

from longzip.rendering.draft import Kept
from longzip.strategies.corpus import Corpus
from longzip.strategies.run import Choice, Run


def proven(run: Run, choice: Choice) -> Choice:
    """The choice, or what it takes to make it parse within its budget; ``widened`` counts the functions changed."""
    corpus, kept = run.corpus, choice.kept
    if not corpus.structured:
        return choice
    draft, granted = run.draft.told(choice.telling), corpus.located(choice.granted)
    changed, notes = 0, list(choice.notes)
    for page in sorted(kept):
        if draft.sound(page, kept[page]):
            continue
        for index in partial(corpus, kept[page], page):
            own = frozenset(corpus.unit_range(index))
            wider = draft.closed({**kept, page: kept[page] | own})
            fits = draft.size(wider, choice.budget) <= choice.budget
            kept = wider if fits else narrowed(kept, page, own - granted.get(page, frozenset()))
            changed += 1
            if page not in kept or draft.sound(page, kept[page]):
                break
        else:
            notes.append(f"{corpus.pages[page].source.name} does not parse as it is shown")
    return replace(choice, kept=kept, widened=changed, notes=tuple(notes))


def partial(corpus: Corpus, units: frozenset[int], page: int) -> list[int]:
    """The page's chunks of which something is kept and something not, the smallest first. units: kept of the page."""
    found = [
        index
        for index in range(len(corpus.chunks))
        if corpus.page_of[index] == page
        and 0 < len(units.intersection(corpus.unit_range(index))) < len(corpus.unit_range(index))
    ]
    return sorted(found, key=lambda index: corpus.tokens[index])


def narrowed(kept: Kept, page: int, units: frozenset[int]) -> Kept:
    """``kept`` without these units of a page."""
    return {place: own for place, own in {**kept, page: kept[page] - units}.items() if own}
