"""The functions of sources, and what of one is its head, its doc comment, its body. Knows formats and texts, no data
set."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import dedent

from longzip import Chunk, Format, Source, Unit

MARKS = re.compile(r'^\s*(?:"""|\'\'\'|///?!?|/\*\*?|\*/?|#+|--)|(?:"""|\'\'\'|\*/)\s*$')
STRING = re.compile(r"\s*[rRuUbB]{0,2}(?:\"\"\"|''')")


@dataclass(frozen=True, slots=True)
class Function:
    """A function of a source. units: its own, doc comment and all, but not the closing lines of what encloses it, which
    stand in the last chunk of a class."""

    chunk: Chunk
    units: Sequence[Unit]

    @classmethod
    def of(cls, chunk: Chunk, units: Sequence[Unit]) -> Function:
        """units: of the whole source."""
        own = range(chunk.first_unit, chunk.last_unit)
        inside = {index for index in own if units[index].head}
        for index in own:
            if inside.intersection(units[index].needs):
                inside.add(index)
        return cls(chunk, units[chunk.first_unit : max(inside, default=own[-1]) + 1])

    @property
    def path(self) -> str:
        return self.chunk.source.name

    @property
    def name(self) -> str:
        return self.chunk.names[-1] if self.chunk.names else ""

    @property
    def first_line(self) -> int:
        return self.units[0].first_line

    @property
    def last_line(self) -> int:
        """Of its text; blank lines after it are not its own."""
        return self.units[-1].first_line + self.text(self.units[-1]).rstrip().count("\n")

    def text(self, unit: Unit) -> str:
        return self.chunk.source.text[unit.start : unit.end]

    def head(self) -> int | None:
        """Which of the units is its head."""
        return next((index for index, unit in enumerate(self.units) if unit.head), None)

    def doc(self) -> tuple[int, int] | None:
        """The half-open range of units that is its doc comment: what stands before the head, or the string after it."""
        head = self.head()
        if head is None:
            return None
        if head + 1 < len(self.units) and STRING.match(self.text(self.units[head + 1])):
            return head + 1, head + 2
        before = [index for index in range(head) if MARKS.search(self.text(self.units[index]))]
        return (before[0], before[-1] + 1) if before else None


def functions_of(form: Format, source: Source) -> list[Function]:
    """Its functions in order; none where it is cut by lines."""
    if form.facts.fallback(source) is not None:
        return []
    units = form.units(source)
    return [Function.of(chunk, units) for chunk in form.split(source) if chunk.kind == "function"]


def alone(form: Format, code: str, like: Source) -> Source:
    """A piece of code as a source, in the language of another."""
    return Source(like.name, dedent(code).strip("\n") + "\n", form.facts.language(like) or None)


def bare(form: Format, code: str, like: Source) -> str:
    """The first function of a piece of code, from its head on, without comments and doc comment; where no function can
    be told, all of the code without comments. like: a source in the code's language."""
    source = alone(form, code, like)
    start, end, gone = 0, len(source.text), form.facts.comments(source)
    function = next(iter(functions_of(form, source)), None)
    if function is not None and (head := function.head()) is not None:
        start, end = function.units[head].start, function.units[-1].end
        if (doc := function.doc()) and doc[0] > head:
            gone = [*gone, (function.units[doc[0]].start, function.units[doc[1] - 1].end)]
    parts: list[str] = []
    for first, last in sorted(gone):
        if start <= first and last <= end:
            parts.append(source.text[start:first])
            start = last
    return "".join([*parts, source.text[start:end]])
