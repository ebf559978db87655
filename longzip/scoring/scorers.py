"""Who can say what texts are worth to a query: one function each, by name.

A scorer takes a language model, a query and texts, and gives a number for each text, the more the better, on a scale of
its own. A new one is a function in a module of its own and a line in the table. Knows no chunk and no strategy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from longzip.protocols import LanguageModel
from longzip.scoring import words
from longzip.scoring.ami import Tick, gain, relevance

Scorer = Callable[[LanguageModel, str, Sequence[str], Tick], list[float]]
ScorerName = Literal["ami", "log-ami", "words"]


def by_words(model: LanguageModel, query: str, texts: Sequence[str], tick: Tick) -> list[float]:
    """What each of consecutive texts is worth to the query, see ``words.worth``; the model is not asked."""
    return words.worth(query, texts)


SCORERS: Mapping[ScorerName, Scorer] = {"ami": relevance, "log-ami": gain, "words": by_words}
