"""Plant one error in each file of some folders, many times, and see which functions are still chunks of their own.

    python scripts/check_damage.py [FOLDER...] [--times 20] [--seed 0] [--show]

An error is a bracket that is opened and not closed, a closing bracket or ``end`` that is lost, the marks of a merge
conflict, or a line of garbage, on a random line. A function is untouched where its text is the same as before; it is
found where a function of its name holds that text and at most three lines more. Prints a Markdown table by language
and one JSON line. Exit code 1 where fewer than 95 % of the damaged files of all languages keep every untouched
function.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from longzip import Settings, Source, read_repository
from longzip.formats.code import CodeFormat
from longzip.formats.grammar.languages import find
from longzip.types import Chunk

OPENERS = ("(", "[", "{", " foo(bar[", " if (x) {")
CLOSER = re.compile(r"[)\]}]|^\s*end\b")
GARBAGE = ("%$ ??? (((", "@@ -1,3 +1,4 @@ {", "))) }", '"""unclosed', "'")
MORE_LINES = 3  # of a chunk than of the function that it holds
WANTED = 0.95


@dataclass(slots=True)
class Tally:
    """damaged: files with one error. kept: those in which all untouched functions were found. functions, found: of all
    of them."""

    damaged: int = 0
    kept: int = 0
    functions: int = 0
    found: int = 0
    lost: list[str] = field(default_factory=list)


def errors(text: str, chance: random.Random) -> Iterator[tuple[str, str]]:
    """(kind, text with one error) of each kind, at random places."""
    rows = text.split("\n")
    filled = [row for row, line in enumerate(rows) if line.strip()]
    closing = [row for row in filled if CLOSER.search(rows[row])]
    row = chance.choice(filled)
    yield "unclosed", joined(rows, row, [rows[row] + chance.choice(OPENERS)])
    if closing:
        row = chance.choice(closing)
        spans = [match.span() for match in CLOSER.finditer(rows[row])]
        start, end = chance.choice(spans)
        yield "lost", joined(rows, row, [rows[row][:start] + rows[row][end:]])
    row = chance.choice(filled)
    marks = ["<<<<<<< HEAD", rows[row], "=======", rows[row].replace("a", "b"), ">>>>>>> topic"]
    yield "conflict", joined(rows, row, marks)
    row = chance.choice(filled)
    yield "garbage", joined(rows, row, [rows[row], chance.choice(GARBAGE)])


def joined(rows: list[str], row: int, instead: list[str]) -> str:
    return "\n".join([*rows[:row], *instead, *rows[row + 1 :]])


def functions(chunks: list[Chunk]) -> list[Chunk]:
    return [chunk for chunk in chunks if chunk.kind == "function" and chunk.text.strip()]


def holds(chunk: Chunk, function: Chunk) -> bool:
    """Whether a chunk is that function of the undamaged text, and little more."""
    text = function.text.strip()
    return (
        bool(chunk.names)
        and chunk.names[-1] == function.names[-1]
        and text in chunk.text
        and chunk.text.strip().count("\n") <= text.count("\n") + MORE_LINES
    )


def check(source: Source, form: CodeFormat, chance: random.Random, tally: dict[str, Tally]) -> None:
    """Damage a source once in each way, and count."""
    whole = functions(form.split(source))
    for kind, text in errors(source.text, chance):
        untouched = [chunk for chunk in whole if chunk.text.strip() in text and chunk.names]
        if not untouched:
            continue
        chunks = functions(form.split(Source(source.name, text, source.language)))
        lost = [chunk.label for chunk in untouched if not any(holds(other, chunk) for other in chunks)]
        language = find(source)
        for name in (language.name if language else "lines", f"({kind})"):
            row = tally[name]
            row.damaged += 1
            row.kept += not lost
            row.functions += len(untouched)
            row.found += len(untouched) - len(lost)
            if lost:
                row.lost.append(f"{source.name} {kind}: {', '.join(lost)}\n{difference(source.text, text)}")


def difference(before: str, after: str) -> str:
    """The damaged lines."""
    one, other = before.split("\n"), after.split("\n")
    row = next((row for row, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
    return f"    {row + 1}: {one[row]!r} -> {other[row]!r}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path, default=[Path("tests/samples")])
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--languages", help="only these, with commas")
    parser.add_argument("--show", action="store_true", help="print what was lost")
    arguments = parser.parse_args()
    chance, form = random.Random(arguments.seed), CodeFormat()
    tally: dict[str, Tally] = defaultdict(Tally)
    for source in read_repository(arguments.folders, Settings()).sources:
        language = find(source)
        if language is None or (arguments.languages and language.name not in arguments.languages.split(",")):
            continue
        if form.facts.analysis(source).clean:
            for _ in range(arguments.times):
                check(source, form, chance, tally)
    total = Tally()
    print("| | damaged files | all untouched functions found | of functions |\n|---|---:|---:|---:|")
    for name in sorted(tally, key=lambda name: (name.startswith("("), name)):
        row = tally[name]
        print(f"| {name} | {row.damaged:,} | {row.kept / row.damaged:.1%} | {row.found / row.functions:.1%} |")
        if arguments.show:
            print(*row.lost, sep="\n")
        if not name.startswith("("):
            total.damaged += row.damaged
            total.kept += row.kept
            total.functions += row.functions
            total.found += row.found
    share = total.kept / max(1, total.damaged)
    print(f"| **all** | {total.damaged:,} | {share:.1%} | {total.found / max(1, total.functions):.1%} |")
    rows = {name: [row.damaged, row.kept, row.functions, row.found] for name, row in tally.items()}
    print(json.dumps({"times": arguments.times, "seed": arguments.seed, "kept": round(share, 4), "rows": rows}))
    sys.exit(share < WANTED)


if __name__ == "__main__":
    main()
