"""Which of many patterns may find something in a text, by the words that each of them needs. Knows no rule's meaning.

A pattern's syntax tree says which pieces of text one of its matches cannot be without; a text that has none of them is
not searched. That is worked out for ASCII texts only, where capitals fold plainly: any other text may match them all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from typing import Any, TypeAlias

WORD = re.compile(r"[a-z]+")
FEW_SIGNS = 4  # characters of a class that are looked for one by one
REMEMBERED = 1 << 16  # words
Needs: TypeAlias = "frozenset[str] | None"  # one of these, in lower case; None: nothing in particular
Piece: TypeAlias = "tuple[object, Any]"  # an operation and what it applies to, as ``re`` writes its trees
NEVER: frozenset[str] = frozenset()


class Screen:
    """Patterns by number, and the words that tell which of them are worth a search."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self.every = (1 << len(patterns)) - 1
        self.always = 0
        self.words: dict[str, int] = {}
        self.signs: dict[str, int] = {}
        self.known: dict[str, int] = {}
        for place, pattern in enumerate(patterns):
            found = needs(pattern)
            if found is None:
                self.always |= 1 << place
            for piece in found or ():
                kept = self.words if WORD.fullmatch(piece) else self.signs
                kept[piece] = kept.get(piece, 0) | 1 << place

    def possible(self, text: str) -> int:
        """The patterns that may find something in a text, a bit for each."""
        if not text.isascii():
            return self.every
        lowered = text.lower()
        found, known = self.always, self.known
        for word in WORD.findall(lowered):
            mask = known.get(word)
            found |= self._learnt(word) if mask is None else mask
        for sign, mask in self.signs.items():
            if sign in lowered:
                found |= mask
        return found

    def _learnt(self, word: str) -> int:
        mask = 0
        for piece, own in self.words.items():
            if piece in word:
                mask |= own
        if len(self.known) > REMEMBERED:
            self.known.clear()
        self.known[word] = mask
        return mask


def needs(pattern: str) -> Needs:
    """Pieces of which an ASCII text has one, in lower case, if the pattern finds something in it; None where it can do
    without, empty where it finds nothing in ASCII texts."""
    try:
        return together(import_module("re._parser").parse(pattern, re.I))
    except (ImportError, AttributeError, TypeError, ValueError):
        return None  # another version of ``re`` writes other trees


def together(pieces: Iterable[Piece]) -> Needs:
    """What pieces need that follow one another: the most telling of what each of them does."""
    best: Needs = None
    run: list[str] = []
    for operation, given in (*pieces, ("END", None)):
        name = str(operation)
        if name == "LITERAL":
            run.append(chr(given))
            continue
        best = rarer(best, single("".join(run)) if run else None)
        run = []
        best = rarer(best, READERS[name](given) if name in READERS else None)
    return best


def single(text: str) -> frozenset[str]:
    """What a literal text needs: of several words, the longest, so that words can be looked up."""
    if not text.isascii():
        return NEVER
    lowered = text.lower()
    return frozenset({max(WORD.findall(lowered) or [lowered], key=len)})


def any_of(branches: Iterable[Iterable[Piece]]) -> Needs:
    found: set[str] = set()
    for branch in branches:
        own = together(branch)
        if own is None:
            return None
        found |= own
    return frozenset(found)


def repeated(given: tuple[int, int, Iterable[Piece]]) -> Needs:
    least, _most, pieces = given
    return together(pieces) if least else None


def member(given: Sequence[Piece]) -> Needs:
    """A class of characters, where it has a few signs."""
    if len(given) > FEW_SIGNS or any(str(name) != "LITERAL" for name, _ in given):
        return None
    return frozenset(chr(code).lower() for _, code in given if code < 128)


def rarer(one: Needs, other: Needs) -> Needs:
    """The one of two that lets fewer texts through: nothing at all, then the one whose shortest word is longer."""
    if one is None or other is None:
        return other if one is None else one
    return max(one, other, key=telling)


def telling(found: frozenset[str]) -> tuple[bool, int, int]:
    return not found, min(map(len, found), default=0), -len(found)


READERS: Mapping[str, Callable[[Any], Needs]] = {
    "SUBPATTERN": lambda given: together(given[-1]),
    "ATOMIC_GROUP": together,
    "BRANCH": lambda given: any_of(given[1]),
    "MAX_REPEAT": repeated,
    "MIN_REPEAT": repeated,
    "POSSESSIVE_REPEAT": repeated,
    "IN": member,
}
