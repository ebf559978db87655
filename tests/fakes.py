"""Small stand-ins with answers that can be worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from longzip import Logprobs, Request
from longzip.protocols import Passage, Vectors


@dataclass
class WordModel:
    """One token per white-space-separated word; a word costs 1 nat where the context holds it and 3 nats where not."""

    name: str = "words"
    asked: list[Request] = field(default_factory=list)

    def logprobs(self, requests: Sequence[Request]) -> list[Logprobs]:
        self.asked += requests
        return [self.answer(request) for request in requests]

    def answer(self, request: Request) -> Logprobs:
        known = set(request.context.split())
        values, ends, at = [], [], 0
        for word in request.target.split():
            at = request.target.index(word, at) + len(word)
            values.append(-1.0 if word in known else -3.0)
            ends.append(at)
        return Logprobs(np.array(values, dtype=np.float64), np.array(ends, dtype=np.int64))


@dataclass(frozen=True)
class CharacterCount:
    """Four characters a token, rounded up."""

    name: str = "chars/4"

    def count(self, text: str) -> int:
        return -(-len(text) // 4)


@dataclass(frozen=True)
class NoModel:
    """Fails the test that asks it."""

    name: str = "none"

    def logprobs(self, requests: Sequence[Request]) -> list[Logprobs]:
        raise AssertionError(f"the model was asked {len(requests)} times")


@dataclass
class LetterEncoder:
    """A vector says which of eight letters a text has: 1/√n for each of n, in multiples of 2⁻¹²."""

    width: int = 8
    read: list[Passage] = field(default_factory=list)

    def passages(self, passages: Sequence[Passage]) -> Vectors:
        self.read += passages
        found = [self.vector(f"{one.path} {one.name} {one.doc} {one.body}") for one in passages]
        return np.array(found, np.float32).reshape(len(passages), self.width)

    def question(self, text: str, code: bool) -> Vectors:
        return self.vector(text)

    def vector(self, text: str) -> Vectors:
        has = np.array([letter in text.lower() for letter in "abcdefgh"], np.float64)
        return (np.round(has / max(1.0, float(has.sum())) ** 0.5 * 4096) / 4096).astype(np.float32)
