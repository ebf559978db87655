"""Sentences, and what all formats of prose have in common: gaps in square brackets, no grammar, no names.

Knows characters; not what a turn, a section or a record is.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from longzip.formats.facts import NO_FACTS, NoFacts
from longzip.types import Chunk, Source, Unit

END = re.compile(r"[.!?…]+[\"'”’)\]*_`]*(?=\s)|[。！？]+[”’」』）]*")
SHORT = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|approx|no|nos|fig|eq|sec|ch|vol|pp|al|dr|mr|mrs|ms|prof|st|jr|sr|"
    r"inc|ltd|co)|\b[A-Z])\.$",
    re.I,
)
NUMBER = re.compile(r"\W*\d{1,3}\.\W*$")
BLOCK = re.compile(r"\s*(?:[-*+•]\s|\d+[.)]\s|#{1,6}\s|\||>|```|~~~|={3,}|-{3,}|\[[ xX]\]\s)")
FENCE = re.compile(r"\s*(```|~~~)")
CLOSED = re.compile(r"[ \t]*(```|~~~)[^\n]*\n(?:.*\n)*?[ \t]*\1[ \t]*(?:\n|\Z)")
BLOCK_CHARACTERS = 1_500  # of a block of code that is kept or left out whole
PLACE = re.compile(r"(?:[\d,]+ lines? \()?[\d-]+\)?")  # a marker that says where, and no more
LONG = 400  # characters of text without an end of sentence that are cut at a comma or a space


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a text that becomes a unit. chunk: number of the chunk it is in. under: number of the part without
    which it says nothing (a heading, a speaker's name, the first line of a record), or -1; beside: of another such
    part, or -1 (the call that a result answers). head: whether it is such a part."""

    start: int
    end: int
    chunk: int
    under: int = -1
    head: bool = False
    beside: int = -1


@dataclass(frozen=True, slots=True)
class Analysed:
    chunks: tuple[Chunk, ...]
    units: tuple[Unit, ...]


def sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Ranges that tile ``text[start:end]``: sentences, with the white space after them; list items, table rows and the
    lines of code blocks each for themselves."""
    for first, last, verbatim in paragraphs(text, start, end):
        yield from [(first, last)] if verbatim else within(text, first, last)


def paragraphs(text: str, start: int, end: int) -> Iterator[tuple[int, int, bool]]:
    """Ranges that tile the text, cut where a line break ends a thought, and whether the range must not be cut
    inside."""
    at, first, fenced = start, start, False
    while at < end:
        stop = text.find("\n", at, end)
        stop = end if stop < 0 else stop + 1
        fence = FENCE.match(text, at, stop) is not None
        following = text[stop : min(end, stop + 80)]
        if fenced or fence:
            if first < at:
                yield first, at, False
            closing = CLOSED.match(text, at, min(end, at + BLOCK_CHARACTERS)) if fence and not fenced else None
            stop = blank_end(text, closing.end() if closing else stop, end)
            yield at, stop, True
            first, fenced = stop, fenced != (fence and closing is None)
        elif (
            stop == end
            or not text[at:stop].strip()
            or BLOCK.match(following)
            or (BLOCK.match(text, at, stop) and not wraps(following))
        ):
            rest = blank_end(text, stop, end)
            yield first, rest, text[first:rest].lstrip().startswith("|")
            first = stop = rest
        at = stop
    if first < end:
        yield first, end, False


def wraps(following: str) -> bool:
    """Whether a line goes on what the line before began: it is indented or begins in lower case."""
    return bool(following.strip()) and (following[0] in " \t" or following[0].islower()) and not BLOCK.match(following)


def blank_end(text: str, at: int, end: int) -> int:
    """Where the blank lines after ``at`` end."""
    match = re.compile(r"(?:[^\S\n]*\n)*").match(text, at, end)
    return match.end() if match else at


def within(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Sentences of one paragraph."""
    first = start
    for match in END.finditer(text, start, end):
        stop = match.end()
        while stop < end and text[stop].isspace():
            stop += 1
        if (
            stop >= end
            or SHORT.search(text, max(first, match.end() - 12), match.end())
            or NUMBER.match(text, first, match.end())
            or text[stop : stop + 1].islower()
        ):
            continue
        yield from long_ones(text, first, stop)
        first = stop
    if first < end:
        yield from long_ones(text, first, end)


def long_ones(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A range, in parts of about ``LONG`` characters, cut behind a comma or a space, where it is much longer."""
    while end - start > 2 * LONG:
        cut = max(text.rfind(mark, start + LONG // 2, start + LONG) for mark in (", ", "; ", "，", "、"))
        cut = cut if cut > 0 else text.rfind(" ", start + LONG // 2, start + LONG)
        stop = cut + 1 if cut > 0 else start + LONG
        while stop < end and text[stop].isspace():
            stop += 1
        yield start, stop
        start = stop
    yield start, end


def with_fences(text: str, parts: Sequence[Part]) -> list[Part]:
    """The parts, those of a long block of code with its fences: a line out of it is code only between them."""
    found = list(parts)
    opened = -1
    for index, part in enumerate(parts):
        said = text[part.start : part.end].strip()
        if not FENCE.match(said) or "\n" in said or part.head:
            continue
        if opened < 0:
            opened = index
            continue
        for inner in range(opened, index):
            if not found[inner].head:
                found[inner] = replace(
                    found[inner], under=found[opened].under if inner == opened else opened, beside=index
                )
        found[index] = replace(part, under=opened)
        opened = -1
    return found


def laid_out(source: Source, parts: Sequence[Part], labels: Sequence[str], parents: Sequence[str] = ()) -> Analysed:
    """Pieces, which tile the source, as units and chunks."""
    newlines = [place for place, character in enumerate(source.text) if character == "\n"]
    line, at = 1, 0
    units: list[Unit] = []
    for part in with_fences(source.text, parts):
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
