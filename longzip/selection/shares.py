"""A budget -> which chunks are worth it, and how many tokens of each.

Equations of LongCodeZip (arXiv 2510.00446, section III-C and III-D). Knows relevance, sizes and budgets only.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def ranking(relevance: Sequence[float]) -> list[int]:
    """Indices, best first; equal ones in their order."""
    return sorted(range(len(relevance)), key=lambda index: (-relevance[index], index))


def coarse(order: Sequence[int], tokens: Sequence[int], budget: float, misses: int | None = None) -> list[int]:
    """The best-ranked chunks that fit ``budget`` tokens together, best first; at least the best one.

    A chunk that does not fit is passed over and the next one tried, at most ``misses`` times; None: to the last one.
    """
    chosen: list[int] = []
    room, passed = budget, 0
    for index in order:
        if tokens[index] <= room or not chosen:
            chosen.append(index)
            room -= tokens[index]
        else:
            passed += 1
            if misses is not None and passed > misses:
                break
    return chosen


def normalised(values: Sequence[float]) -> NDArray[np.float64]:
    """Min-max normalised to [0, 1]; all 0.5 where they are all equal."""
    array = np.asarray(values, dtype=np.float64)
    if len(array) == 0 or array.max() == array.min():
        return np.full(len(array), 0.5)
    return np.asarray((array - array.min()) / (array.max() - array.min()))


def retention(
    relevance: Sequence[float], tokens: Sequence[int], whole: Sequence[bool], budget: float, beta: float
) -> list[float]:
    """R_i, the share of its tokens that each chosen chunk may keep, in [0, 1].

    Chunks marked ``whole`` keep everything. For the others R_base = (B − Σ whole) / Σ others (Eq. 4), biased by
    relevance: R_i = R_base · (1 + beta · (2 s_i − 1)) with s_i the min-max normalised AMI (Eq. 5), then rescaled so
    that the shares use the budget (Eq. 6). Rescaling repeats, because what one chunk cannot take (R_i ≤ 1) is left for
    the others.
    """
    sizes = np.asarray(tokens, dtype=np.float64)
    fixed = np.asarray(whole, dtype=bool)
    shares = np.ones(len(sizes))
    free = ~fixed
    total = sizes[free].sum()
    target = min(max(0.0, budget - sizes[fixed].sum()), total)
    if total == 0:
        return [float(share) for share in shares]
    scores = normalised([value for value, keep in zip(relevance, whole, strict=True) if not keep])
    biased = target / total * (1 + beta * (2 * scores - 1))
    shares[free] = rescaled(np.clip(biased, 0.0, 1.0), sizes[free], target)
    return [float(share) for share in shares]


def rescaled(shares: NDArray[np.float64], sizes: NDArray[np.float64], target: float) -> NDArray[np.float64]:
    """min(1, f · share) for the one factor f at which Σ share · size is the target, as far as shares of nothing
    allow."""
    full, factor = np.zeros(len(shares), dtype=bool), 0.0
    while (growing := float((shares * sizes)[~full].sum())) > 0:
        factor = (target - float(sizes[full].sum())) / growing
        over = ~full & (factor * shares > 1.0)
        if not over.any():
            break
        full |= over
    return np.where(full, 1.0, np.clip(factor * shares, 0.0, 1.0))
