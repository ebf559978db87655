"""A chunk's lines and their surprise -> blocks: runs of units, cut where perplexity spikes.

Knows numbers and units; not where the numbers come from.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from longzip.types import Unit


def spikes(surprises: Sequence[float | None], alpha: float) -> list[int]:
    """Indices of the lines at which a block begins.

    A line begins a block where its surprise is above that of both neighbours by ``alpha`` standard deviations of all
    lines' surprises (arXiv 2510.00446, section III-D). Neighbours are the nearest lines that hold text; the first and
    the last line have only one, and are never spikes.
    """
    rows = [row for row, value in enumerate(surprises) if value is not None]
    values = np.array([surprises[row] for row in rows], dtype=np.float64)
    if len(values) < 3:
        return []
    threshold = alpha * float(np.std(values))
    if threshold == 0.0:
        return []
    above_left = values[1:-1] - values[:-2] >= threshold
    above_right = values[1:-1] - values[2:] >= threshold
    return [rows[index + 1] for index in np.flatnonzero(above_left & above_right)]


def blocks(units: Sequence[Unit], boundaries: Sequence[int]) -> list[tuple[int, int]]:
    """Half-open index ranges of ``units`` that tile them, cut near the given line numbers (1-based).

    A boundary inside a unit moves to the nearer of the unit's two edges; the earlier one where they are equally near.
    """
    cuts = {0, len(units)}
    at = 0
    for line in sorted(boundaries):
        while at < len(units) and units[at].last_line < line:
            at += 1
        if at == len(units):
            break
        before, after = line - units[at].first_line, units[at].last_line + 1 - line
        cuts.add(at if before <= after else at + 1)
    edges = sorted(cuts)
    return list(pairwise(edges)) if units else []
