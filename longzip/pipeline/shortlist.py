"""What the model reads where it does not read everything: what the other signals put first, or, without them, the best
by words and what these use.

How many chunks are worth reading is said by the weights, how many tokens can be read by the engine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from longzip.scoring import bm25
from longzip.scoring.links import Links
from longzip.scoring.questions import shortened
from longzip.selection.shares import ranking
from longzip.strategies.corpus import Corpus
from longzip.strategies.ranking import fused, weights_of
from longzip.strategies.run import Run

NEIGHBOURLY = 50  # of the best chunks bring along what they call and inherit from


@dataclass(frozen=True, slots=True)
class Shortlist:
    """The chunks to be read by the model, by index, and the others, in the order in which they would be.

    note: what the user should know of it; empty where the reading stopped because more would not have told more.
    """

    read: tuple[int, ...]
    unread: tuple[int, ...]
    note: str = ""


def shortlist(run: Run, signals: Mapping[str, Sequence[float]]) -> Shortlist | None:
    """What the model is to read; None where it reads everything. signals: what is known of each chunk before."""
    corpus, engine = run.corpus, run.engine
    limit, total = engine.most_tokens, sum(corpus.tokens)
    most = weights_of(run).read or len(corpus.chunks)
    scarce = limit is not None and total > limit
    if not scarce and len(corpus.chunks) <= most:
        return None
    engine.progress("prefilter", 0, len(corpus.chunks))
    order = preferred(run, signals)
    read = fitting(order, corpus.tokens, limit if limit is not None else total)[:most]
    chosen = set(read)
    tokens = sum(corpus.tokens[index] for index in read)
    note = (
        f"the model read {tokens:,} of {total:,} tokens, those that share words with the query; --score-tokens or "
        "--max-seconds lets it read more"
    )
    short = scarce and len(read) < most
    return Shortlist(tuple(read), tuple(index for index in order if index not in chosen), note if short else "")


def preferred(run: Run, signals: Mapping[str, Sequence[float]]) -> list[int]:
    """All chunks, those first that are most worth reading."""
    corpus = run.corpus
    if weights_of(run).lexical:
        return ranking(fused([0.0] * len(corpus.chunks), 1.0, signals))
    query = shortened(run.job.query, run.engine.settings.query_characters)
    return list(
        with_neighbours(corpus, bm25.rank(query, corpus.sources, corpus.chunks, corpus.page_of, run.engine.store))
    )


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
