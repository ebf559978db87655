"""People with a card."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from .errors import NotAllowed

CHILD_AGE = 14
LIMITS = {"child": 10, "adult": 25, "staff": 100}


@dataclass
class Member:
    """A card and what is known of its owner."""

    card: str
    name: str
    born: date
    staff: bool = False
    blocked: bool = False
    owed_cents: int = 0
    notes: list[str] = field(default_factory=list)


def age_on(member: Member, day: date) -> int:
    """A member's age in whole years on a given day."""
    had_birthday = (day.month, day.day) >= (member.born.month, member.born.day)
    return day.year - member.born.year - (0 if had_birthday else 1)


def group_of(member: Member, day: date) -> str:
    """Whether the rules for children, adults or staff apply."""
    if member.staff:
        return "staff"
    return "child" if age_on(member, day) < CHILD_AGE else "adult"


def require_good_standing(member: Member, most_owed: int) -> None:
    """Refuse members who are blocked or who owe more than they may."""
    if member.blocked:
        raise NotAllowed("this card is blocked; please ask at the desk")
    if member.owed_cents > most_owed:
        raise NotAllowed(f"please pay the {member.owed_cents / 100:.2f} that are open first")


def loan_limit(member: Member, day: date) -> int:
    """How many items a member may have at home at the same time."""
    return LIMITS[group_of(member, day)]
