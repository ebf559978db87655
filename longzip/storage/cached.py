"""A language model and a tokenizer that keep what they computed in a store.

They know the seams, not what texts or answers are for. Whatever is read from the store is checked before it is
believed: the folder of a cache may be shared, and its file may be damaged.
"""

from __future__ import annotations

import math
import struct
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from longzip.protocols import BatchTokenizer, LanguageModel, Logprobs, Request, Shelf, Store, Tokenizer
from longzip.storage.keys import fingerprint, fingerprints

KINDS: tuple[np.dtype[np.floating], ...] = (np.dtype("<f4"), np.dtype("<f8"))
REMEMBERED_COUNTS = 200_000

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class CachedModel:
    """A language model around another one: what that answered before, it is not asked again.

    inner: its name stands for its weights; answers of another model are never taken for its own. version: of the code
    that computes the answers.
    """

    inner: LanguageModel
    store: Store
    version: bytes = b""

    @property
    def name(self) -> str:
        return self.inner.name

    def around(self, inner: LanguageModel) -> CachedModel:
        """See ``RememberingModel``."""
        return CachedModel(inner, self.store, self.version)

    def logprobs(self, requests: Sequence[Request]) -> list[Logprobs]:
        """See ``LanguageModel``."""
        return self._recalled("answers", requests, "", lambda answer: answer, packed, unpacked)

    def measured(self, requests: Sequence[Request], measure: Callable[[Logprobs], float], label: str) -> list[float]:
        """See ``RememberingModel``."""
        return self._recalled("scores", requests, label, measure, struct.Struct("<d").pack, number)

    def _recalled(
        self, shelf: Shelf, requests: Sequence[Request], label: str, made: Callable[[Logprobs], Value],
        pack: Callable[[Value], bytes], unpack: Callable[[bytes, Request], Value | None],
    ) -> list[Value]:  # fmt: skip
        """From the store what is there, from the model, in one batch, what is not."""
        distinct = list(dict.fromkeys(requests))
        keys = self._keys(distinct, label)
        found: dict[Request, Value] = {}
        for request, data in zip(distinct, self.store.get(shelf, keys), strict=True):
            value = unpack(data, request) if data is not None else None
            if value is not None:
                found[request] = value
        missing = [request for request in distinct if request not in found]
        if missing:
            found.update(zip(missing, map(made, self.inner.logprobs(missing)), strict=True))
            wanted = set(missing)
            self.store.put(
                shelf,
                [(key, pack(found[request])) for request, key in zip(distinct, keys, strict=True) if request in wanted],
            )
        return [found[request] for request in requests]

    def _keys(self, requests: Sequence[Request], label: str) -> list[bytes]:
        own = fingerprint("answer", self.name, self.version, label)
        contexts: dict[str, list[int]] = {}
        for place, request in enumerate(requests):
            contexts.setdefault(request.target, []).append(place)
        keys = [b""] * len(requests)
        for target, places in contexts.items():
            for place, key in zip(
                places,
                fingerprints(fingerprint(own, target), (requests[place].context for place in places)),
                strict=True,
            ):
                keys[place] = key
        return keys


def packed(answer: Logprobs) -> bytes:
    """The kind and number of the values, the values, the steps between the ends."""
    values = np.asarray(answer.values, KINDS[answer.values.dtype.itemsize == 8])
    steps = np.diff(answer.ends, prepend=0).astype("<u4")
    return struct.pack("<BI", KINDS.index(values.dtype), len(values)) + values.tobytes() + steps.tobytes()


def unpacked(data: bytes, request: Request) -> Logprobs | None:
    """None for what is no answer to the request."""
    if len(data) < 5:
        return None
    kind, count = struct.unpack_from("<BI", data)
    if kind not in range(len(KINDS)) or len(data) != 5 + count * (KINDS[kind].itemsize + 4):
        return None
    values: NDArray[np.floating] = np.frombuffer(data, KINDS[kind], count, 5)
    ends = np.cumsum(np.frombuffer(data, "<u4", count, 5 + values.nbytes), dtype=np.int64)
    sound = bool(np.isfinite(values).all() and (values <= 0).all()) and (count == 0 or ends[-1] == len(request.target))
    return Logprobs(values, ends) if sound else None


def number(data: bytes, request: Request) -> float | None:
    """None for what is no finite number."""
    value = float(struct.unpack("<d", data)[0]) if len(data) == 8 else math.nan
    return value if math.isfinite(value) else None


@dataclass(frozen=True, slots=True)
class CachedTokenizer:
    """A tokenizer around another one: what that counted before, in this run or, in batches, in others, it does not
    again."""

    inner: Tokenizer
    store: Store
    _known: dict[bytes, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def name(self) -> str:
        return self.inner.name

    def count(self, text: str) -> int:
        """See ``Tokenizer``."""
        return self.counts([text])[0]

    def counts(self, texts: Sequence[str]) -> list[int]:
        """See ``BatchTokenizer``."""
        own = fingerprint("tokens", self.name)
        keys = fingerprints(own, texts)
        with self._lock:
            found = {key: self._known[key] for key in keys if key in self._known}
        unknown = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        for (key, text), data in zip(unknown.items(), self.store.get("tokens", list(unknown)), strict=True):
            if data is not None and len(data) == 4 and (count := int.from_bytes(data, "little")) <= 4 * len(text):
                found[key] = count
        missing = {key: text for key, text in unknown.items() if key not in found}
        if missing:
            new = dict(zip(missing, counts(self.inner, list(missing.values())), strict=True))
            self.store.put("tokens", [(key, count.to_bytes(4, "little")) for key, count in new.items()])
            found |= new
        with self._lock:
            if len(self._known) > REMEMBERED_COUNTS:
                self._known.clear()
            self._known.update(found)
        return [found[key] for key in keys]


def counts(tokenizer: Tokenizer, texts: Sequence[str]) -> list[int]:
    """Tokens of each text; at once where the tokenizer can."""
    return (
        tokenizer.counts(texts) if isinstance(tokenizer, BatchTokenizer) else [tokenizer.count(text) for text in texts]
    )
