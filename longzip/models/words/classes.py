"""Words as classes of tokens: the same word however a tokenizer spells it. Knows no context."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]
Values = NDArray[np.float32]


def word_classes(spellings: Sequence[str]) -> Ids:
    """The class of each token, −1 where it is no word: int64[vocabulary], numbered from 0.

    A class is the set of tokens that spell the same alphabetic word without regard to case and to a space or underscore
    before it: "user", " user", "_user", "User".
    """
    words = [text.lstrip(" _\u2581").casefold() for text in spellings]
    numbers: dict[str, int] = {}
    return np.array(
        [numbers.setdefault(word, len(numbers)) if word.isalpha() else -1 for word in words], dtype=np.int64
    )


def number_of(classes: Ids) -> int:
    """How many classes there are."""
    return int(classes.max(initial=-1)) + 1


def words_in(tokens: Ids, classes: Ids) -> Ids:
    """The classes of the tokens that are words, in order."""
    known = classes[tokens]
    return known[known >= 0]
