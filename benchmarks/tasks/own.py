"""The project's own format, which ``bench make`` writes: a repository on disk, and what is taken out of it for each
question.

One JSON object a line:

    id        its name
    kind      "completion" (go on with the code) or "question"
    root      folder of the repository, relative to this file
    path      the file something is taken out of, relative to root
    remove    [first, last], 1-based lines of it that the sources lose; [] for none
    hidden    [first, last], lines of it to be foreseen; [] for none
    query     the question; for completion it may be left out: then the lines before ``hidden`` are it
    wanted    [[path, first, last], ...], places that should be shown, by lines of the files as they are on disk; where
    a
              question has one of them, a reader that writes is asked to repeat it
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import longzip
from benchmarks.config import TaskTable
from benchmarks.methods.tools import Tools
from benchmarks.tasks.completion import QUERY_LINES, completed, missing
from benchmarks.tasks.data import Row, listed, rows, shuffled, string
from benchmarks.values import Example, Wanted
from longzip import Settings, Source, SourceError

Range = tuple[int, int]
NONE: Range = (1, 0)


def examples(tools: Tools, table: TaskTable, limit: int, seed: int) -> list[Example]:
    """Of a question about one place the text there is the answer, and the answers of the same repository's other
    questions are wrong ones."""
    path = tools.run.place(table.data)
    found = rows(path, id=str, kind=str, root=str, path=str, remove=list, hidden=list, wanted=list)
    answers = {(string(row, "root"), string(row, "id")): answer_of(row, path) for row in found if is_needle(row)}
    examples: list[Example] = []
    for row in shuffled(found, seed)[:limit]:
        root = string(row, "root")
        others = tuple(text for (repository, name), text in answers.items() if repository == root and name != row["id"])
        examples.append(example_of(row, path, answers.get((root, string(row, "id")), ""), others))
    return examples


def is_needle(row: Row) -> bool:
    return row["kind"] == "question" and row["hidden"] == [] and len(listed(row["wanted"])) == 1


def answer_of(row: Row, path: Path) -> str:
    """What stands in the one place that is wanted, without what is taken out of it."""
    files, remove = files_for(row, path), removed(row, path)
    (wanted,) = (place(item, string(row, "path"), remove, files, row.where) for item in listed(row["wanted"]))
    text = without(files[wanted.path], remove) if wanted.path == row["path"] else files[wanted.path]
    return "\n".join(text.split("\n")[wanted.first - 1 : wanted.last])


def example_of(row: Row, path: Path, answer: str, others: tuple[str, ...]) -> Example:
    files, remove = files_for(row, path), removed(row, path)
    name = string(row, "path")
    lines = files[name].split("\n")
    hidden = span(row["hidden"], f"{row.where}: hidden", len(lines))
    body = "\n".join(lines[hidden[0] - 1 : hidden[1]])
    before = "\n".join(lines[max(0, hidden[0] - 1 - QUERY_LINES) : hidden[0] - 1]) if body else ""
    query = str(row.get("query") or before)
    sources = tuple(
        Source(path, kept)
        for path, text in files.items()
        if (kept := without(text, remove) if path == name else text).strip()
    )
    wanted = tuple(place(item, name, remove, files, row.where) for item in listed(row["wanted"]))
    key = string(row, "id")
    if row["kind"] == "completion":
        suffix = "\n" + "\n".join(lines[hidden[1] : hidden[1] + QUERY_LINES])
        return replace(completed(key, sources, query, body, wanted, name), prefix=before, suffix=suffix)
    if is_needle(row):
        return Example(key, sources, query, prefix=query, hidden=answer, wanted=wanted, choices=others, kind="needle")
    return Example(
        key, sources, query, hidden=body, wanted=wanted, names=missing(body, query, sources, name), kind="retrieval"
    )


def files_for(row: Row, path: Path) -> Mapping[str, str]:
    """The files of a row's repository, its own among them."""
    found = files_of((path.parent / string(row, "root")).resolve())
    if row["path"] not in found:
        raise SourceError(f"{row.where}: there is no file {row['path']} under {row['root']}.")
    return found


def removed(row: Row, path: Path) -> Range:
    return span(row["remove"], f"{row.where}: remove", files_for(row, path)[string(row, "path")].count("\n") + 1)


@lru_cache(maxsize=8)
def files_of(root: Path) -> Mapping[str, str]:
    """The text files of a repository by their path in it."""
    if not root.is_dir():
        raise SourceError(f"there is no folder {root}; the examples were made from it.")
    return {source.name: source.text for source in read(root)}


def read(root: Path) -> list[Source]:
    """The text files of a folder, named by their paths in it."""
    found = longzip.read_repository([root], Settings())
    return [replace(source, name=within(root, source.name)) for source in found.sources]


def within(root: Path, name: str) -> str:
    """A file's path in the folder, given a path that ends in it."""
    parts = name.split("/")
    return next(
        ("/".join(parts[first:]) for first in range(len(parts)) if root.joinpath(*parts[first:]).is_file()), name
    )


def span(value: object, where: str, length: int) -> Range:
    """First and last line; NONE for []."""
    if value == []:
        return NONE
    if not (
        isinstance(value, list)
        and len(value) == 2
        and all(isinstance(line, int) for line in value)
        and 1 <= value[0] <= value[1] <= length
    ):
        raise SourceError(f"{where} is {value}; give [first, last] within the file's {length} lines.")
    return value[0], value[1]


def without(text: str, remove: Range) -> str:
    lines = text.split("\n")
    return "\n".join(lines[: remove[0] - 1] + lines[remove[1] :])


def place(item: object, name: str, remove: Range, files: Mapping[str, str], where: str) -> Wanted:
    """A wanted place by the lines that are left. What is taken out of its middle shortens it."""
    if not (isinstance(item, list) and len(item) == 3 and item[0] in files):
        raise SourceError(f"{where}: wanted has {item}; give [path, first, last] of a file that is there.")
    first, last = span(item[1:], f"{where}: wanted", files[item[0]].count("\n") + 1)
    if item[0] != name or last < remove[0]:
        return Wanted(item[0], first, last)
    gone = remove[1] - remove[0] + 1
    inside = max(0, min(last, remove[1]) - max(first, remove[0]) + 1)
    if inside > last - first:
        raise SourceError(f"{where}: wanted has {item}, all of which is taken out.")
    start = first - gone if first > remove[1] else min(first, remove[0])
    return Wanted(item[0], start, start + last - first - inside)
