"""What of an index may help at a cursor: its chunks with a preference each, and what the open file imports.

The signals are those of a ranking, with the weights for code; the model is not asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from longzip.protocols import Encoder
from longzip.resident import postings
from longzip.resident.index import File, Part
from longzip.scoring.names import HOMONYMS, IDENTIFIER, NAMED, names_in
from longzip.scoring.terms import terms
from longzip.strategies.weights import Weights
from longzip.types import Chunk

Scores = NDArray[np.float64]
DIGITS = 6


@dataclass(frozen=True, slots=True)
class Question:
    """What is known of a cursor. near: the code around it. text: that, and what else tells what is being written.
    path: of the open file. demote: whether tests stand back."""

    near: str
    text: str
    path: str
    demote: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """A chunk of a file, and how much speaks for it, in standard deviations of all chunks."""

    file: File
    place: int
    preference: float

    @property
    def chunk(self) -> Chunk:
        return self.file.chunks[self.place]


def preferences(
    parts: Sequence[Part], question: Question, weights: Weights, encoder: Encoder | None
) -> tuple[Scores, NDArray[np.bool_]]:
    """Of the chunks of all parts, what speaks for each; and which of them count. encoder: None to do without."""
    alive = np.concatenate([part.alive for part in parts])
    found = weights.lexical * standard(postings.scores(question.text, [part.postings for part in parts], alive), alive)
    if encoder is not None and weights.meaning:
        asked = encoder.question(question.near, True).astype(np.float64)
        cosines = np.concatenate(
            [part.vectors @ asked if part.vectors.size else np.zeros(len(part.alive)) for part in parts]
        )
        found += weights.meaning * standard(np.round(cosines, DIGITS), alive)
    found += support(parts, names_in(question.text), alive)
    found += weights.stem * np.concatenate([stems(part, frozenset(terms(question.text))) for part in parts])
    if question.demote:
        found -= weights.tests * np.concatenate([part.of_tests for part in parts])
    return np.round(found, DIGITS), alive & ~np.concatenate([part.bare for part in parts])


def standard(values: Scores, alive: NDArray[np.bool_]) -> Scores:
    """In standard deviations from their mean, of those that count."""
    own = values[alive]
    spread = float(own.std()) if len(own) else 0.0
    return (values - own.mean()) / spread if spread else np.zeros(len(values))


def support(parts: Sequence[Part], wanted: frozenset[str], alive: NDArray[np.bool_]) -> Scores:
    """See ``scoring.names.support``."""
    found = np.zeros(len(alive))
    starts = np.cumsum([0, *(len(part.alive) for part in parts)])
    for name in sorted(wanted):
        rows = [
            int(start) + row for start, part in zip(starts, parts, strict=False) for row in part.defining.get(name, ())
        ]
        rows = [row for row in rows if alive[row]]
        if rows:
            found[rows] = np.maximum(found[rows], NAMED * min(1.0, HOMONYMS / len(rows)))
    return found


def stems(part: Part, asked: frozenset[str]) -> Scores:
    """Of the words of each file's name, the share that the question has."""
    shares = [len(file.stem & asked) / len(file.stem) if file.stem else 0.0 for file in part.files]
    return np.array(shares)[part.owners]


def best(parts: Sequence[Part], found: Scores, alive: NDArray[np.bool_], most: int) -> list[Candidate]:
    """The candidates that most speaks for, best first; of equals, the first by file and place."""
    rows = np.flatnonzero(alive)
    if len(rows) > most:
        least = np.partition(found[rows], len(rows) - most)[len(rows) - most]
        rows = rows[found[rows] >= least]
    starts = np.cumsum([0, *(len(part.alive) for part in parts)])
    candidates = [candidate(parts, starts, int(row), float(found[row])) for row in rows]
    return sorted(candidates, key=lambda one: (-one.preference, one.file.source.name, one.place))[:most]


def candidate(
    parts: Sequence[Part], starts: Sequence[int] | NDArray[np.int64], row: int, preference: float
) -> Candidate:
    which = int(np.searchsorted(starts, row, side="right")) - 1
    part, own = parts[which], row - int(starts[which])
    file = int(part.owners[own])
    return Candidate(part.files[file], own - int(part.starts[file]), preference)


def imported(parts: Sequence[Part], statements: Sequence[str], text: str, path: str) -> Iterator[Candidate]:
    """The definitions that import statements name, those first that the text uses: of a name that several files define,
    the one whose file the statement names. text: the code around the cursor."""
    starts = np.cumsum([0, *(len(part.alive) for part in parts)])
    used: list[Candidate] = []
    others: list[Candidate] = []
    for statement in statements:
        origin = frozenset(terms(statement))
        for name in dict.fromkeys(IDENTIFIER.findall(statement)):
            rows = [
                int(start) + row
                for start, part in zip(starts, parts, strict=False)
                for row in part.defining.get(name, ()) if part.alive[row]
            ]  # fmt: skip
            found = [candidate(parts, starts, row, 0.0) for row in rows]
            told = [one for one in found if one.file.stem & origin and one.file.source.name != path]
            if len(told) == 1:
                (used if name in text else others).append(told[0])
    yield from (*used, *others)


def by_file(candidates: Sequence[Candidate]) -> Mapping[str, float]:
    """Of each file, what speaks for the best of its candidates."""
    found: dict[str, float] = {}
    for one in candidates:
        found[one.file.source.name] = max(one.preference, found.get(one.file.source.name, one.preference))
    return found
