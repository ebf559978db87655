"""Builds examples from any repository at hand: completions that need other functions, and needles from doc comments.

    python -m benchmarks.run make completion PATH [--out FILE] [--limit N] [--seed N]
    python -m benchmarks.run make needle PATH [--out FILE] [--limit N] [--seed N]

completion: hides a function that calls functions of the repository; those are wanted, and its body is to be foreseen. needle: takes a doc comment
out of its function and asks for the function in the comment's words. Any language that longzip cuts by its grammar. The
file that is written is small, names the repository by its path from there, and is what the task ``examples`` reads.
"""

from __future__ import annotations

import argparse
import json
import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.functions import MARKS, Function, functions_of
from benchmarks.tasks.completion import HOMONYMS, QUERY_LINES
from benchmarks.tasks.data import shuffled
from benchmarks.tasks.own import read
from longzip import Compressor, Format, SourceError

FEWEST_LINES, MOST_LINES = 4, 60  # of a body
FEWEST_WORDS = 5  # of a doc comment
TAG = re.compile(r"^\s*(?:@\w+|:\w+|Args?:|Returns?:|Raises:|Parameters?\b|-{3,}|>>>)")


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the file; see ``tasks.own``."""

    id: str
    kind: str
    root: str
    path: str
    remove: Sequence[int]
    hidden: Sequence[int]
    wanted: Sequence[Sequence[object]]
    query: str = ""


def completions(form: Format, own: Sequence[Function], root: str) -> Iterator[Row]:
    homes: Mapping[str, list[Function]] = by_name(own)
    for function in own:
        head, doc = function.head(), function.doc()
        if head is None:
            continue
        start = doc[1] if doc and doc[0] > head else head + 1
        if start >= len(function.units):
            continue
        first, last = function.units[start].first_line, function.chunk.last_line
        if not FEWEST_LINES <= last - first + 1 <= MOST_LINES:
            continue
        remove = function.chunk.first_line, last
        places = [
            [used.path, used.chunk.first_line, used.chunk.last_line]
            for used in called(form, function, start, homes)
            if used.path != function.path or used.chunk.last_line < first - QUERY_LINES or used.chunk.first_line > last
        ]
        if places:
            yield Row(f"{function.path}:{function.name}:{first}", "completion", root, function.path, remove, (first, last), places)


def called(form: Format, function: Function, start: int, homes: Mapping[str, Sequence[Function]]) -> list[Function]:
    """The functions of the repository that the body calls, as far as their names tell."""
    first = function.chunk.first_unit + start
    names = {
        reference.name
        for reference in form.references(function.chunk.source)
        if reference.kind == "call" and first <= reference.unit < function.chunk.last_unit
    }  # fmt: skip
    return [home for name in sorted(names) if 0 < len(homes.get(name, ())) <= HOMONYMS for home in homes[name] if home is not function]


def by_name(own: Sequence[Function]) -> Mapping[str, list[Function]]:
    found: dict[str, list[Function]] = defaultdict(list)
    for function in own:
        found[function.name].append(function)
    return found


def needles(_form: Format, own: Sequence[Function], root: str) -> Iterator[Row]:
    for function in own:
        doc = function.doc()
        if doc is None:
            continue
        units = function.units[doc[0] : doc[1]]
        remove = units[0].first_line, units[-1].last_line
        query = said("".join(map(function.text, units)))
        chunk = function.chunk
        rest = chunk.last_line - chunk.first_line - (remove[1] - remove[0])
        if len(query.split()) >= FEWEST_WORDS and FEWEST_LINES <= rest <= 2 * MOST_LINES:
            wanted = [[function.path, chunk.first_line, chunk.last_line]]
            yield Row(f"{function.path}:{function.name}:{chunk.first_line}", "question", root, function.path, remove, (), wanted, query)


def said(comment: str) -> str:
    """What a doc comment says, without marks, tags and examples."""
    lines: list[str] = []
    for line in comment.strip().split("\n"):
        if TAG.match(MARKS.sub("", line)):
            break
        lines.append(MARKS.sub("", MARKS.sub("", line)).strip())
    return "\n".join(lines).strip()


Maker = Callable[[Format, Sequence[Function], str], Iterator[Row]]
MAKERS: Mapping[str, Maker] = {"completion": completions, "needle": needles}


def make(kind: str, path: Path, out: Path, limit: int, seed: int) -> int:
    """Writes the examples; returns how many. Raises SourceError where there are none."""
    form = Compressor.load("ngram").form
    if not path.is_dir():
        raise SourceError(f"there is no folder {path}; name a repository.")
    root = os.path.relpath(path.resolve(), out.resolve().parent)
    own = [function for source in read(path.resolve()) for function in functions_of(form, source)]
    found = shuffled(list(MAKERS[kind](form, own, root)), seed)[:limit]
    if not found:
        raise SourceError(f"{path} has no functions to ask about: {NEEDED[kind]}.")
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text("".join(json.dumps(asdict(row), ensure_ascii=False) + "\n" for row in found), encoding="utf-8")
    return len(found)


NEEDED = {
    "completion": "none of them has 4 to 60 lines and calls another function of the repository",
    "needle": "none of them has a doc comment of five words or more",
}


def main(words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="bench make", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=sorted(MAKERS))
    parser.add_argument("path", type=Path, metavar="PATH", help="the repository")
    parser.add_argument("--out", type=Path, help="the file to write [default: KIND.jsonl here]")
    parser.add_argument("--limit", type=int, default=100, help="examples at the most [default: 100]")
    parser.add_argument("--seed", type=int, default=1, help="which of them [default: 1]")
    given = parser.parse_args(words)
    out: Path = given.out or Path(f"{given.kind}.jsonl")
    count = make(given.kind, given.path, out, given.limit, given.seed)
    print(f'{out}: {count:,} examples; read them with [[tasks]] kind = "examples", data = "{out}"')
    return 0
