"""The budget beyond which more tokens bring little: the knee of the curve of kept relevance over tokens."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from longzip.rendering.draft import Kept
from longzip.strategies.corpus import Corpus
from longzip.strategies.run import Scores

SMALLEST, STEP = 500, 1.5  # tokens of the first budget; what the next one is larger by
# up to so many standard deviations above the median, or this share of the best, a score is noise
NOISE, MOST_NOISE = 3.0, 0.7
LEAST = 1e-9  # of a spread: where most scores are equal, whatever is above them stands out
TO_DEVIATION = 1.4826  # standard deviations of a normal distribution per median absolute deviation


def budgets(corpus: Corpus) -> Iterator[int]:
    """500 tokens, then half as much more each time, up to all there is."""
    size, whole = SMALLEST, sum(corpus.tokens)
    while size < whole:
        yield size
        size = int(size * STEP)
    yield size


def relevances(scores: Scores) -> list[float]:
    """What stands out of each chunk's score: above the noise of all scores, in standard deviations; at least 0.

    Both are measured by medians, which the few relevant chunks do not move.
    """
    middle = median(scores.preferences)
    spread = TO_DEVIATION * median(abs(score - middle) for score in scores.preferences) or LEAST
    heights = [(score - middle) / spread for score in scores.preferences]
    noise = min(NOISE, MOST_NOISE * max(heights, default=0.0))
    return [max(0.0, height - noise) for height in heights]


def kept_relevance(corpus: Corpus, kept: Kept, values: list[float]) -> float:
    """The relevance that is shown: of each chunk in proportion to the units of it that are."""
    total = 0.0
    for index, value in enumerate(values):
        if value:
            own, shown = corpus.unit_range(index), kept.get(corpus.page_of[index], frozenset())
            total += value * sum(unit in shown for unit in own) / len(own)
    return total
