"""Pages become a text, and the text is counted. Knows pages, a format and a tokenizer; nothing of relevance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from longzip.protocols import Format, Tokenizer
from longzip.rendering.outputs import OUTPUTS, Frame, document
from longzip.rendering.pages import PLAIN, Page, Style, absorb, excerpt
from longzip.settings import OutputFormat

Kept = Mapping[int, frozenset[int]]


@dataclass(frozen=True, slots=True)
class Draft:
    """The pages and how they become a text. Remembers the sections it has rendered, and so do its copies.

    structured: whether kept units bring along what they cannot stand without.
    headers: whether each file's name is shown. style: how gaps and lines are.
    shut: units that are never shown, by page. telling: how many functions the gap markers of a page name, by page.
    """

    pages: Sequence[Page]
    form: Format
    tokenizer: Tokenizer
    output: OutputFormat
    frame: Frame
    structured: bool
    headers: bool
    style: Style = PLAIN
    shut: Kept = field(default_factory=dict)
    telling: Mapping[int, int] = field(default_factory=dict)
    _sections: dict[tuple[int, frozenset[int], int], tuple[str, int]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def told(self, telling: Mapping[int, int]) -> Draft:
        """The draft with so many functions named in the gap markers of each page."""
        return replace(self, telling=telling)

    def closed(self, kept: Kept) -> Kept:
        """``kept`` with all it needs, and with gaps filled that are shorter than their marker."""
        if self.structured:
            kept = {page: absorb(self.pages[page], units, self.form) for page, units in kept.items()}
        return without(kept, self.shut)

    def section(self, page: int, units: frozenset[int]) -> tuple[str, int]:
        """One page's part of the text, and its tokens."""
        names = self.telling.get(page, 0)
        key = (page, units, names)
        if key not in self._sections:
            source = self.pages[page].source
            header = self.form.header(source) if self.headers else None
            body = excerpt(self.pages[page], units, self.form, replace(self.style, names=names))
            text = OUTPUTS[self.output].section(source, body, header, self.form.facts.language(source))
            self._sections[key] = text, self.tokenizer.count(text)
        return self._sections[key]

    def sound(self, page: int, units: frozenset[int]) -> bool:
        """Whether a page's part of the text parses where its source does."""
        return self.form.facts.valid(self.pages[page].source, excerpt(self.pages[page], units, self.form))

    def text(self, kept: Kept) -> str:
        return document([self.section(page, kept[page])[0] for page in sorted(kept)], self.frame, self.output)

    def size(self, kept: Kept, budget: int) -> int:
        """Tokens of the text; a sum over sections where that is far beyond the budget, the real count elsewhere."""
        rough = sum(self.section(page, units)[1] for page, units in kept.items())
        return rough if rough > budget * 1.05 + 50 else self.tokenizer.count(self.text(kept))

    def everything(self) -> Kept:
        return without({index: frozenset(range(len(page.units))) for index, page in enumerate(self.pages)}, self.shut)


def without(kept: Kept, shut: Kept) -> Kept:
    """``kept`` less the units of ``shut``; pages that keep nothing left out."""
    rest = {page: units - shut.get(page, frozenset()) for page, units in kept.items()}
    return {page: units for page, units in rest.items() if units}
