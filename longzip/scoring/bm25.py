"""A cheap first look at code that is too much for the model to read: which chunks share words with the query.

BM25 over the sub-words of identifiers, after Robertson & Zaragoza, The probabilistic relevance framework (2009),
section 3.5: where a word stands counts (a chunk's name, its doc comment, its path, its body), each field's occurrences
weighted before they saturate. What is counted depends on a source alone and is kept in a store; a query then takes
milliseconds. The statistics are those of the sources at hand, not of all that a store has ever seen, so that the same
input has the same ranks.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from longzip.protocols import Store
from longzip.scoring.words import K1, B, rarity
from longzip.storage.keys import digest, digest_of_files
from longzip.types import Chunk, Source

NAME, PATH, DOC = 5, 2, 2  # occurrences in a body that one in the name, the path, the doc comment is worth
DIGITS = 6
WORD = re.compile(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+(?![a-z])|\d{2,}")
DOC_COMMENT = re.compile(r"(?:[ \t]*(?:#|//|/\*|\*|--|;|%)[^\n]*\n)+|\"\"\"[^\"]*|'''[^']*")
LATEST_DOC = 600  # characters into a chunk at which its doc comment begins at the latest
COMMON = frozenset(
    re.findall(
        r"\w+",
        "a about all an and any are as at be but by can do does for from get had has have how i if "
        "in into is it its no not of on or "
        "our self should so that the their there these this to use used was we what when where which "
        "who why will with you",
    )
)

Counts = NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Words:
    """The words of the chunks of one source or more, chunk after chunk.

    sizes: how many different words each chunk has. hashes, counts: of each of them, its hash and weighted occurrences.
    """

    sizes: Counts
    hashes: Counts
    counts: Counts

    def packed(self) -> bytes:
        """Plain bytes, little-endian: the numbers of chunks and words, then the columns."""
        columns = (np.array([len(self.sizes), len(self.hashes)]), self.sizes, self.hashes, self.counts)
        return b"".join(column.astype("<u4").tobytes() for column in columns)


def unpacked(data: bytes, chunks: int) -> Words | None:
    """What ``Words.packed`` made; None for what is not that of so many chunks."""
    if len(data) < 8 or len(data) % 4:
        return None
    numbers: Counts = np.frombuffer(data, "<u4").astype(np.uint32)
    found, words = int(numbers[0]), int(numbers[1])
    if found != chunks or len(numbers) != 2 + found + 2 * words or int(numbers[2 : 2 + found].sum()) != words:
        return None
    return Words(numbers[2 : 2 + found], numbers[2 + found : 2 + found + words], numbers[2 + found + words :])


def rank(
    query: str, sources: Sequence[Source], chunks: Sequence[Chunk], pages: Sequence[int], store: Store | None = None
) -> list[int]:
    """The chunks' indices, those first that share the most with the query; equals in their order.

    pages: of each chunk, the index of its source; ascending.
    """
    groups = [(page, list(group)) for page, group in groupby(range(len(chunks)), key=lambda index: pages[index])]
    words = joined(read([[chunks[index] for index in group] for _page, group in groups], store))
    places = [hashes_of(sources[page].name) for page, _group in groups]
    source_of = np.repeat(np.arange(len(groups)), [len(group) for _page, group in groups])
    scores = bm25(terms(query), words, places, source_of)
    return [int(index) for index in np.argsort(-np.array(scores), kind="stable")]


def bm25(
    query: Sequence[str], words: Words, places: Sequence[frozenset[int]], source_of: NDArray[np.int64]
) -> list[float]:
    """The score of each chunk. places: of each source, the hashes of the words of its path. source_of: of each
    chunk."""
    chunks = len(words.sizes)
    rows = np.repeat(np.arange(chunks), words.sizes)
    lengths = np.bincount(rows, weights=words.counts, minlength=chunks)
    norm = K1 * (1 - B + B * lengths / max(float(lengths.mean()) if chunks else 1.0, 1e-9))
    scores = np.zeros(chunks)
    for number, times in sorted(Counter(map(hash_of, query)).items()):
        hit = words.hashes == number
        found = np.bincount(rows[hit], weights=words.counts[hit], minlength=chunks)
        holders = int((found > 0).sum())
        found += PATH * np.array([number in place for place in places])[source_of]
        scores += times * rarity(holders, chunks) * found / (found + norm)
    return [round(float(score), DIGITS) for score in scores]


def read(groups: Sequence[Sequence[Chunk]], store: Store | None) -> list[Words]:
    """The words of each source's chunks."""
    keys = [key_of(group) for group in groups]
    known = store.get("words", keys) if store is not None else [None] * len(keys)
    found: list[Words] = []
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
    return digest("words", code(), group[0].source.text, edges)


@cache
def code() -> bytes:
    return digest_of_files([Path(__file__)])


def count(group: Sequence[Chunk]) -> Words:
    """The words of chunks, counted."""
    found = [weighted(chunk) for chunk in group]
    hashes = [hash_of(word) for counts in found for word in counts]
    occurrences = [number for counts in found for number in counts.values()]
    return Words(
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


def joined(parts: Sequence[Words]) -> Words:
    columns = [[part.sizes for part in parts], [part.hashes for part in parts], [part.counts for part in parts]]
    return Words(*(np.concatenate([np.zeros(0, np.uint32), *column]) for column in columns))


def hashes_of(text: str) -> frozenset[int]:
    return frozenset(map(hash_of, terms(text)))


def hash_of(word: str) -> int:
    """32 bits; of the words of a repository hardly two share them, and those that do only count as one."""
    return zlib.crc32(word.encode("utf-8", "surrogatepass"))


def terms(text: str) -> list[str]:
    """The parts of camelCase and snake_case in lower case, common words left out, a plural's "s" dropped."""
    return [singular(word) for word in map(str.lower, WORD.findall(text)) if word not in COMMON and len(word) > 1]


def singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word[-1] == "s" and word[-2] != "s" else word
