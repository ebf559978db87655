"""RepoQA's needle functions, from its JSON: languages, their repositories (content, dependency), their needles.

The sources are the whole repository or, with ``size`` (16384 in arXiv 2510.00446), as much of it around the needle:
files in the order in which they depend on each other, the i-th of n needles at (i + 1/2) / n of the way through.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks.config import TaskTable
from benchmarks.methods.tools import Tools
from benchmarks.tasks.data import Row, checked, integer, listed, parsed, shuffled, string, text_of
from benchmarks.values import Example, Wanted
from longzip import Source, SourceError, Tokenizer


def examples(tools: Tools, table: TaskTable, limit: int, seed: int) -> list[Example]:
    """A needle's description is the query; the other needles of its repository are the wrong answers."""
    path = tools.run.place(table.data)
    languages = parsed(text_of(path), str(path))
    if not isinstance(languages, dict):
        raise SourceError(f"{path}: {type(languages).__name__} in place of an object of languages.")
    found = [
        (row, language, number)
        for language, repositories in languages.items()
        for place, item in enumerate(listed(repositories))
        if isinstance(item, dict) and "needles" in item  # its authors list repositories without any, too
        for row in [checked(item, {"repo": str, "content": dict, "needles": list}, f"{path}, {language} {place}")]
        for number in range(len(listed(row["needles"])))
    ]
    return [needle(tools, table, row, language, number) for row, language, number in shuffled(found, seed)[:limit]]


def needle(tools: Tools, table: TaskTable, row: Row, language: str, number: int) -> Example:
    content = row["content"]
    assert isinstance(content, dict)
    own = row.items("needles", name=str, path=str, start_line=int, end_line=int, description=str)
    item, codes = own[number], [code_of(one, content) for one in own]
    path, place = string(item, "path"), (integer(item, "start_line"), integer(item, "end_line"))
    texts: Mapping[str, str] = {name: str(text) for name, text in content.items()}
    cut = 0
    if table.size:
        files = [(name, texts[name].split("\n")) for name in ordered(row) if name in texts]
        texts, cut = around(files, path, place, (table.size, (number + 0.5) / len(own)), tools.tokenizer)
    sources = tuple(Source(name, text, language) for name, text in texts.items() if text.strip())
    description = string(item, "description")
    return Example(
        f"{row['repo']}:{path}:{item['name']}", sources, description, prefix=description, hidden=codes[number],
        kind="needle",
        wanted=(Wanted(path, place[0] + 1 - cut, place[1] - cut),), choices=tuple(code for at,
            code in enumerate(codes) if at != number),
    )  # fmt: skip


def code_of(item: Row, content: Mapping[str, str]) -> str:
    lines = content.get(string(item, "path"), "").split("\n")
    start, end = integer(item, "start_line"), integer(item, "end_line")
    if not 0 <= start < end <= len(lines):
        raise SourceError(f"{item.where}: lines {start} to {end} are not in {item['path']}, which has {len(lines)}.")
    return "\n".join(lines[start:end])


def ordered(row: Row) -> list[str]:
    """The files, each after those that it depends on; as they come where nothing is said of that."""
    content, graph = row["content"], row.get("dependency")
    assert isinstance(content, dict)
    graph = graph if isinstance(graph, dict) else {}
    found: dict[str, None] = {}
    for root in (*graph, *content):
        stack = [(root, iter(listed(graph.get(root))))] if root not in found else []
        open_files = {root}
        while stack:
            name, needed = stack[-1]
            following = next(
                (str(other) for other in needed if str(other) not in found and str(other) not in open_files), None
            )
            if following is None:
                found[name] = None
                stack.pop()
            else:
                open_files.add(following)
                stack.append((following, iter(listed(graph.get(following)))))
    return list(found)


def around(
    files: Sequence[tuple[str, Sequence[str]]],
    path: str,
    place: tuple[int, int],
    share: tuple[int, float],
    tokenizer: Tokenizer,
) -> tuple[Mapping[str, str], int]:
    """As many lines as the tokens allow: of the needle's file what is nearest to it, of the others their first lines,
    the nearest files first; and how many lines the needle's file has lost at its start.

    place: of the needle, as a half-open range of lines. share: tokens, and which part of them stands before its middle.
    """
    at = next(number for number, (name, _) in enumerate(files) if name == path)
    lines = files[at][1]
    tokens, ratio = share
    own = tokenizer.count("\n".join(lines[place[0] : place[1]]))
    before = max(0, int(tokens * ratio - own / 2))
    after = max(0, tokens - own - before)
    kept, before = fitting(list(reversed(lines[: place[0]])), before, tokenizer)
    cut = place[0] - len(kept)
    following, after = fitting(lines[place[1] :], after, tokenizer)
    found = {path: "\n".join(lines[cut : place[1] + len(following)]) + "\n"}
    for others, room, whole in (
        (reversed(files[:at]), before, not cut),
        (files[at + 1 :], after, len(following) == len(lines) - place[1]),
    ):
        for name, text in others if whole else ():
            part, room = fitting(text, room, tokenizer)
            found[name] = "\n".join(part) + "\n"
            if len(part) < len(text):
                break
    return {name: found[name] for name, _ in files if name in found}, cut


def fitting(lines: Sequence[str], room: int, tokenizer: Tokenizer) -> tuple[Sequence[str], int]:
    """The first lines that fit, and the tokens that are left."""
    for number, line in enumerate(lines):
        cost = tokenizer.count(line + "\n")
        if cost > room:
            return lines[:number], room
        room -= cost
    return lines, room
