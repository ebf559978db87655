"""A question, where its sources are, and what an instrument is. Knows no data set."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from benchmarks.values import Budget, Outcome
from longzip import Compressor, Repository, Tokenizer

Half = Literal["choose", "report", "all"]
HALVES: tuple[Half, ...] = ("all", "choose", "report")
OWN = "longzip"  # what our outcomes are called


@dataclass(frozen=True, slots=True)
class Place:
    """A repository at a commit, as the data names it. root: the only folder of it that is read; "" for all."""

    source: str
    commit: str
    root: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One question. group: its repository's short name. key: unique, and begins with the group and a colon. half: in
    which half of the data it is. wanted: what its instrument makes of it."""

    key: str
    group: str
    half: Half
    place: Place
    query: str
    wanted: object


@dataclass(frozen=True, slots=True)
class Bench:
    """What a run has loaded. counters: by name, in whose tokens a delivered text is counted too."""

    compressor: Compressor
    counters: Mapping[str, Tokenizer] = field(default_factory=dict)

    def counted(self, text: str) -> dict[str, float]:
        return {f"tokens {name}": float(counter.count(text)) for name, counter in self.counters.items()}


@dataclass(frozen=True, slots=True)
class Instrument:
    """questions: of a folder of data, in its order. ask: of a question and what was read for it the outcomes at these
    budgets, those of the peers among them. budgets: usual ones, in tokens. ranks: whether it measures the ranking,
    beside the budgets."""

    name: str
    questions: Callable[[Path], Sequence[Question]]
    ask: Callable[[Bench, Repository, Question, Sequence[Budget]], Sequence[Outcome]]
    budgets: tuple[Budget, ...]
    measures: tuple[str, ...]
    extra: Callable[[Path, Sequence[Outcome]], str] = lambda _data, _outcomes: ""


def alternating(keys: Sequence[str]) -> dict[str, Half]:
    """Every other key, in the order of the alphabet, is for choosing, the rest for reporting."""
    halves: tuple[Half, Half] = ("choose", "report")
    return {key: halves[number % 2] for number, key in enumerate(sorted(set(keys)))}
