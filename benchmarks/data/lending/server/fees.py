"""What being late costs."""

from __future__ import annotations

from datetime import date

from .calendar import open_days_between
from .items import Item, loan_days
from .members import Member, group_of

CENTS_PER_DAY = {"child": 5, "adult": 20, "staff": 0}
MOST_PER_ITEM = 800
REPLACEMENT_CENTS = {"book": 2500, "film": 1500, "game": 4000, "magazine": 500}


def late_days(due: date, returned: date) -> int:
    """Opening days between the due date and the return; none for what came back in time."""
    return open_days_between(due, returned) if returned > due else 0


def late_fee(member: Member, due: date, returned: date) -> int:
    """The fee in cents for one item that came back late, capped per item."""
    rate = CENTS_PER_DAY[group_of(member, returned)]
    return min(MOST_PER_ITEM, rate * late_days(due, returned))


def replacement_fee(item: Item) -> int:
    """What a lost item costs; short loans are replaced at cost, books with a surcharge."""
    base = REPLACEMENT_CENTS.get(item.kind, 2000)
    return base if loan_days(item) < 10 else base + 300


def charge(member: Member, cents: int, reason: str) -> None:
    """Put an amount on a member's account, and remember what it was for."""
    if cents <= 0:
        return
    member.owed_cents += cents
    member.notes.append(f"{reason}: {cents / 100:.2f}")
