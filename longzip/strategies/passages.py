"""The selection for prose: sentences and lines in one order of preference, taken as far as the budget goes.

A unit is worth what its passage and the passages around it share with the query, a little for its own words, and what
it is worth for itself (its prior: a decision, an error). The choice grows with the room, so that a smaller result is a
part of a larger one. Knows no format.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean

from longzip.protocols import BatchTokenizer
from longzip.rendering.draft import Kept
from longzip.rendering.fitting import Addition
from longzip.scoring import bm25, words
from longzip.scoring.locations import standard
from longzip.strategies.corpus import Cell, Corpus
from longzip.strategies.run import Approach, Choice, Division, Run, Scores

OWN = 0.3  # of a unit's own words beside those of its passage and of its neighbours, in standard deviations
SHORT = 240  # tokens of a passage that is best taken whole: what a part of it saves is less than a reader misses
NEVER = -50.0  # a prior at or below which a unit is not offered at all


@dataclass(frozen=True)
class Passages:
    """A chooser for any budget. What it chooses from is worked out once, when it is first asked for.

    priors: what units are worth for themselves, in standard deviations of the passages' scores.
    """

    corpus: Corpus
    scores: Scores
    priors: Mapping[Cell, float]

    @property
    def fine(self) -> bool:
        return True

    @cached_property
    def values(self) -> dict[Cell, float]:
        """What each unit is worth, in standard deviations of the passages' scores, rounded.

        A unit's own words count against the mean of its passage: they say where in a passage the answer is, and its
        neighbours say better which passage it is in.
        """
        corpus = self.corpus
        passages = [damped(value) for value in standard(self.scores.preferences)]
        ranges = [corpus.unit_range(index) for index in range(len(corpus.chunks))]
        texts = [corpus.text_of(index, (unit, unit + 1)) for index, units in enumerate(ranges) for unit in units]
        own = iter(standard(words.worth(self.scores.query, texts, 0.0)))
        found: dict[Cell, float] = {}
        for index, units in enumerate(ranges):
            mine = [damped(next(own)) for _ in units]
            weight = OWN if corpus.tokens[index] > SHORT else 0.0
            middle = fmean(mine) if mine else 0.0
            for unit, value in zip(units, mine, strict=True):
                cell = corpus.page_of[index], unit
                found[cell] = round(
                    passages[index] + weight * (value - middle) + self.priors.get(cell, 0.0), bm25.DIGITS
                )
        return found

    @cached_property
    def tokens(self) -> dict[Cell, int]:
        """Of each unit."""
        corpus = self.corpus
        found = {
            (page, corpus.unit_range(index)[0]): corpus.tokens[index]
            for index, page in enumerate(corpus.page_of)
            if len(corpus.unit_range(index)) == 1 and not corpus.pages[page].omissions
        }
        others = [cell for cell in self.values if cell not in found]
        units = ((corpus.pages[page].source.text, corpus.pages[page].units[unit]) for page, unit in others)
        texts = [text[own.start : own.end] for text, own in units]
        tokenizer = corpus.tokenizer
        counted = tokenizer.counts(texts) if isinstance(tokenizer, BatchTokenizer) else map(tokenizer.count, texts)
        return found | dict(zip(others, counted, strict=True))

    @cached_property
    def offered(self) -> list[Addition]:
        """All units that may be chosen, best first: heads (a name, a heading) come with what is under them. What needs
        a unit that must not be shown is not among them."""
        units = [page.units for page in self.corpus.pages]
        order = sorted(
            (-value, (page, unit))
            for (page, unit), value in self.values.items()
            if value > NEVER / 2
            and not units[page][unit].head
            and all((page, need) in self.tokens for need in units[page][unit].needs)
        )
        return [
            Addition(page, frozenset({unit, *units[page][unit].needs}), self.tokens[page, unit])
            for _value, (page, unit) in order
        ]

    def choose(self, room: int) -> Choice:
        """The units that come first, as many as fit ``room`` tokens; one that does not fit is passed over."""
        kept: dict[int, set[int]] = {}
        left = room
        for addition in self.offered:
            missing = addition.units - kept.get(addition.page, set())
            tokens = sum(self.tokens[addition.page, unit] for unit in missing)
            if missing and tokens <= left:
                kept.setdefault(addition.page, set()).update(missing)
                left -= tokens
            if left <= 0:
                break
        return Choice({page: frozenset(units) for page, units in kept.items()})

    def additions(self, kept: Kept) -> Iterator[Addition]:
        for addition in self.offered:
            missing = addition.units - kept.get(addition.page, frozenset())
            if missing:
                tokens = sum(self.tokens[addition.page, unit] for unit in missing)
                yield Addition(addition.page, missing, tokens)


def damped(value: float) -> float:
    """The value on a logarithmic scale: of a word that two lines of a log have, a score can be thirty deviations."""
    return math.copysign(math.log1p(abs(value)), value)


def prepare(run: Run, division: Division, budget: int) -> Passages:
    return Passages(run.corpus, run.scores, run.job.priors)


PASSAGES = Approach(structured=True, filled=True, misses=None, divides=False, scorer="words", prepare=prepare)
