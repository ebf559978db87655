"""Retrieval first, then longzip (the paper's open question): BM25 picks functions for several budgets, longzip cuts
them down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from benchmarks import assembly
from benchmarks.assembly import Book, packed
from benchmarks.methods import longzip
from benchmarks.methods.bm25 import by_words
from benchmarks.methods.tools import Method, Tools, whole_number
from benchmarks.values import Context
from longzip import LongzipError, Source

TIMES = 4


@dataclass(frozen=True, slots=True)
class Part:
    """A source cut down, and each of its lines' number in the whole."""

    source: Source
    lines: Sequence[int]


def bm25_then_longzip(tools: Tools, told: Mapping[str, str]) -> Method:
    """``times``: of the budget, what BM25 may hand on; 4 unless told otherwise."""
    times = whole_number(told, "times", TIMES)
    inner = longzip.longzip(tools, {name: value for name, value in told.items() if name != "times"})

    def method(sources: Sequence[Source], query: str, budgets: Sequence[int]) -> list[Context | LongzipError]:
        book = tools.open(sources)
        order = by_words(book, assembly.functions(book), query)
        found: list[Context | LongzipError] = []
        for budget in budgets:
            parts = cut_down(book, packed(book, order, times * budget))
            (result,) = inner([part.source for part in parts], query, [budget])
            found.append(result if isinstance(result, LongzipError) else traced(result, parts))
        return found

    return method


def cut_down(book: Book, context: Context) -> list[Part]:
    parts: list[Part] = []
    for source, lines in zip(book.sources, book.lines, strict=True):
        if kept := sorted((context.lines or {}).get(source.name, ())):
            parts.append(Part(replace(source, text="\n".join(lines[line - 1] for line in kept) + "\n"), kept))
    return parts


def traced(context: Context, parts: Sequence[Part]) -> Context:
    """The context with the lines' numbers in the whole sources."""
    places = {part.source.name: part.lines for part in parts}
    return replace(context, lines={
        name: frozenset(places[name][line - 1] for line in lines if line <= len(places[name]))
        for name, lines in (context.lines or {}).items()
    })  # fmt: skip
