"""Messages that the view no longer shows, by their number or by words: always whole, as they came."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from longzip.errors import UsageError
from longzip.messages.dialects import to_dict
from longzip.messages.normal import Message
from longzip.scoring.bm25 import Index
from longzip.scoring.terms import terms

REFERENCE = re.compile(r"(?:ref:|#)?(\d{1,9})")


@dataclass(frozen=True, slots=True)
class Recalled:
    """A message of the log. number: from 1, what ``#n`` and ``ref:n`` in a summary or stub mean."""

    number: int
    message: Message

    @property
    def text(self) -> str:
        return self.message.text

    @property
    def as_dict(self) -> dict[str, object]:
        """The message as it came."""
        return to_dict(self.message)


def by_reference(messages: Sequence[Message], reference: str | int) -> Recalled:
    """The message that "ref:17", "#17" or 17 names. Raises UsageError where there is none."""
    match = REFERENCE.fullmatch(str(reference).strip())
    number = int(match[1]) if match else 0
    if not 1 <= number <= len(messages):
        known = f"give ref:1 to ref:{len(messages)}" if messages else "the window has none yet"
        raise UsageError(f"there is no message {reference!r}; {known}.")
    return Recalled(number, messages[number - 1])


def by_words(messages: Sequence[Message], query: str, top: int) -> list[Recalled]:
    """The messages that share most with the words of a query (BM25), best first; none that share nothing."""
    index = Index.of([message.text for message in messages])
    scores = index.bm25(dict.fromkeys(terms(query), 1.0))
    order = sorted(range(len(messages)), key=lambda at: (-round(float(scores[at]), 6), at))
    return [Recalled(at + 1, messages[at]) for at in order[:top] if scores[at] > 0]
