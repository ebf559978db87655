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
        """See ``Encoder``. A question that was asked before loads no encoder."""
        if self.store is None:
            return self.encoder.question(text, code)
        key = fingerprint(self.key, "code" if code else "question", text)
        (data,) = self.store.get("vectors", [key])
        known = unpacked(data)
        if known is None:
            known = self.encoder.question(text, code)
            self.store.put("vectors", [(key, packed(known))])
        return known

    def passages(self, passages: Sequence[Passage]) -> Vectors:
        """See ``Encoder``. Where all of them are kept, none is loaded."""
        if self.store is None or not passages:
            return self.encoder.passages(passages)
        keys = fingerprints(self.key, map(joined, passages))
        known = [unpacked(data) for data in self.store.get("vectors", keys)]
        missing = [place for place, vector in enumerate(known) if vector is None]
        for first in range(0, len(missing), SLICE):
            places = missing[first : first + SLICE]
            made = self.encoder.passages([passages[place] for place in places])
            self.store.put("vectors", [(keys[place], packed(own)) for place, own in zip(places, made, strict=True)])
            for place, own in zip(places, made, strict=True):
                known[place] = own
        return np.stack([vector for vector in known if vector is not None])


def joined(passage: Passage) -> str:
    """A text that no other passage has: each field behind its length."""
    fields = (passage.path, passage.name, passage.doc, passage.body)
    return "".join(f"{len(field)}:{field}" for field in fields)


def packed(vector: Vectors) -> bytes:
    """The vector's width and its numbers, two bytes each, little-endian. Nothing is lost, see ``BITS``."""
    numbers: NDArray[np.int16] = (vector * 2**BITS).astype("<i2")
    return len(numbers).to_bytes(2, "little") + numbers.tobytes()


def unpacked(data: bytes | None) -> Vectors | None:
    """What ``packed`` made; None for nothing, and for what is damaged."""
    if data is None or len(data) < 2 or len(data) != 2 + 2 * int.from_bytes(data[:2], "little"):
        return None
    return np.frombuffer(data, "<i2", offset=2).astype(np.float32) / np.float32(2**BITS)
