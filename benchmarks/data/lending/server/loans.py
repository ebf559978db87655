"""Who has what, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from .calendar import add_open_days, next_open_day
from .errors import AlreadyLent, NotAllowed, UnknownItem
from .fees import charge, late_fee
from .items import Item, is_valid_number, loan_days
from .members import Member, loan_limit, require_good_standing
from .queue import WaitingList

MOST_OWED = 1000
MOST_RENEWALS = 2


@dataclass
class Loan:
    """An item at a member's home."""

    item: Item
    member: Member
    due: date
    renewals: int = 0


class Desk:
    """The counter: items go out, items come back."""

    def __init__(self, items: list[Item], waiting: WaitingList) -> None:
        self.items = {item.number: item for item in items}
        self.waiting = waiting
        self.loans: dict[str, Loan] = {}

    def find(self, number: str) -> Item:
        """The item with a number; tells a misread number from one that does not exist."""
        if not is_valid_number(number):
            raise UnknownItem(f"{number} was misread; please scan it again")
        if number not in self.items:
            raise UnknownItem(f"there is no item {number}")
        return self.items[number]

    def loans_of(self, member: Member) -> list[Loan]:
        """What a member has at home, soonest due first."""
        own = [loan for loan in self.loans.values() if loan.member.card == member.card]
        return sorted(own, key=lambda loan: (loan.due, loan.item.title))

    def lend(self, number: str, member: Member, today: date) -> Loan:
        """Hand an item out, unless the rules or another member's reservation forbid it."""
        item = self.find(number)
        require_good_standing(member, MOST_OWED)
        if number in self.loans:
            raise AlreadyLent(f"{item.title} is lent until {self.loans[number].due:%d %B}")
        if len(self.loans_of(member)) >= loan_limit(member, today):
            raise NotAllowed("there is no room for another loan on this card")
        first = self.waiting.first(number)
        if first is not None and first != member.card:
            raise NotAllowed(f"{item.title} is kept for another member")
        self.waiting.remove(number, member.card)
        loan = Loan(item, member, add_open_days(today, loan_days(item)))
        self.loans[number] = loan
        return loan

    def take_back(self, number: str, today: date) -> str | None:
        """Book a return, charge what is late, and say whom to tell that it is there."""
        loan = self.loans.pop(self.find(number).number, None)
        if loan is None:
            return None
        charge(loan.member, late_fee(loan.member, loan.due, today), f"late: {loan.item.title}")
        return self.waiting.first(number)

    def renew(self, number: str, today: date) -> date:
        """Give a loan more time; not for ever, and not when somebody is waiting."""
        loan = self.loans[self.find(number).number]
        if loan.renewals >= MOST_RENEWALS:
            raise NotAllowed("this loan was renewed too often")
        if self.waiting.first(number) is not None:
            raise NotAllowed("another member is waiting for it")
        loan.due = add_open_days(next_open_day(today), loan_days(loan.item))
        loan.renewals += 1
        return loan.due
