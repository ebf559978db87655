"""Retrieval: functions, or windows of lines, in the order of some ranking, as many as fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from benchmarks import assembly
from benchmarks.assembly import Book, Piece, packed
from benchmarks.methods.tools import Method, Tools, only, whole_number
from benchmarks.values import Context
from longzip import Source

SIZE, STEP = 20, 10
Ranker = Callable[[Book, Sequence[Piece], str], list[Piece]]


def functions(tools: Tools, told: Mapping[str, str], rank: Ranker) -> Method:
    only(told)
    return retrieval(tools, assembly.functions, rank)


def windows(tools: Tools, told: Mapping[str, str], rank: Ranker) -> Method:
    only(told, "size", "step")
    size, step = whole_number(told, "size", SIZE), whole_number(told, "step", STEP)
    return retrieval(tools, lambda book: assembly.windows(book, size, step), rank)


def retrieval(tools: Tools, pieces: Callable[[Book], list[Piece]], rank: Ranker) -> Method:
    def method(sources: Sequence[Source], query: str, budgets: Sequence[int]) -> list[Context]:
        book = tools.open(sources)
        order = rank(book, pieces(book), query)
        return [packed(book, order, budget) for budget in budgets]

    return method
