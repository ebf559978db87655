"""The values in a text that cannot be said in other words: paths, addresses, identifiers, dates, numbers, quoted
strings.

An atom is a stretch of the text, unaltered. It knows nothing of what a text is about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal, cast, get_args

from longzip.prose.rules import Cue

AtomKind = Literal["url", "email", "path", "hash", "version", "date", "amount", "identifier", "number", "quoted"]
# Ordered: the first that matches at a place wins.
CUES: Mapping[AtomKind, Cue] = {kind: Cue(__name__, kind) for kind in get_args(AtomKind)}
# Plain words and blanks, which most of a text is, are passed over in one step; a month's name may begin a date.
PLAIN = (
    r"\s+|(?!Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
    r"(?<![\w/\\.@~#-])(?:[A-Z]?[a-z]+(?:'[a-z]{1,3})?[,;.:!?)]*(?=\s))"
)
PRIORITY: dict[AtomKind, float] = {
    "path": 3.0,
    "url": 3.0,
    "email": 3.0,
    "identifier": 3.0,
    "hash": 2.0,
    "version": 2.5,
    "date": 2.0,
    "amount": 2.0,
    "quoted": 1.0,
    "number": 1.0,
}
COMMON = frozenset({"I", "OK", "AI", "A", "PM", "AM", "JSON", "API", "ID", "UTC", "USA", "US", "TODO", "NOTE", "EOF"})


@dataclass(frozen=True, slots=True)
class Atom:
    """A value, as it stands in the text at ``start``."""

    text: str
    kind: AtomKind
    start: int


@cache
def scanner() -> re.Pattern[str]:
    """What finds the next atom or passes over what is none; the group that matched has the name of its kind."""
    return re.compile("|".join([PLAIN, *(f"(?P<{kind}>{cue.pattern})" for kind, cue in CUES.items())]))


def atoms(text: str) -> Iterator[Atom]:
    """The atoms of a text in its order, repeated where they are repeated."""
    pattern = scanner()
    for match in pattern.finditer(text):
        kind, value, start = match.lastgroup, match[0], match.start()
        if kind == "quoted":
            value, start = value[1:-1], start + 1
            inside = pattern.fullmatch(value)
            kind = inside.lastgroup if inside and inside.lastgroup else kind
        if kind and value not in COMMON:
            yield Atom(value, cast(AtomKind, kind), start)


@lru_cache(maxsize=1 << 12)
def distinct(text: str) -> Mapping[str, AtomKind]:
    """The atoms of a text, each once, in the order of their first place."""
    found: dict[str, AtomKind] = {}
    for atom in atoms(text):
        found.setdefault(atom.text, atom.kind)
    return found
