"""The arrays of an index: files, windows of their text, and which of them hold a word.

Plain numpy, in memory or mapped from a file: nothing here reads a file or counts a word. What a table holds follows
from the files alone, whatever was known before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from longzip.index.counting import Counted

Numbers = NDArray[np.uint32]
Flags = NDArray[np.uint8]
LOW = np.uint64(0xFFFFFFFF)
SHIFT = np.uint64(32)
MOST_OFTEN = 65_535  # occurrences of a word in a window; more count as many


@dataclass(frozen=True, slots=True, eq=False)
class Files:
    """What is known of each file, in the order of their names.

    stamps, digests: bytes [files, 32] and [files, 16], of the file's state on disk and of its content. settled: whether
    that state tells any change from then on. characters: of its text; 0 where it is not read. windows, first_named:
    where its windows and names begin, and, one more, where the last ones end.
    """

    stamps: Flags
    digests: Flags
    settled: Flags
    characters: Numbers
    windows: Numbers


@dataclass(frozen=True, eq=False)
class Table:
    """See the module. names: of the files. reasons: why a file is not read; "" where it is.

    lengths: of each window, in words. words: those of all windows, by hash, ascending; firsts: where the holders of
    each begin, and, one more, where the last ones end. holders, counts: windows that hold a word, ascending, and how
    often. defined, definers: hashes of names, ascending, and the files that define them. placed, places: the same of
    the words of paths.
    """

    names: Sequence[str]
    reasons: Sequence[str]
    files: Files
    lengths: Numbers
    words: Numbers
    firsts: Numbers
    holders: Numbers
    counts: NDArray[np.uint16]
    defined: Numbers
    definers: Numbers
    placed: Numbers
    places: Numbers

    @cached_property
    def rows(self) -> dict[str, int]:
        return {name: row for row, name in enumerate(self.names)}

    @cached_property
    def contents(self) -> dict[bytes, int]:
        """Rows by what the files hold."""
        return {self.files.digests[row].tobytes(): row for row in range(len(self.names))}

    @property
    def file_of(self) -> NDArray[np.int64]:
        """Of each window."""
        return np.repeat(np.arange(len(self.names)), steps(self.files.windows))

    def holding(self, word: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The windows that hold a word, and how often."""
        at = int(np.searchsorted(self.words, np.uint32(word)))
        if at == len(self.words) or int(self.words[at]) != word:
            return np.zeros(0, np.int64), np.zeros(0)
        own = slice(int(self.firsts[at]), int(self.firsts[at + 1]))
        return self.holders[own].astype(np.int64), self.counts[own].astype(np.float64)

    def defining(self, name: int) -> NDArray[np.int64]:
        """The files that define a name, by its hash."""
        return files_of(self.defined, self.definers, name)

    def placing(self, word: int) -> NDArray[np.int64]:
        """The files whose path has a word, by its hash."""
        return files_of(self.placed, self.places, word)


def steps(firsts: Numbers) -> NDArray[np.int64]:
    """How long each run is, of those that begin so; the last number is where the last one ends."""
    known = firsts.astype(np.int64)
    found: NDArray[np.int64] = known[1:] - known[:-1]
    return found


def files_of(keys: Numbers, values: Numbers, key: int) -> NDArray[np.int64]:
    first, end = np.searchsorted(keys, np.uint32(key), "left"), np.searchsorted(keys, np.uint32(key), "right")
    return values[first:end].astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Fresh:
    """What a table is made of anew. kept: of each file, its row in the table before; -1 where its words are counted
    anew; ``counted`` has them, in order. placed: of each file, the hashes of the words of its path."""

    names: Sequence[str]
    reasons: Sequence[str]
    stamps: Flags
    digests: Flags
    settled: Flags
    characters: Numbers
    kept: NDArray[np.int64]
    counted: Counted
    placed: Sequence[frozenset[int]]


