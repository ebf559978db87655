"""What is known of the sources before anything is asked of them: plain data, and what stages want to know of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from longzip.protocols import Format, Tokenizer
from longzip.rendering.draft import Kept
from longzip.rendering.pages import Page
from longzip.types import Chunk, Skipped, Source

Cell = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Corpus:
    """The sources, cut into chunks and units, their tokens counted.

    pages: of each source. structured: whether their units are the format's; else they are lines.
    chunks: that may be chosen, page after page. page_of: of each chunk, the index of its page. tokens: of each chunk,
        less what is left out on request.
    original: tokens of all the chunks' text. fallbacks: sources that were read as lines, and why.
    """

    form: Format
    tokenizer: Tokenizer
    structured: bool
    pages: tuple[Page, ...]
    chunks: tuple[Chunk, ...]
    page_of: tuple[int, ...]
    tokens: tuple[int, ...]
    original: int
    fallbacks: tuple[Skipped, ...] = ()

    @property
    def sources(self) -> tuple[Source, ...]:
        return tuple(page.source for page in self.pages)

    def unit_range(self, index: int) -> range:
        """A chunk's units on its page."""
        chunk = self.chunks[index]
        if self.structured:
            return range(chunk.first_unit, chunk.last_unit)
        return range(chunk.first_line - 1, chunk.last_line)

    def head_of(self, index: int) -> frozenset[int]:
        """The units of a chunk's signature."""
        chunk = self.chunks[index]
        units = self.form.units(chunk.source)
        heads = [unit for unit in range(chunk.first_unit, chunk.last_unit) if units[unit].head]
        if self.structured:
            return frozenset(heads)
        return frozenset(
            line - 1 for unit in heads for line in range(units[unit].first_line, units[unit].last_line + 1)
        )

    def text_of(self, index: int, span: tuple[int, int]) -> str:
        """The text of a half-open range of units on a chunk's page."""
        units = self.pages[self.page_of[index]].units
        return self.chunks[index].source.text[units[span[0]].start : units[span[1] - 1].end]

    def tokens_of(self, index: int, units: Iterable[int]) -> int:
        """Tokens of the text of some of a chunk's units, each counted apart."""
        return sum(self.tokenizer.count(self.text_of(index, (unit, unit + 1))) for unit in units)

    def located(self, cells: frozenset[Cell]) -> Kept:
        """Cells, that is (index of the source, index of ``Format.units``), as units of the pages."""
        found: dict[int, set[int]] = {}
        for page, index in sorted(cells):
            unit = self.form.units(self.pages[page].source)[index]
            own = [index] if self.structured else range(unit.first_line - 1, unit.last_line)
            found.setdefault(page, set()).update(own)
        return {page: frozenset(units) for page, units in found.items()}
