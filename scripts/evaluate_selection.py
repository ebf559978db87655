"""What the strategies of selection keep of what is needed, at several budgets.

    python scripts/evaluate_selection.py --data FOLDER [--corpus .corpus] [--limit 40] [--budgets 1000,2000,4000]

Tasks, all on material that no model here was trained on:

    completion  a function body of a repository is hidden; the query is the 25 lines before it, the sources are the
                repository without it. Of the repository's functions that the body calls: the share whose head is shown
                (callee), and whose lines all are (whole). Of the body's identifiers that the query lacks and the
                sources have: the share that the context has (names).
    in file     the same for one long file with a hole. names, as above.
    needle      a doc comment of a held-out package, taken out of its function; the sources are the package. The share
                of the function's lines that are shown (lines), and whether its head is (callee).

Every variant sees the same scores. Prints a row for each task, budget and variant, with the tokens really used, and one
JSON line.
"""

from __future__ import annotations

import argparse
import ast
import json
import random
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from evaluate_model import rows_of
from training_texts import functions

from longzip import BudgetTooSmall, Compressed, Compressor, Layer, Settings, Source, combine
from longzip.protocols import LanguageModel, Logprobs, Request

IDENTIFIER = re.compile(r"[^\W\d]\w{2,}")
QUERY_LINES = 25


@dataclass(frozen=True, slots=True)
class Wanted:
    """A place that should be shown: 1-based lines of a file, inclusive."""

    path: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Example:
    task: str
    sources: tuple[Source, ...]
    query: str
    wanted: tuple[Wanted, ...] = ()
    names: frozenset[str] = frozenset()


class Remembering:
    """A model that answers what it was asked before from memory: strategies and budgets share the scores."""

    def __init__(self, model: LanguageModel) -> None:
        self.model, self.known = model, dict[Request, Logprobs]()
        self.name = model.name

    def logprobs(self, requests: Sequence[Request]) -> list[Logprobs]:
        new = [request for request in dict.fromkeys(requests) if request not in self.known]
        self.known.update(zip(new, self.model.logprobs(new), strict=True))
        return [self.known[request] for request in requests]


@dataclass(slots=True)
class Tally:
    """Sums over examples, by measure."""

    values: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def add(self, **measures: float) -> None:
        for name, value in measures.items():
            self.values[name].append(value)

    def means(self) -> dict[str, float]:
        return {name: round(float(np.mean(found)), 4) for name, found in self.values.items()}


# --------------------------------------------------------------------------------------------------------- tasks


def completion(data: Path, limit: int, seed: int) -> list[Example]:
    repositories: dict[str, dict[str, str]] = defaultdict(dict)
    for row in rows_of(data / "repoeval" / "sources.jsonl.gz"):
        repositories[row["repo"]][row["file"]] = row["text"]
    places = {repo: list(defined(files)) for repo, files in repositories.items()}
    rows = rows_of(data / "repoeval" / "examples.jsonl.gz")
    random.Random(seed).shuffle(rows)
    found: list[Example] = []
    for row in rows:
        files, hole, body = repositories[row["repo"]], int(row["line"]), row["ground_truth"]
        before = files[row["file"]].split("\n")[:hole]
        shown = {**files, row["file"]: "\n".join(before[: max(0, hole - QUERY_LINES)]) + "\n"}
        homonyms = Counter(name for name, _ in places[row["repo"]])
        called = {name for name in re.findall(r"([A-Za-z_]\w{3,})\s*\(", body) if homonyms[name] in (1, 2)}
        wanted = tuple(
            place for name, place in places[row["repo"]]
            if name in called and (place.path != row["file"] or place.last <= hole - QUERY_LINES)
        )  # fmt: skip
        if wanted and len(found) < limit:
            sources = tuple(Source(name, text) for name, text in sorted(shown.items()) if text.strip())
            query = "\n".join(before[-QUERY_LINES:])
            found.append(Example("completion", sources, query, wanted, missing(body, query, sources)))
    return found


def defined(files: dict[str, str]) -> list[tuple[str, Wanted]]:
    """The functions of a repository, by name."""
    found: list[tuple[str, Wanted]] = []
    for path, text in files.items():
        try:
            tree = ast.parse(text)
        except SyntaxError:
            continue
        found += [
            (node.name, Wanted(path, node.lineno, node.end_lineno or node.lineno))
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        ]
    return found


def missing(body: str, query: str, sources: Sequence[Source]) -> frozenset[str]:
    """The body's identifiers that the query lacks and the sources have."""
    names = set(IDENTIFIER.findall(body)) - set(IDENTIFIER.findall(query))
    return frozenset(names & {name for source in sources for name in IDENTIFIER.findall(source.text)})


def in_file(data: Path, limit: int, seed: int) -> list[Example]:
    rows = rows_of(data / "infile_completion" / "examples.jsonl.gz")
    random.Random(seed).shuffle(rows)
    found: list[Example] = []
    for row in rows:
        lines = row["text"].split("\n")
        at = int(row["line_no"])
        query = "\n".join(lines[max(0, at - QUERY_LINES) : at])
        sources = (Source("module.py", "\n".join(lines[: max(0, at - QUERY_LINES)] + lines[at:])),)
        names = missing(row["gt"], query, sources)
        if names and len(found) < limit:
            found.append(Example("in file", sources, query, (), names))
    return found


