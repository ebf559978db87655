"""What a model that writes makes of a context: its answer, measured; of a documentation, what a judge thinks of it.

Knows what a writer can do, not where it runs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from benchmarks.metrics import answer_measures
from benchmarks.readers import prompts
from benchmarks.values import Context, Example, Measures
from longzip import Format

ABSENT = -2.3  # less than the least of the log-probabilities that are told: what a letter has that is not among them


class Writer(Protocol):
    """A model that writes. label: what the names of its measures end in."""

    @property
    def label(self) -> str: ...

    def write(self, example: Example, contexts: Sequence[Context]) -> list[str]:
        """Its answer for each context."""

    def sizes(self, example: Example, contexts: Sequence[Context]) -> Sequence[int | None]:
        """Of each context, the tokens that the model read: of the context, or of all of the prompt; None where nobody
        tells. Asked after ``write``."""


class Judge(Protocol):
    """Whatever can say which of two texts is the better."""

    def preference(self, prompt: str) -> float:
        """The probability that it says A, and not B. Raises ModelError where it says neither."""


@dataclass(frozen=True, slots=True)
class Answers:
    """A reader out of a writer, and a judge of its documentations."""

    writer: Writer
    judge: Judge
    form: Format

    def read(self, example: Example, contexts: Sequence[Context]) -> list[Measures]:
        if example.kind == "retrieval" or not example.hidden.strip():
            return [{} for _ in contexts]
        answers = self.writer.write(example, contexts)
        known = {text: self.measured(example, text) for text in dict.fromkeys(answers)}
        sizes = self.writer.sizes(example, contexts)
        counted = [{} if size is None else {"tokens": float(size)} for size in sizes]
        return [labelled({**known[text], **own}, self.writer.label) for text, own in zip(answers, counted, strict=True)]

    def measured(self, example: Example, answer: str) -> Measures:
        return (
            self.comp_score(example, answer)
            if example.kind == "documentation"
            else answer_measures(example, answer, self.form)
        )

    def comp_score(self, example: Example, answer: str) -> Measures:
        """CompScore (Long Code Arena): how probable it is that the judge prefers the answer to what people wrote, the
        mean of both orders, with all of the code before its eyes; in [0, 1], 0.5 is parity."""
        ahead = self.judge.preference(prompts.comparison(example, answer, example.hidden))
        behind = self.judge.preference(prompts.comparison(example, example.hidden, answer))
        return {"score": (ahead + 1 - behind) / 2}


def labelled(measures: Measures, label: str) -> Measures:
    return {f"{name} {label}": value for name, value in measures.items()}


def preferred(logprobs: Mapping[str, float]) -> float | None:
    """P(A) of the letters A and B, given the log-probabilities of some tokens; None where neither is among them."""
    found = {
        letter: max((value for token, value in logprobs.items() if token.strip() == letter), default=None)
        for letter in "AB"
    }
    if found["A"] is None and found["B"] is None:
        return None
    least = min(0.0, *logprobs.values()) + ABSENT
    first, second = (least if value is None else value for value in found.values())
    return 1 / (1 + math.exp(second - first))
