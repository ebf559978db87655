"""Which chunks hold a word: the words of many chunks, sorted, so that a query reads those of its own words only.

The numbers are those of ``scoring.bm25``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from longzip.scoring.bm25 import DIGITS, PATH, TermCounts, hash_of, joined, rarity, saturated
from longzip.scoring.terms import terms

Scores = NDArray[np.float64]
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Postings:
    """hashes, rows, counts: of each word of each chunk, sorted by the word. lengths: of each chunk, in words. places:
    of a word the chunks whose path has it."""

    hashes: NDArray[np.uint32]
    rows: Rows
    counts: Scores
    lengths: Scores
    places: Mapping[int, Rows]

    @classmethod
    def of(cls, parts: Sequence[TermCounts], paths: Sequence[frozenset[int]]) -> Postings:
        """parts, paths: of each file, the words of its chunks and those of its path."""
        words = joined(parts)
        rows = np.repeat(np.arange(len(words.sizes)), words.sizes)
        order = np.argsort(words.hashes, kind="stable")
        lengths = np.bincount(rows, weights=words.counts, minlength=len(words.sizes)).astype(np.float64)
        starts = np.cumsum([0, *(len(part.sizes) for part in parts)])
        places: dict[int, list[int]] = {}
        for file, own in enumerate(paths):
            for number in own:
                places.setdefault(number, []).extend(range(starts[file], starts[file + 1]))
        return cls(
            words.hashes[order],
            rows[order],
            words.counts[order].astype(np.float64),
            lengths,
            {number: np.array(found, dtype=np.int64) for number, found in places.items()},
        )

    def holding(self, numbers: Sequence[int]) -> list[slice]:
        """Where the entries of each word stand."""
        wanted = np.array(numbers, dtype=np.uint32)
        ends = zip(
            np.searchsorted(self.hashes, wanted).tolist(), np.searchsorted(self.hashes, wanted, "right").tolist(),
            strict=True,
        )  # fmt: skip
        return [slice(first, last) for first, last in ends]


def scores(query: str, parts: Sequence[Postings], alive: NDArray[np.bool_]) -> Scores:
    """``bm25.scores`` of the chunks that count, as if there were no others; 0 for these. alive: of the chunks of all
    parts, one after the other."""
    lengths = np.concatenate([part.lengths for part in parts])
    chunks = int(alive.sum())
    found, own = np.zeros(len(lengths)), np.zeros(len(lengths))
    if not chunks:
        return found
    relative = lengths / max(float(lengths[alive].mean()), 1e-9)
    starts = np.cumsum([0, *(len(part.lengths) for part in parts)]).tolist()
    asked = sorted(Counter(map(hash_of, terms(query))).items())
    held = [part.holding([number for number, _ in asked]) for part in parts]
    for place, (number, times) in enumerate(asked):
        holders, touched = 0, []
        for start, part, slices in zip(starts, parts, held, strict=False):
            rows = part.rows[slices[place]] + start
            own[rows] = part.counts[slices[place]]
            holders += int(alive[rows].sum())
            touched.append(rows)
        for start, part in zip(starts, parts, strict=False):
            if number in part.places:
                rows = part.places[number] + start
                touched.append(rows[own[rows] == 0])
                own[rows] += PATH
        rows = np.concatenate(touched)
        worth = saturated(float(times), 1.0) * rarity(holders, chunks)
        found[rows] += worth * saturated(own[rows], relative[rows])
        own[rows] = 0.0
    return np.where(alive, np.round(found, DIGITS), 0.0)
