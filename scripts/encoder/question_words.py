"""Text as lower-case words: camelCase, snake_case and digits apart, punctuation dropped."""

from __future__ import annotations

import re

WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+")
SIGN = re.compile(r"[(){}\[\];=<>]")
SIGNS = 0.04  # share of a text's characters from which on it is code
LONGEST_NUMBER = 4
LONGEST_WORD = 32


def words(text: str) -> list[str]:
    """The words of a text, in order; numbers of more than four digits and words of more than 32 letters left out."""
    found = " ".join(WORD.findall(text)).lower().split(" ")
    return [
        word
        for word in found
        if word and len(word) <= LONGEST_WORD and (len(word) <= LONGEST_NUMBER or not word.isdecimal())
    ]


def is_code(text: str) -> bool:
    """Whether a question is a piece of code, by its brackets and signs."""
    return len(SIGN.findall(text)) >= SIGNS * len(text)
