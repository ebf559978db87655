"""The things that are lent out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

SHELF = re.compile(r"(?P<room>[A-Z])(?P<bay>\d{2})-(?P<row>\d)")
SHORT_LOAN_KINDS = {"film", "game", "magazine"}


@dataclass(frozen=True)
class Shelf:
    """Where an item stands."""

    room: str
    bay: int
    row: int


@dataclass
class Item:
    """One copy of a book, film, game or magazine."""

    number: str
    title: str
    kind: str = "book"
    shelf: str = ""
    keywords: list[str] = field(default_factory=list)
    damaged: bool = False


def parse_shelf(text: str) -> Shelf:
    """Read a shelf mark such as B07-3 into room, bay and row."""
    match = SHELF.fullmatch(text.strip().upper())
    if match is None:
        raise ValueError(f"{text!r} is no shelf mark")
    return Shelf(match["room"], int(match["bay"]), int(match["row"]))


def check_digit(number: str) -> str:
    """The last digit of an item number, computed from the digits before it."""
    total = 0
    for place, digit in enumerate(number):
        total += int(digit) * (3 if place % 2 else 1)
    return str(-total % 10)


def is_valid_number(number: str) -> bool:
    """Whether an item number was read without an error by the scanner."""
    return len(number) == 9 and number.isdigit() and check_digit(number[:-1]) == number[-1]


def loan_days(item: Item) -> int:
    """For how many opening days an item of that kind is lent."""
    return 5 if item.kind in SHORT_LOAN_KINDS else 21
