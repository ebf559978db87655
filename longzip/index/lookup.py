"""What a table says of a query: of each window, what the words that it shares with the query are worth.

The formula and its fields are those of ``scoring.bm25``; a query reads the lists of its own words and no others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from longzip.index.table import Table
from longzip.scoring.bm25 import PATH, hash_of, rarity, saturated
from longzip.scoring.terms import terms

Scores = NDArray[np.float64]


def windows_worth(table: Table, query: str) -> Scores:
    """BM25F of each window, at least 0: float64[windows]."""
    windows = len(table.lengths)
    found = np.zeros(windows)
    if not windows:
        return found
    starts = table.files.windows.astype(np.int64)
    relative = table.lengths / max(float(table.lengths.mean()), 1e-9)
    for number, times in sorted(Counter(map(hash_of, terms(query))).items()):
        holders, counts = table.holding(number)
        sound = holders < windows
        holders, counts = holders[sound], counts[sound]
        weight = saturated(float(times), 1.0) * rarity(len(holders), windows)
        own = np.zeros(windows)
        own[holders] = counts
        for file in table.placing(number):
            if file < len(table.names):
                own[starts[file] : starts[file + 1]] += PATH
        touched = np.flatnonzero(own)
        found[touched] += weight * saturated(own[touched], relative[touched])
    return found


def best_of_files(table: Table, values: Scores, least: float) -> Scores:
    """The best value of each file's windows; ``least`` where it has none: float64[files]."""
    starts = table.files.windows.astype(np.int64)
    found = np.full(len(table.names), least)
    full = np.flatnonzero(starts[1:] > starts[:-1])
    if len(full):
        found[full] = np.maximum.reduceat(values, starts[full])
    return found


def definers(table: Table, names: Iterable[str]) -> dict[str, Sequence[int]]:
    """Of names, the files that define them."""
    found: dict[str, Sequence[int]] = {}
    for name in sorted(names):
        files = [int(file) for file in table.defining(hash_of(name)) if file < len(table.names)]
        if files:
            found[name] = files
    return found
