"""Builds examples from any repository at hand: completions that need other functions, and needles from doc comments.

    python -m benchmarks.run make completion PATH [--out FILE] [--limit N] [--seed N]
    python -m benchmarks.run make needle PATH [--out FILE] [--limit N] [--seed N]

completion: hides a function that calls functions of the repository; those are wanted, and its body is to be foreseen.
needle: takes a doc comment out of its function and asks for the function in the comment's words, without its name. Left
out are bodies and comments that stand elsewhere too, and functions without which their file does not parse. Any
language that longzip cuts by its grammar. The file that is written is small, names the repository by its path from
there, and is what the task ``examples`` reads.
"""

from __future__ import annotations

import argparse
import json
import os
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

from benchmarks.functions import MARKS, Function, functions_of
from benchmarks.lexical import identifiers
from benchmarks.tasks.completion import HOMONYMS, QUERY_LINES
from benchmarks.tasks.data import shuffled
from benchmarks.tasks.own import read, without
from longzip import Compressor, Format, Reference, Source, SourceError

FEWEST_LINES, MOST_LINES = 4, 60  # of a body
FEWEST_WORDS = 5  # of a doc comment
TELLING = 25  # letters of a line of a comment from which on it must stand nowhere else
IMPLICIT = frozenset(
    {"java", "kotlin", "scala", "csharp", "cpp", "swift", "ruby"}
)  # languages that may leave "this." out
OWN = ("self", "cls", "this", "super()", "super")
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


@dataclass(frozen=True, slots=True)
class Repository:
    """What examples are made of.

    functions: in the order in which they are tried. homes: them by name. lines: how often each line of text stands in
    the repository, marks of comments left out. texts: of all files.
    """

    form: Format
    root: str
    functions: Sequence[Function]
    homes: Mapping[str, Sequence[Function]]
    lines: Mapping[str, int]
    texts: Sequence[str]

    @classmethod
    def of(cls, form: Format, root: str, sources: Sequence[Source], seed: int) -> Repository:
        own = [function for source in sources for function in functions_of(form, source)]
        homes: dict[str, list[Function]] = defaultdict(list)
        for function in own:
            homes[function.name].append(function)
        lines = Counter(unmarked(line) for source in sources for line in source.text.split("\n"))
        return cls(form, root, shuffled(own, seed), homes, lines, [source.text for source in sources])

    def parses_without(self, source: Source, remove: tuple[int, int]) -> bool:
        return self.form.facts.valid(source, without(source.text, remove))


def completions(repository: Repository) -> Iterator[Row]:
    """Functions whose body calls others, stands nowhere else, and without which their file parses."""
    for function in repository.functions:
        head, doc = function.head(), function.doc()
        start = (
            doc[1]
            if doc and head is not None and doc[0] > head
            else (head if head is not None else len(function.units)) + 1
        )
        if start >= len(function.units):
            continue
        source, first, last = function.chunk.source, function.units[start].first_line, function.last_line
        remove = function.first_line, last
        body = "\n".join(source.text.split("\n")[first - 1 : last])
        if not FEWEST_LINES <= last - first + 1 <= MOST_LINES:
            continue
        places = [
            [used.path, used.first_line, used.last_line]
            for used in called(repository, function, start)
            if used.path != function.path or used.last_line < first - QUERY_LINES or used.first_line > last
        ]
        if (
            places
            and sum(text.count(body) for text in repository.texts) == 1
            and repository.parses_without(source, remove)
        ):
            yield Row(
                f"{function.path}:{function.name}:{first}",
                "completion",
                repository.root,
                function.path,
                remove,
                (first, last),
                places,
            )


def called(repository: Repository, function: Function, start: int) -> list[Function]:
    """The functions of the repository that the body calls, as far as names, receivers and imports tell."""
    source, first = function.chunk.source, function.chunk.first_unit + start
    modules = {name for found in repository.form.facts.bindings(source) for name in found.names}
    implicit = repository.form.facts.language(source) in IMPLICIT
    found: dict[tuple[str, int], Function] = {}
    for reference in repository.form.facts.references(source):
        if reference.kind == "call" and first <= reference.unit < function.chunk.first_unit + len(function.units):
            homes = [
                home
                for home in repository.homes.get(reference.name, ())
                if may_mean(reference, home, function, modules, implicit)
            ]
            if len(homes) <= HOMONYMS:
                found |= {(home.path, home.first_line): home for home in homes if home is not function}
    return [home for _, home in sorted(found.items())]


