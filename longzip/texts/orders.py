"""What is to be done with some prose, and what was chosen of it. Plain data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from longzip.fitting import Kept
from longzip.protocols import Logprobs, Request
from longzip.texts.kinds import Detected
from longzip.texts.layouts import Layout
from longzip.texts.levels import Wish
from longzip.texts.reading import UNUSED, Reading
from longzip.texts.usage import Usage
from longzip.types import Source
from longzip.work import Cell, Work

Probe = Callable[[str], float]


@dataclass(frozen=True, slots=True)
class Words:
    """Stands where a language model would: prose is scored by its words, and no model is asked."""

    name: str = "bm25"

    def logprobs(self, requests: Sequence[Request]) -> list[Logprobs]:
        if requests:
            raise AssertionError("the selection of passages asks no model")
        return []


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done with some sources. pinned: cells that stay whatever they are worth.

    probe: how well a context serves, for the caller's own task: the more the better. usage: what was of use before.
    """

    sources: tuple[Source, ...]
    detected: Detected
    query: str
    wish: Wish
    layout: Layout
    pinned: frozenset[Cell] = frozenset()
    probe: Probe | None = None
    usage: Usage = UNUSED


@dataclass(frozen=True, slots=True)
class Taken:
    """What was chosen, and what is said about it."""

    reading: Reading
    work: Work
    kept: Kept
    notes: tuple[str, ...] = ()
