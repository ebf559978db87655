"""How code is written: by a formatter, with many comments, in long lines, or minified. Knows texts and a format."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterable

from longzip import Format, Source

LONG_LINE, MANY, COMMENTS = 100, 0.1, 0.25  # characters; share of long lines; share of comment lines
BLACK_LINE = 88  # characters of a line as black writes it
COMMENT = ("#", "//", "/*", "*", '"""', "--")
INDENT = re.compile(r"[ \t]*")
DEFINITION = re.compile(r"(?:@|async def |def |class )")


def style(source: Source, language: str) -> str:
    """ "long lines", "commented", "black" (Python as black writes it), or "plain"."""
    lines = [line.strip() for line in source.text.split("\n") if line.strip()]
    if share(len(line) > LONG_LINE for line in lines) > MANY:
        return "long lines"
    if share(line.startswith(COMMENT) for line in lines) > COMMENTS:
        return "commented"
    return "black" if language == "python" and like_black(source.text) else "plain"


def share(flags: Iterable[bool]) -> float:
    found = list(flags)
    return sum(found) / max(1, len(found))


def like_black(text: str) -> bool:
    """Whether Python is written as black would, as far as its lines' length, quotes and blank lines tell: no line of
    code above 88 characters, no single quotes where double ones would do, two blank lines before definitions, no white
    space at line ends."""
    lines = text.split("\n")
    for row, line in enumerate(lines):
        decorated = row > 0 and lines[row - 1].startswith(("@", "#"))
        if line != line.rstrip() or (
            row > 2 and DEFINITION.match(line) and not decorated and any(lines[row - 2 : row])
        ):
            return False
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError):
        return False
    spared = {
        row
        for token in tokens
        if token.type in (tokenize.STRING, tokenize.COMMENT)
        for row in range(token.start[0], token.end[0] + 1)
    }
    if any(len(line) > BLACK_LINE for row, line in enumerate(lines, 1) if row not in spared):
        return False
    return not any(
        token.type == tokenize.STRING and token.string.endswith("'") and '"' not in token.string for token in tokens
    )


def minified(form: Format, source: Source) -> Source | None:
    """The source without comments (but for those that document), blank lines and more than a space of indentation a
    level, as minifiers leave code where its lines mean something; None where it would not parse so."""
    text = source.text
    for start, end in sorted(form.facts.comments(source), reverse=True):
        text = text[:start] + text[end:]
    found: list[str] = []
    levels = [0]
    for line in filter(str.strip, text.split("\n")):
        white = INDENT.match(line)
        depth = len(white[0].expandtabs(4)) if white else 0
        while levels[-1] > depth:
            levels.pop()
        if levels[-1] < depth:
            levels.append(depth)
        found.append(" " * (len(levels) - 1) + line.strip())
    made = Source(source.name, "\n".join(found) + "\n", source.language)
    return made if form.facts.valid(source, made.text) and form.facts.fallback(made) is None else None
