"""Letters to members whose loans are late or soon due."""

from __future__ import annotations

from datetime import date, timedelta

from .fees import late_days, late_fee, replacement_fee
from .loans import Desk, Loan
from .members import Member

WARN_DAYS = 3
LOST_AFTER = 60


def stage(loan: Loan, today: date) -> str:
    """Which letter a loan calls for: none, soon, late or lost."""
    if late_days(loan.due, today) > LOST_AFTER:
        return "lost"
    if today > loan.due:
        return "late"
    return "soon" if loan.due - today <= timedelta(days=WARN_DAYS) else "none"


def sentence(loan: Loan, today: date) -> str:
    """One line of a letter, with what the delay costs so far."""
    kind = stage(loan, today)
    if kind == "lost":
        return f"{loan.item.title}: counted as lost, {replacement_fee(loan.item) / 100:.2f}"
    if kind == "late":
        return f"{loan.item.title}: was due on {loan.due}, {late_fee(loan.member, loan.due, today) / 100:.2f} so far"
    return f"{loan.item.title}: due on {loan.due}"


def letter(desk: Desk, member: Member, today: date) -> str:
    """The whole letter for a member; an empty text where nothing is due."""
    loans = [loan for loan in desk.loans_of(member) if stage(loan, today) != "none"]
    if not loans:
        return ""
    lines = [f"Dear {member.name},", "", *(sentence(loan, today) for loan in loans), "", "Your library"]
    return "\n".join(lines)
