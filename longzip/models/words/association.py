"""The words that a context makes likely, its own and others: learned by ``scripts/train_ranking.py``.

With n_k the count of word class k in the context c, h_k whether k is among its first words, and m_k = log(1 + n_k) + η
h_k:

    copied(k)  = m_k exp(α_k) / M,  M = Σ m_k exp(α_k)
    x          = normalised Σ m_k exp(β_k) r_k;  z = x + V relu(U x + u) + v
    meant(k)   = softmax_k(s z · w_k + b_k)
    p(k | c)   = (1 − μ) copied(k) + μ meant(k)

The sum over copied words is the statistical translation model of information retrieval (Berger & Lafferty 1999) with a
log-linear translation of the whole context. Greek letters, r, w, b, U and V are trained, so that of many contexts the
one that belongs to a query gives the query's words the highest likelihood. In training the mixture's weight is that of
Dirichlet smoothing, λ_c = M / (M + ν) (Zhai & Lafferty 2001); here it is the same for all contexts, because a context
of one word would otherwise do a query the least harm, and so rank first where all of them do some.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from longzip.errors import ModelError
from longzip.models.words.classes import Ids, Values, number_of, words_in
from longzip.models.words.word_model import Likely

FILE = "association.safetensors"
HEAD_WORDS = 12
SLAB = 64
TRUST = 0.95
HEADER = struct.Struct("<Id")


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What an association model knows of a context, whatever is asked then.

    words: its word classes, int32[n], ascending. shares: copied(k) of each, float32[n]. hidden: z, float32[width].
    total: ln Σ_k exp(s z · w_k + b_k).
    """

    words: NDArray[np.int32]
    shares: Values
    hidden: Values
    total: float

    def packed(self) -> bytes:
        """Plain bytes, little-endian: two numbers, the words, the shares, z."""
        parts = (self.words.astype("<i4"), self.shares.astype("<f4"), self.hidden.astype("<f4"))
        return HEADER.pack(len(self.words), self.total) + b"".join(part.tobytes() for part in parts)


def unpacked(data: bytes) -> Reading:
    """What ``Reading.packed`` made."""
    count, total = HEADER.unpack_from(data)
    words = np.frombuffer(data, "<i4", count, HEADER.size)
    numbers = np.frombuffer(data, "<f4", offset=HEADER.size + 4 * count)
    return Reading(words, numbers[:count], numbers[count:], total)


def copied(readings: Sequence[Reading], asked: Ids, classes: int) -> Values:
    """copied(k) of the asked classes in each context: float32[contexts, asked]."""
    distinct, places = np.unique(asked, return_inverse=True)
    column = np.full(classes, -1, np.int64)
    column[distinct] = np.arange(len(distinct))
    columns = column[np.concatenate([reading.words for reading in readings])]
    rows = np.repeat(np.arange(len(readings)), [len(reading.words) for reading in readings])
    shares = np.concatenate([reading.shares for reading in readings])
    found = np.zeros((len(readings), len(distinct)), np.float32)
    hit = columns >= 0
    found[rows[hit], columns[hit]] = shares[hit]
    return found[:, places]


