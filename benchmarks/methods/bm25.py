"""Lexical retrieval: the functions, or the windows of lines, that BM25 ranks first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from benchmarks.assembly import Book, Piece
from benchmarks.lexical import Index
from benchmarks.methods import ranked
from benchmarks.methods.ranked import Ranker
from benchmarks.methods.tools import Method, Tools


def functions(tools: Tools, told: Mapping[str, str]) -> Method:
    return ranked.functions(tools, told, ranker())


def windows(tools: Tools, told: Mapping[str, str]) -> Method:
    return ranked.windows(tools, told, ranker())


def ranker() -> Ranker:
    Index([])  # where its package is missing, that is said now
    return by_words


def by_words(book: Book, pieces: Sequence[Piece], query: str) -> list[Piece]:
    """Best first; equal ones in the sources' order."""
    scores = Index([book.text(piece) for piece in pieces]).scores(query)
    return [pieces[index] for index in np.argsort(-scores, kind="stable")]
