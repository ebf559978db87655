"""No context at all, and all of it: the two ends of the scale, whatever the budget."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.assembly import full
from benchmarks.methods.tools import Method, Tools, each, only
from benchmarks.values import EMPTY


def nothing(tools: Tools, told: Mapping[str, str]) -> Method:
    only(told)
    return each(lambda _sources, _query, _budget: EMPTY)


def everything(tools: Tools, told: Mapping[str, str]) -> Method:
    only(told)
    return each(lambda sources, _query, _budget: full(tools.open(sources)))
