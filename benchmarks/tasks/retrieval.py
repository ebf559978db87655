"""Finding the function that answers a web query (CoSQA): is it in what a method shows?

A folder in one of two forms:

    corpus.jsonl.gz (id, code) and queries.jsonl.gz (id, query, gold)
    as published: code_idx_map.txt, an object of code and number, and one cosqa-retrieval-*.json, a list of objects with
    idx, doc and retrieval_idx
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.config import TaskTable
from benchmarks.lexical import Index
from benchmarks.methods.tools import Tools
from benchmarks.tasks.data import checked, integer, listed, parsed, rows, shuffled, string, text_of
from benchmarks.values import Example, Wanted
from longzip import Source, SourceError

DEPTH = 100
MAP = "code_idx_map.txt"


@dataclass(frozen=True, slots=True)
class Query:
    """key: its name. gold: which function answers it."""

    key: str
    text: str
    gold: int


@dataclass(frozen=True, slots=True)
class Collection:
    """Functions, and BM25 over all of them. places: of a function's number."""

    texts: Sequence[str]
    places: Mapping[int, int]
    index: Index

    @classmethod
    def of(cls, codes: Mapping[int, str]) -> Collection:
        return cls(
            list(codes.values()), {number: place for place, number in enumerate(codes)}, Index(list(codes.values()))
        )

    def near(self, query: str, right: int) -> list[int]:
        """BM25's best and the right one, in the collection's order."""
        order = [int(number) for number in np.argsort(-self.index.scores(query), kind="stable")[:DEPTH]]
        return sorted({*order, right})


def own_form(folder: Path) -> tuple[Mapping[int, str], list[Query]]:
    codes = {integer(row, "id"): string(row, "code") for row in rows(folder / "corpus.jsonl.gz", id=int, code=str)}
    queries = rows(folder / "queries.jsonl.gz", id=str, query=str, gold=int)
    return codes, [Query(string(row, "id"), string(row, "query"), integer(row, "gold")) for row in queries]


def published_form(folder: Path) -> tuple[Mapping[int, str], list[Query]]:
    numbers = checked(parsed(text_of(folder / MAP), str(folder / MAP)), {}, str(folder / MAP))
    codes = {integer(numbers, code): code for code in numbers.values}
    found = sorted(folder.glob("cosqa-retrieval-*.json"))
    if len(found) != 1:
        raise SourceError(
            f"{folder} has {len(found)} files cosqa-retrieval-*.json; leave the one that is to be "
            "asked, such as the test part."
        )
    items = listed(parsed(text_of(found[0]), str(found[0])))
    queries = [
        checked(item, {"idx": str, "doc": str, "retrieval_idx": int}, f"{found[0]}, item {number}")
        for number, item in enumerate(items)
    ]
    return codes, [Query(string(row, "idx"), string(row, "doc"), integer(row, "retrieval_idx")) for row in queries]


def cosqa(tools: Tools, table: TaskTable, limit: int, seed: int) -> list[Example]:
    """A query; as sources BM25's best 100 functions and the right one, a file each."""
    folder = tools.run.place(table.data)
    codes, queries = published_form(folder) if (folder / MAP).exists() else own_form(folder)
    known = Collection.of(codes)
    found: list[Example] = []
    for query in shuffled(queries, seed)[:limit]:
        if query.gold not in known.places:
            raise SourceError(f"{folder}: the query {query.key} wants the function {query.gold}, which is not there.")
        right = known.places[query.gold]
        sources = tuple(
            Source(f"f{number}.py", known.texts[number].rstrip("\n") + "\n") for number in known.near(query.text, right)
        )
        lines = known.texts[right].rstrip("\n").count("\n") + 1
        found.append(
            Example(query.key, sources, query.text, wanted=(Wanted(f"f{right}.py", 1, lines),), kind="retrieval")
        )
    return found
