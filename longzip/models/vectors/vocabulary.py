"""Text as lower-case words, and words as entries of a vocabulary: whole ones, or else pieces, the longest first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+")
LONGEST_NUMBER = 4  # digits
LONGEST_WORD = 32
MOST_PIECES = 6  # of a word; what would need more is unknown
INSIDE = "##"  # marks pieces that do not begin a word


def words(text: str) -> list[str]:
    """The words of a text, in order: camelCase, snake_case and digits apart, punctuation and what is too long left
    out."""
    found = " ".join(WORD.findall(text)).lower().split(" ")
    return [word for word in found if word and is_short(word)]


def is_short(word: str) -> bool:
    return len(word) <= LONGEST_WORD and (len(word) <= LONGEST_NUMBER or not word.isdecimal())


class Vocabulary:
    """The entries of an encoder's table. Remembers what it cut, which changes no answer; safe to share."""

    def __init__(self, entries: Sequence[str]) -> None:
        self._index = {entry: place for place, entry in enumerate(entries)}
        self._longest = max(map(len, entries), default=0)
        self._known: dict[str, tuple[int, ...]] = {}

    def ids(self, found: Iterable[str]) -> list[int]:
        """The entries that words are made of, in order; nothing for a word that is made of none."""
        known = self._known
        made: list[int] = []
        for word in found:
            pieces = known.get(word)
            if pieces is None:
                pieces = known[word] = self.cut(word)
            made += pieces
        return made

    def cut(self, word: str) -> tuple[int, ...]:
        """The entries that one word is made of."""
        whole = self._index.get(word)
        if whole is not None:
            return (whole,)
        found: list[int] = []
        start, mark = 0, ""
        while start < len(word):
            piece = self._piece(word, start, mark)
            if piece is None:
                return ()
            found.append(piece[0])
            start, mark = piece[1], INSIDE
        return tuple(found) if len(found) <= MOST_PIECES else ()

    def _piece(self, word: str, start: int, mark: str) -> tuple[int, int] | None:
        """The longest entry that stands at a place of a word, and where it ends."""
        for end in range(min(len(word), start + self._longest), start, -1):
            place = self._index.get(mark + word[start:end])
            if place is not None:
                return place, end
        return None
