"""BM25: what a text is worth to a query by the rarity of the words they share.

The formula is that of Robertson & Zaragoza, The probabilistic relevance framework (2009), section 3.5. ``Index`` has
it for plain texts. ``rank`` has it for chunks of code, where it counts in which field a word stands (the name, the doc
comment, the path, the body), each field's occurrences weighted before they saturate. What is counted of a chunk depends
on its source alone and is kept in a store. The statistics are those of the sources at hand, not of all that a store has
ever seen, so that the same input has the same ranks.
"""

from __future__ import annotations

import math
import re
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from longzip.protocols import Store
from longzip.scoring.terms import terms
from longzip.storage.keys import fingerprint, fingerprint_of_files
from longzip.types import Chunk, Source

K1, B = 1.2, 0.75  # section 3.5 of the paper
TERM_CHARACTERS = 8  # for each term of a text, about
Number = TypeVar("Number", float, NDArray[np.float64])
NAME, PATH, DOC = 5, 2, 2  # occurrences in a body that one in the name, the path, the doc comment is worth
DIGITS = 6
DOC_COMMENT = re.compile(r"(?:(?<![ \t])[ \t]*(?:#|//|/\*|\*|--|;|%)[^\n]{0,300}\n)+|\"\"\"[^\"]*|'''[^']*")
LATEST_DOC = 600  # characters into a chunk at which its doc comment begins at the latest

Counts = NDArray[np.uint32]


def rarity(held: int, texts: int) -> float:
    """Inverse document frequency, above 0, of a term that ``held`` of so many texts have."""
    return math.log(1 + (texts - held + 0.5) / (held + 0.5))


def saturated(count: Number, length: Number) -> Number:
    """What so many occurrences of a term are worth, in [0, K1 + 1). length: of the text, in mean lengths of all."""
    return count * (K1 + 1) / (count + K1 * (1 - B + B * length))


