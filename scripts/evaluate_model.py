"""How well a model tells which code matters, beside random order, BM25 and sentence embeddings; how fast, how exact.

    python scripts/evaluate_model.py --data FOLDER [--corpus .corpus] [--embeddings DIR] [--limit 100] [--depth 100]

Tasks, all on material that no model here was trained on, each scored by the mean reciprocal rank of what is right:
cosqa (web query -> function), repoeval (25 lines before a hole -> the functions that the hidden body calls), held-out
packages of the corpus (doc comment -> function of its language). Candidates are BM25's best --depth and the right ones,
or, with --depth 0, all of them; of doc comments 99 others, or all. BM25 has the word statistics of everything that
could be found, as its users would give it: of the whole set, not of the candidates, which all have the query's words.
Each method is compared with BM25, paired by question, with the 95 % interval of a bootstrap. Also: boundaries of blocks
against the edges of top-level statements, bits per byte and tokens per second. Prints a table and one JSON line.
"""

from __future__ import annotations

import argparse
import ast
import json
import math
import random
import re
import sys
import textwrap
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.embeddings import encode
from benchmarks.lexical import Index
from benchmarks.metrics import bootstrap
from benchmarks.tasks.completion import CALL, HOMONYMS, QUERY_LINES
from benchmarks.tasks.data import integer, rows, shuffled, string
from longzip.models import ngram
from longzip.models.networks import transformers
from longzip.models.networks.identity import BUNDLED
from longzip.protocols import LanguageModel, Request
from longzip.scoring.ami import line_surprises, relevance
from longzip.scoring.names import support
from longzip.selection.spikes import spikes
from longzip.strategies import ranking

Scores = NDArray[np.float64]
Method = Callable[["Question"], Scores]
DEPTH = 100


@dataclass(frozen=True, slots=True)
class Question:
    """names: what each candidate is called. words: BM25 of each, by the statistics of all that could be found."""

    query: str
    candidates: tuple[str, ...]
    right: frozenset[int]
    names: tuple[str, ...]
    words: tuple[float, ...]


# ------------------------------------------------------------------------------------------------------- methods


def by_model(model: LanguageModel) -> Method:
    return lambda question: np.array(relevance(model, question.query, question.candidates))


def lexical(question: Question) -> Scores:
    return np.array(question.words)


def by_names(ami: Method) -> Method:
    """AMI, and the names that the query uses."""

    def score(question: Question) -> Scores:
        found = list(ami(question))
        named = support(question.query, [[name] for name in question.names])
        return np.array(ranking.fused(found, float(np.std(found)) or 1.0, {"names": named}))

    return score


def fused(one: Method, other: Method) -> Method:
    """The sum of both methods' standardised scores."""

    def score(question: Question) -> Scores:
        total = np.zeros(len(question.candidates))
        for method in (one, other):
            values = method(question)
            total += (values - values.mean()) / (values.std() + 1e-9)
        return total

    return score


def by_embeddings(folder: Path, texts: list[str], queries: list[str]) -> Method:
    known = dict(zip([*texts, *queries], encode(folder, [*texts, *queries], 256), strict=True))
    return lambda question: np.array([float(known[question.query] @ known[text]) for text in question.candidates])


# --------------------------------------------------------------------------------------------------------- tasks


@dataclass(frozen=True, slots=True)
class Pool:
    """All that could be found: (name, text) of each, and their word statistics. depth: of the candidates; 0 for all."""

    items: Sequence[tuple[str, str]]
    index: Index
    depth: int

    @classmethod
    def of(cls, items: Sequence[tuple[str, str]], depth: int) -> Pool:
        return cls(items, Index([text for _name, text in items]), depth)

    def ask(self, query: str, right: set[int], left_out: set[int]) -> Question:
        """A question over BM25's best and the right ones."""
        words = self.index.scores(query)
        order = [int(number) for number in np.argsort(-words, kind="stable") if number not in left_out]
        return self.among(query, {*order[: self.depth or len(order)], *right}, right, words)

    def among(self, query: str, chosen: set[int], right: set[int], words: Scores) -> Question:
        """A question over the chosen ones. words: BM25 of all."""
        numbers = sorted(chosen)
        return Question(
            query,
            tuple(self.items[number][1] for number in numbers),
            frozenset(numbers.index(number) for number in right),
            tuple(self.items[number][0] for number in numbers),
            tuple(float(words[number]) for number in numbers),
        )