class Association:
    """See the module; implements ``WordModel``. float32 on the CPU."""

    def __init__(self, tensors: dict[str, NDArray[np.float32]], classes: Ids) -> None:
        """tensors: as in the file; w and r are float[classes, width]. classes: of each token, see ``word_classes``."""
        self.classes = classes
        self.weight, self.attention = np.exp(tensors["weight"]), np.exp(tensors["attention"])
        self.reads, self.writes, self.bias = tensors["reads"], tensors["writes"], tensors["bias"]
        self.inner = tensors["inner.weight"].T, tensors["inner.bias"]
        self.outer = tensors["outer.weight"].T, tensors["outer.bias"]
        self.scale = float(np.exp(tensors["scale"]))
        self._writes = self.writes.astype(np.float64)
        self.head = float(np.log1p(np.exp(tensors["head"])))
        self.share = float(1 / (1 + np.exp(-tensors["share"])))

    @property
    def name(self) -> str:
        return "association"

    @property
    def size(self) -> int:
        """How many word classes it knows."""
        return len(self.bias)

    def read(self, contexts: Sequence[Ids]) -> list[bytes]:
        """See ``WordModel``."""
        found: list[Reading] = []
        for first in range(0, len(contexts), SLAB):
            found += self._slab([words_in(context, self.classes) for context in contexts[first : first + SLAB]])
        return [reading.packed() for reading in found]

    def sound(self, reading: bytes) -> bool:
        """See ``WordModel``."""
        if len(reading) < HEADER.size:
            return False
        count, total = HEADER.unpack_from(reading)
        if len(reading) != HEADER.size + 8 * count + 4 * self.writes.shape[1]:
            return False
        words = np.frombuffer(reading, "<i4", count, HEADER.size)
        numbers = np.frombuffer(reading, "<f4", offset=HEADER.size + 4 * count)
        finite = math.isfinite(total) and bool(np.isfinite(numbers).all())
        return finite and (count == 0 or bool(0 <= words[0] <= words[-1] < self.size))

    def answers(self, readings: Sequence[bytes], asked: Sequence[Ids]) -> list[Likely]:
        """See ``WordModel``."""
        groups: dict[bytes, list[int]] = {}
        for place, wanted in enumerate(asked):
            groups.setdefault(wanted.tobytes(), []).append(place)
        found = [Likely(0.0, np.zeros(0, np.float32))] * len(asked)
        for places in groups.values():
            own = [unpacked(readings[place]) for place in places]
            for place, reading, values in zip(places, own, self._mixed(own, asked[places[0]]), strict=True):
                found[place] = Likely(TRUST if len(reading.words) else 0.0, values)
        return found

    def _mixed(self, readings: Sequence[Reading], asked: Ids) -> Values:
        """p(k | c) of the asked classes in each context: float32[contexts, asked]. In double precision, so that it is
        the same whatever else is in the batch."""
        hidden = np.stack([reading.hidden for reading in readings]).astype(np.float64)
        totals = np.array([reading.total for reading in readings])
        meant = np.exp(
            self.scale * (hidden @ self.writes[asked].T.astype(np.float64)) + self.bias[asked] - totals[:, None]
        )
        mixed: Values = ((1 - self.share) * copied(readings, asked, self.size) + self.share * meant).astype(np.float32)
        return mixed

    def _slab(self, contexts: Sequence[Ids]) -> list[Reading]:
        found = [self._amounts(context) for context in contexts]
        read = np.zeros((len(contexts), self.reads.shape[1]), np.float32)
        for row, (words, amounts) in zip(read, found, strict=True):
            row[:] = (amounts * self.attention[words]) @ self.reads[words]
        read /= np.maximum(np.linalg.norm(read, axis=1, keepdims=True), 1e-12)
        exact = read.astype(np.float64)  # what is rounded in single precision depends on the contexts beside it
        hidden = exact + np.maximum(exact @ self.inner[0] + self.inner[1], 0) @ self.outer[0] + self.outer[1]
        hidden = hidden.astype(np.float32).astype(np.float64)
        logits = self.scale * (hidden @ self._writes.T) + self.bias
        highest = logits.max(1)
        totals = highest + np.log(np.exp(logits - highest[:, None]).sum(1))
        readings: list[Reading] = []
        for row, total, (words, amounts) in zip(hidden, totals, found, strict=True):
            weights = amounts * self.weight[words]
            shares = weights / max(float(weights.sum()), 1e-6)
            readings.append(
                Reading(words.astype(np.int32), shares.astype(np.float32), row.astype(np.float32), float(total))
            )
        return readings

    def _amounts(self, context: Ids) -> tuple[Ids, Values]:
        words, counts = np.unique(context, return_counts=True)
        amounts = np.log1p(counts) + self.head * np.isin(words, context[:HEAD_WORDS])
        return words, amounts.astype(np.float32)


def read_association(path: Path, classes: Ids) -> Association:
    """The association model in a file. classes: of each token, see ``word_classes``.

    Raises ModelError where they do not fit.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        model = Association({name: tensor.astype(np.float32) for name, tensor in load_file(path).items()}, classes)
    except (OSError, SafetensorError, KeyError) as error:
        raise ModelError(f"{path} cannot be read: {error}.") from None
    if model.size != number_of(classes):
        known = number_of(classes)
        raise ModelError(f"{path} knows {model.size} words, the tokenizer {known}; they do not belong together.")
    return model
