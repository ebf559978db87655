"""Opening days, and dates counted in them."""

from __future__ import annotations

from datetime import date, timedelta

CLOSED_WEEKDAYS = frozenset({6})
HOLIDAYS = frozenset({(1, 1), (5, 1), (12, 25), (12, 26)})


def is_open(day: date) -> bool:
    """Whether the library opens its doors on a day."""
    return day.weekday() not in CLOSED_WEEKDAYS and (day.month, day.day) not in HOLIDAYS


def next_open_day(day: date) -> date:
    """The day itself, or the first one after it on which the library is open."""
    while not is_open(day):
        day += timedelta(days=1)
    return day


def add_open_days(day: date, count: int) -> date:
    """The day that lies a number of opening days after another."""
    while count > 0:
        day = next_open_day(day + timedelta(days=1))
        count -= 1
    return day


def open_days_between(first: date, last: date) -> int:
    """How many opening days lie between two dates, the first one not counted."""
    found = 0
    while first < last:
        first += timedelta(days=1)
        if is_open(first):
            found += 1
    return found
