"""Where do blocks begin (the paper's third open question)? Functions of real files, and where their statements begin.

A boundary is right where a statement at the top level of the function begins. Any language that longzip cuts by its
grammar.
"""

from __future__ import annotations

from collections.abc import Iterator

import longzip
from benchmarks.config import TaskTable
from benchmarks.methods.tools import Tools
from benchmarks.metrics import SAYING
from benchmarks.tasks.data import shuffled
from benchmarks.tasks.styles import minified, style
from benchmarks.values import Example, Wanted
from longzip import Chunk, Format, Settings, Source

FEWEST, MOST = 10, 120  # lines of a function that is asked
ENOUGH, MOST_OF_ONE = 2, 8  # times the limit, from which on a group needs no further file; functions taken of a file


def examples(tools: Tools, table: TaskTable, limit: int, seed: int) -> list[Example]:
    """As many of each language and style as the limit allows; keys begin with both. Each file is asked as it is and
    minified."""
    repository = longzip.read_repository([tools.run.place(table.data)], Settings())
    groups: dict[str, list[Example]] = {}
    for source in shuffled(repository.sources, seed):
        if tools.form.facts.fallback(source) is None:
            for group, written in written_as(
                tools.form, source, {name for name, own in groups.items() if len(own) >= ENOUGH * limit}
            ):
                groups.setdefault(group, []).extend(of_file(tools.form, written, group)[:MOST_OF_ONE])
    return [example for name in sorted(groups) for example in shuffled(groups[name], seed)[:limit]]


def written_as(form: Format, source: Source, full: set[str]) -> Iterator[tuple[str, Source]]:
    """The source and its minified form, with the groups they are in; those of full groups are left out."""
    language = form.facts.language(source)
    if (group := f"{language}/{style(source, language)}") not in full:
        yield group, source
    if (group := f"{language}/minified") not in full and (made := minified(form, source)):
        yield group, made


def of_file(form: Format, source: Source, group: str) -> list[Example]:
    found: dict[str, Example] = {}
    for chunk in form.split(source):
        edges = statement_lines(form, chunk)
        if chunk.kind == "function" and FEWEST <= chunk.text.count("\n") <= MOST and edges:
            key = f"{group}:{source.name}:{chunk.first_line}"
            part = Source(source.name, chunk.text, source.language)
            found[key] = Example(
                key, (part,), "boundaries", wanted=tuple(Wanted(source.name, line, line) for line in edges)
            )
    return list(found.values())


def statement_lines(form: Format, chunk: Chunk) -> list[int]:
    """The lines of the chunk, counted from its first, at which its top-level statements begin; without the first of
    them."""
    own = form.units(chunk.source)[chunk.first_unit : chunk.last_unit]
    heads = [index for index, unit in enumerate(own) if unit.head]
    body = own[heads[-1] + 1 :] if heads else ()
    said = [unit for unit in body if SAYING.search(chunk.source.text, unit.start, unit.end)]
    if not said:
        return []
    return [unit.first_line - chunk.first_line + 1 for unit in said if len(unit.indent) == len(said[0].indent)][1:]
