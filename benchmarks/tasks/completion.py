"""Completing code: a function body is hidden, in a repository (RepoEval) or in one long file (DevEval's targets).

The query is the code before the hole; the reader sees the context, then that code, and has to foresee the body.
RepoEval is read in two forms:

    a file     as published: rows of prompt and metadata (task_id, ground_truth, fpath_tuple, line_no), and under
               ``clones`` the
               folder of its repositories
    a folder   examples.jsonl.gz (id, repo, file, line, ground_truth) and sources.jsonl.gz (repo, file, text)
"""

from __future__ import annotations

import ast
import keyword
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from benchmarks.config import TaskTable
from benchmarks.lexical import identifiers
from benchmarks.methods.tools import Tools
from benchmarks.tasks.data import checked, integer, listed, rows, shuffled, string
from benchmarks.values import Example, Wanted
from longzip import Source, SourceError

QUERY_LINES = 25
LONGEST_HEAD = 200  # lines between a function's first line and its body: a signature and a doc comment
DEFINITION = re.compile(r"\s*(?:async\s+)?def\s")
CALL = re.compile(r"([A-Za-z_]\w{3,})\s*\(")
PYTHON = frozenset(keyword.kwlist)
ELSEWHERE = frozenset(  # of the languages that look like C, and of Ruby, Lua and PHP
    re.findall(
        r"\w+",
        "abstract and async auto await bool boolean break byte case catch char chan class const continue def default "
        "defer delete double echo else elseif elsif end endif ensure enum export extends extern fallthrough false "
        "final finally float for foreach fun func function goto guard impl implements import include inline "
        "instanceof int interface internal isset lambda let local long match module move mut namespace new nil not "
        "null nullptr override package params private protected public pub range readonly ref require rescue return "
        "self short signed static string struct super switch template then this throw throws trait true try type "
        "typedef typename typeof undefined union unless unsafe unsigned until use using val var virtual void volatile "
        "when where while with yield",
    )
)
HOMONYMS = 2  # definitions of a name up to which a call of it means each of them
Repositories = Callable[[str], Mapping[str, str]]  # of a repository, the texts of its files


@dataclass(frozen=True, slots=True)
class Hole:
    """What is hidden: ``body`` after ``line`` lines of the file ``path``."""

    path: str
    line: int
    body: str


def repoeval(tools: Tools, table: TaskTable, limit: int, seed: int) -> list[Example]:
    """Bodies that call functions of their repository; those are wanted. Of the file, what stands before the open
    function is left."""
    place = tools.run.place(table.data)
    published = place.suffix in (".jsonl", ".gz", ".parquet")
    repositories = folders(tools.run.place(table.clones or ".")) if published else collected(place / "sources.jsonl.gz")
    holes = published_holes(place) if published else own_holes(place / "examples.jsonl.gz")
    places: dict[str, list[tuple[str, Wanted]]] = {}
    found: list[Example] = []
    for key, repo, hole in shuffled(holes, seed):
        if len(found) == limit:
            break
        files = repositories(repo)
        if hole.path not in files or files[hole.path].count("\n") + 1 < hole.line:
            raise SourceError(
                f"{place}, {key}: {repo} has no line {hole.line} of {hole.path}; are these the "
                "repositories of these examples?"
            )
        if repo not in places:
            places[repo] = defined(files)
        example = in_repository(f"{key}@{hole.path}:{hole.line}", files, places[repo], hole)
        if example.wanted:
            found.append(example)
    return found


def own_holes(path: Path) -> list[tuple[str, str, Hole]]:
    """Of each example its name, its repository and what is hidden."""
    found = rows(path, id=str, repo=str, file=str, line=int, ground_truth=str)
    return [
        (
            string(row, "id"),
            string(row, "repo"),
            Hole(string(row, "file"), integer(row, "line"), string(row, "ground_truth")),
        )
        for row in found
    ]


def published_holes(path: Path) -> list[tuple[str, str, Hole]]:
    found: list[tuple[str, str, Hole]] = []
    for row in rows(path, metadata=dict):
        about = checked(
            row["metadata"],
            {"task_id": str, "ground_truth": str, "fpath_tuple": list, "line_no": int},
            f"{row.where}, metadata",
        )
        repo, *parts = [str(part) for part in listed(about["fpath_tuple"])] or [""]
        found.append(
            (
                string(about, "task_id"),
                repo,
                Hole("/".join(parts), integer(about, "line_no"), string(about, "ground_truth")),
            )
        )
    return found


