"""The published choice (arXiv 2510.00446, section III-C and III-D): coarse, then biased shares, a knapsack per chunk.

Two strategies choose so: one to the letter, and one that cuts at statement edges and fills the room that is left.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from longzip.rendering.draft import Kept
from longzip.rendering.fitting import Addition
from longzip.selection.shares import coarse, retention
from longzip.settings import Settings
from longzip.strategies.corpus import Corpus
from longzip.strategies.run import Approach, Choice, Divided, Division, Run, Scores

STATEMENT_CHUNKS = 200
BEST_CHUNKS = 20


@dataclass(frozen=True, slots=True)
class Shares:
    """A chooser. misses: see ``Approach``."""

    corpus: Corpus
    scores: Scores
    division: Division
    misses: int | None
    settings: Settings

    @property
    def fine(self) -> bool:
        return self.division.fine

    def choose(self, room: int) -> Choice:
        """Coarse choice for ``room`` tokens, a share of its tokens for each chunk, the best blocks within the share."""
        corpus, chunks = self.corpus, self.division.chunks
        limit = room / self.settings.fine_ratio if self.fine else room
        chosen = coarse([index for index in self.scores.order if index in chunks], corpus.tokens, limit, self.misses)
        if not self.fine:
            chosen = [index for index in chosen if corpus.tokens[index] <= room]
        shares = retention(
            [self.scores.preferences[index] for index in chosen],
            [corpus.tokens[index] for index in chosen],
            [chunks[index].knapsack is None for index in chosen],
            room,
            self.settings.beta,
        )
        kept: dict[int, frozenset[int]] = {}
        for index, share in zip(chosen, shares, strict=True):
            page = corpus.page_of[index]
            kept[page] = kept.get(page, frozenset()) | units_for(corpus, chunks[index], share)
        return Choice(
            kept, {index: int(share * corpus.tokens[index]) for index, share in zip(chosen, shares, strict=True)}
        )

    def additions(self, kept: Kept) -> Iterator[Addition]:
        return additions(self.corpus, self.scores, self.division, kept)


def units_for(corpus: Corpus, chunk: Divided, share: float) -> frozenset[int]:
    """The units that a chunk keeps with its share."""
    if chunk.knapsack is None or share >= 0.999:
        return frozenset(corpus.unit_range(chunk.index))
    chosen = chunk.knapsack.fill(int(share * corpus.tokens[chunk.index]) - chunk.head_tokens)
    units = frozenset(unit for item in chosen for unit in range(*chunk.blocks[item].units))
    return units | chunk.head if units else frozenset()


def additions(corpus: Corpus, scores: Scores, division: Division, kept: Kept) -> Iterator[Addition]:
    """What could still be added, best first: blocks of chosen chunks, then other chunks, whole, or statement by
    statement.

    Only the best chunks are worth a part of themselves in a file of which nothing else is shown.
    """
    for index in scores.order:
        if index in division.chunks:
            yield from blocks_left(division.chunks[index], corpus.page_of[index], kept)
    for best, chunks in ((True, scores.order[:BEST_CHUNKS]), (False, scores.order[BEST_CHUNKS:STATEMENT_CHUNKS])):
        for index in chunks:
            page, own = corpus.page_of[index], frozenset(corpus.unit_range(index))
            if own.isdisjoint(kept.get(page, frozenset())):
                yield Addition(page, own, corpus.tokens[index])
        for index in chunks if division.fine else ():
            if best or corpus.page_of[index] in kept:
                yield from statements_left(corpus, index, kept)


def blocks_left(chunk: Divided, page: int, kept: Kept) -> Iterator[Addition]:
    """The blocks of a chunk that are not shown, or not in full, best first; each with the head, where that is not."""
    have = kept.get(page, frozenset())
    head = chunk.head - have
    for block in sorted(chunk.blocks, key=lambda block: -block.value):
        missing = frozenset(range(*block.units)) - have
        if missing:
            yield Addition(page, missing | head, block.tokens + (chunk.head_tokens if head else 0))


def statements_left(corpus: Corpus, index: int, kept: Kept) -> Iterator[Addition]:
    """The units of a chunk that are not shown, in order, each with the head; all at once where there is only a head."""
    page, own, head = corpus.page_of[index], corpus.unit_range(index), corpus.head_of(index)
    have = kept.get(page, frozenset())
    for unit in own:
        missing = (head | {unit}) - have if len(own) > len(head) else frozenset(own)
        if unit not in head and unit in missing:
            yield Addition(page, missing, corpus.tokens_of(index, missing))


def prepare(run: Run, division: Division, budget: int) -> Shares:
    return Shares(run.corpus, run.scores, division, run.approach.misses, run.engine.settings)


SHARES = Approach(structured=True, filled=True, misses=5, divides=True, scorer="log-ami", prepare=prepare)
LONGCODEZIP = Approach(structured=False, filled=False, misses=None, divides=True, scorer="ami", prepare=prepare)
