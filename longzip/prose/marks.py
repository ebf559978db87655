"""What a sentence or line does, by the words that give it away, in English, German and Chinese: a decision, an error, a
request.

The words stand in ``marks.toml``, one rule a line. A cue is a pattern, so a mark is a guess with a reason that can be
shown; a sentence may have several. What is asked ("should we use X?") is no decision, and a line of code does nothing.
It knows nothing of messages, kinds of text or budgets.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Literal, get_args

from longzip.prose.code import is_listing
from longzip.prose.rules import Cue, Find, alternatives
from longzip.prose.screening import Screen
from longzip.scoring.terms import terms

Mark = Literal[
    "decision",
    "rejected",
    "error",
    "fix",
    "dependency",
    "action",
    "state",
    "request",
    "question",
    "pending",
    "rationale",
    "alternative",
    "constraint",
    "goal",
    "step",
    "hedge",
    "primary",
    "example",
    "number",
    "reference",
    "prohibition",
]
MARKS: tuple[Mark, ...] = get_args(Mark)
CUES: Mapping[Mark, Cue] = {mark: Cue(__name__, mark) for mark in MARKS}
FORFEITS: Mapping[Mark, Cue] = {
    "decision": Cue(__name__, "undecided"),
    "error": Cue(__name__, "harmless"),
    "action": Cue(__name__, "handed_on"),
}
ASKED: frozenset[Mark] = frozenset(
    {"request", "question", "pending", "constraint", "step", "prohibition"}
)  # that questions may earn
GREETING, PLEASANTRIES = Cue(__name__, "greeting"), Cue(__name__, "pleasantries")
LONGEST_PLEASANTRY = 120  # characters
LONGEST_QUESTION = 400  # characters of a question that are looked at, its last
ANSWERS = Cue(__name__, "answers")
TELLING, ASKS_FACT = Cue(__name__, "telling"), Cue(__name__, "asks_fact")
ASKS_REFERENCE = Cue(__name__, "asks_reference")
ANSWER_CHARACTERS = 40
SAID = 2  # telling words of a question that can be agreed to
NARRATION = Cue(__name__, "narration")  # what an agent says that it is about to do, which the next message then shows


def is_question(text: str) -> bool:
    return CUES["question"].found(text) is not None


def marks_of(text: str) -> tuple[Mark, ...]:
    """The marks that a sentence or line earns, in the order of ``MARKS``; a line of code earns none."""
    if is_listing(text):
        return ()
    screen, searches = screened()
    possible, left = ASKED if is_question(text) else CUES.keys(), screen.possible(text)
    found: list[Mark] = []
    while left:
        bit = left & -left
        left ^= bit
        mark, search = searches[bit.bit_length() - 1]
        if mark in possible and mark not in found and search(text):
            found.append(mark)
    return tuple(mark for mark in found if not forfeited(text, mark))


@cache
def screened() -> tuple[Screen, list[tuple[Mark, Find]]]:
    """The rules that earn marks, in the order of ``MARKS``, and what tells which of them are worth a search."""
    rules = [(mark, pattern) for mark in MARKS for pattern in alternatives(__name__, mark)]
    return Screen([pattern for _, pattern in rules]), [
        (mark, re.compile(pattern, re.IGNORECASE).search) for mark, pattern in rules
    ]


def forfeited(text: str, mark: Mark) -> bool:
    """Whether a sentence that has the words of a mark says that they are not meant so."""
    return mark in FORFEITS and FORFEITS[mark].found(text) is not None


def filler(text: str, before: str = "") -> Literal["greeting", "acknowledgement", ""]:
    """What a sentence is that is nothing else; "" for one that says something.

    before: the sentence before it. What answers a question is no filler: after "Delete it?" a "yes" is a decision.
    """
    if len(text) > LONGEST_PLEASANTRY:
        return ""
    if GREETING.found(text):
        return "greeting"
    return "acknowledgement" if PLEASANTRIES.found(text) and not answers(text, before) else ""


def answers(text: str, before: str, longest: int = ANSWER_CHARACTERS) -> bool:
    """Whether a sentence of at most ``longest`` characters says yes or no to the question before it; who is asked to
    tell something, and says "sure", has not told it yet."""
    return (
        is_question(before)
        and TELLING.found(before) is None
        and len(text) <= longest
        and ANSWERS.found(text) is not None
    )


def confirms(text: str, before: str) -> bool:
    """Whether a sentence answers a question that says something and asks for leave, not for a fact: then both together
    are a decision."""
    return (
        answers(text, before)
        and not is_question(text)
        and ASKS_FACT.found(before[-LONGEST_QUESTION:]) is None
        and len(terms(before)) >= SAID
    )
