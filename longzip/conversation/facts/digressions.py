"""Digressions that are settled: the user asked something, it was answered in words, and the user went on.

What was asked and answered there is nothing to the work that goes on, unless something was decided, mended or changed.
Positive evidence alone counts: the user's next message has to take note of the answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from longzip.conversation.facts.artifacts import verb_of
from longzip.conversation.facts.facts import Fact, Section
from longzip.conversation.facts.gathering import own_words, question_before
from longzip.conversation.facts.sayings import AGREED
from longzip.messages.normal import Message
from longzip.prose.marks import ANSWERS, filler, marks_of
from longzip.prose.sentences import sentences

LASTING: frozenset[Section] = frozenset({"Decisions", "Errors and fixes", "Artifacts"})
NOTED = re.compile(
    r"\W*(?:thanks?|thank you|thx|got it|i see|makes sense|understood|interesting|谢谢|明白了?|收到)", re.I
)


def settled(messages: Sequence[Message]) -> Iterator[int]:
    """The indices of messages that belong to a settled digression."""
    asked = -1
    for at in range(len(messages)):
        message = messages[at]
        if message.role == "user" and own_words(message.prose):
            if asked >= 0 and takes_note(messages, at):
                yield from range(asked, at)
            asked = at if only_asks(message.prose) else -1
        elif any(verb_of(call.name) in ("modified", "deleted") for call in message.calls):
            asked = -1


def only_asks(text: str) -> bool:
    """Whether a text asks something and asks for nothing to be done."""
    found = [marks_of(sentence) for sentence in sentences(text) if not filler(sentence)]
    return bool(found) and all("question" in one and "request" not in one for one in found)


def takes_note(messages: Sequence[Message], at: int) -> bool:
    """Whether a message of the user's acknowledges what was said before it, and answers no question there."""
    text = messages[at].prose
    noted = NOTED.match(text) or AGREED.found(text) or ANSWERS.found(text)
    return bool(noted) and not question_before(messages, at)


def lasting(fact: Fact) -> bool:
    """Whether a fact outlives the digression that it belongs to."""
    return fact.section in LASTING
