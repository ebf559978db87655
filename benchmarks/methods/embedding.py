"""Retrieval by sentence embeddings: the functions, or the windows of lines, nearest to the query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from benchmarks.assembly import Book, Piece
from benchmarks.embeddings import Encoder
from benchmarks.methods import ranked
from benchmarks.methods.tools import Method, Tools

TAIL = 800  # characters of a query that its embedding has room for


def functions(tools: Tools, told: Mapping[str, str]) -> Method:
    return ranked.functions(tools, told, partial(nearest, tools.encoder()))


def windows(tools: Tools, told: Mapping[str, str]) -> Method:
    return ranked.windows(tools, told, partial(nearest, tools.encoder()))


def nearest(encoder: Encoder, book: Book, pieces: Sequence[Piece], query: str) -> list[Piece]:
    """By cosine, best first; a long query is read by its end, as the code before a cursor is."""
    if not pieces:
        return []
    vectors = encoder.encode([book.text(piece) for piece in pieces])
    scores = vectors @ encoder.encode([query[-TAIL:]])[0]
    return [pieces[index] for index in np.argsort(-scores, kind="stable")]
