"""Check longzip's promises on every file of some folders: tiling, budget, verbatim lines, output that parses.

    python scripts/check_promises.py FOLDER... [--rates 0.1,0.3] [--per-language 500]

Each file is cut, and compressed alone with the n-gram model at each rate; the query is the file's own name in words.
Prints a Markdown table by language and, at the end, one JSON line. Exit code 1 where a promise was broken.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import sys
import time
import warnings
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from longzip import BudgetTooSmall, Compressed, Compressor, Settings, Source, read_repository
from longzip.formats.code import CodeFormat
from longzip.formats.grammar.languages import find

GAP = re.compile(r"\.\.\. +(?:\S+ )?[\d,]+ lines? \(\d+(?:-\d+)?\)")


@dataclass(slots=True)
class Tally:
    """What was found in a language's files. parse: files that parse. sound: results of such files. used: shares of
    budgets of results whose file is more than twice the budget."""

    files: int = 0
    parse: int = 0
    results: int = 0
    sound: int = 0
    too_small: int = 0
    widened: int = 0
    used: list[float] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def count(self, what: str) -> int:
        return sum(what in line for line in self.broken)

    def summary(self) -> dict[str, float]:
        """Plain numbers."""
        return {
            "files": self.files, "parse": self.parse, "results": self.results, "of files that parse": self.sound,
            "invalid": self.count("does not"), "over budget": self.count("over budget"),
            "guards without exit": self.count("guard"),
            "not verbatim or tiled": self.count("verbatim") + self.count("tiling"),
            "budget too small": self.too_small, "widened": self.widened,
            "median use": round(median(self.used), 4) if self.used else 0.0, "seconds": round(self.seconds, 1),
        }  # fmt: skip


def language_of(source: Source) -> str | None:
    language = find(source)
    return language.name if language is not None else None


def tiled(form: CodeFormat, source: Source) -> bool:
    chunks, units = form.split(source), form.units(source)
    return (
        "".join(chunk.text for chunk in chunks) == source.text
        and "".join(source.text[unit.start : unit.end] for unit in units) == source.text
    )


def verbatim(source: Source, result: Compressed) -> bool:
    """Whether the result's lines, markers aside, are those that it says it kept."""
    lines = source.text.split("\n")
    kept = [
        line for file in result.sources for span in file.spans for line in lines[span.start_line - 1 : span.end_line]
    ]
    shown = [line for line in result.text.split("\n") if not GAP.search(line)]
    return [line for line in shown if line.strip()] == [line for line in kept if line.strip() and not GAP.search(line)]


def compiles(text: str) -> bool:
    """Whether Python's own parser takes the text."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def bare_guards(text: str) -> Counter[str]:
    """The conditions of ``if`` statements without an ``else`` whose body does nothing."""
    return Counter(
        ast.unparse(node.test)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.If)
        and not node.orelse
        and all(isinstance(part, ast.Expr) and ast.unparse(part) == "..." for part in node.body)
    )


def guards(text: str) -> Counter[str]:
    """The conditions of ``if`` statements whose body only leaves."""
    leaving = ast.Return | ast.Raise | ast.Continue | ast.Break
    return Counter(
        ast.unparse(node.test)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.If) and not node.orelse and len(node.body) == 1 and isinstance(node.body[0], leaving)
    )


def guards_kept(text: str, result: str) -> bool:
    """Whether no ``if`` stands without its exit: a condition that the result leaves without a body always had one of
    another kind in the source."""
    others = Counter(ast.unparse(node.test) for node in ast.walk(ast.parse(text)) if isinstance(node, ast.If))
    others.subtract(guards(text))
    return all(count <= others[test] for test, count in bare_guards(result).items())


def check(source: Source, compressor: Compressor, rates: list[float], tally: Tally) -> None:
    """Cut and compress one file, and count what comes of it."""
    tally.files += 1
    form, python = CodeFormat(), language_of(source) == "python"
    if not tiled(form, source):
        tally.broken.append(f"{source.name}: tiling")
    good = form.facts.analysis(source).clean
    compiled = python and compiles(source.text)
    tally.parse += good
    words = " ".join(re.findall(r"[a-z]+", source.name.lower())) or "main"
    whole = compressor.count(source.text)
    for rate in rates:
        budget = max(40, int(rate * whole))
        try:
            result = compressor.compress(source, query=words, budget=budget)
        except BudgetTooSmall:
            tally.too_small += 1
            continue
        tally.results += 1
        tally.sound += good
        tally.widened += result.report.widened
        if whole > 2 * budget:
            tally.used.append(result.report.got / budget)
        if compressor.count(result.text) > budget:
            tally.broken.append(f"{source.name} at {budget}: over budget")
        if not verbatim(source, result):
            tally.broken.append(f"{source.name} at {budget}: not verbatim")
        if good and not form.facts.valid(source, result.text):
            tally.broken.append(f"{source.name} at {budget}: does not parse")
        if compiled and not compiles(result.text):
            tally.broken.append(f"{source.name} at {budget}: does not compile")
        elif compiled and not guards_kept(source.text, result.text):
            tally.broken.append(f"{source.name} at {budget}: a guard stands without its exit")


def table(tallies: dict[str, Tally]) -> str:
    """A Markdown table, a row for each language and one for all."""
    rows = {language: tally.summary() for language, tally in sorted(tallies.items())}
    names = list(next(iter(rows.values()), {}))
    lines = ["| language | " + " | ".join(names) + " |", "|---|" + "---:|" * len(names)]
    for language, row in rows.items():
        lines.append(f"| {language} | " + " | ".join(shown(name, row[name]) for name in names) + " |")
    total = {name: sum(row[name] for row in rows.values()) for name in names}
    total["median use"] = round(median([share for tally in tallies.values() for share in tally.used] or [0.0]), 4)
    return "\n".join([*lines, "| **all** | " + " | ".join(shown(name, total[name]) for name in names) + " |"])


def shown(name: str, value: float) -> str:
    return f"{value:.1%}" if name == "median use" else f"{value:,.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--rates", default="0.1,0.3")
    parser.add_argument("--per-language", type=int, default=10**9)
    arguments = parser.parse_args()
    compressor = Compressor.load("ngram", settings=Settings())
    rates = [float(rate) for rate in arguments.rates.split(",")]
    tallies: dict[str, Tally] = defaultdict(Tally)
    for source in read_repository(arguments.folders, Settings()).sources:
        tally = tallies[language_of(source) or "lines"]
        if tally.files < arguments.per_language:
            began = time.monotonic()
            check(source, compressor, rates, tally)
            tally.seconds += time.monotonic() - began
    print(table(tallies))
    for name in sorted(tallies):
        for line in tallies[name].broken[:20]:
            print(f"  {name}: {line}")
    total = sum(len(tally.broken) for tally in tallies.values())
    print(json.dumps({"broken": total, "languages": {name: tally.summary() for name, tally in tallies.items()}}))
    sys.exit(1 if total else 0)


if __name__ == "__main__":
    main()