@dataclass(frozen=True, slots=True)
class Index:
    """Texts as counts of their terms. lengths: in terms. holders: of each term, (text, count)."""

    lengths: tuple[int, ...]
    holders: Mapping[str, Sequence[tuple[int, int]]]

    @classmethod
    def of(cls, texts: Sequence[str]) -> Index:
        holders: dict[str, list[tuple[int, int]]] = {}
        lengths = []
        for place, text in enumerate(texts):
            counts = Counter(terms(text))
            lengths.append(sum(counts.values()))
            for term, count in counts.items():
                holders.setdefault(term, []).append((place, count))
        return cls(tuple(lengths), holders)

    @classmethod
    def counting(cls, texts: Sequence[str], wanted: Sequence[str]) -> Index:
        """Of the wanted terms alone, counted wherever they stand in a word, and lengths from characters: rougher than
        ``of``, and a fraction of the work."""
        holders: dict[str, list[tuple[int, int]]] = {}
        for place, text in enumerate(texts):
            folded = text.lower()
            for term in wanted:
                if count := folded.count(term):
                    holders.setdefault(term, []).append((place, count))
        return cls(tuple(len(text) // TERM_CHARACTERS for text in texts), holders)

    def rarity(self, term: str) -> float:
        """Inverse document frequency, above 0; 0 for a term that no text has."""
        held = len(self.holders.get(term, ()))
        return self.rarity_of(held) if held else 0.0

    def rarity_of(self, held: int) -> float:
        """Inverse document frequency of a term that so many of the texts have."""
        return rarity(held, len(self.lengths))

    def bm25(self, query: Mapping[str, float]) -> NDArray[np.float64]:
        """BM25 of each text for terms with weights."""
        scores = np.zeros(len(self.lengths))
        mean = sum(self.lengths) / max(1, len(self.lengths)) or 1.0
        for term, weight in query.items():
            rarity = weight * self.rarity(term)
            for place, count in self.holders.get(term, ()):
                scores[place] += rarity * saturated(count, self.lengths[place] / mean)
        return scores


@dataclass(frozen=True, slots=True)
class TermCounts:
    """The terms of the chunks of one source or more, chunk after chunk.

    sizes: how many different terms each chunk has. hashes, counts: of each of them, its hash and weighted occurrences.
    """

    sizes: Counts
    hashes: Counts
    counts: Counts

    def packed(self) -> bytes:
        """Plain bytes, little-endian: the numbers of chunks and words, then the columns."""
        columns = (np.array([len(self.sizes), len(self.hashes)]), self.sizes, self.hashes, self.counts)
        return b"".join(column.astype("<u4").tobytes() for column in columns)


def unpacked(data: bytes, chunks: int) -> TermCounts | None:
    """What ``TermCounts.packed`` made; None for what is not that of so many chunks."""
    if len(data) < 8 or len(data) % 4:
        return None
    numbers: Counts = np.frombuffer(data, "<u4").astype(np.uint32)
    found, words = int(numbers[0]), int(numbers[1])
    if found != chunks or len(numbers) != 2 + found + 2 * words or int(numbers[2 : 2 + found].sum()) != words:
        return None
    return TermCounts(numbers[2 : 2 + found], numbers[2 + found : 2 + found + words], numbers[2 + found + words :])


def rank(
    query: str, sources: Sequence[Source], chunks: Sequence[Chunk], pages: Sequence[int], store: Store | None = None
) -> list[int]:
    """The chunks' indices, those first that share the most with the query; equals in their order. See ``scores``."""
    found = scores(query, sources, chunks, pages, store)
    return [int(index) for index in np.argsort(-np.array(found), kind="stable")]


def scores(
    query: str, sources: Sequence[Source], chunks: Sequence[Chunk], pages: Sequence[int], store: Store | None = None
) -> list[float]:
    """What the words that each chunk shares with the query are worth, at least 0.

    pages: of each chunk, the index of its source; ascending.
    """
    (found,) = scores_of([query], sources, chunks, pages, store)
    return found


def scores_of(
    queries: Sequence[str],
    sources: Sequence[Source],
    chunks: Sequence[Chunk],
    pages: Sequence[int],
    store: Store | None = None,
) -> list[list[float]]:
    """``scores`` for each of several queries; the chunks are counted once."""
    groups = [(page, list(group)) for page, group in groupby(range(len(chunks)), key=lambda index: pages[index])]
    words = joined(read([[chunks[index] for index in group] for _page, group in groups], store))
    places = [hashes_of(sources[page].name) for page, _group in groups]
    source_of = np.repeat(np.arange(len(groups)), [len(group) for _page, group in groups])
    return [fielded(terms(query), words, places, source_of) for query in queries]


def fielded(
    query: Sequence[str], words: TermCounts, places: Sequence[frozenset[int]], source_of: NDArray[np.int64]
) -> list[float]:
    """The score of each chunk. places: of each source, the hashes of the words of its path. source_of: of each
    chunk.

    A word that the query has several times counts more, with an upper bound (section 3.4.3, with k3 = K1).
    """
    chunks = len(words.sizes)
    rows = np.repeat(np.arange(chunks), words.sizes)
    lengths = np.bincount(rows, weights=words.counts, minlength=chunks)
    relative: NDArray[np.float64] = lengths / max(float(lengths.mean()) if chunks else 1.0, 1e-9)
    asked = Counter(map(hash_of, query))
    held = np.isin(words.hashes, np.array(sorted(asked), dtype=np.uint32))
    hashes, owners, counts = words.hashes[held], rows[held], words.counts[held]
    scores = np.zeros(chunks)
    for number, times in sorted(asked.items()):
        hit = hashes == number
        found = np.bincount(owners[hit], weights=counts[hit], minlength=chunks).astype(np.float64)
        holders = int((found > 0).sum())
        found += PATH * np.array([number in place for place in places])[source_of]
        scores += saturated(float(times), 1.0) * rarity(holders, chunks) * saturated(found, relative)
    return [round(float(score), DIGITS) for score in scores]


def read(groups: Sequence[Sequence[Chunk]], store: Store | None) -> list[TermCounts]:
    """The words of each source's chunks."""
    keys = [key_of(group) for group in groups]
    known = store.get("words", keys) if store is not None else [None] * len(keys)
    found: list[TermCounts] = []
    new: list[tuple[bytes, bytes]] = []
    for group, key, data in zip(groups, keys, known, strict=True):
        words = unpacked(data, len(group)) if data is not None else None
        if words is None:
            words = count(group)
            new.append((key, words.packed()))
        found.append(words)
    if store is not None:
        store.put("words", new)
    return found


def key_of(group: Sequence[Chunk]) -> bytes:
    edges = " ".join(f"{chunk.start}-{chunk.end} {chunk.label}" for chunk in group)
    return fingerprint("words", code(), group[0].source.text, edges)


@cache
def code() -> bytes:
    return fingerprint_of_files(Path(__file__).with_name(name) for name in ("bm25.py", "terms.py", "common_words.txt"))


def count(group: Sequence[Chunk]) -> TermCounts:
    """The words of chunks, counted."""
    found = [weighted(chunk) for chunk in group]
    hashes = [hash_of(word) for counts in found for word in counts]
    occurrences = [number for counts in found for number in counts.values()]
    return TermCounts(
        *(np.array(column, dtype=np.uint32) for column in ([len(counts) for counts in found], hashes, occurrences))
    )


def weighted(chunk: Chunk) -> Counter[str]:
    """How often each word stands in a chunk, by where."""
    text = chunk.text
    counts = Counter(terms(text))
    for word in terms(chunk.label):
        counts[word] += NAME
    doc = DOC_COMMENT.search(text, 0)
    if doc is not None and doc.start() <= LATEST_DOC:
        for word in terms(doc.group()):
            counts[word] += DOC - 1
    return counts


def joined(parts: Sequence[TermCounts]) -> TermCounts:
    columns = [[part.sizes for part in parts], [part.hashes for part in parts], [part.counts for part in parts]]
    return TermCounts(*(np.concatenate([np.zeros(0, np.uint32), *column]) for column in columns))


def hashes_of(text: str) -> frozenset[int]:
    return frozenset(map(hash_of, terms(text)))


def hash_of(word: str) -> int:
    """32 bits; of the words of a repository hardly two share them, and those that do only count as one."""
    return zlib.crc32(word.encode("utf-8", "surrogatepass"))