def collected(path: Path) -> Repositories:
    """Repositories out of one file."""
    known: dict[str, dict[str, str]] = defaultdict(dict)
    for row in rows(path, repo=str, file=str, text=str):
        known[string(row, "repo")][string(row, "file")] = string(row, "text")
    return lambda repo: known[repo]


def folders(root: Path) -> Repositories:
    """Repositories that are folders of a folder; of each its Python files."""

    @cache
    def files(repo: str) -> Mapping[str, str]:
        folder = root / repo
        if not repo or not folder.is_dir():
            raise SourceError(f"there is no repository {folder}; name the folder of the repositories under clones.")
        return {
            path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8", errors="replace")
            for path in sorted(folder.rglob("*.py"))
        }

    return files


def in_repository(key: str, files: Mapping[str, str], places: Sequence[tuple[str, Wanted]], hole: Hole) -> Example:
    before = files[hole.path].split("\n")[: hole.line]
    left = hole.line - QUERY_LINES
    shown = {**files, hole.path: "\n".join(before[: opening(before)]) + "\n"}
    wanted = tuple(place for place in callees(hole.body, places) if place.path != hole.path or place.last <= left)
    sources = tuple(Source(name, text) for name, text in sorted(shown.items()) if text.strip())
    query = "\n".join(before[-QUERY_LINES:])
    return completed(key, sources, query, hole.body, wanted)


def completed(
    key: str, sources: tuple[Source, ...], query: str, body: str, wanted: tuple[Wanted, ...] = (), path: str = ""
) -> Example:
    """An example of completion: the reader sees the query right before the body. path: of the file, where it is not in
    the language of the first source."""
    names = missing(body, query, sources, path or next((source.name for source in sources), ""))
    return Example(key, sources, query, query, hidden=body, wanted=wanted, names=names)


def with_imports(example: Example, imports: str) -> Example:
    """The reader also sees the file's imports, before the query."""
    return (
        replace(example, prefix=f"{imports}\n\n{example.prefix}", names=example.names - identifiers(imports))
        if imports
        else example
    )


def opening(before: Sequence[str]) -> int:
    """How many lines stand before the open function, its decorators left out: what is taken away is a whole function,
    so that the file still parses. All but the query's where there is no function."""
    for line in range(len(before) - 1, max(-1, len(before) - 1 - LONGEST_HEAD), -1):
        if DEFINITION.match(before[line]):
            while line > 0 and before[line - 1].lstrip().startswith("@"):
                line -= 1
            return line
    return max(0, len(before) - QUERY_LINES)


def callees(body: str, places: Sequence[tuple[str, Wanted]]) -> list[Wanted]:
    """The functions that a body calls, as far as their names tell."""
    homonyms = Counter(name for name, _ in places)
    called = {name for name in CALL.findall(body) if 0 < homonyms[name] <= HOMONYMS}
    return [place for name, place in places if name in called]


def defined(files: Mapping[str, str]) -> list[tuple[str, Wanted]]:
    """The Python functions of a repository, by name."""
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


def missing(body: str, query: str, sources: Sequence[Source], path: str) -> frozenset[str]:
    """The body's identifiers, its language's keywords left out, that the query lacks and the sources have."""
    names = identifiers(body) - identifiers(query) - (PYTHON if path.endswith((".py", ".pyi")) else ELSEWHERE)
    texts = [source.text for source in sources]
    return frozenset(name for name in names if any(name in text and name in identifiers(text) for text in texts))


def in_file(tools: Tools, table: TaskTable, limit: int, seed: int) -> list[Example]:
    """Of the file, all but the open function; files that do not parse without it are left out: there the hole tore a
    string or a class apart, and what is measured is the hole."""
    path = tools.run.place(table.data) / "examples.jsonl.gz"
    found: list[Example] = []
    for row in shuffled(rows(path, id=str, text=str, gt=str, line_no=int), seed):
        lines, at = string(row, "text").split("\n"), integer(row, "line_no")
        query = "\n".join(lines[max(0, at - QUERY_LINES) : at])
        sources = (Source("module.py", "\n".join(lines[: opening(lines[:at])] + lines[at:])),)
        example = completed(f"{row['id']}:{at}", sources, query, string(row, "gt"))
        example = replace(example, suffix="\n" + "\n".join(lines[at : at + QUERY_LINES]))
        if example.names and len(found) < limit and parses(sources[0].text):
            found.append(example)
    return found


def parses(text: str) -> bool:
    """Whether Python reads the text."""
    try:
        ast.parse(text)
    except (SyntaxError, ValueError):
        return False
    return True
