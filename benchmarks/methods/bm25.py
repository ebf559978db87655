"""Lexical retrieval: the functions, or the windows of lines, that BM25 ranks first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from benchmarks import assembly
from benchmarks.assembly import Book, Piece, packed
from benchmarks.lexical import Index
from benchmarks.methods.tools import Method, Tools, only, whole_number
from benchmarks.values import Context
from longzip import Source

SIZE, STEP = 20, 10


def functions(tools: Tools, told: Mapping[str, str]) -> Method:
    only(told)
    return retrieval(tools, assembly.functions)


def windows(tools: Tools, told: Mapping[str, str]) -> Method:
    only(told, "size", "step")
    size, step = whole_number(told, "size", SIZE), whole_number(told, "step", STEP)
    return retrieval(tools, lambda book: assembly.windows(book, size, step))


def retrieval(tools: Tools, pieces: Callable[[Book], list[Piece]]) -> Method:
    Index([])  # where its package is missing, that is said now

    def method(sources: Sequence[Source], query: str, budgets: Sequence[int]) -> list[Context]:
        book = tools.open(sources)
        order = ranked(book, pieces(book), query)
        return [packed(book, order, budget) for budget in budgets]

    return method


def ranked(book: Book, pieces: Sequence[Piece], query: str) -> list[Piece]:
    """Best first; equal ones in the sources' order."""
    scores = Index([book.text(piece) for piece in pieces]).scores(query)
    return [pieces[index] for index in np.argsort(-scores, kind="stable")]
