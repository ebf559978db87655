"""How much to keep: levels by name, and targets in words.

Knows numbers; not texts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, get_args

from longzip.errors import UsageError

Level = Literal["lossless", "light", "balanced", "aggressive"]
LEVEL_NAMES: tuple[Level, ...] = get_args(Level)
TARGET = re.compile(r"\s*(quality|rate|tokens)\s*(>=|<=|=)\s*([\d.]+)\s*")
GOAL = 0.70  # of the tokens should go, says the protocol
RESCAN = 0.50  # where less goes, the text is read once more


@dataclass(frozen=True, slots=True)
class Preset:
    """A level. rate: share of the tokens to keep. near: how like two units must be for one of them to go (Jaccard).

    numbers: whether sentences with data are critical. Lossless leaves out nothing but what is there twice.
    """

    rate: float
    near: float
    numbers: bool


PRESETS: dict[Level, Preset] = {
    "lossless": Preset(1.0, 1.01, numbers=True),
    "light": Preset(0.6, 0.9, numbers=True),
    "balanced": Preset(0.3, 0.8, numbers=True),
    "aggressive": Preset(0.15, 0.65, numbers=False),
}
DEFAULT: Level = "balanced"


@dataclass(frozen=True, slots=True)
class Wish:
    """How long the result may be; exactly one is set, or none: a hard budget in tokens, a share of the tokens, a floor
    of quality, or a level, whose rate yields to what is critical."""

    budget: int | None = None
    rate: float | None = None
    quality: float | None = None
    level: Level | None = None


def wish(budget: int | None, rate: float | None, level: str | None, target: str | None) -> Wish:
    """What was asked, checked. Raises UsageError."""
    given = [
        name
        for name, value in (("budget", budget), ("rate", rate), ("level", level), ("target", target))
        if value is not None
    ]
    if len(given) > 1:
        raise UsageError(f"{' and '.join(given)} all say how long the result may be; give one of them.")
    if level is not None and level not in LEVEL_NAMES:
        raise UsageError(f"the level is {level!r}; choose one of: {', '.join(LEVEL_NAMES)}.")
    if target is not None:
        return parsed(target)
    return checked(Wish(budget, rate, None, next((name for name in LEVEL_NAMES if name == level), None)))


def parsed(target: str) -> Wish:
    match = TARGET.fullmatch(target)
    if match is None or (match[1] != "quality" and match[2] == ">="):
        raise UsageError(f"the target is {target!r}; write quality>=0.95, rate=0.3 or tokens=2000.")
    try:
        number = float(match[3])
    except ValueError:
        raise UsageError(f"the target is {target!r}; {match[3]!r} is no number.") from None
    if match[1] == "tokens":
        return checked(Wish(budget=int(number)))
    return checked(Wish(rate=number) if match[1] == "rate" else Wish(quality=number))


def checked(found: Wish) -> Wish:
    if found.budget is not None and found.budget <= 0:
        raise UsageError(f"the budget is {found.budget}; it must be at least 1 token.")
    for name, value in (("rate", found.rate), ("quality", found.quality)):
        if value is not None and not 0 < value <= 1:
            raise UsageError(f"the {name} is {value}; it must be above 0 and at most 1.")
    return found
