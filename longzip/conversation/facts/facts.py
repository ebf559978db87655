"""Facts: lines of a message's own words, in several lengths, each under a section of the summary.

Values only: what makes a fact is told by ``sayings`` and ``gathering``, and what it may cost by ``ledger``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Section = Literal[
    "Session intent",
    "Decisions",
    "Constraints",
    "Artifacts",
    "Values",
    "Errors and fixes",
    "Open and next",
    "Play-by-play",
]
SECTIONS: tuple[Section, ...] = (
    "Session intent",
    "Decisions",
    "Constraints",
    "Artifacts",
    "Values",
    "Errors and fixes",
    "Open and next",
    "Play-by-play",
)
USER = "user: "  # what the user's words begin with
ARTIFACT = "artifact "  # what the key of a file's fact begins with
# What the keys of facts begin with that stay in force until they are taken back, and of those that take something back.
STANDING, CORRECTION = "standing ", "standing correction "
TOLD, REPORTED, PASTED_RICHNESS = 0.8, 0.5, 0.2  # the richness of what the user says, an agent says, anyone pastes
LEAST_SHORTER = 0.8  # of a form's length that the next shorter one may have


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of a summary.

    turn: the number of the message, from 1. forms: what may be said, the longest first. base: what it is worth beside
    its atoms. key: what a later fact of the same key takes the place of; "" for none. richness: how much its atoms
    count, from 0
    to 1: those of a record fully, words that merely look like values hardly.
    """

    section: Section
    turn: int
    forms: tuple[str, ...]
    base: float
    key: str = ""
    richness: float = 0.5

    @property
    def standing(self) -> bool:
        """Whether it stays in force until it is taken back."""
        return self.key.startswith(STANDING)

    @property
    def said(self) -> str:
        """Its shortest form, without who said it."""
        return self.forms[-1].removeprefix(USER)

    @property
    def corrects(self) -> bool:
        """Whether it changes what was said before."""
        return self.key.startswith(CORRECTION)

    @property
    def file(self) -> str:
        """The path of a file's fact; "" of any other."""
        return self.key.removeprefix(ARTIFACT) if self.key.startswith(ARTIFACT) else ""