def joined(before: Table | None, fresh: Fresh) -> Table:
    """The table of these files. before: where the words of what was kept are."""
    count = len(fresh.names)
    new = np.flatnonzero(fresh.kept < 0)
    old = np.flatnonzero(fresh.kept >= 0)
    sizes = np.zeros(count, np.int64)
    sizes[new] = fresh.counted.windows
    if before is not None:
        sizes[old] = steps(before.files.windows)[fresh.kept[old]]
    windows = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
    lengths = np.zeros(int(windows[-1]), np.uint32)
    own = spread(windows[new], fresh.counted.windows)
    lengths[own] = fresh.counted.lengths
    keys = [(fresh.counted.words.astype(np.uint64) << SHIFT) | np.repeat(own, fresh.counted.sizes).astype(np.uint64)]
    counts = [np.minimum(fresh.counted.counts, MOST_OFTEN).astype(np.uint16)]
    named = [(fresh.counted.named.astype(np.uint64) << SHIFT) | np.repeat(new, fresh.counted.names).astype(np.uint64)]
    if before is not None and len(old):
        kept_keys, kept_counts = moved(before, fresh, old, windows, lengths)
        keys, counts = [kept_keys, *keys], [kept_counts, *counts]
        named = [renumbered(before.defined, before.definers, fresh.kept, old), *named]
    together = np.concatenate(keys)
    order = np.argsort(together, kind="stable")
    together = together[order]
    all_words = (together >> SHIFT).astype(np.uint32)
    starts = np.flatnonzero(np.r_[True, all_words[1:] != all_words[:-1]]) if len(all_words) else np.zeros(0, np.int64)
    names = np.unique(np.concatenate(named))
    paths = np.array(
        sorted((word << 32) | file for file, own_words in enumerate(fresh.placed) for word in own_words), np.uint64
    )
    return Table(
        fresh.names,
        fresh.reasons,
        Files(fresh.stamps, fresh.digests, fresh.settled, fresh.characters, windows.astype(np.uint32)),
        lengths,
        all_words[starts],
        np.r_[starts, len(all_words)].astype(np.uint32),
        (together & LOW).astype(np.uint32),
        np.concatenate(counts)[order],
        (names >> SHIFT).astype(np.uint32),
        (names & LOW).astype(np.uint32),
        (paths >> SHIFT).astype(np.uint32),
        (paths & LOW).astype(np.uint32),
    )


def spread(firsts: NDArray[np.int64], sizes: Numbers) -> NDArray[np.int64]:
    """The numbers of runs that begin so and are so long, run after run."""
    lengths = sizes.astype(np.int64)
    starts = np.repeat(firsts - (np.cumsum(lengths) - lengths), lengths)
    return starts + np.arange(len(starts))


def moved(
    before: Table, fresh: Fresh, old: NDArray[np.int64], windows: NDArray[np.int64], lengths: Numbers
) -> tuple[NDArray[np.uint64], NDArray[np.uint16]]:
    """The postings of what was kept, with the numbers that their windows have now; puts the lengths of these in
    place. Content that several files share is copied to each."""
    sizes = steps(before.files.windows)[fresh.kept[old]].astype(np.uint32)
    source = spread(before.files.windows.astype(np.int64)[fresh.kept[old]], sizes)
    target = spread(windows[old], sizes)
    lengths[target] = before.lengths[source]
    order = np.argsort(source, kind="stable")
    source, target = source[order], target[order]
    words = np.repeat(before.words, steps(before.firsts))
    first = np.searchsorted(source, before.holders, "left")
    times = np.searchsorted(source, before.holders, "right") - first
    places = spread(first.astype(np.int64), times.astype(np.uint32))
    keys = (np.repeat(words, times).astype(np.uint64) << SHIFT) | target[places].astype(np.uint64)
    return keys, np.repeat(before.counts, times)


def renumbered(keys: Numbers, values: Numbers, kept: NDArray[np.int64], old: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Pairs of a hash and a file, by the rows that the files have now."""
    order = np.argsort(kept[old], kind="stable")
    source, target = kept[old][order], old[order]
    first = np.searchsorted(source, values, "left")
    times = np.searchsorted(source, values, "right") - first
    places = spread(first.astype(np.int64), times.astype(np.uint32))
    return (np.repeat(keys, times).astype(np.uint64) << SHIFT) | target[places].astype(np.uint64)


ARRAYS = tuple(one.name for one in fields(Table) if one.name not in ("names", "reasons", "files"))
FILE_ARRAYS = tuple(one.name for one in fields(Files))
