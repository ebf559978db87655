"""Functions that are nearly the same as a better one stand back: what tests of one thing say is said once.

Knows a run's order and texts; not how alikeness is found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from longzip.rendering.draft import Kept
from longzip.scoring.alike import alike
from longzip.strategies.corpus import Corpus
from longzip.strategies.ranking import is_test
from longzip.strategies.run import Run

MOST_CHUNKS = 400  # the best, among which copies are looked for
LEAST_NAME = 4  # characters of a name that the question may mean
TOLD = 3  # in a note


def standing_back(run: Run) -> tuple[Run, Mapping[int, int]]:
    """The run in whose order copies come last, and of each copy, the chunk that is shown in its place."""
    if not (run.approach.structured and run.approach.filled):
        return run, {}
    scores, chunks = run.scores, run.corpus.chunks
    functions = [index for index in scores.order[:MOST_CHUNKS] if chunks[index].kind == "function"]
    texts, names = [chunks[index].text for index in functions], [chunks[index].names for index in functions]
    tests = {place for place, index in enumerate(functions) if is_test(chunks[index].source.name)}
    found = alike(texts, names, tests)
    copies = {
        functions[copy]: functions[first]
        for copy, first in found.items()
        if not any(len(name) >= LEAST_NAME and name in run.job.query for name in chunks[functions[copy]].names)
    }
    if not copies:
        return run, {}
    lowest = min(scores.preferences)
    preferences = tuple(lowest if index in copies else value for index, value in enumerate(scores.preferences))
    order = (*(index for index in scores.order if index not in copies), *copies)
    return replace(run, scores=replace(scores, preferences=preferences, order=order)), copies


def told(corpus: Corpus, kept: Kept, copies: Mapping[int, int]) -> list[str]:
    """A note on the copies of what is shown that are not shown themselves."""

    def is_shown(index: int) -> bool:
        return not kept.get(corpus.page_of[index], frozenset()).isdisjoint(corpus.unit_range(index))

    counts = Counter(first for copy, first in copies.items() if is_shown(first) and not is_shown(copy))
    if not counts:
        return []
    said = [f"{corpus.chunks[index].label} ({count:,} alike)" for index, count in counts.most_common(TOLD)]
    more = f" and {len(counts) - TOLD:,} more" if len(counts) > TOLD else ""
    return [f"shown once of what is nearly the same: {', '.join(said)}{more}"]
