"""What is lost where only the files that promise most are read: beside reading everything, question by question.

    python -m benchmarks.lazy_reading DATA --repositories FOLDER [--repos curl,ktor] [--limit 6]

DATA: semble's tasks (see ``benchmarks.instruments.code_search``); FOLDER: local git repositories. Of each repository
and question: how much of the ten, twenty and fifty best chunks agrees, NDCG@10 and recall at the budget both ways, the
files, and the processor seconds of both with everything cached that can be. Prints a table and one JSON line.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from benchmarks.instruments.checkouts import git_folder, unpacked
from benchmarks.instruments.code_search import Targets, gain, questions, recall
from benchmarks.instruments.values import Question
from benchmarks.metrics import mean
from longzip import Compressor, ScoredChunk, Settings, read_repository

Found = TypeVar("Found")
DEPTHS = (10, 20, 50)
COLUMNS = (
    "files", "read", *(f"top {depth}" for depth in DEPTHS), "NDCG all", "NDCG some", "recall all", "recall some",
    "seconds all", "seconds some",
)  # fmt: skip


def timed(work: Callable[[], Found]) -> tuple[Found, float]:
    began = time.process_time()
    return work(), time.process_time() - began


def places(ranked: Sequence[ScoredChunk]) -> list[tuple[str, int]]:
    return [(one.chunk.source.name, one.chunk.start) for one in ranked]


def measured(tree: Path, asked: Sequence[Question], budget: int, cache: str) -> list[dict[str, float]]:
    """Of each question the columns of the table."""
    settings = Settings(cache_dir=cache)
    some = Compressor.load(settings=settings)
    every = some.with_settings(replace(settings, read="all"))
    whole = read_repository(tree, settings)
    rows: list[dict[str, float]] = []
    for question in asked:
        query, wanted = question.query, question.wanted
        assert isinstance(wanted, Targets)
        every.rank(whole, query=query)  # so that all is cached
        ranked, seconds = timed(partial(every.rank, tree, query=query))
        fewer, less = timed(partial(some.rank, tree, query=query))
        full, part = (one.compress(tree, query=query, budget=budget) for one in (every, some))
        best, other = places(ranked), places(fewer)
        row = {f"top {depth}": len({*best[:depth]} & {*other[:depth]}) / min(depth, len(best)) for depth in DEPTHS}
        row |= {"files": len(whole.sources), "read": len(whole.sources) - len(part.report.unread)}
        row |= {"seconds all": seconds, "seconds some": less}
        for name, chunks, result in (("all", best, full), ("some", other, part)):
            row[f"NDCG {name}"] = gain([path for path, _start in chunks], wanted.paths)
            shown = [excerpt.path for excerpt in result.sources if excerpt.spans]
            row[f"recall {name}"] = recall(shown, wanted.paths)["recall"]
        rows.append(row)
    return rows


def table(found: dict[str, list[dict[str, float]]]) -> str:
    lines = [f"| repository | questions | {' | '.join(COLUMNS)} |", f"|---|---:|{'---:|' * len(COLUMNS)}"]
    whole = {name: {key: mean([row[key] for row in rows]) for key in COLUMNS} for name, rows in found.items()}
    whole["mean of repositories"] = {key: mean([row[key] for row in whole.values()]) for key in COLUMNS}
    for name, row in whole.items():
        shown = [f"{row[key]:,.0f}" if key in ("files", "read") else f"{row[key]:.3f}" for key in COLUMNS]
        lines.append(f"| {name} | {len(found.get(name, [])) or ''} | {' | '.join(shown)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--repositories", type=Path, required=True)
    parser.add_argument("--repos", default="", help="short names, separated by commas")
    parser.add_argument("--limit", type=int, default=6, help="questions of each")
    parser.add_argument("--budget", type=int, default=4000)
    arguments = parser.parse_args()
    asked: dict[str, list[Question]] = {}
    for question in questions(arguments.data):
        if not arguments.repos or question.group in arguments.repos.split(","):
            asked.setdefault(question.group, []).append(question)
    found: dict[str, list[dict[str, float]]] = {}
    for name, own in asked.items():
        place = own[0].place
        with (
            tempfile.TemporaryDirectory(prefix="longzip-bench-") as cache,
            unpacked(git_folder(arguments.repositories, place.source), place) as tree,
        ):
            found[name] = measured(tree, own[: arguments.limit], arguments.budget, cache)
        print(table({name: found[name]}).splitlines()[2], file=sys.stderr, flush=True)
    print(table(found))
    print(json.dumps({"budget": arguments.budget, "rows": found}))


if __name__ == "__main__":
    main()
