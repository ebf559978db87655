"""Published data sets as their authors' files have them, one function each.

    lcc             Long Code Completion (LCC_python): context, gt; filtered as in arXiv 2510.00446
    repobench       RepoBench v1.1: context (snippets), cropped_code, next_line
    crosscodeeval   CrossCodeEval: prompt, groundtruth, crossfile_context
    repoqa          RepoQA's JSON: repositories with needles
    swebench        SWE-bench Lite: problem_statement, patch; with local clones at the base commits
    lca             Long Code Arena, module summarisation: target_text, relevant_code_context

From local JSON lines (``.jsonl``, ``.jsonl.gz``; RepoQA: one ``.json``). ``data = "hub:NAME"`` fetches the set with the package
``datasets``, and only then.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from benchmarks.config import TaskTable
from benchmarks.methods.tools import Tools
from benchmarks.tasks.completion import QUERY_LINES, completed
from benchmarks.tasks.data import Row, checked, integer, rows, shuffled, string, text_of
from benchmarks.values import Example, Wanted
from longzip import MissingExtra, Source, SourceError

HUB = "hub:"
DEFINITION = re.compile(r"^\s*(?:async\s+def|def|class)\s")
DECORATOR = re.compile(r"^\s*@")
MOST_CURRENT_LINES, FEWEST_BACKGROUND_TOKENS = 50, 5000  # of LCC, as the paper filters
EXTENSIONS = {"python": "py", "cpp": "cpp", "java": "java", "typescript": "ts", "rust": "rs", "go": "go"}
HUNK = re.compile(r"^@@ -(\d+)(?:,(\d+))? ")


def records(tools: Tools, table: TaskTable, **wanted: type) -> Sequence[Row]:
    """The rows of a local file or, where the table asks for it, of a data set on the hub."""
    if table.data.startswith(HUB):
        return [checked(row, wanted, f"{table.data}, row {number}") for number, row in enumerate(from_hub(table.data.removeprefix(HUB)), 1)]
    return rows(tools.run.place(table.data), **wanted)


def from_hub(name: str) -> Sequence[object]:
    """The test split. Raises MissingExtra without ``datasets``, and SourceError where it cannot be fetched."""
    try:
        load = import_module("datasets").load_dataset
    except ImportError:
        raise MissingExtra("datasets", "bench") from None
    try:
        return list(load(name, split="test"))
    except (OSError, ValueError) as error:
        raise SourceError(f"{name} cannot be fetched ({type(error).__name__}); go online, or give a local file as data.") from None


def lcc(tools: Tools, table: TaskTable, limit: int, seed: int) -> list[Example]:
    """The file is cut at its last function or class: what stands before is the source, what follows the query. Kept where the
    query has at most 50 lines and the source at least 5,000 tokens."""
    found: list[Example] = []
    for number, row in enumerate(records(tools, table, context=str, gt=str)):
        background, current = split_at_definition(string(row, "context"))
        if not background or current.count("\n") + 1 > MOST_CURRENT_LINES:
            continue
        if len(found) < limit and tools.tokenizer.count(background) >= FEWEST_BACKGROUND_TOKENS:
            found.append(completed(f"lcc-{number}", (Source("file.py", background),), current, string(row, "gt")))
    return found


def split_at_definition(text: str) -> tuple[str, str]:
    """At the last line that begins a function or class, its decorators with it; ("", text) where there is none."""
    lines = text.split("\n")
    at = next((row for row in range(len(lines) - 1, -1, -1) if DEFINITION.match(lines[row])), 0)
    while at > 0 and DECORATOR.match(lines[at - 1]):
        at -= 1
    return "\n".join(lines[:at]), "\n".join(lines[at:])


def repobench(tools: Tools, table: TaskTable, limit: int, seed: int) -> list[Example]:
    """The snippets of other files are the sources, with the right one wanted; the code before the next line is the query."""
    found: list[Example] = []
    wanted = {"context": list, "cropped_code": str, "next_line": str, "gold_snippet_index": int}
    for number, row in enumerate(shuffled(records(tools, table, **wanted), seed)[:limit]):
        own: list[Source] = []
        for place, item in enumerate(items(row["context"])):
            snippet = checked(item, {"path": str, "snippet": str}, f"{table.data}, context {place} of an example")
            own.append(Source(f"{place}/{snippet['path']}", string(snippet, "snippet") + "\n"))
        gold = integer(row, "gold_snippet_index")
        places = (Wanted(own[gold].name, 1, own[gold].text.count("\n")),) if 0 <= gold < len(own) else ()
        query = "\n".join(string(row, "cropped_code").rstrip("\n").split("\n")[-QUERY_LINES:])
        key = f"{row.get('repo_name', 'repobench')}:{row.get('file_path', '')}:{number}"
        found.append(completed(key, tuple(own), query, string(row, "next_line"), places))
    return found


def crosscodeeval(tools: Tools, table: TaskTable, limit: int, seed: int) -> list[Example]:
    """The chunks that the set's authors retrieved from other files are the sources."""
    found: list[Example] = []
    for number, row in enumerate(shuffled(records(tools, table, prompt=str, groundtruth=str, crossfile_context=dict), seed)[:limit]):
        context = checked(row["crossfile_context"], {"list": list}, f"{table.data}, crossfile_context of an example")
        own: list[Source] = []
        for place, item in enumerate(items(context["list"])):
            chunk = checked(item, {"retrieved_chunk": str, "filename": str}, f"{table.data}, chunk {place} of an example")
            own.append(Source(f"{place}/{chunk['filename']}", string(chunk, "retrieved_chunk") + "\n"))
        query = "\n".join(string(row, "prompt").split("\n")[-QUERY_LINES:])
        task = row.get("metadata")
        key = str(task.get("task_id", number)) if isinstance(task, dict) else str(number)
        if any(source.text.strip() for source in own):
            found.append(completed(key, tuple(own), query, string(row, "groundtruth"), suffix=str(row.get("right_context", ""))))
    return found


