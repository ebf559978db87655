"""From the code before a hole to the functions that the hidden body calls: RepoEval.

The data is read as ``benchmarks.tasks.completion`` reads it; of the open file, what stands before the open function is
left. The query is the 25 lines before the hole; candidates are all functions of the repository up to 120 lines.

*mrr*, *recall*: means over the functions called, of ``rank``'s order. *mrr best*: of the one that ranks best. *callee*:
of the functions called, the share whose first line ``compress`` shows. The peers rank the same functions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from benchmarks.instruments.delivering import Asked, Lines, sizes_of
from benchmarks.instruments.peers import rank_among, ranking_measures
from benchmarks.instruments.values import RANK, Bench, Instrument, Place, Question, alternating
from benchmarks.tasks.completion import collected, defined, in_repository, own_holes
from benchmarks.values import Budget, Example, Outcome, Wanted
from longzip import Chunk, Repository

MOST_LINES = 120  # of a candidate


def questions(data: Path) -> list[Question]:
    found = list[Question]()
    for key, example in examples(data).items():
        repo = key.partition(":")[0]
        found.append(Question(key, repo, "all", Place(repo, key), example.query, example.wanted))
    halves = alternating([question.key for question in found])
    return [
        Question(item.key, item.group, halves[item.key], item.place, item.query, item.wanted)
        for item in sorted(found, key=lambda item: item.key)
    ]


@lru_cache(maxsize=1)
def examples(data: Path) -> dict[str, Example]:
    """By key, those whose body calls a function of its repository."""
    repositories = collected(data / "sources.jsonl.gz")
    places: dict[str, list[tuple[str, Wanted]]] = {}
    found: dict[str, Example] = {}
    for name, repo, hole in own_holes(data / "examples.jsonl.gz"):
        files = repositories(repo)
        if repo not in places:
            places[repo] = defined(files)
        key = f"{repo.rpartition('/')[2]}:{name}@{hole.path}:{hole.line}"
        example = in_repository(key, files, places[repo], hole)
        if example.wanted:
            found[key] = example
    return found


def sources(data: Path, question: Question) -> Repository:
    return Repository(examples(data)[question.key].sources, ())


def ask(bench: Bench, repository: Repository, question: Question, budgets: Sequence[Budget]) -> list[Outcome]:
    assert isinstance(question.wanted, tuple)
    wanted: Sequence[Wanted] = question.wanted
    asked = Asked(INSTRUMENT.label, bench, repository, question)
    found = [*compared_ranks(asked, wanted)] if RANK in budgets else []
    return [*found, *asked.delivered(sizes_of(budgets), lambda shown: {"callee": share_shown(shown, wanted)})]


def compared_ranks(asked: Asked, wanted: Sequence[Wanted]) -> list[Outcome]:
    """Of our ranking and of the peers', over the same functions; ours alone where nothing that is called is one."""
    candidates: list[Chunk] = []

    def measure(chunks: Sequence[Chunk]) -> dict[str, float]:
        candidates.extend(chunk for chunk in chunks if chunk.kind == "function" and length(chunk) <= MOST_LINES)
        return measured([1.0 + number for number in numbers_of(candidates, wanted)])

    own, question = asked.ranked(measure), asked.question
    if not (golds := numbers_of(candidates, wanted)):
        return [own]
    peers = asked.bench.peers(question.place, [chunk.text for chunk in candidates])
    return [
        own,
        *(
            replace(own, method=name, seconds=0.0, measures=measured([rank_among(scores, gold) for gold in golds]))
            for name, scores in peers.scores(question.query).items()
        ),
    ]


def numbers_of(candidates: Sequence[Chunk], wanted: Sequence[Wanted]) -> list[int]:
    """Which of the candidates are called."""
    return [number for number, chunk in enumerate(candidates) if any(is_at(chunk, place) for place in wanted)]


def share_shown(shown: Lines, wanted: Sequence[Wanted]) -> float:
    return sum(place.first in shown.get(place.path, ()) for place in wanted) / len(wanted)


def length(chunk: Chunk) -> int:
    return chunk.last_line - chunk.first_line + 1


def is_at(chunk: Chunk, place: Wanted) -> bool:
    return chunk.source.name == place.path and chunk.first_line <= place.first <= chunk.last_line


def measured(ranks: Sequence[float]) -> dict[str, float]:
    return {**ranking_measures(ranks), "mrr best": 1 / min(ranks) if ranks else 0.0}


INSTRUMENT = Instrument(
    "callees", questions, ask, (RANK, 1000, 2000, 4000), ("mrr", "mrr best", "recall@10", "callee"), sources
)