def may_mean(
    reference: Reference, home: Function, function: Function, modules: Collection[str], implicit: bool
) -> bool:
    """Whether a call can be of this function: on the own object it is of a method of the own class, on what is imported
    of a function, on another object of a method of a class that the file names; bare it is of a function, or, where the
    own object is ``implicit``, of a method of the own class."""
    parent = home.chunk.parent
    if reference.qualifier in OWN:
        return parent == function.chunk.parent
    if not reference.qualifier:
        return not parent or (implicit and parent == function.chunk.parent)
    if reference.qualifier.split(".")[0] in modules and not parent:
        return True
    return bool(parent) and parent.rpartition(".")[2] in identifiers(function.chunk.source.text)


def needles(repository: Repository) -> Iterator[Row]:
    """Functions with a doc comment that stands nowhere else."""
    for function in repository.functions:
        doc = function.doc()
        if doc is None:
            continue
        units = function.units[doc[0] : doc[1]]
        remove = units[0].first_line, units[-1].last_line
        comment = "".join(map(function.text, units))
        source = function.chunk.source
        query = unnamed(said(comment), function.name, repository.form.facts.language(source))
        rest = said_lines(source, function.first_line, function.last_line) - said_lines(source, *remove)
        alone = all(repository.lines[line] == 1 for line in map(unmarked, comment.split("\n")) if len(line) >= TELLING)
        if (
            len(query.split()) >= FEWEST_WORDS
            and FEWEST_LINES <= rest <= 2 * MOST_LINES
            and alone
            and repository.parses_without(source, remove)
        ):
            wanted = [[function.path, function.first_line, function.last_line]]
            key = f"{function.path}:{function.name}:{function.first_line}"
            yield Row(key, "question", repository.root, function.path, remove, (), wanted, query)


def said_lines(source: Source, first: int, last: int) -> int:
    """How many of these lines are not blank."""
    return sum(bool(line.strip()) for line in source.text.split("\n")[first - 1 : last])


def unnamed(text: str, name: str, language: str) -> str:
    """The text without the function's name, where that is a name and no word: in Go, whose comments begin with it, or
    where it could be nothing else."""
    telling = language == "go" or name.lower() != name or "_" in name or any(letter.isdigit() for letter in name)
    return re.sub(rf"(?<![\w.]){re.escape(name)}(?!\w)(?:\(\))?", "it", text) if telling and name else text


def unmarked(line: str) -> str:
    return MARKS.sub("", MARKS.sub("", line)).strip()


def said(comment: str) -> str:
    """What a doc comment says, without marks, tags and examples."""
    lines: list[str] = []
    for line in comment.strip().split("\n"):
        if TAG.match(MARKS.sub("", line)):
            break
        lines.append(unmarked(line))
    return "\n".join(lines).strip()


Maker = Callable[[Repository], Iterator[Row]]
MAKERS: Mapping[str, Maker] = {"completion": completions, "needle": needles}


def make(kind: str, path: Path, out: Path, limit: int, seed: int) -> int:
    """Writes the examples; returns how many. Raises SourceError where there are none."""
    form = Compressor.load("ngram").form
    if not path.is_dir():
        raise SourceError(f"there is no folder {path}; name a repository.")
    root = os.path.relpath(path.resolve(), out.resolve().parent)
    found = list(islice(MAKERS[kind](Repository.of(form, root, read(path.resolve()), seed)), limit))
    if not found:
        raise SourceError(f"{path} has no functions to ask about: {NEEDED[kind]}.")
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text("".join(json.dumps(asdict(row), ensure_ascii=False) + "\n" for row in found), encoding="utf-8")
    return len(found)


NEEDED = {
    "completion": "none of them has 4 to 60 lines, calls another function of the repository, and has a body that "
    "stands nowhere else",
    "needle": "none of them has a doc comment of five words or more that stands nowhere else",
}


def main(words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="bench make", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
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
