"""Finding the function that answers a web query (CoSQA): is it in what a method shows?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.config import TaskTable
from benchmarks.lexical import Index
from benchmarks.methods.tools import Tools
from benchmarks.tasks.data import integer, rows, shuffled, string
from benchmarks.values import Example, Wanted
from longzip import Source

DEPTH = 100
NAME = re.compile(r"def\s+(\w+)")


@dataclass(frozen=True, slots=True)
class Collection:
    """Functions, and BM25 over all of them."""

    ids: Sequence[str]
    texts: Sequence[str]
    index: Index

    def near(self, query: str, right: int) -> list[int]:
        """BM25's best and the right one, in the collection's order."""
        order = [int(number) for number in np.argsort(-self.index.scores(query), kind="stable")[:DEPTH]]
        return sorted({*order, right})


def collection(tools: Tools, table: TaskTable) -> Collection:
    found = rows(tools.run.place(table.data) / "corpus.jsonl.gz", id=int, code=str)
    texts = [string(row, "code") for row in found]
    return Collection([string(row, "id") for row in found], texts, Index(texts))


def cosqa(tools: Tools, table: TaskTable, limit: int, seed: int) -> list[Example]:
    """A query; as sources BM25's best 100 functions and the right one, a file each."""
    known = collection(tools, table)
    places = {name: number for number, name in enumerate(known.ids)}
    queries = rows(tools.run.place(table.data) / "queries.jsonl.gz", id=str, query=str, gold=int)
    found: list[Example] = []
    for row in shuffled(queries, seed)[:limit]:
        query, right = string(row, "query"), places[str(integer(row, "gold"))]
        near = known.near(query, right)
        sources = tuple(Source(f"f{number}.py", known.texts[number].rstrip("\n") + "\n") for number in near)
        lines = known.texts[right].rstrip("\n").count("\n") + 1
        found.append(Example(string(row, "id"), sources, query, wanted=(Wanted(f"f{right}.py", 1, lines),), kind="retrieval"))
    return found
