"""What the model reads where it cannot read everything: the best of the prefilter, and what these use.

Functions of one run's ``Work``. How many tokens can be read is said by the engine.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from longzip.scoring import bm25
from longzip.scoring.links import Links
from longzip.strategies.run import Work, scored_query, unit_range

NEIGHBOURLY = 50  # of the best chunks bring along what they call and inherit from


def shortlist(work: Work) -> list[int] | None:
    """The chunks to be read by the model and, behind them, all others, by the words that they share with the query;
    None where there is no need to choose. ``work.unread`` holds the others."""
    limit = work.engine.most_tokens
    if limit is None or sum(work.tokens) <= limit:
        return None
    work.engine.progress("prefilter", 0, len(work.chunks))
    order = list(
        with_neighbours(
            work, bm25.rank(scored_query(work), work.job.sources, work.chunks, work.pages, work.engine.store)
        )
    )
    read = fitting(order, work.tokens, limit)
    chosen = set(read)
    work.unread = tuple(index for index in order if index not in chosen)
    work.notes.append(
        f"the model read {sum(work.tokens[index] for index in read):,} of {sum(work.tokens):,} "
        "tokens, those that share words with the query;"
        " --score-tokens or --max-seconds lets it read more"
    )
    return read


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


def with_neighbours(work: Work, order: Sequence[int]) -> Iterator[int]:
    """The chunks in this order, each of the best followed by what it calls or inherits from; each once."""
    links = Links(work.job.sources, work.chunks, work.pages, work.engine.form.facts)
    seen: set[int] = set()
    for place, index in enumerate(order):
        used = links.used(work.pages[index], frozenset(unit_range(work, index))) if place < NEIGHBOURLY else ()
        for found in (index, *sorted(used)):
            if found not in seen:
                seen.add(found)
                yield found
