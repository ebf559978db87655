"""The context's own words and no others (Kuhn & De Mori 1990; Grave et al. 2017, arXiv 1612.04426)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from longzip.models.words.classes import Ids, number_of, words_in
from longzip.models.words.word_model import Likely

Counts = NDArray[np.int32]


class UnigramCache:
    """p(k | c) = n_k / |c|; implements ``WordModel``. A reading holds the distinct words, ascending, and their counts:
    int32[2, n], little-endian."""

    def __init__(self, classes: Ids, weight: float) -> None:
        """classes: of each token, see ``word_classes``. weight: λ, in [0, 1)."""
        self.classes, self.weight = classes, weight
        self.size = number_of(classes)

    @property
    def name(self) -> str:
        return f"unigrams/{self.weight}"

    def read(self, contexts: Sequence[Ids]) -> list[bytes]:
        """See ``WordModel``."""
        found = (np.unique(words_in(context, self.classes), return_counts=True) for context in contexts)
        return [np.stack(counted).astype("<i4").tobytes() for counted in found]

    def sound(self, reading: bytes) -> bool:
        """See ``WordModel``."""
        if len(reading) % 8:
            return False
        words, counts = counted(reading)
        known = ((words >= 0) & (words < self.size)).all()
        return bool(known and (np.diff(words) > 0).all() and (counts > 0).all())

    def answers(self, readings: Sequence[bytes], asked: Sequence[Ids]) -> list[Likely]:
        """See ``WordModel``."""
        return [self._answer(*counted(reading), classes) for reading, classes in zip(readings, asked, strict=True)]

    def _answer(self, words: Counts, counts: Counts, asked: Ids) -> Likely:
        if len(words) == 0:
            return Likely(0.0, np.zeros(len(asked), np.float32))
        known = np.zeros(self.size, np.int64)
        known[words] = counts
        return Likely(self.weight, (known[asked] / int(counts.sum())).astype(np.float32))


def counted(reading: bytes) -> tuple[Counts, Counts]:
    """The words of a reading, and how often each occurs."""
    words, counts = np.frombuffer(reading, "<i4").reshape(2, -1)
    return words, counts
