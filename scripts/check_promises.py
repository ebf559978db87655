"""Check longzip's promises on every file of some folders: tiling, budget, verbatim lines, output that parses.

    python scripts/check_promises.py FOLDER... [--rates 0.1,0.3] [--per-language 500]

Each file is cut, and compressed alone with the n-gram model at each rate; the query is the file's own name in words.
Prints a row per language and, at the end, one JSON line. Exit code 1 where a promise was broken.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

from tree_sitter import Parser

from longzip import BudgetTooSmall, Compressed, Compressor, Settings, Source, read_repository
from longzip.formats.code import CodeFormat
from longzip.formats.languages import find, grammar

GAP = re.compile(r"\.\.\. +(?:\S+ )?\d+ lines? \(\d+(?:-\d+)?\)|\.\.\. \d+ lines? \(\d+(?:-\d+)?\)")


def parses(source: Source, text: str) -> bool:
    """Whether ``text`` parses in the source's language."""
    language = find(source)
    if language is None:
        return False
    return not Parser(grammar(language)).parse(text.encode("utf-8", "surrogatepass")).root_node.has_error


def tiled(form: CodeFormat, source: Source) -> bool:
    chunks, units = form.split(source), form.units(source)
    return (
        "".join(chunk.text for chunk in chunks) == source.text
        and "".join(source.text[unit.start : unit.end] for unit in units) == source.text
    )


def verbatim(source: Source, result: Compressed) -> bool:
    """Whether the result's lines, markers aside, are those that it says it kept."""
    lines = source.text.split("\n")
    kept = [line for file in result.sources for span in file.spans for line in lines[span.start_line - 1 : span.end_line]]
    shown = [line for line in result.text.split("\n") if not GAP.search(line)]
    return [line for line in shown if line.strip()] == [line for line in kept if line.strip() and not GAP.search(line)]


def check(source: Source, compressor: Compressor, rates: list[float], counts: Counter[str], broken: list[str]) -> None:
    counts["files"] += 1
    if not tiled(CodeFormat(), source):
        broken.append(f"{source.name}: tiling")
    good = parses(source, source.text)
    counts["parse"] += good
    words = " ".join(re.findall(r"[a-z]+", source.name.lower())) or "main"
    whole = compressor.count(source.text)
    for rate in rates:
        budget = max(40, int(rate * whole))
        try:
            result = compressor.compress(source, query=words, budget=budget)
        except BudgetTooSmall:
            counts["too small"] += 1
            continue
        counts["results"] += 1
        counts["used"] += result.report.got
        counts["asked"] += min(budget, whole)
        if compressor.count(result.text) > budget:
            broken.append(f"{source.name} at {budget}: over budget")
        if not verbatim(source, result):
            broken.append(f"{source.name} at {budget}: not verbatim")
        if good and not parses(source, result.text):
            broken.append(f"{source.name} at {budget}: does not parse")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--rates", default="0.1,0.3")
    parser.add_argument("--per-language", type=int, default=10**9)
    arguments = parser.parse_args()
    compressor = Compressor.load("ngram", settings=Settings())
    rates = [float(rate) for rate in arguments.rates.split(",")]
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    broken: dict[str, list[str]] = defaultdict(list)
    began = time.monotonic()
    for source in read_repository(arguments.folders, Settings()).sources:
        language = find(source)
        name = language.name if language is not None else "lines"
        if counts[name]["files"] < arguments.per_language:
            check(source, compressor, rates, counts[name], broken[name])
    print(f"{'language':12} {'files':>6} {'parse':>6} {'results':>8} {'used':>6} {'broken':>7}")
    for name, row in sorted(counts.items()):
        share = row["used"] / max(1, row["asked"])
        print(f"{name:12} {row['files']:6} {row['parse']:6} {row['results']:8} {share:6.1%} {len(broken[name]):7}")
    for name in sorted(broken):
        for line in broken[name][:20]:
            print(f"  {name}: {line}")
    total = sum(map(len, broken.values()))
    print(json.dumps({"seconds": round(time.monotonic() - began, 1), "broken": total, "languages": counts}))
    sys.exit(1 if total else 0)


if __name__ == "__main__":
    main()
