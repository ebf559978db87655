"""The repository's outline: signatures of functions and heads of classes, no bodies, in the sources' order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks.assembly import Piece, packed
from benchmarks.methods.tools import Method, Tools, each, only
from benchmarks.values import Context
from longzip import Source


def outline(tools: Tools, told: Mapping[str, str]) -> Method:
    only(told)

    def one(sources: Sequence[Source], query: str, budget: int) -> Context:
        return packed(tools.open(sources), heads(tools, sources), budget)

    return each(one)


def heads(tools: Tools, sources: Sequence[Source]) -> list[Piece]:
    return [
        Piece(index, unit.first_line, unit.last_line)
        for index, source in enumerate(sources)
        for unit in tools.form.units(source)
        if unit.head
    ]