def cosqa(data: Path, limit: int, depth: int) -> list[Question]:
    corpus = {
        integer(row, "id"): string(row, "code") for row in rows(data / "cosqa" / "corpus.jsonl.gz", id=int, code=str)
    }
    ids, texts = list(corpus), list(corpus.values())
    places = {name: number for number, name in enumerate(ids)}
    queries = shuffled(rows(data / "cosqa" / "queries.jsonl.gz", query=str, gold=int), 0)
    pool = Pool.of([((re.findall(r"def\s+(\w+)", text) or [""])[0], text) for text in texts], depth)
    return [pool.ask(string(row, "query"), {places[integer(row, "gold")]}, set()) for row in queries[:limit]]


def repoeval(data: Path, limit: int, depth: int) -> list[Question]:
    functions: dict[str, list[tuple[str, str, str, int, int]]] = defaultdict(list)
    texts: dict[tuple[str, str], str] = {}
    for row in rows(data / "repoeval" / "sources.jsonl.gz", repo=str, file=str, text=str):
        repo, file, whole = string(row, "repo"), string(row, "file"), string(row, "text")
        texts[repo, file] = whole
        try:
            tree = ast.parse(whole)
        except SyntaxError:
            continue
        lines = whole.split("\n")
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno < 120:
                text = "\n".join(lines[node.lineno - 1 : node.end_lineno])
                functions[repo].append((node.name, text, file, node.lineno, node.end_lineno or 0))
    examples = shuffled(
        rows(data / "repoeval" / "examples.jsonl.gz", repo=str, file=str, line=int, ground_truth=str), 0
    )
    pools = {repo: Pool.of([item[:2] for item in found], depth) for repo, found in functions.items()}
    questions: list[Question] = []
    for row in examples:
        repo, file, hole = string(row, "repo"), string(row, "file"), integer(row, "line")
        found = functions[repo]
        names = Counter(item[0] for item in found)
        called = {name for name in CALL.findall(string(row, "ground_truth")) if 0 < names[name] <= HOMONYMS}
        here = {n for n, item in enumerate(found) if item[2] == file and item[3] <= hole + 1 <= item[4] + 1}
        right = {n for n, item in enumerate(found) if item[0] in called} - here
        if right and len(questions) < limit:
            query = "\n".join(texts[repo, file].split("\n")[:hole][-QUERY_LINES:])
            questions.append(pools[repo].ask(query, right, here))
    return questions


def held_out(corpus: Path, language: str, limit: int, depth: int) -> list[Question]:
    """Doc comments of the held-out packages, each among 100 functions of its language, half from its own package; among
    all with a depth of 0."""
    from training_texts import functions

    with (corpus / "documents.jsonl").open(encoding="utf-8") as lines:
        rows = [row for row in map(json.loads, lines) if row["held_out"] and row["language"] == language]
    found = list({item.text: item for row in rows for item in functions(row) if 60 < len(item.text) < 4000}.values())
    random_ = random.Random(0)
    asked = [number for number, item in enumerate(found) if item.doc]
    pool = Pool.of([(item.name, item.text) for item in found], depth)
    questions = []
    for number in random_.sample(asked, min(limit, len(asked))):
        same = [n for n, item in enumerate(found) if item.package == found[number].package and n != number]
        picked = random_.sample(same, min(50, len(same)))
        picked += random_.sample(range(len(found)), min(99, len(found) - 1) - len(picked))
        chosen = {*picked, number} if depth else set(range(len(found)))
        query = found[number].doc or ""
        questions.append(pool.among(query, chosen, {number}, pool.index.scores(query)))
    return questions


# -------------------------------------------------------------------------------------------------- measurements


def reciprocal_rank(scores: Scores, right: frozenset[int]) -> float:
    """Mean over the right ones of 1 / rank; equal scores count half as better."""
    ranks = [1 + (scores > scores[one]).sum() + ((scores == scores[one]).sum() - 1) / 2 for one in right]
    return float(np.mean([1 / rank for rank in ranks]))


