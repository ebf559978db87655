"""Lines and functions picked at random, with the run's seed: what any choice has to beat."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence

from benchmarks import assembly
from benchmarks.assembly import Book, Piece, packed
from benchmarks.methods.tools import Method, Tools, each, only, seed_of
from benchmarks.values import Context
from longzip import Source


def lines(tools: Tools, told: Mapping[str, str]) -> Method:
    only(told)
    return shuffled(tools, lambda book: assembly.windows(book, 1, 1))


def functions(tools: Tools, told: Mapping[str, str]) -> Method:
    only(told)
    return shuffled(tools, assembly.functions)


def shuffled(tools: Tools, pieces: Callable[[Book], list[Piece]]) -> Method:
    def one(sources: Sequence[Source], query: str, budget: int) -> Context:
        book = tools.open(sources)
        found = pieces(book)
        random.Random(seed_of(tools.run, query)).shuffle(found)
        return packed(book, found, budget)

    return each(one)
