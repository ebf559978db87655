"""What a word model read of contexts, by their text: read once, then taken from a store.

It depends on the context alone. A second query over the same code therefore reads no code, and tokenises none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from longzip.models.words.classes import Ids
from longzip.models.words.word_model import WordModel
from longzip.protocols import Store
from longzip.storage.keys import fingerprint, fingerprint_of_code, fingerprints

SLICE = 256  # contexts that are read at once


class Readings:
    """A word model that is asked by text. Thread-safe where its store is."""

    def __init__(
        self, words: WordModel, tokens: Callable[[Sequence[str]], list[Ids]], origin: bytes, store: Store | None
    ) -> None:
        """tokens: of each text, in order. origin: what tells the word model's weights, the tokenizer and its code from
        others; the word model's own name and code are added here."""
        self.words, self.tokens, self.store = words, tokens, store
        self.key = fingerprint("reading", origin, words.name, fingerprint_of_code(Path(__file__).parent))

    def of(self, texts: Sequence[str]) -> list[bytes]:
        """The reading of each text, see ``WordModel.read``."""
        distinct = list(dict.fromkeys(texts))
        keys = fingerprints(self.key, distinct)
        kept = self.store.get("contexts", keys) if self.store else [None] * len(keys)
        found = {
            text: data for text, data in zip(distinct, kept, strict=True) if data is not None and self.words.sound(data)
        }
        missing = [(text, key) for text, key in zip(distinct, keys, strict=True) if text not in found]
        for first in range(0, len(missing), SLICE):
            slab = missing[first : first + SLICE]
            made = self.words.read(self.tokens([text for text, _ in slab]))
            found.update(zip((text for text, _ in slab), made, strict=True))
            if self.store:
                self.store.put("contexts", [(key, reading) for (_, key), reading in zip(slab, made, strict=True)])
        return [found[text] for text in texts]
