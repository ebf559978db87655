"""Whether a text parses, asked of the grammar itself and not of longzip's format."""

from __future__ import annotations

import ast

from tree_sitter import Parser

from longzip import Source
from longzip.formats.grammar.languages import find, grammar


def parses(source: Source) -> bool:
    """Whether the source's grammar reads it without an error; False for sources without a grammar."""
    language = find(source)
    return (
        language is not None
        and installed(source)
        and not Parser(grammar(language)).parse(source.text.encode("utf-8", "surrogatepass")).root_node.has_error
    )


def installed(source: Source) -> bool:
    """Whether the source's grammar is there; False for sources without one."""
    language = find(source)
    try:
        return language is not None and bool(grammar(language))
    except ImportError:
        return False


def compiles(text: str) -> bool:
    """Whether Python's own parser reads it."""
    try:
        ast.parse(text)
    except (SyntaxError, ValueError):
        return False
    return True
