"""What each signal is worth to a kind of query: numbers that were chosen by measurement, in ``weights.toml`` with their
card."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from longzip.scoring.questions import kind_of


@dataclass(frozen=True, slots=True)
class Weights:
    """Of signals in standard deviations, or in [0, 1], what one of them counts in standard deviations of the relevance.

    relevance: what the scorer's own word counts. pretrained: what it counts where a pretrained model has it. lexical:
    BM25F. meaning: an encoder's cosine. stem: words of the query in the name of the file. tests: how far they stand
    back. documents: how far prose and data do. places: what stands at a place, or in a file, that the query names.
    company: other good chunks in the file. kept: what a further chunk of a file keeps of its height in a list of the
    best, in [0, 1]. files, floor: how broad the choice is, see ``ladder.Ladder``.
    read: how many chunks the scorer reads, those that the other signals put first; 0: all.
    """

    relevance: float
    pretrained: float
    lexical: float
    meaning: float
    stem: float
    tests: float
    documents: float
    places: float
    company: float
    files: float
    floor: float
    kept: float
    read: int


ALONE = Weights(
    relevance=1.0,
    pretrained=1.0,
    lexical=0.0,
    meaning=0.0,
    stem=0.0,
    tests=1.0,
    documents=0.0,
    places=0.0,
    company=0.0,
    files=0.0,
    floor=0.0,
    kept=1.0,
    read=0,
)


def weights_for(query: str) -> Weights:
    """By the kind of query, see ``questions.kind_of``."""
    return read()[kind_of(query)]


@cache
def read() -> Mapping[str, Weights]:
    found = tomllib.loads(Path(__file__).with_name("weights.toml").read_text(encoding="utf-8"))
    return {kind: Weights(**own) for kind, own in found.items()}
