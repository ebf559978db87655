"""Who waits for what, in the order in which they asked."""

from __future__ import annotations

from collections import defaultdict, deque


class WaitingList:
    """Cards by item number."""

    def __init__(self) -> None:
        self.cards: dict[str, deque[str]] = defaultdict(deque)

    def join(self, number: str, card: str) -> int:
        """Queue up for an item; returns the place in the queue, counted from one."""
        own = self.cards[number]
        if card not in own:
            own.append(card)
        return own.index(card) + 1

    def first(self, number: str) -> str | None:
        """Whose turn it is, if anyone is waiting."""
        own = self.cards.get(number)
        return own[0] if own else None

    def remove(self, number: str, card: str) -> bool:
        """Leave the queue; tells whether the card was in it."""
        try:
            self.cards[number].remove(card)
        except ValueError:
            return False
        if not self.cards[number]:
            del self.cards[number]
        return True
