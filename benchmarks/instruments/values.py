"""A question, where its sources are, and what an instrument is. Knows no data set."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from benchmarks.embeddings import Encoder
from benchmarks.instruments.peers import Peers
from benchmarks.values import Budget, Outcome
from longzip import Compressor, Repository, Tokenizer

Half = Literal["choose", "report", "all"]
HALVES: tuple[Half, ...] = ("all", "choose", "report")
OWN = "longzip"  # what our outcomes are called
RANK = "rank"  # stands for a budget: the ranking by itself


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
    """What a run has loaded. counters: by name, in whose tokens a delivered text is counted too. encoder: of sentences,
    as a peer; None where there is none."""

    compressor: Compressor
    counters: Mapping[str, Tokenizer] = field(default_factory=dict)
    encoder: Encoder | None = None
    known: dict[Place, Peers] = field(default_factory=dict)  # of the last place

    def peers(self, place: Place, texts: Sequence[str]) -> Peers:
        """What ranks the texts of a place, in the order in which they were given first."""
        if place not in self.known:
            self.known.clear()
            self.known[place] = Peers(texts, self.encoder)
        return self.known[place]

    def counted(self, text: str) -> dict[str, float]:
        return {f"tokens {name}": float(counter.count(text)) for name, counter in self.counters.items()}


@dataclass(frozen=True, slots=True)
class Instrument:
    """questions: of a folder of data, those of one place together. ask: of a question and what was read for it the
    outcomes at these budgets, those of the peers among them. budgets: usual ones, in tokens, or ``RANK``. measures:
    what is compared, the first of them first. sources: of a question, where the data brings them along; else they come
    out of a repository. extra: more tables."""

    name: str
    questions: Callable[[Path], Sequence[Question]]
    ask: Callable[[Bench, Repository, Question, Sequence[Budget]], Sequence[Outcome]]
    budgets: tuple[Budget, ...]
    measures: tuple[str, ...]
    sources: Callable[[Path, Question], Repository] | None = None
    extra: Callable[[Path, Sequence[Outcome]], str] = lambda _data, _outcomes: ""

    @property
    def label(self) -> str:
        """Of its task in records and tables."""
        return self.name.replace("-", " ")


def alternating(keys: Sequence[str]) -> dict[str, Half]:
    """Every other key, in the order of the alphabet, is for choosing, the rest for reporting."""
    halves: tuple[Half, Half] = ("choose", "report")
    return {key: halves[number % 2] for number, key in enumerate(sorted(set(keys)))}