def repoqa(tools: Tools, table: TaskTable, limit: int, seed: int) -> list[Example]:
    """A needle's description is the query; its repository's files are the sources, the other needles the wrong answers."""
    path = tools.run.place(table.data)
    try:
        languages = json.loads(text_of(path))
    except json.JSONDecodeError as error:
        raise SourceError(f"{path}, line {error.lineno}: no JSON ({error.msg}).") from None
    if not isinstance(languages, dict):
        raise SourceError(f"{path}: {type(languages).__name__} in place of an object of languages.")
    found = [
        example
        for language, repositories in languages.items()
        for place, row in enumerate(items(repositories))
        for example in needles(checked(row, {"repo": str, "content": dict, "needles": list}, f"{path}, {language} {place}"), language, str(path))
    ]
    return shuffled(found, seed)[:limit]


def needles(row: Row, language: str, where: str) -> list[Example]:
    content = row["content"]
    assert isinstance(content, dict)
    sources = tuple(Source(name, text, language) for name, text in content.items() if text.strip())
    wanted = {"name": str, "path": str, "start_line": int, "end_line": int, "description": str}
    own = [checked(item, wanted, f"{where}, needle {place} of {row['repo']}") for place, item in enumerate(items(row["needles"]))]
    codes: list[str] = []
    for item in own:
        if item["path"] not in content:
            raise SourceError(f"{where}: the needle {item['name']} is in {item['path']}, which {row['repo']} does not have.")
        codes.append("\n".join(content[item["path"]].split("\n")[integer(item, "start_line") : integer(item, "end_line")]))
    return [
        Example(
            f"{row['repo']}:{item['path']}:{item['name']}", sources, string(item, "description"), hidden=code, kind="question",
            wanted=(Wanted(string(item, "path"), integer(item, "start_line") + 1, integer(item, "end_line")),),
            choices=tuple(other for other in codes if other is not code),
        )
        for item, code in zip(own, codes, strict=True)
    ]  # fmt: skip


def swebench(tools: Tools, table: TaskTable, limit: int, seed: int) -> list[Example]:
    """The issue is the query, the repository at the base commit the source; the lines that the fix changes are wanted.

    ``clones``: a folder with a clone of each repository, named owner__name.
    """
    clones = tools.run.place(table.clones or ".")
    wanted = {"instance_id": str, "repo": str, "base_commit": str, "problem_statement": str, "patch": str}
    found: list[Example] = []
    for row in shuffled(records(tools, table, **wanted), seed)[:limit]:
        clone = clones / string(row, "repo").replace("/", "__")
        sources = at_commit(clone, string(row, "base_commit"))
        names = {source.name for source in sources}
        places = tuple(place for place in changed_lines(string(row, "patch")) if place.path in names)
        found.append(Example(string(row, "instance_id"), sources, string(row, "problem_statement"), wanted=places, kind="question"))
    return found


def changed_lines(patch: str) -> list[Wanted]:
    """The old lines that each hunk of a diff covers, less its context at both ends; an insertion covers the line before."""
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


def at_commit(clone: Path, commit: str) -> tuple[Source, ...]:
    """The Python files of a clone at a commit; nothing is checked out. Raises SourceError where there is no such clone."""
    if not clone.is_dir():
        raise SourceError(f"there is no clone {clone}; make it with git clone, named owner__name.")
    names = git(clone, "ls-tree", "-r", "--name-only", commit).split("\n")
    own = [name for name in names if name.endswith(".py")]
    return tuple(source for name in own if (source := Source(name, git(clone, "show", f"{commit}:{name}"))).text.strip())


def git(clone: Path, *words: str) -> str:
    done = subprocess.run(["git", "-C", str(clone), *words], capture_output=True, timeout=120, check=False)
    if done.returncode != 0:
        raise SourceError(f"git {words[0]} in {clone}: {done.stderr.decode(errors='replace').strip()}.")
    return done.stdout.decode("utf-8", errors="replace")


def module_summaries(tools: Tools, table: TaskTable, limit: int, seed: int) -> list[Example]:
    """A module's code; its documentation is to be written. A judge compares it with the one that people wrote."""
    found: list[Example] = []
    for number, row in enumerate(shuffled(records(tools, table, relevant_code_context=str, docfile_name=str, intent=str, target_text=str), seed)[:limit]):
        query = f"Generate documentation for {row['docfile_name']} about {row['intent']}"
        sources = (Source("module.py", string(row, "relevant_code_context")),)
        found.append(Example(f"{row.get('repo', 'module')}:{row['docfile_name']}:{number}", sources, query, hidden=string(row, "target_text"), kind="question"))
    return found


def items(value: object) -> list[object]:
    return value if isinstance(value, list) else []
