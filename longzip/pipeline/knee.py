"""The budget beyond which more tokens bring little: the knee of the curve of kept relevance over tokens.

Functions of one run's ``Work``, like ``choosing``.
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from longzip.rendering.draft import Kept
from longzip.strategies.run import Work, unit_range

SMALLEST, STEP = 500, 1.5  # tokens of the first budget; what the next one is larger by
NOISE, MOST_NOISE = (
    3.0,
    0.7,
)  # up to so many standard deviations above the median, or this share of the best, a score is noise
LEAST = 1e-9  # of a spread: where most scores are equal, whatever is above them stands out
TO_DEVIATION = 1.4826  # standard deviations of a normal distribution per median absolute deviation


def budgets(work: Work) -> Iterator[int]:
    """500 tokens, then half as much more each time, up to all there is."""
    size, whole = SMALLEST, sum(work.tokens)
    while size < whole:
        yield size
        size = int(size * STEP)
    yield size


def relevances(work: Work) -> list[float]:
    """What stands out of each chunk's score: above the noise of all scores, in standard deviations; at least 0.

    Both are measured by medians, which the few relevant chunks do not move.
    """
    middle = median(work.preferences)
    spread = TO_DEVIATION * median(abs(score - middle) for score in work.preferences) or LEAST
    heights = [(score - middle) / spread for score in work.preferences]
    noise = min(NOISE, MOST_NOISE * max(heights, default=0.0))
    return [max(0.0, height - noise) for height in heights]


def kept_relevance(work: Work, kept: Kept, values: list[float]) -> float:
    """The relevance that is shown: of each chunk in proportion to the units of it that are."""
    total = 0.0
    for index, value in enumerate(values):
        if value:
            own, shown = unit_range(work, index), kept.get(work.pages[index], frozenset())
            total += value * sum(unit in shown for unit in own) / len(own)
    return total
