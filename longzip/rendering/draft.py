"""Making the rendered text fit: the largest selection whose real token count is within the budget.

The selection stages reason about tokens of pieces; only the whole text, with headers, markers and frame, tells the
truth. So the text is rendered and counted, and where it is over, the stages choose again with less room; where there is
room left, pieces are added in order of preference. Knows pages, a tokenizer and a way to choose; nothing of relevance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from longzip.protocols import Format, Tokenizer
from longzip.rendering.outputs import OUTPUTS, Frame, document
from longzip.rendering.pages import PLAIN, Page, Style, absorb, excerpt
from longzip.settings import OutputFormat

Kept = Mapping[int, frozenset[int]]

ATTEMPTS = 14
ROUNDS = 48  # of filling what is left of the budget
LARGE_BUDGET, FEW_ROUNDS = 20_000, 20  # tokens; a share of so many is worth less care
ENOUGH = 0.985
MARKER_TOKENS = 10
HEADER_TOKENS = 12


@dataclass(frozen=True, slots=True)
class Piece:
    """Units of one page that may be added together. tokens: of their text, counted apart."""

    page: int
    units: frozenset[int]
    tokens: int


@dataclass(slots=True)
class Draft:
    """The pages and how they become a text. Remembers the sections it has rendered.

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
    _sections: dict[tuple[int, frozenset[int], int], tuple[str, int]] = field(default_factory=dict)

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
            text = OUTPUTS[self.output].section(source, body, header, self.form.language(source))
            self._sections[key] = text, self.tokenizer.count(text)
        return self._sections[key]

    def sound(self, page: int, units: frozenset[int]) -> bool:
        """Whether a page's part of the text parses where its source does."""
        return self.form.valid(self.pages[page].source, excerpt(self.pages[page], units, self.form))

    def text(self, kept: Kept) -> str:
        return document([self.section(page, kept[page])[0] for page in sorted(kept)], self.frame, self.output)

    def size(self, kept: Kept, budget: int) -> int:
        """Tokens of the text; a sum over sections where that is far beyond the budget, the real count elsewhere."""
        rough = sum(self.section(page, units)[1] for page, units in kept.items())
        return rough if rough > budget * 1.05 + 50 else self.tokenizer.count(self.text(kept))

    def everything(self) -> Kept:
        return without({index: frozenset(range(len(page.units))) for index, page in enumerate(self.pages)}, self.shut)


def fit(choose: Callable[[int], Kept], draft: Draft, budget: int) -> tuple[Kept | None, int]:
    """The fullest choice found whose text is within the budget, and the room it was made with; None where none fits.

    ``choose(room)`` keeps more with more room, on the whole; the search is a bisection with a proportional first guess.
    """
    low, high, room = -1, budget + 1, budget
    best: tuple[Kept | None, int, int] = (None, 0, -1)
    for _ in range(ATTEMPTS):
        kept = draft.closed(choose(room))
        size = draft.size(kept, budget)
        if size <= budget:
            low = room
            if size > best[2]:
                best = kept, room, size
            if size >= ENOUGH * budget:
                break
            guess = (low + high) // 2
        else:
            high = room
            guess = max(int(room * budget / size), (low + high) // 2 if low >= 0 else 0)
        room = min(max(guess, low + 1), high - 1)
        if room <= low or room >= high:
            break
    if best[0] is None and high > 0:
        kept = draft.closed(choose(0))
        if draft.size(kept, budget) <= budget:
            return kept, 0
    return best[0], best[1]


def fill(kept: Kept, pieces: Callable[[Kept], Iterator[Piece]], draft: Draft, budget: int) -> Kept:
    """``kept`` with pieces added, in their order, as long as the text stays within the budget."""
    refused: set[Piece] = set()
    for _ in range(ROUNDS if budget < LARGE_BUDGET else FEW_ROUNDS):
        size = draft.size(kept, budget)
        if size >= ENOUGH * budget:
            break
        offered = (piece for piece in pieces(kept) if piece not in refused)
        picked = affordable(offered, budget - size, kept)
        if not picked:
            break
        count, kept = longest_fitting(kept, picked, draft, budget)
        refused.update(picked[count : count + 1])
    return kept


def affordable(pieces: Iterator[Piece], room: int, kept: Kept) -> list[Piece]:
    """The pieces that seem to fit ``room`` tokens together, taken in order, larger ones passed over.

    A piece that would open a page has to say more than the page's header does.
    """
    picked = []
    for piece in pieces:
        cost = piece.tokens if piece.page in kept or not kept else piece.tokens + HEADER_TOKENS
        if cost <= room and (cost == piece.tokens or piece.tokens >= HEADER_TOKENS):
            picked.append(piece)
            room -= cost + MARKER_TOKENS
        if room <= 0:
            break
    return picked


def longest_fitting(kept: Kept, picked: Sequence[Piece], draft: Draft, budget: int) -> tuple[int, Kept]:
    """How many of ``picked``, from the first on, fit together (found by bisection), and ``kept`` with them."""
    best, low, high = kept, 0, len(picked)
    count = high
    while low < high:
        grown = draft.closed(united(kept, picked[:count]))
        if draft.size(grown, budget) <= budget:
            best, low = grown, count
        else:
            high = count - 1
        count = (low + high + 1) // 2
    return low, best


def united(kept: Kept, pieces: Sequence[Piece]) -> Kept:
    merged = dict(kept)
    for piece in pieces:
        merged[piece.page] = merged.get(piece.page, frozenset()) | piece.units
    return merged


def tell(kept: Kept, order: Iterable[int], draft: Draft, budget: int) -> None:
    """Let the gap markers name what they hide, page by page in this order, with as many names as fit the budget."""
    for page in order:
        before = draft.telling
        for names in range(draft.style.names, 0, -1):
            draft.telling = {**before, page: names}
            if draft.size(kept, budget) <= budget:
                break
            draft.telling = before


def without(kept: Kept, shut: Kept) -> Kept:
    """``kept`` less the units of ``shut``; pages that keep nothing left out."""
    rest = {page: units - shut.get(page, frozenset()) for page, units in kept.items()}
    return {page: units for page, units in rest.items() if units}
