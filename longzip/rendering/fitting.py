"""Making the rendered text fit: the largest selection whose real token count is within the budget.

The selection stages reason about tokens of parts; only the whole text, with headers, markers and frame, tells the
truth. So the text is rendered and counted, and where it is over, the stages choose again with less room; where there is
room left, more is added in order of preference. Knows a draft and a way to choose; nothing of relevance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from longzip.rendering.draft import Draft, Kept

ATTEMPTS = 14
ROUNDS = 48  # of filling what is left of the budget
LARGE_BUDGET, FEW_ROUNDS = 20_000, 20  # tokens; a share of so many is worth less care
ENOUGH = 0.985
MARKER_TOKENS = 10
HEADER_TOKENS = 12


class Keeps(Protocol):
    """What a choice is here: units to keep, by page."""

    @property
    def kept(self) -> Kept: ...


Found = TypeVar("Found", bound=Keeps)


@dataclass(frozen=True, slots=True)
class Addition:
    """Units of one page that may be added together. tokens: of their text, counted apart."""

    page: int
    units: frozenset[int]
    tokens: int


def fit(choose: Callable[[int], Found], draft: Draft, budget: int) -> tuple[Found, Kept | None]:
    """The choice whose text is the fullest found within the budget, and what that text keeps: the choice, closed.

    ``choose(room)`` keeps more with more room, on the whole; the search is a bisection with a proportional first guess.
    Where none fits, the choice for no room, and None.
    """
    low, high, room = -1, budget + 1, budget
    best: tuple[Found, Kept] | None = None
    fullest = -1
    for _ in range(ATTEMPTS):
        choice = choose(room)
        kept = draft.closed(choice.kept)
        size = draft.size(kept, budget)
        if size <= budget:
            low = room
            if size > fullest:
                best, fullest = (choice, kept), size
            if size >= ENOUGH * budget:
                break
            guess = (low + high) // 2
        else:
            high = room
            guess = max(int(room * budget / size), (low + high) // 2 if low >= 0 else 0)
        room = min(max(guess, low + 1), high - 1)
        if room <= low or room >= high:
            break
    if best is not None:
        return best
    choice = choose(0)
    kept = draft.closed(choice.kept)
    return choice, kept if draft.size(kept, budget) <= budget else None


def fill(kept: Kept, additions: Callable[[Kept], Iterator[Addition]], draft: Draft, budget: int) -> Kept:
    """``kept`` with more added, in the order of ``additions``, as long as the text stays within the budget."""
    refused: set[Addition] = set()
    for _ in range(ROUNDS if budget < LARGE_BUDGET else FEW_ROUNDS):
        size = draft.size(kept, budget)
        if size >= ENOUGH * budget:
            break
        offered = (addition for addition in additions(kept) if addition not in refused)
        picked = affordable(offered, budget - size, kept)
        if not picked:
            break
        count, kept = longest_fitting(kept, picked, draft, budget)
        refused.update(picked[count : count + 1])
    return kept


def affordable(additions: Iterator[Addition], room: int, kept: Kept) -> list[Addition]:
    """Those that seem to fit ``room`` tokens together, taken in order, larger ones passed over.

    One that would open a page has to say more than the page's header does.
    """
    picked = []
    for addition in additions:
        tokens = addition.tokens
        cost = tokens if addition.page in kept or not kept else tokens + HEADER_TOKENS
        if cost <= room and (cost == tokens or tokens >= HEADER_TOKENS):
            picked.append(addition)
            room -= cost + MARKER_TOKENS
        if room <= 0:
            break
    return picked


def longest_fitting(kept: Kept, picked: Sequence[Addition], draft: Draft, budget: int) -> tuple[int, Kept]:
    """How many of ``picked``, from the first on, fit together (found by bisection), and ``kept`` with them."""
    best, low, high = kept, 0, len(picked)
    count = high
    while low < high:
        grown = draft.closed(grown_by(kept, picked[:count]))
        if draft.size(grown, budget) <= budget:
            best, low = grown, count
        else:
            high = count - 1
        count = (low + high + 1) // 2
    return low, best


def grown_by(kept: Kept, additions: Sequence[Addition]) -> Kept:
    merged = dict(kept)
    for addition in additions:
        merged[addition.page] = merged.get(addition.page, frozenset()) | addition.units
    return merged


def tell(kept: Kept, order: Iterable[int], draft: Draft, budget: int) -> Draft:
    """The draft, whose gap markers name what they hide, page by page in this order, with as many names as fit the
    budget."""
    for page in order:
        for names in range(draft.style.names, 0, -1):
            telling = draft.told({**draft.telling, page: names})
            if telling.size(kept, budget) <= budget:
                draft = telling
                break
    return draft
