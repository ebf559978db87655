"""What is asked of a result by parsers and counters that are not longzip's. Knows no way of calling longzip."""

from __future__ import annotations

import ast
import math
import re
import warnings
from collections.abc import Sequence
from xml.etree import ElementTree

from tree_sitter import Parser

from longzip import Source
from longzip.formats.grammar.languages import find, grammar

FENCE = re.compile(r"[ ]{0,3}(`{3,}|~{3,})([^`]*)$")


def tokens(text: str) -> int:
    """As ``chars/4`` counts."""
    return math.ceil(len(text) / 4)


def over(text: str, budget: int) -> list[str]:
    return [f"over budget: {tokens(text):,} of {budget:,}"] if tokens(text) > budget else []


def parses(source: Source, text: str) -> bool | None:
    """Whether the source's grammar reads the text without an error; None where there is no grammar."""
    language = find(source)
    if language is None:
        return None
    try:
        tree = Parser(grammar(language)).parse(text.encode("utf-8", "surrogatepass"))
    except ImportError:
        return None
    return not tree.root_node.has_error


def broken(source: Source, text: str) -> list[str]:
    """Whether a text stopped parsing on its way to a result."""
    said = []
    if parses(source, source.text) and parses(source, text) is False:
        said.append(f"{source.name} does not parse any more")
    if source.name.endswith(".py") and compiles(source.text) and not compiles(text):
        said.append(f"{source.name} does not compile any more")
    return said


def compiles(text: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def ill_formed(form: str, text: str, fenced: int) -> list[str]:
    """What is wrong with the markup of a result. fenced: how many fences it may have at most."""
    if form == "xml" and text.strip():
        try:
            ElementTree.fromstring(f"<r>{text}</r>")
        except ElementTree.ParseError as error:
            return [f"no XML: {error}"]
    if form == "markdown":
        opened, count = "", 0
        for line in text.split("\n"):
            match = FENCE.match(line)
            if match and not opened:
                opened, count = match[1], count + 1
            elif (
                match and opened and match[1][0] == opened[0] and len(match[1]) >= len(opened) and not match[2].strip()
            ):
                opened = ""
        if opened or count > fenced:
            return [f"fences: {count} of {fenced}, {'open' if opened else 'closed'} at the end"]
    return []


def not_verbatim(sources: Sequence[Source], text: str, spoken: Sequence[str]) -> list[str]:
    """A line of the result that stands in no source. spoken: what longzip's own lines have in them."""
    known = {line.strip() for source in sources for line in source.text.split("\n")}
    joined = "\n".join(source.text for source in sources)
    ours = ("...", "<file", "</file", "]]>", "```", "~~~", "##", *spoken, *(source.name for source in sources))
    for line in text.split("\n"):
        bare = line.strip()
        if bare and bare not in known and line not in joined and not any(part in line for part in ours):
            return [f"not verbatim: {bare[:80]!r}"]
    return []
