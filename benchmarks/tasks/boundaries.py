"""Where do blocks begin (the paper's third open question)? Functions of real files, and where their statements begin.

A boundary is right where a statement at the top level of the function begins. Any language that longzip cuts by its grammar.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import longzip
from benchmarks.config import TaskTable
from benchmarks.methods.tools import Tools
from benchmarks.tasks.data import shuffled
from benchmarks.values import Example, Wanted
from longzip import Chunk, Format, Settings, Source

FEWEST, MOST = 10, 120  # lines of a function that is asked
ENOUGH, MOST_OF_ONE = 2, 8  # times the limit, from which on a group needs no further file; functions taken of a file
LONG_LINE, COMMENTS = 100, 0.25
WORD = re.compile(r"\w")
COMMENT = ("#", "//", "/*", "*", '"""', "--")


def examples(tools: Tools, table: TaskTable, limit: int, seed: int) -> list[Example]:
    """As many of each language and style as the limit allows; keys begin with both."""
    repository = longzip.read_repository([tools.run.place(table.data)], Settings())
    groups: dict[str, list[Example]] = {}
    for source in shuffled(repository.sources, seed):
        group = f"{tools.form.language(source)}/{style(source.text)}"
        if len(groups.get(group, ())) < ENOUGH * limit and tools.form.fallback(source) is None:
            groups.setdefault(group, []).extend(of_file(tools.form, source, group)[:MOST_OF_ONE])
    return [example for name in sorted(groups) for example in shuffled(groups[name], seed)[:limit]]


def of_file(form: Format, source: Source, group: str) -> list[Example]:
    found: dict[str, Example] = {}
    for chunk in form.split(source):
        edges = statement_lines(form, chunk)
        if chunk.kind == "function" and FEWEST <= chunk.text.count("\n") <= MOST and edges:
            key = f"{group}:{source.name}:{chunk.first_line}"
            part = Source(source.name, chunk.text, source.language)
            found[key] = Example(key, (part,), "boundaries", wanted=tuple(Wanted(source.name, line, line) for line in edges))
    return list(found.values())


def statement_lines(form: Format, chunk: Chunk) -> list[int]:
    """The lines of the chunk, counted from its first, at which its top-level statements begin; without the first of them."""
    own = form.units(chunk.source)[chunk.first_unit : chunk.last_unit]
    heads = [index for index, unit in enumerate(own) if unit.head]
    body = own[heads[-1] + 1 :] if heads else ()
    said = [unit for unit in body if WORD.search(chunk.source.text, unit.start, unit.end)]  # closing brackets say nothing
    if not said:
        return []
    return [unit.first_line - chunk.first_line + 1 for unit in said if len(unit.indent) == len(said[0].indent)][1:]


def style(text: str) -> str:
    """long lines, commented, or plain."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if not lines:
        return "plain"
    if share(len(line) > LONG_LINE for line in lines) > 0.1:
        return "long lines"
    return "commented" if share(line.startswith(COMMENT) for line in lines) > COMMENTS else "plain"


def share(flags: Iterable[bool]) -> float:
    found = list(flags)
    return sum(found) / max(1, len(found))
