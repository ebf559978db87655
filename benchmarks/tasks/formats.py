"""Published data sets as their authors' files have them, one function each.

    lcc             Long Code Completion (LCC_python): context, gt; filtered as in arXiv 2510.00446
    repobench       RepoBench v1.1: context (snippets), import_statement, cropped_code, next_line
    crosscodeeval   CrossCodeEval: prompt, groundtruth, crossfile_context
    lca             Long Code Arena, module summarisation: target_text, relevant_code_context

From local JSON lines (``.jsonl``, ``.jsonl.gz``), Parquet as the hub stores it, or a folder of it.
``data = "hub:NAME"`` or ``"hub:NAME:SPLIT"`` fetches the set with the package ``datasets``, and only then.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib import import_module
from itertools import islice

from benchmarks.config import TaskTable
from benchmarks.methods.tools import Tools
from benchmarks.tasks.completion import QUERY_LINES, completed, with_imports
from benchmarks.tasks.data import Row, checked, integer, rows, shuffled, string
from benchmarks.values import Example, Wanted
from longzip import MissingExtra, Source, SourceError

HUB = "hub:"
DEFINITION = re.compile(r"^\s*(?:async\s+def|def|class)\s")
DECORATOR = re.compile(r"^\s*@")
MOST_CURRENT_LINES, FEWEST_BACKGROUND_TOKENS = 50, 5000  # of LCC, as the paper filters
FEWEST_TOKENS, MOST_TOKENS = 1024, 32768  # of a module to be summarised, as the paper's published code filters


def records(tools: Tools, table: TaskTable, **wanted: type) -> Sequence[Row]:
    """The rows of a local file or, where the table asks for it, of a data set on the hub."""
    if table.data.startswith(HUB):
        name, _, split = table.data.removeprefix(HUB).partition(":")
        return [
            checked(row, wanted, f"{table.data}, row {number}")
            for number, row in enumerate(from_hub(name, split or "test"), 1)
        ]
    return rows(tools.run.place(table.data), **wanted)


def from_hub(name: str, split: str) -> Sequence[object]:
    """A split of a data set. Raises MissingExtra without ``datasets``, and SourceError where it cannot be fetched."""
    try:
        load = import_module("datasets").load_dataset
    except ImportError:
        raise MissingExtra("datasets", "hub") from None
    try:
        return list(load(name, split=split))
    except (OSError, ValueError) as error:
        raise SourceError(
            f"{name} cannot be fetched ({type(error).__name__}); go online, or give a local file as data."
        ) from None


def lcc(tools: Tools, table: TaskTable, limit: int, seed: int) -> list[Example]:
    """The file is cut at its last function or class: what stands before is the source, what follows the query. Kept
    where the query has at most 50 lines and the source at least 5,000 tokens, in the file's order."""

    def kept() -> Iterator[Example]:
        for number, row in enumerate(records(tools, table, context=str, gt=str)):
            background, current = split_at_definition(string(row, "context"))
            if (
                background
                and current.count("\n") < MOST_CURRENT_LINES
                and tools.tokenizer.count(background) >= FEWEST_BACKGROUND_TOKENS
            ):
                yield completed(f"lcc-{number}", (Source("file.py", background),), current, string(row, "gt"))

    return list(islice(kept(), limit))


def split_at_definition(text: str) -> tuple[str, str]:
    """At the last line that begins a function or class, its decorators with it; ("", text) where there is none."""
    lines = text.split("\n")
    at = next((row for row in range(len(lines) - 1, -1, -1) if DEFINITION.match(lines[row])), 0)
    while at > 0 and DECORATOR.match(lines[at - 1]):
        at -= 1
    return "\n".join(lines[:at]), "\n".join(lines[at:])


def repobench(tools: Tools, table: TaskTable, limit: int, seed: int) -> list[Example]:
    """The snippets of other files are the sources, with the right one wanted; the code before the next line is the
    query, and the reader sees the file's imports before it, which the set keeps apart."""
    found: list[Example] = []
    wanted = {"context": list, "cropped_code": str, "next_line": str, "gold_snippet_index": int}
    for number, row in enumerate(shuffled(records(tools, table, **wanted), seed)[:limit]):
        own = [
            Source(f"{place}/{snippet['path']}", string(snippet, "snippet") + "\n")
            for place, snippet in enumerate(row.items("context", path=str, snippet=str))
        ]
        gold = integer(row, "gold_snippet_index")
        places = (Wanted(own[gold].name, 1, own[gold].text.count("\n")),) if 0 <= gold < len(own) else ()
        query = last_lines(string(row, "cropped_code").rstrip("\n"))
        key = f"{row.get('repo_name', 'repobench')}:{row.get('file_path', '')}:{number}"
        example = completed(key, tuple(own), query, string(row, "next_line"), places)
        found.append(with_imports(example, str(row.get("import_statement") or "")))
    return found


def crosscodeeval(tools: Tools, table: TaskTable, limit: int, seed: int) -> list[Example]:
    """The chunks that the set's authors retrieved from other files are the sources; the answer goes on in the middle of
    a line."""

    def kept() -> Iterator[Example]:
        for number, row in enumerate(
            shuffled(records(tools, table, prompt=str, groundtruth=str, crossfile_context=dict), seed)
        ):
            context = checked(row["crossfile_context"], {"list": list}, f"{row.where}, crossfile_context")
            own = tuple(
                Source(f"{place}/{chunk['filename']}", string(chunk, "retrieved_chunk") + "\n")
                for place, chunk in enumerate(context.items("list", retrieved_chunk=str, filename=str))
            )
            task = row.get("metadata")
            key = str(task.get("task_id", number)) if isinstance(task, dict) else str(number)
            if any(source.text.strip() for source in own):
                query, suffix = last_lines(string(row, "prompt")), str(row.get("right_context") or "")
                example = completed(key, own, query, string(row, "groundtruth"))
                yield replace(example, suffix=suffix, midline=not query.endswith("\n"))

    return list(islice(kept(), limit))


def last_lines(text: str) -> str:
    return "\n".join(text.split("\n")[-QUERY_LINES:])


def module_summaries(tools: Tools, table: TaskTable, limit: int, seed: int) -> list[Example]:
    """A module's code; its documentation is to be written. A judge compares it with the one that people wrote. Kept
    where the code has 1,024 to 32,768 tokens."""
    wanted = {"relevant_code_context": str, "docfile_name": str, "intent": str, "target_text": str}

    def kept() -> Iterator[Example]:
        for number, row in enumerate(shuffled(records(tools, table, **wanted), seed)):
            source = Source("module.py", string(row, "relevant_code_context"))
            if FEWEST_TOKENS <= tools.tokenizer.count(source.text) <= MOST_TOKENS:
                query = f"Generate documentation for {row['docfile_name']} about {row['intent']}"
                key = f"{row.get('repo', 'module')}:{row['docfile_name']}:{number}"
                yield Example(
                    key, (source,), query, prefix=query, hidden=string(row, "target_text"), kind="documentation"
                )

    return list(islice(kept(), limit))
