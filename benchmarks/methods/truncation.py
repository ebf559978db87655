"""Head and tail truncation: the first or the last lines of all sources, one after the other, without a gap."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate

from benchmarks.assembly import context, rendered, shown, windows
from benchmarks.methods.tools import Method, Tools, each, only
from benchmarks.values import Context
from longzip import Source

SLACK = 2.0  # lines cost so many times more at the most one by one than together


def head(tools: Tools, told: Mapping[str, str]) -> Method:
    only(told)
    return each(lambda sources, _query, budget: cut(tools, sources, budget, 1))


def tail(tools: Tools, told: Mapping[str, str]) -> Method:
    only(told)
    return each(lambda sources, _query, budget: cut(tools, sources, budget, -1))


def cut(tools: Tools, sources: Sequence[Source], budget: int, step: int) -> Context:
    """The longest run of lines from an end that fits, found by halving."""
    book = tools.open(sources)
    lines = windows(book, 1, 1)[::step]

    def fits(count: int) -> bool:
        return tools.tokenizer.count(rendered(book, shown(lines[:count]))) <= budget

    spent = list(accumulate(book.costs[line.source][line.first - 1] for line in lines))
    least, most = 0, min(len(lines), bisect_right(spent, SLACK * budget))
    while least < most:
        middle = (least + most + 1) // 2
        least, most = (middle, most) if fits(middle) else (least, middle - 1)
    return context(book, shown(lines[:least]))
