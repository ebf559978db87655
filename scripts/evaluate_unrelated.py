"""How often longzip says that nothing in a repository has to do with a query: where that is true, and where it is not.

    python scripts/evaluate_unrelated.py --data DATA --corpus .corpus [--limit 20]

Queries with an answer: doc comments of held-out packages, against the package without the comment; questions of CoSQA,
against 300 functions with the right one among them. Queries without: questions about meetings (QMSum) and about private
conversations (LoCoMo), questions of CoSQA and doc comments of other packages, each against a held-out package.
Prints a Markdown table and one JSON line.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from evaluate_model import rows_of
from evaluate_selection import needles

from longzip import Compressor, Source

LARGEST = 900_000  # characters of a package
FUNCTIONS = 300


def questions(data: Path) -> dict[str, list[str]]:
    """Questions of each set that have nothing to do with code, and those of CoSQA."""
    meetings = [row["query"] for meeting in rows_of(data / "qmsum" / "val.jsonl.gz") for row in meeting["specific_query_list"]]
    talks = [row["question"] for talk in rows_of(data / "locomo" / "conversations.jsonl.gz") for row in talk["qa"]]
    return {"meetings": meetings, "conversations": talks, "other code questions": [row["query"] for row in rows_of(data / "cosqa" / "queries.jsonl.gz")]}


def cases(data: Path, corpus: Path, limit: int, seed: int) -> Iterator[tuple[str, bool, str, tuple[Source, ...]]]:
    """(kind, whether there is an answer, query, sources)."""
    chance, asked = random.Random(seed), questions(data)
    packages = [example for example in needles(corpus, 10 * limit, seed) if sum(len(s.text) for s in example.sources) < LARGEST][:limit]
    for example in packages:
        yield "doc comment of the package", True, example.query, example.sources
        for kind, texts in asked.items():
            for query in chance.sample(texts, 3):
                yield kind, False, query, example.sources
        others = [other.query for other in packages if other.sources[0].name != example.sources[0].name]
        yield "doc comment of another package", False, chance.choice(others), example.sources
    functions = {row["id"]: row["code"] for row in rows_of(data / "cosqa" / "corpus.jsonl.gz")}
    for row in chance.sample(rows_of(data / "cosqa" / "queries.jsonl.gz"), 5 * limit):
        names = [row["gold"], *chance.sample(sorted(functions), FUNCTIONS)]
        yield "code question with its answer", True, row["query"], tuple(Source(f"{name}.py", functions[name]) for name in dict.fromkeys(names))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=20, help="packages")
    parser.add_argument("--seed", type=int, default=3)
    arguments = parser.parse_args()
    compressor = Compressor.load()
    said: dict[tuple[bool, str], list[bool]] = defaultdict(list)
    for kind, answered, query, sources in cases(arguments.data, arguments.corpus, arguments.limit, arguments.seed):
        report = compressor.compress(sources, query=query, budget=500).report
        said[answered, kind].append(not report.related)
    print("| query | has an answer | queries | said to have none |\n|---|---|---:|---:|")
    rows = [{"kind": kind, "answered": answered, "queries": len(flags), "share": sum(flags) / len(flags)} for (answered, kind), flags in sorted(said.items(), reverse=True)]
    for row in rows:
        print(f"| {row['kind']} | {'yes' if row['answered'] else 'no'} | {row['queries']} | {row['share']:.2f} |")
    print(json.dumps({"model": compressor.model.name, "rows": rows}))


if __name__ == "__main__":
    main()
