"""Sub-words of identifiers, and BM25 over them. Knows texts only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from longzip import MissingExtra

WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
IDENTIFIER = re.compile(r"[^\W\d]\w{2,}")
K1, B = 1.2, 0.75


def words_of(text: str) -> list[str]:
    """The parts of camelCase and snake_case in lower case, plural s dropped."""
    return [word.lower().rstrip("s") for word in WORD.findall(text)]


@lru_cache(maxsize=4096)
def identifiers(text: str) -> frozenset[str]:
    """Names of at least three letters."""
    return frozenset(IDENTIFIER.findall(text))


class Index:
    """BM25 over texts (Robertson & Zaragoza 2009, in Lucene's form; k1 = 1.2, b = 0.75)."""

    def __init__(self, texts: Sequence[str]) -> None:
        try:
            import bm25s
        except ImportError:
            raise MissingExtra("bm25s", "bench") from None
        self.size = len(texts)
        words = [words_of(text) for text in texts]
        self.words = frozenset(word for own in words for word in own)
        self.index = bm25s.BM25(k1=K1, b=B)
        if self.words:
            self.index.index(words, show_progress=False)

    def scores(self, query: str) -> NDArray[np.float64]:
        """Of each text; 0 where it has none of the query's words."""
        asked = [word for word in words_of(query) if word in self.words]
        if not asked:
            return np.zeros(self.size)
        return np.asarray(self.index.get_scores(asked), dtype=np.float64)
