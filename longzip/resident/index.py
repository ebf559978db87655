"""Chunks of a folder, ready to be asked at a keystroke: their words, their vectors, the names that they define.

An edit costs the edited file: its chunks stand in a small part beside the large one, in which those of before do not
count any more; when the small part has grown, both become one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from longzip.pipeline.omissions import reduced
from longzip.pipeline.splitting import named
from longzip.protocols import Encoder, Format, Store, Tokenizer
from longzip.rendering.pages import Page
from longzip.resident.postings import Postings
from longzip.scoring import bm25
from longzip.scoring.meaning import passage_of
from longzip.scoring.terms import terms
from longzip.settings import Settings
from longzip.storage.cached import CachedTokenizer, counts
from longzip.strategies.ranking import is_test
from longzip.types import Chunk, Source

LARGEST_EDITED = 0.1  # share of the chunks in the small part
SLAB = 512  # files that are read at once
REMEMBERED = 4096  # texts whose tokens are remembered
Vectors = NDArray[np.float64]
Flags = NDArray[np.bool_]
Tick = Callable[[int, int], None]


class Counter:
    """A tokenizer that remembers what it counted lately, in memory alone."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        inner = tokenizer.inner if isinstance(tokenizer, CachedTokenizer) else tokenizer
        self.name = tokenizer.name
        self.count: Callable[[str], int] = lru_cache(maxsize=REMEMBERED)(inner.count)


@dataclass(frozen=True, slots=True)
class Workshop:
    """What reads files. tokenizer: for what is read. counter: the same, for what is shown. encoder: None where there is
    none."""

    form: Format
    tokenizer: Tokenizer
    counter: Tokenizer
    settings: Settings
    encoder: Encoder | None
    store: Store | None


@dataclass(frozen=True, slots=True, eq=False)
class File:
    """What is known of a source. tokens, vectors: of its chunks. bare: the chunks that are the head of a class and
    nothing else. stem: the words of the file's name."""

    source: Source
    chunks: tuple[Chunk, ...]
    tokens: tuple[int, ...]
    words: bm25.TermCounts
    vectors: Vectors
    bare: frozenset[int]
    stem: frozenset[str]
    places: frozenset[int]
    test: bool
    _pages: list[Page] = field(default_factory=list)

    def page(self, workshop: Workshop) -> Page:
        """Ready to be rendered in part; worked out once."""
        if not self._pages:
            whole = Page(self.source, workshop.form.units(self.source), named(self.chunks))
            self._pages.append(reduced(whole, workshop.settings, workshop.form))
        return self._pages[0]


def files_of(sources: Sequence[Source], workshop: Workshop, tick: Tick) -> list[File]:
    """What is known of sources, found out together."""
    found: list[File] = []
    for first in range(0, len(sources), SLAB):
        found += slab(sources[first : first + SLAB], workshop)
        tick(len(found), len(sources))
    return found


def slab(sources: Sequence[Source], workshop: Workshop) -> list[File]:
    form = workshop.form
    form.facts.prepare(sources, lambda _done, _total: None)
    groups = [tuple(form.split(source)) for source in sources]
    chunks = [chunk for group in groups for chunk in group]
    tokens = counts(workshop.tokenizer, [chunk.text for chunk in chunks])
    words = iter(bm25.read([group for group in groups if group], workshop.store))
    vectors = np.zeros((len(chunks), 0))
    if workshop.encoder is not None and chunks:
        vectors = workshop.encoder.passages([passage_of(chunk) for chunk in chunks]).astype(np.float64)
    found: list[File] = []
    at = 0
    for source, group in zip(sources, groups, strict=True):
        end = at + len(group)
        found.append(
            File(
                source, group, tuple(tokens[at:end]), next(words) if group else bm25.count(()), vectors[at:end],
                bare_heads(group, source, form), frozenset(terms(PurePosixPath(source.name).stem)),
                bm25.hashes_of(source.name), is_test(source.name),
            )
        )  # fmt: skip
        at = end
    return found


def bare_heads(chunks: Sequence[Chunk], source: Source, form: Format) -> frozenset[int]:
    """See ``ranking.bare_heads``."""
    parents = {chunk.parent for chunk in chunks if chunk.parent}
    units = form.units(source)
    return frozenset(
        place
        for place, chunk in enumerate(chunks)
        if chunk.kind == "class" and chunk.label in parents
        and all(units[unit].head for unit in range(chunk.first_unit, chunk.last_unit))
    )  # fmt: skip


class Part:
    """Files that were put together: a row for each of their chunks."""

    def __init__(self, files: Sequence[File]) -> None:
        self.files = tuple(files)
        self.starts = np.cumsum([0, *(len(file.chunks) for file in files)])
        self.owners = np.repeat(np.arange(len(files)), np.diff(self.starts))
        self.postings = Postings.of([file.words for file in files], [file.places for file in files])
        self.vectors = np.concatenate([file.vectors for file in files]) if files else np.zeros((0, 0))
        self.alive: Flags = np.ones(int(self.starts[-1]), dtype=bool)
        self.of_tests: Flags = np.array([file.test for file in files], dtype=bool)[self.owners]
        self.bare: Flags = np.zeros(len(self.alive), dtype=bool)
        self.defining: dict[str, list[int]] = {}
        for start, file in zip(self.starts, files, strict=False):
            for place, chunk in enumerate(file.chunks):
                self.bare[start + place] = place in file.bare
                for name in set(chunk.names):
                    self.defining.setdefault(name, []).append(int(start) + place)

    def rows_of(self, file: int) -> slice:
        return slice(int(self.starts[file]), int(self.starts[file + 1]))


class Index:
    """The chunks of a folder's sources. Not safe to share between threads."""

    def __init__(self, workshop: Workshop) -> None:
        self.workshop = workshop
        self.parts: list[Part] = []
        self.files: dict[str, File] = {}
        self.homes: dict[str, tuple[Part, int]] = {}
        self.sources: tuple[Source, ...] = ()
        self.tokens = 0

    def update(self, sources: tuple[Source, ...], tick: Tick) -> None:
        """Make it that of these sources; only those are read that were not among the ones before."""
        if sources is self.sources:
            return
        known = self.files
        new = [one for one in sources if one.name not in known or known[one.name].source != one]
        fresh = {file.source.name: file for file in files_of(new, self.workshop, tick)}
        self.files = {source.name: fresh.get(source.name) or known[source.name] for source in sources}
        for name in [name for name in self.homes if name in fresh or name not in self.files]:
            part, place = self.homes.pop(name)
            part.alive[part.rows_of(place)] = False
        self.sources = sources
        self.tokens = sum(sum(file.tokens) for file in self.files.values())
        self._laid(fresh)

    def _laid(self, fresh: dict[str, File]) -> None:
        edited = [file for part in self.parts[1:] for file in part.files if self._counts(file, part)]
        small = [*edited, *fresh.values()]
        large = self.parts[0] if self.parts else None
        rows = sum(len(file.chunks) for file in small)
        if large is None or rows > LARGEST_EDITED * max(1, int(large.alive.sum())):
            new = Part(tuple(self.files.values()))
            self.parts = [new]
        else:
            new = Part(small)
            self.parts = [large, *([new] if small else [])]
        self.homes.update({file.source.name: (new, place) for place, file in enumerate(new.files)})

    def _counts(self, file: File, part: Part) -> bool:
        home = self.homes.get(file.source.name)
        return home is not None and home[0] is part
