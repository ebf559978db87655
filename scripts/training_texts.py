"""What the models are trained on, made from the corpus: functions, what is said about them, and what calls them."""

from __future__ import annotations

import ast
import json
import random
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from longzip.errors import LongzipError
from longzip.formats.code import CodeFormat
from longzip.types import Source

Row = dict[str, Any]
COMMENT = re.compile(r"^\s*(?:///?!?|/\*+!?|\*+/?|#(?!\[|include|define|if|else|end|pragma))\s?")
TAG = re.compile(r"^\s*[@:\\](?:param|return|throws|brief|type|see|since|author)", re.I)


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the corpus. text: without its docstring or doc comment. doc: the first paragraph of that, or None.

    called: names that the text calls. line: 0-based line within ``text`` of the first call of each name.
    """

    name: str
    text: str
    doc: str | None
    called: dict[str, int]
    package: str
    language: str


def read_corpus(path: Path, characters_per_package: int) -> list[Row]:
    """The corpus, at most so many characters of each package, whole files in a fixed random order; tests count
    fourfold."""
    with (path / "documents.jsonl").open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    random.Random(0).shuffle(rows)
    room: dict[str, int] = defaultdict(lambda: characters_per_package)
    kept = []
    for row in rows:
        test_file = "/test" in row["path"] or row["path"].startswith("test") or "_test." in row["path"]
        cost = len(row["text"]) * (4 if test_file else 1)
        if room[row["package"]] >= cost:
            room[row["package"]] -= cost
            kept.append(row)
    return kept


def functions(row: Row) -> Iterator[Function]:
    """The functions of a file: of Python by its own parser, of other languages by longzip's chunker."""
    return python_functions(row) if row["language"] == "python" else other_functions(row)


def python_functions(row: Row) -> Iterator[Function]:
    try:
        tree = ast.parse(row["text"])
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    lines = row["text"].split("\n")
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        start = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]) - 1
        body, doc, cut, first = lines[start : node.end_lineno], ast.get_docstring(node), 0, node.body[0]
        if doc is not None:
            cut = (first.end_lineno or 0) - first.lineno + 1
            body = lines[start : first.lineno - 1] + lines[first.end_lineno : node.end_lineno]
        called: dict[str, int] = {}
        for call in ast.walk(node):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name | ast.Attribute):
                name = call.func.id if isinstance(call.func, ast.Name) else call.func.attr
                line = max(0, call.lineno - 1 - start - (cut if call.lineno > first.lineno else 0))
                called[name] = min(line, called.get(name, line))
        yield Function(node.name, "\n".join(body), paragraph(doc), called, row["package"], "python")


def other_functions(row: Row) -> Iterator[Function]:
    try:
        chunks = CodeFormat().split(Source(row["path"].rsplit("/", 1)[-1], row["text"]))
    except LongzipError:
        return
    for chunk in chunks:
        if chunk.kind != "function" or not chunk.label:
            continue
        lines, said = chunk.text.strip("\n").split("\n"), []
        while lines and (COMMENT.match(lines[0]) or not lines[0].strip()):
            said.append(COMMENT.sub("", lines.pop(0)).replace("*/", "").strip())
        doc = paragraph("\n".join(line for line in said if not TAG.match(line)).strip("\n"))
        text = "\n".join(lines)
        called: dict[str, int] = {}
        for number, line in enumerate(lines[1:], 1):
            for name in re.findall(r"\b([A-Za-z_]\w{3,})\s*\(", line):
                called.setdefault(name, number)
        if lines:
            yield Function(chunk.label.rsplit(".", 1)[-1], text, doc, called, row["package"], row["language"])


def paragraph(text: str | None) -> str | None:
    """The first paragraph, if it says something."""
    first = (text or "").strip().split("\n\n")[0].strip()
    return (
        first if 16 < len(first) < 600 and sum(character.isalpha() for character in first) > 0.6 * len(first) else None
    )


def query_documents(rows: list[Row], seed: int) -> list[str]:
    """Texts of the shape that AMI reads: context, blank line, query.

    Function -> its doc comment; several functions of a file, one of them relevant -> the doc comment; callee -> caller;
    first half of a file -> second half.
    """
    random_ = random.Random(seed)
    texts: list[str] = []
    for row in rows:
        lines = row["text"].split("\n")
        if 40 < len(lines) < 160 and random_.random() < 0.2:
            texts.append("\n".join(lines[: len(lines) // 2]) + "\n\n" + "\n".join(lines[len(lines) // 2 :]))
        if row["language"] == "markdown":
            continue
        found = [item for item in functions(row) if 60 < len(item.text) < 2500]
        by_name = {item.name: item.text for item in found}
        for item in found:
            if item.doc:
                others = [other for other in by_name.values() if other != item.text]
                beside = random_.sample(others, min(len(others), random_.choice([0, 0, 1, 2, 3])))
                context = [item.text, *beside]
                random_.shuffle(context)
                texts.append("\n\n".join(context) + "\n\n" + item.doc)
            callees = [by_name[other] for other in sorted(item.called) if other in by_name and other != item.name]
            if callees:
                texts.append("\n\n".join(callees[:3]) + "\n\n" + item.text)
    return texts
