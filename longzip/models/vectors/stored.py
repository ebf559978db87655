"""The vectors of passages, made once and then taken from a store: a second question over the same code encodes only
itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from longzip.models.vectors.encoder import BITS, ENTRIES, WEIGHTS, WeightedEncoder
from longzip.protocols import Passage, Store, Vectors
from longzip.storage.keys import fingerprint, fingerprint_of_code, fingerprint_of_files, fingerprints

SLICE = 2048  # passages that are encoded, and kept, at once


class StoredEncoder:
    """An encoder that is loaded when it is first asked. Implements ``longzip.protocols.Encoder``."""

    def __init__(self, folder: Path, load: Callable[[Path], WeightedEncoder], store: Store | None) -> None:
        """folder: what ``load`` reads; its files are half of every key."""
        self.folder, self.load, self.store = folder, load, store
        self._lock = threading.Lock()
        self._encoder: WeightedEncoder | None = None

    @cached_property
    def key(self) -> bytes:
        files = fingerprint_of_files([self.folder / WEIGHTS, self.folder / ENTRIES])
        return fingerprint("vectors", files, fingerprint_of_code(Path(__file__).parent))

    @property
    def encoder(self) -> WeightedEncoder:
        with self._lock:
            if self._encoder is None:
                self._encoder = self.load(self.folder)
        return self._encoder

    def question(self, text: str, code: bool) -> Vectors:
        """See ``Encoder``."""
        return self.encoder.question(text, code)

    def passages(self, passages: Sequence[Passage]) -> Vectors:
        """See ``Encoder``."""
        if self.store is None:
            return self.encoder.passages(passages)
        found = np.zeros((len(passages), self.encoder.width), np.float32)
        keys = fingerprints(self.key, map(joined, passages))
        missing: list[int] = []
        for place, data in enumerate(self.store.get("vectors", keys)):
            if data is not None and len(data) == 2 * found.shape[1]:
                found[place] = unpacked(data)
            else:
                missing.append(place)
        for first in range(0, len(missing), SLICE):
            places = missing[first : first + SLICE]
            found[places] = self.encoder.passages([passages[place] for place in places])
            self.store.put("vectors", [(keys[place], packed(found[place])) for place in places])
        return found


def joined(passage: Passage) -> str:
    """A text that no other passage has: each field behind its length."""
    fields = (passage.path, passage.name, passage.doc, passage.body)
    return "".join(f"{len(field)}:{field}" for field in fields)


def packed(vector: Vectors) -> bytes:
    """Two bytes for each number, little-endian; nothing is lost, since numbers are multiples of 2⁻ᴮᴵᵀˢ."""
    numbers: NDArray[np.int16] = (vector * 2**BITS).astype("<i2")
    return numbers.tobytes()


def unpacked(data: bytes) -> Vectors:
    """What ``packed`` made."""
    return np.frombuffer(data, "<i2").astype(np.float32) / np.float32(2**BITS)
