"""Sentences, and what all formats of prose have in common: gaps in square brackets, no grammar, no names.

Knows characters; not what a turn, a section or a record is.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from longzip.formats.blocks import Part, with_fences, with_lists, with_tables
from longzip.formats.facts import NO_FACTS, NoFacts
from longzip.types import Chunk, Source, Unit

PLACE = re.compile(r"(?:[\d,]+ lines? \()?[\d-]+\)?")  # a marker that says where, and no more


@dataclass(frozen=True, slots=True)
class Analysed:
    chunks: tuple[Chunk, ...]
    units: tuple[Unit, ...]


def grouped(text: str, parts: Sequence[Part]) -> list[Part]:
    """The parts, each with what it says nothing without."""
    return with_lists(text, with_tables(text, with_fences(text, parts)))


def laid_out(source: Source, parts: Sequence[Part], labels: Sequence[str], parents: Sequence[str] = ()) -> Analysed:
    """Parts, which tile the source, as units and chunks."""
    newlines = [place for place, character in enumerate(source.text) if character == "\n"]
    line, at = 1, 0
    units: list[Unit] = []
    for part in grouped(source.text, parts):
        while at < len(newlines) and newlines[at] < part.start:
            line, at = line + 1, at + 1
        first, stop = line, at
        while stop < len(newlines) and newlines[stop] < part.end - 1:
            stop += 1
        needs = tuple(other for other in (part.under, part.beside) if other >= 0)
        units.append(Unit(part.start, part.end, first, first + stop - at, "", needs, part.head))
    return Analysed(tuple(chunks_of(source, parts, units, labels, parents)), tuple(units))


def chunks_of(
    source: Source, parts: Sequence[Part], units: Sequence[Unit], labels: Sequence[str], parents: Sequence[str]
) -> Iterator[Chunk]:
    first = 0
    for index, part in enumerate(parts):
        if index + 1 == len(parts) or parts[index + 1].chunk != part.chunk:
            own, parent = units[first : index + 1], parents[part.chunk] if parents else ""
            yield Chunk(
                source,
                own[0].start,
                own[-1].end,
                own[0].first_line,
                own[-1].last_line,
                labels[part.chunk],
                "passage",
                first,
                index + 1,
                parent,
            )
            first = index + 1


class ProseFormat(ABC):
    """What formats of prose share; see ``longzip.protocols.Format``."""

    def __init__(self) -> None:
        self._known: dict[Source, Analysed] = {}

    @property
    def facts(self) -> NoFacts:
        """See ``Format.facts``: prose is no code."""
        return NO_FACTS

    @abstractmethod
    def analyse(self, source: Source) -> Analysed:
        """Where the source may be cut."""

    def analysis(self, source: Source) -> Analysed:
        if source not in self._known:
            self._known[source] = self.analyse(source)
        return self._known[source]

    def split(self, source: Source) -> list[Chunk]:
        return list(self.analysis(source).chunks)

    def units(self, source: Source) -> list[Unit]:
        return list(self.analysis(source).units)

    def gap(self, source: Source, first: Unit, lines: tuple[int, int], text: str) -> str:
        """``[... 3 lines (4-6)]`` for whole lines; ``[...]`` for a part of one, and where there is nothing to say."""
        if text == "...":
            return "[...]"
        whole = first.start == 0 or source.text[first.start - 1] == "\n"
        return (
            f"[... {text}]"
            if lines[1] > lines[0]
            or PLACE.fullmatch(text) is None
            or (whole and "\n" in source.text[first.start : first.end])
            else "[...]"
        )

    def header(self, source: Source) -> str:
        return f"=== {' '.join(source.name.split()) or '(unnamed)'} ==="
