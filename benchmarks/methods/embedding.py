"""Retrieval by sentence embeddings: the functions, or the windows of lines, nearest to the query."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from benchmarks import assembly
from benchmarks.assembly import Book, Piece, packed
from benchmarks.embeddings import Encoder
from benchmarks.methods.bm25 import SIZE, STEP
from benchmarks.methods.tools import Method, Tools, only, whole_number
from benchmarks.values import Context
from longzip import Source


def functions(tools: Tools, told: Mapping[str, str]) -> Method:
    only(told)
    return retrieval(tools, assembly.functions)


def windows(tools: Tools, told: Mapping[str, str]) -> Method:
    only(told, "size", "step")
    size, step = whole_number(told, "size", SIZE), whole_number(told, "step", STEP)
    return retrieval(tools, lambda book: assembly.windows(book, size, step))


def retrieval(tools: Tools, pieces: Callable[[Book], list[Piece]]) -> Method:
    encoder = tools.encoder()

    def method(sources: Sequence[Source], query: str, budgets: Sequence[int]) -> list[Context]:
        book = tools.open(sources)
        found = pieces(book)
        order = nearest(encoder, book, found, query)
        return [packed(book, order, budget) for budget in budgets]

    return method


def nearest(encoder: Encoder, book: Book, pieces: Sequence[Piece], query: str) -> list[Piece]:
    """By cosine, best first; a long query is read by its end, as the code before a cursor is."""
    if not pieces:
        return []
    vectors = encoder.encode([book.text(piece) for piece in pieces])
    scores = vectors @ encoder.encode([query[-TAIL:]])[0]
    return [pieces[index] for index in np.argsort(-scores, kind="stable")]


TAIL = 800  # characters of a query that its embedding has room for
