"""What the model reads where it cannot read everything: the best of the prefilter, and what these use.

How many tokens can be read is said by the engine.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from longzip.scoring import bm25
from longzip.scoring.links import Links
from longzip.strategies.corpus import Corpus
from longzip.strategies.ranking import scored_part
from longzip.strategies.run import Run

NEIGHBOURLY = 50  # of the best chunks bring along what they call and inherit from


@dataclass(frozen=True, slots=True)
class Shortlist:
    """The chunks to be read by the model, by index, and the others, by the words that they share with the query."""

    read: tuple[int, ...]
    unread: tuple[int, ...]
    note: str


def shortlist(run: Run) -> Shortlist | None:
    """What the model is to read; None where there is no need to choose."""
    corpus, engine = run.corpus, run.engine
    limit, total = engine.most_tokens, sum(corpus.tokens)
    if limit is None or total <= limit:
        return None
    engine.progress("prefilter", 0, len(corpus.chunks))
    query = scored_part(run.job.query, engine.settings.query_characters)
    ranked = bm25.rank(query, corpus.sources, corpus.chunks, corpus.page_of, engine.store)
    order = list(with_neighbours(corpus, ranked))
    read = fitting(order, corpus.tokens, limit)
    chosen = set(read)
    note = (
        f"the model read {sum(corpus.tokens[index] for index in read):,} of {total:,} tokens, those that share words "
        "with the query; --score-tokens or --max-seconds lets it read more"
    )
    return Shortlist(tuple(read), tuple(index for index in order if index not in chosen), note)


def fitting(order: Sequence[int], tokens: Sequence[int], limit: int) -> list[int]:
    """The first of these whose tokens fit the limit together; at least one."""
    found: list[int] = []
    left = limit
    for index in order:
        left -= tokens[index]
        if left < 0 and found:
            break
        found.append(index)
    return found


def with_neighbours(corpus: Corpus, order: Sequence[int]) -> Iterator[int]:
    """The chunks in this order, each of the best followed by what it calls or inherits from; each once."""
    links = Links(corpus.sources, corpus.chunks, corpus.page_of, corpus.form.facts)
    seen: set[int] = set()
    for place, index in enumerate(order):
        used = links.used(corpus.page_of[index], frozenset(corpus.unit_range(index))) if place < NEIGHBOURLY else ()
        for found in (index, *sorted(used)):
            if found not in seen:
                seen.add(found)
                yield found
