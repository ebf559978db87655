"""Which language a text without a name is in: the one whose grammar makes the most of it. Knows grammars, no names."""

from __future__ import annotations

import re

from longzip.formats.grammar.languages import named, query
from longzip.formats.grammar.parsing import best_tree
from longzip.formats.grammar.syntax import UnusableTreeError, captures

CANDIDATES = (
    "python", "javascript", "typescript", "tsx", "go", "java", "kotlin", "rust", "c", "cpp", "csharp", "ruby", "php",
    "swift", "scala", "lua", "bash", "sql", "css",
)  # fmt: skip
LOOKED_AT, SECONDS = 60_000, 1.0  # characters; of one parse
DIFF = re.compile(r"\A(?:\s*\S.*\n){0,40}?(?:diff --git \S|--- \S.*\n\+\+\+ \S)")


def guess(text: str) -> str | None:
    """The language of code; the first of those whose grammar takes all of it and finds the most definitions in it; None
    where none does, or finds none."""
    if is_diff(text):
        return "diff"
    best: tuple[int, str | None] = (0, None)
    for name in CANDIDATES:
        found = definitions(name, text[:LOOKED_AT])
        if found > best[0]:
            best = found, name
    return best[1]


def is_diff(text: str) -> bool:
    """Whether a text is the output of ``diff -u`` or of git."""
    return DIFF.match(text) is not None and re.search(r"^@@ ", text, re.M) is not None


def definitions(name: str, text: str) -> int:
    """How many functions and classes the language's grammar finds in a text; 0 where it does not take all of it."""
    try:
        language = named(name)
        _data, tree = best_tree(text.encode("utf-8", "replace") + b"\n", language, SECONDS)
    except (ImportError, UnusableTreeError):
        return 0
    if tree.root_node.has_error:
        return 0
    return sum(one.kind in ("function", "class") for one in captures(query(language), tree.root_node).definitions)
