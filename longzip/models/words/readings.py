"""What an association model keeps of each context, by the context's text: read once, then taken from a store.

It depends on the context alone. A second query over the same code therefore reads no code, and tokenises none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from longzip.models.words.association import Association, Summary, unpacked
from longzip.models.words.mixture import Ids
from longzip.protocols import Store
from longzip.storage.keys import digests

SLICE = 256  # contexts that are read at once


class Readings:
    """Summaries of contexts. Thread-safe where its store is."""

    def __init__(
        self, model: Association, read: Callable[[Sequence[str]], list[Ids]], name: bytes, store: Store | None
    ) -> None:
        """read: the word classes of each text's words, in order. name: a digest that tells model, tokenizer and code
        from others."""
        self.model, self.read, self.name, self.store = model, read, name, store

    def of(self, texts: Sequence[str]) -> list[Summary]:
        """One for each text."""
        distinct = list(dict.fromkeys(texts))
        keys = digests(self.name, distinct)
        found: dict[str, Summary] = {}
        for text, data in zip(distinct, self.store.get("contexts", keys) if self.store else (), strict=False):
            summary = unpacked(data, self.model.classes, self.model.width) if data is not None else None
            if summary is not None:
                found[text] = summary
        missing = [(text, key) for text, key in zip(distinct, keys, strict=True) if text not in found]
        for first in range(0, len(missing), SLICE):
            slab = missing[first : first + SLICE]
            made = self.model.summaries(self.read([text for text, _ in slab]))
            found.update(zip((text for text, _ in slab), made, strict=True))
            if self.store:
                self.store.put(
                    "contexts", [(key, summary.packed()) for (_, key), summary in zip(slab, made, strict=True)]
                )
        return [found[text] for text in texts]