def read_lines(model: LanguageModel, texts: Sequence[str]) -> list[tuple[set[int], list[float | None]]]:
    """Of Python functions, the lines at which a top-level statement starts, but for the first, and each line's
    surprise."""
    functions = [(text, ast.parse(text).body[0]) for text in texts]
    return [
        (
            {statement.lineno - 1 for statement in function.body[1:]},
            line_surprises(text, model.logprobs([Request("", text)])[0]),
        )
        for text, function in functions
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def boundaries(read: Sequence[tuple[set[int], list[float | None]]], alpha: float) -> tuple[float, float]:
    """Precision and recall of the block boundaries against the starts of statements, see ``read_lines``."""
    hits = found = wanted = 0
    for edges, surprises in read:
        cuts = set(spikes(surprises, alpha))
        hits, found, wanted = hits + len(cuts & edges), found + len(cuts), wanted + len(edges)
    return hits / max(1, found), hits / max(1, wanted)


def bits_per_byte(model: LanguageModel, texts: Sequence[str]) -> float:
    nats = -sum(float(answer.values.sum()) for answer in model.logprobs([Request("", text) for text in texts]))
    return nats / math.log(2) / sum(len(text.encode()) for text in texts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with cosqa/ and repoeval/")
    parser.add_argument("--model", default="embedded", help="embedded, ngram, or a model directory")
    parser.add_argument("--corpus", type=Path, help="for the held-out packages")
    parser.add_argument("--embeddings", type=Path, help="a folder with a sentence encoder, as a baseline")
    parser.add_argument("--limit", type=int, default=100, help="questions per task")
    parser.add_argument("--depth", type=int, default=DEPTH, help="candidates of a question; 0: all there are")
    arguments = parser.parse_args()
    folder = str(BUNDLED) if arguments.model == "embedded" else arguments.model
    model: LanguageModel = ngram.load() if folder == "ngram" else transformers.load(folder)
    asked = arguments.data, arguments.limit, arguments.depth
    tasks = {"cosqa": cosqa(*asked), "repoeval": repoeval(*asked)}
    for language in ("python", "java", "go", "typescript", "rust", "c") if arguments.corpus else ():
        questions = held_out(arguments.corpus, language, min(40, arguments.limit), arguments.depth)
        tasks |= {f"held-out {language}": questions} if questions else {}

    table: dict[str, dict[str, float]] = defaultdict(dict)
    beside: dict[str, dict[str, list[float]]] = defaultdict(dict)
    counted = seconds = 0.0
    print(f"{'task':20} {'questions':>9}  MRR", file=sys.stderr)
    for task, questions in tasks.items():
        random_ = np.random.default_rng(0)
        memory: dict[int, Scores] = {}

        def ami(question: Question, memory: dict[int, Scores] = memory) -> Scores:
            if id(question) not in memory:
                memory[id(question)] = by_model(model)(question)
            return memory[id(question)]

        def chance(question: Question, random_: np.random.Generator = random_) -> Scores:
            return random_.random(len(question.candidates))

        methods: dict[str, Method] = {"random": chance, "bm25": lexical}
        if arguments.embeddings:
            texts = list({text: None for question in questions for text in question.candidates})
            methods["embeddings"] = by_embeddings(
                arguments.embeddings, texts, [question.query for question in questions]
            )
        methods |= {"ami": ami, "ami + names": by_names(ami), "ami + bm25": fused(ami, lexical)}
        ranks: dict[str, Scores] = {}
        for name, method in methods.items():
            began = time.monotonic()
            ranks[name] = np.array([reciprocal_rank(method(question), question.right) for question in questions])
            table[task][name] = round(float(ranks[name].mean()), 3)
            if name == "ami":
                seconds += time.monotonic() - began
                counted += sum(model.count(text) + model.count(q.query) for q in questions for text in q.candidates)  # type: ignore[attr-defined]
        print(
            f"{task:20} {len(questions):9}  " + "  ".join(f"{name} {value:.3f}" for name, value in table[task].items()),
            flush=True,
        )
        for name, own in ranks.items():
            found = bootstrap(list(own - ranks["bm25"]))
            beside[task][name] = [round(value, 3) for value in (found.mean, found.low, found.high)]
        told = (f"{name} {low:+.3f} to {high:+.3f}" for name, (_mean, low, high) in beside[task].items())
        print(f"{'  beyond bm25':30}  " + "  ".join(told), flush=True)
    summary: dict[str, Any] = {
        "model": model.name,
        "mrr": table,
        "beyond bm25": beside,
        "tokens_per_second": round(counted / max(seconds, 1e-9)),
    }
    if arguments.corpus:
        from training_texts import functions

        with (arguments.corpus / "documents.jsonl").open(encoding="utf-8") as lines:
            rows = [row for row in map(json.loads, lines) if row["held_out"] and row["language"] == "python"][:60]
        summary["bits_per_byte"] = round(bits_per_byte(model, [row["text"][:6000] for row in rows]), 3)
        parts = [
            textwrap.dedent(item.text) for row in rows for item in functions(row) if 12 < item.text.count("\n") < 80
        ][:150]
        read = read_lines(model, [part for part in parts if parsed(part)])
        for alpha in (0.0, 0.25, 0.5, 1.0, 1.5, 2.0):
            precision, recall = boundaries(read, alpha)
            summary[f"boundaries alpha {alpha}"] = [round(precision, 3), round(recall, 3)]
            print(f"boundaries at alpha {alpha}: precision {precision:.3f}, recall {recall:.3f}")
        print(f"bits per byte {summary['bits_per_byte']}")
    print(f"tokens per second {summary['tokens_per_second']:,}")
    print(json.dumps(summary))


def parsed(text: str) -> bool:
    try:
        return bool(ast.parse(text).body)
    except SyntaxError:
        return False


if __name__ == "__main__":
    main()
