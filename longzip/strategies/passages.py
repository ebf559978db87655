"""The selection for prose: sentences and lines in one order of preference, taken as far as the budget goes.

A unit is worth what its passage and the passages around it share with the query, a little for its own words, and what
it is worth for itself (the run's priors: a decision, an error). The choice grows with the room, so that a smaller
result is a part of a larger one. Functions of one run's ``Work``, like ``choosing`` and ``ladder``; knows no format.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from statistics import fmean, pstdev

from longzip.protocols import LanguageModel
from longzip.rendering.draft import Kept, Piece
from longzip.scoring import bm25, words
from longzip.scoring.ami import Tick
from longzip.strategies.run import Passages, Work, scored_query, text_of, unit_range

OWN = 0.3  # of a unit's own words beside those of its passage and of its neighbours, in standard deviations
SHORT = 240  # tokens of a passage that is best taken whole: what a part of it saves is less than a reader misses
NEVER = -50.0  # a prior at or below which a unit is not offered at all


def by_words(model: LanguageModel, query: str, texts: Sequence[str], tick: Tick | None = None) -> list[float]:
    """What each of consecutive texts is worth to the query, see ``words.worth``; the model is not asked."""
    return words.worth(query, texts)


def choose(work: Work, room: int) -> Kept:
    """The units that come first, as many as fit ``room`` tokens; one that does not fit is passed over."""
    kept: dict[int, set[int]] = {}
    left = room
    known = passages_of(work)
    for piece in known.pieces:
        missing = piece.units - kept.get(piece.page, set())
        tokens = sum(known.tokens[piece.page, unit] for unit in missing)
        if missing and tokens <= left:
            kept.setdefault(piece.page, set()).update(missing)
            left -= tokens
        if left <= 0:
            break
    return {page: frozenset(units) for page, units in kept.items()}


def pieces(work: Work, kept: Kept) -> Iterator[Piece]:
    """What could still be added, best first."""
    known = passages_of(work)
    for piece in known.pieces:
        missing = piece.units - kept.get(piece.page, frozenset())
        if missing:
            yield Piece(piece.page, missing, sum(known.tokens[piece.page, unit] for unit in missing))


def passages_of(work: Work) -> Passages:
    """All units that are offered, in order: heads (a name, a heading) come with what is under them. Worked out once."""
    if work.passages is None:
        values = unit_values(work)
        tokens = {cell: count_unit(work, *cell) for cell in values}
        units = [page.units for page in work.draft.pages]
        order = sorted(
            (-value, cell) for cell, value in values.items() if value > NEVER / 2 and not units[cell[0]][cell[1]].head
        )
        found = [
            Piece(page, frozenset({unit, *units[page][unit].needs}), tokens[page, unit])
            for _value, (page, unit) in order
        ]
        work.passages = Passages(found, tokens, values)
    return work.passages


def count_unit(work: Work, page: int, unit: int) -> int:
    own = work.draft.pages[page].units[unit]
    return work.engine.tokenizer.count(work.job.sources[page].text[own.start : own.end])


def unit_values(work: Work) -> dict[tuple[int, int], float]:
    """What each unit is worth, in standard deviations of the passages' scores, rounded.

    A unit's own words count against the mean of its passage: they say where in a passage the answer is, and its
    neighbours say better which passage it is in.
    """
    passages = [damped(value) for value in standard(work.preferences)]
    ranges = [unit_range(work, index) for index in range(len(work.chunks))]
    texts = [text_of(work, index, (unit, unit + 1)) for index, units in enumerate(ranges) for unit in units]
    own = iter(standard(words.worth(scored_query(work), texts, 0.0)))
    found: dict[tuple[int, int], float] = {}
    for index, units in enumerate(ranges):
        mine = [damped(next(own)) for _ in units]
        weight = OWN if work.tokens[index] > SHORT else 0.0
        for unit, value in zip(units, mine, strict=True):
            cell = work.pages[index], unit
            found[cell] = round(
                passages[index] + weight * (value - fmean(mine)) + work.job.priors.get(cell, 0.0), bm25.DIGITS
            )
    return found


def damped(value: float) -> float:
    """The value on a logarithmic scale: of a word that two lines of a log have, a score can be thirty deviations."""
    return math.copysign(math.log1p(abs(value)), value)


def standard(values: Sequence[float]) -> list[float]:
    """The values less their mean, in standard deviations; 0 where they are all equal."""
    if not values:
        return []
    mean, deviation = fmean(values), pstdev(values)
    return [(value - mean) / deviation if deviation else 0.0 for value in values]
