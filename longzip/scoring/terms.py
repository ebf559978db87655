"""Words that tell something: the one tokeniser behind every signal that compares words.

Identifiers come apart at their seams (camelCase, HTTPServer, snake_case), English endings are dropped lightly, Chinese
and Japanese characters stand alone and in pairs. Knows texts only.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_\u3040-\u30ff\u3400-\u9fff]+")
SEAM = re.compile(r"(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
IDEOGRAPH = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
SUFFIXES = (("ies", "y"), ("sses", "ss"), ("ing", ""), ("ed", ""), ("ly", ""), ("es", ""), ("s", ""))
COMMON = frozenset(Path(__file__).with_name("common_words.txt").read_text(encoding="utf-8").split())
NOTHING_SAID = "的了是在和与吗呢吧啊我你他她它们这那有就也都"


def terms(text: str) -> list[str]:
    """The words of a text that tell something, in order.

    Folded: no case, no English endings, camelCase and HTTPServer apart, CJK in pairs.
    """
    found: list[str] = []
    before = ""
    for word in WORD.findall(text):
        if IDEOGRAPH.match(word):
            word = "" if word in NOTHING_SAID else word
            found += [word] if word and not before else [before + word] if word else []
            before = word
            continue
        before = ""
        found += plain_terms(word)
    return found


@lru_cache(maxsize=1 << 16)
def plain_terms(word: str) -> tuple[str, ...]:
    """The terms of a run of letters and digits."""
    parts = (part.lower() for part in SEAM.sub(" ", word).split(" "))
    return tuple(stem(part) for part in parts if part not in COMMON)


@lru_cache(maxsize=1 << 16)
def stem(word: str) -> str:
    """A lower-case word without its commonest English endings; what is no plain word, or short, stays as it is."""
    if len(word) <= 3 or not word.isascii() or not word.isalpha():
        return word
    for ending, instead in SUFFIXES:
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not (ending == "s" and word.endswith("ss")):
            word = word[: len(word) - len(ending)] + instead
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "els":
        word = word[:-1]
    return word[:-1] if len(word) > 3 and word.endswith("e") else word
