"""What longzip's ranking is measured beside: BM25 with the word statistics of everything that could be found, and a
sentence encoder. Knows texts only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.embeddings import Encoder
from benchmarks.lexical import Index

Numbers = NDArray[np.float64]
DEPTHS = (1, 10, 100)


class Peers:
    """Ranks texts, which are read once. encoder: reads their first 128 tokens; None for none."""

    def __init__(self, texts: Sequence[str], encoder: Encoder | None = None) -> None:
        self.index, self.encoder = Index(texts), encoder
        self.vectors = encoder.encode(texts) if encoder else None

    def scores(self, query: str) -> Mapping[str, Numbers]:
        """By the peers' names, float64[n] of all texts."""
        found = {"bm25": self.index.scores(query)}
        if self.encoder is not None and self.vectors is not None:
            found["encoder"] = np.asarray(self.vectors @ self.encoder.encode([query])[0], dtype=np.float64)
        return found


def rank_among(scores: Numbers, gold: int) -> float:
    """The rank of one of the texts, from 1; of those that are as good half come before."""
    own = scores[gold]
    return 1 + float((scores > own).sum()) + (float((scores == own).sum()) - 1) / 2


def ranking_measures(ranks: Sequence[float]) -> dict[str, float]:
    """Of what is right, given its ranks: mean reciprocal rank, and the share among the first 1, 10, 100; 0 for none."""
    number = max(1, len(ranks))
    found = {"mrr": sum(1 / rank for rank in ranks) / number}
    return found | {f"recall@{depth}": sum(rank <= depth for rank in ranks) / number for depth in DEPTHS}