def needles(corpus: Path, limit: int, seed: int) -> list[Example]:
    """Doc comments of held-out packages, Python's first; the package without the comment."""
    packages: dict[str, list[dict[str, str]]] = defaultdict(list)
    with (corpus / "documents.jsonl").open(encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            if row["held_out"] and row["language"] != "markdown":
                packages[row["package"]].append(row)
    random_ = random.Random(seed)
    found: list[Example] = []
    for rows in packages.values():
        asked = [(row, item) for row in rows for item in functions(row) if item.doc and 8 < item.text.count("\n") < 80]
        for row, item in random_.sample(asked, min(max(2, limit // len(packages)), len(asked))):
            text = row["text"]
            lines_of_it = item.text.split("\n")
            head = next((line for line in lines_of_it if re.search(rf"\b{re.escape(item.name)}\b", line)), "")
            without = stripped(text, item.doc or "")
            place = without.find(head) if head else -1
            if without == text or place < 0:
                continue
            first = without.count("\n", 0, place) + 1
            sources = tuple(Source(r["path"], without if r is row else r["text"]) for r in rows)
            wanted = Wanted(row["path"], first, first + item.text.count("\n") - lines_of_it.index(head))
            found.append(Example("needle", sources, item.doc or "", (wanted,)))
    random_.shuffle(found)
    return found[:limit]


def stripped(text: str, doc: str) -> str:
    """``text`` without the lines that say what ``doc`` says."""
    said = {line.strip() for line in doc.split("\n") if line.strip()}
    return "\n".join(line for line in text.split("\n") if not any(part in line for part in said))


# ------------------------------------------------------------------------------------------------------ measures


def measured(example: Example, result: Compressed | None) -> dict[str, float]:
    shown: dict[str, set[int]] = defaultdict(set)
    for excerpt in result.sources if result else ():
        for span in excerpt.spans:
            shown[excerpt.path].update(range(span.start_line, span.end_line + 1))
    found: dict[str, float] = {"tokens": float(result.report.got) if result else 0.0}
    if result:
        found["of"] = float(result.report.original_tokens)
    if example.wanted:
        shares = [len(shown[w.path].intersection(range(w.first, w.last + 1))) / (w.last - w.first + 1) for w in example.wanted]
        found["callee"] = float(np.mean([w.first in shown[w.path] for w in example.wanted]))
        found["lines"] = float(np.mean(shares))
        found["whole"] = float(np.mean([share > 0.9 for share in shares]))
    if example.names:
        text = set(IDENTIFIER.findall(result.text)) if result else set()
        found["names"] = len(example.names & text) / len(example.names)
    return found


def results(compressor: Compressor, example: Example, budgets: Sequence[int]) -> Sequence[Compressed | None]:
    """Of each budget the result; None where nothing fits."""
    try:
        return compressor.compress_to(example.sources, query=example.query, budgets=budgets)
    except BudgetTooSmall:
        return [None] if len(budgets) == 1 else [part for budget in budgets for part in results(compressor, example, [budget])]


def settings_of(variant: str) -> Settings:
    """``shares``, or ``default closure=off blocks=statements``: a strategy, and settings."""
    strategy, *given = variant.split()
    words: dict[str, object] = {"on": True, "off": False}
    values = {name: int(value) if value.isdecimal() else words.get(value, value) for name, value in (setting.split("=") for setting in given)}
    return combine(Layer("variant", {"strategy": strategy, "mentions": False} | values)).settings


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with repoeval/ and infile_completion/")
    parser.add_argument("--corpus", type=Path, help="for the held-out packages")
    parser.add_argument("--model", default="embedded")
    parser.add_argument("--budgets", default="1000,2000,4000")
    parser.add_argument("--variants", default="default,default closure=off,shares,longcodezip", help="strategies, with settings")
    parser.add_argument("--seed", type=int, default=1, help="which examples")
    parser.add_argument("--limit", type=int, default=40, help="examples per task")
    arguments = parser.parse_args()
    loaded = Compressor.load(arguments.model)
    model = Remembering(loaded.model)
    limit, seed = arguments.limit, arguments.seed
    examples = [*completion(arguments.data, limit, seed), *in_file(arguments.data, limit, seed)]
    examples += needles(arguments.corpus, limit, seed) if arguments.corpus else []
    budgets = [int(part) for part in arguments.budgets.split(",")]
    tallies: dict[tuple[str, int, str], Tally] = defaultdict(Tally)
    began = time.monotonic()
    for number, example in enumerate(examples):
        print(f"\r{number} of {len(examples)}, {time.monotonic() - began:.0f} s", end="", file=sys.stderr, flush=True)
        for variant in arguments.variants.split(","):
            compressor = Compressor(model, loaded.tokenizer, settings_of(variant), loaded.form)
            for budget, result in zip(budgets, results(compressor, example, budgets), strict=True):
                tallies[example.task, budget, variant].add(**measured(example, result))
        model.known.clear()
    table = [
        {"task": task, "budget": budget, "variant": variant, "examples": len(tally.values["tokens"]), **tally.means()}
        for (task, budget, variant), tally in sorted(tallies.items())
    ]
    print("\n| task | budget | variant | tokens | callee | lines | whole | names |\n|---|---:|---|---:|---:|---:|---:|---:|")
    for row in table:
        cells = " | ".join(f"{row[name]:.2f}" if name in row else "" for name in ("callee", "lines", "whole", "names"))
        print(f"| {row['task']} | {row['budget']:,} | {row['variant']} | {row['tokens']:,.0f} | {cells} |")
    print(json.dumps({"model": model.name, "rows": table}))


if __name__ == "__main__":
    main()
