"""From an issue to the lines that its fix changes: SWE-bench Verified, beside what roust returned for the same issues.

A folder with instances.jsonl.gz (id, repo, source, commit, query, patch) and roust.jsonl.gz (id, arm, tokens, error,
regions: path -> [[first, last], ...]). Gold lines are those of the old side of the patch's hunks, context included.

*file*: every file with gold lines has a line shown. *function*: every function that a gold line lies in has one.
*line*: all gold lines are shown. *share*: of the gold lines. *precision*: of the lines shown, those that are gold.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.instruments.delivering import Asked, Lines, sizes_of
from benchmarks.instruments.values import Bench, Instrument, Place, Question, alternating
from benchmarks.tasks.data import listed, rows, string
from benchmarks.values import Budget, Outcome
from longzip import Repository, SourceError

HUNK = re.compile(r"^@@ -(\d+)(?:,(\d+))? ")
PEERS_BUDGET = 8192  # at which the peers' answers were made
FOUND = ("file", "function", "line", "share", "precision")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a peer returned. tokens: by its own count. error: why it returned nothing."""

    method: str
    tokens: int
    shown: Lines
    error: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    gold: Lines
    peers: tuple[Answer, ...]


def questions(data: Path) -> list[Question]:
    """In an order in which neighbours share most of their files: by repository, that with the fewest issues first, and
    number of the issue."""
    peers = defaultdict[str, list[Answer]](list)
    for row in rows(data / "roust.jsonl.gz", id=str, arm=str, regions=dict):
        regions = row["regions"]
        assert isinstance(regions, dict)
        peers[string(row, "id")].append(
            Answer(
                "roust" if row["arm"] == "engine" else f"roust {row['arm']}",
                int(str(row.get("tokens") or 0)),
                {path: frozenset(line for span in spans for line in lines_of(span)) for path, spans in regions.items()},
                str(row.get("error") or ""),
            )
        )
    wanted = {"id": str, "repo": str, "source": str, "commit": str, "query": str, "patch": str}
    found = rows(data / "instances.jsonl.gz", **wanted)
    halves = alternating([string(row, "id") for row in found])
    asked = [
        Question(
            f"{string(row, 'repo').rpartition('/')[2]}:{key}",
            string(row, "repo").rpartition("/")[2],
            halves[key],
            Place(string(row, "source"), string(row, "commit")),
            string(row, "query"),
            Wanted(old_lines(string(row, "patch")), tuple(peers[key])),
        )
        for row in found
        for key in [string(row, "id")]
    ]
    sizes = Counter(question.group for question in asked)
    return sorted(asked, key=lambda item: (sizes[item.group], item.group, number_of(item.key), item.key))


def lines_of(span: object) -> range:
    first, last = (int(str(end)) for end in listed(span))
    return range(first, last + 1)


def number_of(key: str) -> int:
    return int(found[1]) if (found := re.search(r"(\d+)$", key)) else 0


def old_lines(patch: str) -> Lines:
    """By path the lines of the old side of a diff's hunks; paths without any are left out."""
    found = defaultdict[str, set[int]](set)
    path, left = "", 0  # lines of the hunk that are still to come on its old side
    for line in patch.split("\n"):
        if match := HUNK.match(line):
            first, left = int(match[1]), int(match[2] or 1)
            if path:
                found[path].update(range(first, first + left))
        elif left > 0:
            left -= not line.startswith(("+", "\\"))  # a removed line may begin with dashes, too
        elif line.startswith("--- "):
            path = line[6:].split("\t")[0] if line.startswith("--- a/") else ""
    return {path: frozenset(lines) for path, lines in found.items() if lines}


def functions_with(text: str, lines: frozenset[int]) -> list[range]:
    """The innermost functions of Python code, decorators included, in which these lines lie; none of what Python cannot
    parse."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return []
    spans = [
        range(min([node.lineno, *(item.lineno for item in node.decorator_list)]), (node.end_lineno or node.lineno) + 1)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    around = [[span for span in spans if line in span] for line in lines]
    return list(dict.fromkeys(min(own, key=len) for own in around if own))


def located(gold: Lines, shown: Lines, texts: Mapping[str, str]) -> dict[str, float]:
    """The measures of ``FOUND``; no function where no gold line lies in one."""
    pairs = [(lines, shown.get(path, frozenset())) for path, lines in gold.items()]
    kept, total = sum(len(lines & own) for lines, own in pairs), sum(len(lines) for lines, _ in pairs)
    functions = [
        any(line in shown.get(path, frozenset()) for line in function)
        for path, lines in gold.items()
        for function in functions_with(texts.get(path, ""), lines)
    ]
    number = sum(map(len, shown.values()))
    return {
        "file": float(all(own for _, own in pairs)),
        **({"function": float(all(functions))} if functions else {}),
        "line": float(kept == total),
        "share": kept / total,
        "precision": kept / number if number else 0.0,
        "lines shown": float(number),
    }


def ask(bench: Bench, repository: Repository, question: Question, budgets: Sequence[Budget]) -> list[Outcome]:
    wanted = question.wanted
    assert isinstance(wanted, Wanted)
    if not wanted.gold:
        raise SourceError(f"{question.key}: its patch changes no line that was there.")
    texts = {source.name: source.text for source in repository.sources}
    asked = Asked(INSTRUMENT.label, bench, repository, question)
    found = asked.delivered(sizes_of(budgets), lambda shown: located(wanted.gold, shown, texts))
    return [*found, *(answered(bench, question.key, wanted.gold, peer, texts) for peer in wanted.peers)]


def answered(bench: Bench, key: str, gold: Lines, peer: Answer, texts: Mapping[str, str]) -> Outcome:
    """A peer's stored answer, scored as ours are. Its text is not stored: its lines alone are counted."""
    lines = "\n".join(
        line
        for path, own in peer.shown.items()
        for number, line in enumerate(texts.get(path, "").split("\n"), 1)
        if number in own
    )
    measures = {**located(gold, peer.shown, texts), **bench.counted(lines)}
    return Outcome(
        INSTRUMENT.label, key, peer.method, PEERS_BUDGET, PEERS_BUDGET, peer.tokens, 0, 0.0, measures=measures,
        error=peer.error,
    )  # fmt: skip


INSTRUMENT = Instrument("localization", questions, ask, (2000, 4000, 8192), FOUND)
