"""From an issue to the file and the function (SWE-bench Lite): the functions that the fix changes should be shown.

Needs local clones; git is asked for the files at the base commit, and nothing is checked out. Files that commits share
are kept once.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from benchmarks.config import TaskTable
from benchmarks.methods.tools import Tools
from benchmarks.tasks.data import shuffled, string
from benchmarks.tasks.formats import records
from benchmarks.values import Example, Wanted
from longzip import Format, Source, SourceError

HUNK = re.compile(r"^@@ -(\d+)(?:,(\d+))? ")
PATIENCE = 300  # seconds
Blobs = dict[tuple[str, str], Source]


def examples(tools: Tools, table: TaskTable, limit: int, seed: int) -> list[Example]:
    """The issue is the query, the Python files at the base commit are the sources; wanted are the functions that the
    fix changes, and what it changes outside of any.

    ``clones``: a folder with a clone of each repository, named owner__name.
    """
    clones = tools.run.place(table.clones or ".")
    wanted = {"instance_id": str, "repo": str, "base_commit": str, "problem_statement": str, "patch": str}
    known: Blobs = {}
    found: list[Example] = []
    for row in shuffled(records(tools, table, **wanted), seed)[:limit]:
        clone = clones / string(row, "repo").replace("/", "__")
        sources = at_commit(clone, string(row, "base_commit"), known)
        places = functions_at(tools.form, sources, changed_lines(string(row, "patch")))
        found.append(
            Example(
                string(row, "instance_id"), sources, string(row, "problem_statement"), wanted=places, kind="retrieval"
            )
        )
    return found


def changed_lines(patch: str) -> list[Wanted]:
    """The old lines that each hunk of a diff covers, less its context at both ends; an insertion covers the line
    before."""
    found: list[Wanted] = []
    path, line, touched = "", 0, list[int]()
    for text in [*patch.split("\n"), "diff "]:
        if text.startswith(("diff ", "@@", "--- ")) and touched:
            found.append(Wanted(path, min(touched), max(touched)))
            touched = []
        if text.startswith("--- "):
            path = text[4:].removeprefix("a/").split("\t")[0]
        elif match := HUNK.match(text):
            line = int(match[1])
        elif text.startswith("-"):
            touched.append(line)
            line += 1
        elif text.startswith("+") and not text.startswith("+++"):
            touched.append(max(1, line - 1))
        elif text.startswith(" "):
            line += 1
    return [place for place in found if place.path not in ("", "/dev/null")]


def functions_at(form: Format, sources: Sequence[Source], places: Sequence[Wanted]) -> tuple[Wanted, ...]:
    """The functions that these lines touch, each once; lines outside of functions as they are. Places in other files,
    such as those that the fix makes, are left out."""
    by_name = {source.name: source for source in sources}
    found: dict[Wanted, None] = {}
    for place in places:
        if place.path not in by_name:
            continue
        chunks = [
            chunk
            for chunk in form.split(by_name[place.path])
            if chunk.first_line <= place.last and place.first <= chunk.last_line
        ]
        for chunk in chunks:
            whole = chunk.kind == "function"
            first, last = (
                (chunk.first_line, chunk.last_line)
                if whole
                else (max(place.first, chunk.first_line), min(place.last, chunk.last_line))
            )
            found[Wanted(place.path, first, last)] = None
    return tuple(found)


def at_commit(clone: Path, commit: str, known: Blobs) -> tuple[Source, ...]:
    """The Python files of a clone at a commit. Raises SourceError where there is no such clone or commit."""
    if not clone.is_dir():
        raise SourceError(f"there is no clone {clone}; make it with git clone, named owner__name.")
    listing = git(clone, "ls-tree", "-r", "-z", commit).decode("utf-8", errors="replace")
    own = [
        (name, entry.split(" ")[2])
        for entry, _, name in (line.partition("\t") for line in listing.split("\0"))
        if name.endswith(".py")
    ]
    new = [key for key in own if key not in known]
    known.update(
        {key: Source(key[0], text) for key, text in zip(new, blobs(clone, [sha for _, sha in new]), strict=True)}
    )
    return tuple(known[key] for key in own if known[key].text.strip())


def blobs(clone: Path, shas: Sequence[str]) -> list[str]:
    """The texts of these objects, in one call."""
    content = git(clone, "cat-file", "--batch", asked="".join(f"{sha}\n" for sha in shas).encode()) if shas else b""
    found: list[str] = []
    at = 0
    for _ in shas:
        start = content.index(b"\n", at) + 1
        size = int(content[at : start - 1].split(b" ")[2])
        found.append(content[start : start + size].decode("utf-8", errors="replace"))
        at = start + size + 1
    return found


def git(clone: Path, *words: str, asked: bytes = b"") -> bytes:
    done = subprocess.run(
        ["git", "-C", str(clone), *words], input=asked, capture_output=True, timeout=PATIENCE, check=False
    )
    if done.returncode != 0:
        raise SourceError(f"git {words[0]} in {clone}: {done.stderr.decode(errors='replace').strip()}.")
    return done.stdout
