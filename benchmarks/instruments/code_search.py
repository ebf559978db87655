"""From a question to the files that answer it: semble's tasks, beside the means of semble and of what it measured.

A folder with tasks.jsonl.gz (repo, query, relevant, secondary: paths, or objects with a path) and repos.json (name,
source, revision, root, peers_ndcg10). Targets are the relevant and the secondary paths.

*ndcg chunk*: NDCG@10 with binary gain of what ``rank`` delivers; a target's rank is that of the first of the ten best
chunks whose path matches. *ndcg file*: the same over distinct files. *recall*: of the targets, the share of which a
line is shown by ``compress``.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.instruments.delivering import Asked, sizes_of
from benchmarks.instruments.values import OWN, RANK, Bench, Instrument, Place, Question, alternating
from benchmarks.metrics import Interval, bootstrap, mean
from benchmarks.tasks.data import Row, checked, listed, parsed, rows, string, text_of
from benchmarks.values import Budget, Outcome
from longzip import Chunk, Repository

DEPTH = 10


@dataclass(frozen=True, slots=True)
class Targets:
    paths: tuple[str, ...]


def questions(data: Path) -> list[Question]:
    """Half of the repositories, taken alternately in the order of their names, are for choosing."""
    repositories = {string(row, "name"): row for row in listing(data)}
    halves = alternating(list(repositories))
    asked = defaultdict[str, list[Question]](list)
    for row in rows(data / "tasks.jsonl.gz", repo=str, query=str, relevant=list, secondary=list):
        name = string(row, "repo")
        repository, own = repositories[name], asked[name]
        place = Place(string(repository, "source"), string(repository, "revision"), str(repository["root"] or ""))
        paths = tuple(map(path_of, [*listed(row["relevant"]), *listed(row["secondary"])]))
        key = f"{name}:{len(own):02}"
        own.append(Question(key, name, halves[name], place, string(row, "query"), Targets(paths)))
    return [question for name in sorted(asked) for question in asked[name]]


def listing(data: Path) -> list[Row]:
    path = data / "repos.json"
    return [
        checked(row, {"name": str, "source": str, "revision": str, "peers_ndcg10": dict}, str(path))
        for row in listed(parsed(text_of(path), str(path)))
    ]


def path_of(target: object) -> str:
    return str(target["path"]) if isinstance(target, dict) else str(target)


def matches(path: str, target: str) -> bool:
    return path == target or path.endswith(f"/{target}")


def gain(paths: Sequence[str], targets: Sequence[str]) -> float:
    """NDCG@10 with binary gain: each target stands at the first of the paths that matches it."""
    ranks = [
        next((rank for rank, path in enumerate(paths[:DEPTH], 1) if matches(path, target)), 0) for target in targets
    ]
    best = sum(1 / math.log2(1 + rank) for rank in range(1, min(DEPTH, len(targets)) + 1))
    return sum(1 / math.log2(1 + rank) for rank in ranks if rank) / best


def ask(bench: Bench, repository: Repository, question: Question, budgets: Sequence[Budget]) -> list[Outcome]:
    assert isinstance(question.wanted, Targets)
    targets = question.wanted.paths
    asked = Asked(INSTRUMENT.label, bench, repository, question)
    found = [asked.ranked(lambda chunks: gains(chunks, targets))] if RANK in budgets else []
    return [*found, *asked.delivered(sizes_of(budgets), lambda shown: recall(list(shown), targets))]


def gains(chunks: Sequence[Chunk], targets: Sequence[str]) -> dict[str, float]:
    paths = [chunk.source.name for chunk in chunks]
    return {"ndcg chunk": gain(paths, targets), "ndcg file": gain(list(dict.fromkeys(paths)), targets)}


def recall(paths: Sequence[str], targets: Sequence[str]) -> dict[str, float]:
    """paths: of the files that are shown."""
    found = mean([any(matches(path, target) for path in paths) for target in targets])
    return {"recall": found, "files shown": float(len(paths))}


def beside_peers(data: Path, outcomes: Sequence[Outcome]) -> str:
    """NDCG@10 by repository, the mean over the repositories, and the paired interval of the difference to each peer's
    stored means: over repositories, since nothing finer is stored."""
    own = defaultdict[str, list[float]](list)
    for outcome in outcomes:
        if outcome.method == OWN and "ndcg chunk" in outcome.measures:
            own[outcome.example.partition(":")[0]].append(outcome.measures["ndcg chunk"])
    means = {name: mean(values) for name, values in own.items()}
    peers = {
        string(row, "name"): {str(peer): float(str(value)) for peer, value in dict_of(row["peers_ndcg10"]).items()}
        for row in listing(data)
    }
    if not means:
        return ""
    names = list(next(iter(peers.values())))
    head = ["repository", "questions", OWN, *names]
    lines = ["\n### code search: NDCG@10 by chunk, by repository\n", f"| {' | '.join(head)} |"]
    lines.append("|---|" + "---:|" * (len(head) - 1))
    for name in sorted(means):
        shown = [f"{means[name]:.3f}", *(f"{peers[name][peer]:.3f}" for peer in names)]
        lines.append(f"| {name} | {len(own[name])} | {' | '.join(shown)} |")
    shown = [
        f"{mean(list(means.values())):.3f}",
        *(f"{mean([peers[name][peer] for name in means]):.3f}" for peer in names),
    ]
    lines.append(f"| mean of repositories | {sum(map(len, own.values()))} | {' | '.join(shown)} |")
    differences = [said(bootstrap([means[name] - peers[name][peer] for name in sorted(means)])) for peer in names]
    lines.append(f"| {OWN} less it | | | {' | '.join(differences)} |")
    return "\n".join(lines) + "\n"


def dict_of(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else json.loads(str(value))


def said(interval: Interval) -> str:
    return f"{interval.mean:+.3f} [{interval.low:+.3f}, {interval.high:+.3f}]"


INSTRUMENT = Instrument(
    "code-search", questions, ask, (RANK, 500, 1000, 2000, 4000, 8000), ("ndcg chunk", "ndcg file", "recall"),
    extra=beside_peers,
)  # fmt: skip
