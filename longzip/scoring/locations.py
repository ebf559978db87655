"""What the file of a chunk says of it: words of the query in the file's name, other good chunks beside it.

Knows paths and scores; no text, and no model.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath
from statistics import fmean, pstdev

import numpy as np

from longzip.scoring.terms import terms

DIGITS = 6


def stem_shares(query: str, paths: Sequence[str]) -> list[float]:
    """Of the words of each file's name, the share that the query has, in [0, 1]."""
    asked = set(terms(query))
    found: dict[str, float] = {}
    for path in set(paths):
        words = set(terms(PurePosixPath(path).stem))
        found[path] = len(words & asked) / len(words) if words else 0.0
    return [found[path] for path in paths]


def company(scores: Sequence[float], file_of: Sequence[int]) -> list[float]:
    """How good a chunk's file is, in [0, 1], 1 the best: several good chunks of a file speak for one another.

    With z the scores in standard deviations from their mean, a file has √Σ max(z, 0)² of its chunks. file_of: of each
    chunk.
    """
    if not scores:
        return []
    heights = np.maximum(standard(scores), 0.0)
    files = np.sqrt(np.bincount(np.asarray(file_of), heights**2))
    best = float(files.max()) or 1.0
    return [round(float(files[file] / best), DIGITS) for file in file_of]


def standard(values: Sequence[float]) -> list[float]:
    """The values in standard deviations from their mean; zeros where they are all equal."""
    mean, spread = fmean(values) if values else 0.0, pstdev(values) if values else 0.0
    return [(value - mean) / spread if spread else 0.0 for value in values]


def spaced(scores: Sequence[float], file_of: Sequence[int], kept: float) -> list[float]:
    """The scores, those above the median brought nearer to it for each better chunk of the same file, so that a list of
    the best has many files. kept: of the distance, per chunk before."""
    found = list(scores)
    if not found:
        return found
    middle = float(np.median(found))
    before: dict[int, int] = {}
    for index in sorted(range(len(found)), key=lambda index: (-scores[index], index)):
        better = before.get(file_of[index], 0)
        if better and found[index] > middle:
            found[index] = middle + (found[index] - middle) * kept**better
        before[file_of[index]] = better + 1
    return found
