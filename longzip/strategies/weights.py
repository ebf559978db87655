"""What each signal is worth to a kind of query: numbers that were chosen by measurement, in ``weights.toml`` with their
card."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from longzip.scoring.names import is_code


@dataclass(frozen=True, slots=True)
class Weights:
    """Of signals in standard deviations, or in [0, 1], what one of them counts in standard deviations of the relevance.

    relevance: what the scorer's own word counts. lexical: BM25F. meaning: an encoder's cosine. stem: words of the query
    in the name of the file. company: other good chunks in the file. kept: what a further chunk of a file keeps of its
    height in a list of the best, in [0, 1].
    """

    relevance: float
    lexical: float
    meaning: float
    stem: float
    company: float
    kept: float


ALONE = Weights(relevance=1.0, lexical=0.0, meaning=0.0, stem=0.0, company=0.0, kept=1.0)


def weights_for(query: str) -> Weights:
    """By whether the query is a question or code."""
    return read()["code" if is_code(query) else "question"]


@cache
def read() -> Mapping[str, Weights]:
    found = tomllib.loads(Path(__file__).with_name("weights.toml").read_text(encoding="utf-8"))
    return {kind: Weights(**own) for kind, own in found.items()}
