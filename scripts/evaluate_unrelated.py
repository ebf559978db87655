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
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from training_texts import functions

from benchmarks.tasks.data import rows
from longzip import Compressor, Source

LARGEST = 900_000  # characters of a package
FUNCTIONS = 300


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [dict(row.values) for row in rows(path)]


def questions(data: Path) -> dict[str, list[str]]:
    """Questions of each set that have nothing to do with code, and those of CoSQA."""
    meetings = [
        row["query"] for meeting in rows_of(data / "qmsum" / "val.jsonl.gz") for row in meeting["specific_query_list"]
    ]
    talks = [row["question"] for talk in rows_of(data / "locomo" / "conversations.jsonl.gz") for row in talk["qa"]]
    return {
        "meetings": meetings,
        "conversations": talks,
        "other code questions": [row["query"] for row in rows_of(data / "cosqa" / "queries.jsonl.gz")],
    }


def cases(data: Path, corpus: Path, limit: int, seed: int) -> Iterator[tuple[str, bool, str, tuple[Source, ...]]]:
    """(kind, whether there is an answer, query, sources)."""
    chance, asked = random.Random(seed), questions(data)
    packages = [
        found for found in needles(corpus, 10 * limit, seed) if sum(len(source.text) for source in found[1]) < LARGEST
    ][:limit]
    for own, sources in packages:
        yield "doc comment of the package", True, own, sources
        for kind, texts in asked.items():
            for query in chance.sample(texts, 3):
                yield kind, False, query, sources
        others = [other for other, elsewhere in packages if elsewhere[0].name != sources[0].name]
        yield "doc comment of another package", False, chance.choice(others), sources
    functions = {row["id"]: row["code"] for row in rows_of(data / "cosqa" / "corpus.jsonl.gz")}
    for row in chance.sample(rows_of(data / "cosqa" / "queries.jsonl.gz"), 5 * limit):
        names = [row["gold"], *chance.sample(sorted(functions), FUNCTIONS)]
        yield (
            "code question with its answer",
            True,
            row["query"],
            tuple(Source(f"{name}.py", functions[name]) for name in dict.fromkeys(names)),
        )


def needles(corpus: Path, limit: int, seed: int) -> list[tuple[str, tuple[Source, ...]]]:
    """Doc comments of held-out packages, Python's first; the package without the comment."""
    packages: dict[str, list[dict[str, str]]] = defaultdict(list)
    with (corpus / "documents.jsonl").open(encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            if row["held_out"] and row["language"] != "markdown":
                packages[row["package"]].append(row)
    random_ = random.Random(seed)
    found: list[tuple[str, tuple[Source, ...]]] = []
    for own in packages.values():
        asked = [(row, item) for row in own for item in functions(row) if item.doc and 8 < item.text.count("\n") < 80]
        for row, item in random_.sample(asked, min(max(2, limit // len(packages)), len(asked))):
            text = row["text"]
            head = next((line for line in item.text.split("\n") if re.search(rf"\b{re.escape(item.name)}\b", line)), "")
            without = stripped(text, item.doc or "")
            if without == text or not head or head not in without:
                continue
            sources = tuple(Source(r["path"], without if r is row else r["text"]) for r in own)
            found.append((item.doc or "", sources))
    random_.shuffle(found)
    return found[:limit]


def stripped(text: str, doc: str) -> str:
    """``text`` without the lines that say what ``doc`` says."""
    said = {line.strip() for line in doc.split("\n") if line.strip()}
    return "\n".join(line for line in text.split("\n") if not any(part in line for part in said))


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
    table = [
        {"kind": kind, "answered": answered, "queries": len(flags), "share": sum(flags) / len(flags)}
        for (answered, kind), flags in sorted(said.items(), reverse=True)
    ]
    for row in table:
        print(f"| {row['kind']} | {'yes' if row['answered'] else 'no'} | {row['queries']} | {row['share']:.2f} |")
    print(json.dumps({"model": compressor.model.name, "rows": table}))


if __name__ == "__main__":
    main()
