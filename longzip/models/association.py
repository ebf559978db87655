"""The words that a context makes likely, its own and others: learned by ``scripts/train_ranking.py``.

With n_k the count of word class k in the context c, h_k whether k is among its first words, and m_k = log(1 + n_k) + η h_k:

    copied(k)  = m_k exp(α_k) / M,  M = Σ m_k exp(α_k)
    x          = normalised Σ m_k exp(β_k) r_k;  z = x + V relu(U x + u) + v
    meant(k)   = softmax_k(s z · w_k + b_k)
    p(k | c)   = (1 − μ) copied(k) + μ meant(k)

The sum over copied words is the statistical translation model of information retrieval (Berger & Lafferty 1999) with a
log-linear translation of the whole context. Greek letters, r, w, b, U and V are trained, so that of many contexts the one
that belongs to a query gives the query's words the highest likelihood. In training the mixture's weight is that of
Dirichlet smoothing, λ_c = M / (M + ν) (Zhai & Lafferty 2001); here it is the same for all contexts, because a context of
one word would otherwise do a query the least harm, and so rank first where all of them do some.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from longzip.errors import ModelError
from longzip.models.context import Ids, Values

FILE = "association.safetensors"
HEAD_WORDS = 12
SLAB = 64
TRUST = 0.95


class Association:
    """See the module. Thread-safe; float32 on the CPU."""

    def __init__(self, tensors: dict[str, NDArray[np.float32]]) -> None:
        """tensors: as in the file; w and r are float[classes, width]."""
        self.weight, self.attention = np.exp(tensors["weight"]), np.exp(tensors["attention"])
        self.reads, self.writes, self.bias = tensors["reads"], tensors["writes"], tensors["bias"]
        self.inner = tensors["inner.weight"].T, tensors["inner.bias"]
        self.outer = tensors["outer.weight"].T, tensors["outer.bias"]
        self.scale = float(np.exp(tensors["scale"]))
        self.head = float(np.log1p(np.exp(tensors["head"])))
        self.share = float(1 / (1 + np.exp(-tensors["share"])))

    @property
    def classes(self) -> int:
        return len(self.bias)

    def probabilities(self, contexts: Sequence[Ids], asked: Sequence[Ids]) -> list[tuple[float, Values]]:
        """See ``WordModel``."""
        answers: list[tuple[float, Values]] = []
        for first in range(0, len(contexts), SLAB):
            answers += self._slab(contexts[first : first + SLAB], asked[first : first + SLAB])
        return answers

    def _slab(self, contexts: Sequence[Ids], asked: Sequence[Ids]) -> list[tuple[float, Values]]:
        found = [self._amounts(context) for context in contexts]
        read = np.zeros((len(contexts), self.reads.shape[1]), np.float32)
        for row, (words, amounts) in zip(read, found, strict=True):
            row[:] = (amounts * self.attention[words]) @ self.reads[words]
        read /= np.maximum(np.linalg.norm(read, axis=1, keepdims=True), 1e-12)
        hidden = read + np.maximum(read @ self.inner[0] + self.inner[1], 0) @ self.outer[0] + self.outer[1]
        logits = self.scale * (hidden @ self.writes.T) + self.bias
        logits -= logits.max(1, keepdims=True)
        totals = np.exp(logits).sum(1)
        answers: list[tuple[float, Values]] = []
        for row, total, (words, amounts), wanted in zip(logits, totals, found, asked, strict=True):
            weights = amounts * self.weight[words]
            mass = float(weights.sum())
            copied = np.zeros(self.classes, np.float32)
            copied[words] = weights / max(mass, 1e-6)
            mixed = (1 - self.share) * copied[wanted] + self.share * np.exp(row[wanted]) / total
            answers.append((TRUST if mass > 0 else 0.0, mixed.astype(np.float32)))
        return answers

    def _amounts(self, context: Ids) -> tuple[Ids, Values]:
        words, counts = np.unique(context, return_counts=True)
        amounts = np.log1p(counts) + self.head * np.isin(words, context[:HEAD_WORDS])
        return words, amounts.astype(np.float32)


def read_association(folder: Path, classes: int) -> Association | None:
    """The association model beside a checkpoint; None where there is none. Raises ModelError where it does not fit."""
    path = folder / FILE
    if not path.is_file():
        return None
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        model = Association({name: tensor.astype(np.float32) for name, tensor in load_file(path).items()})
    except (OSError, SafetensorError, KeyError) as error:
        raise ModelError(f"{path} cannot be read: {error}.") from None
    if model.classes != classes:
        raise ModelError(f"{path} knows {model.classes} words, the tokenizer {classes}; they do not belong together.")
    return model
