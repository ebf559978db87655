"""What a query says outright: the names it uses.

AMI reads meaning, but a small model weighs a whole identifier hardly more than its words: a function that calls
``parse_args`` looks as good as the one that is ``parse_args``. Knows texts and names only.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

# standard deviations of all scores that a name is worth where the query is code, which names what is done with already,
# too
NAMED = 1.0
NAMED_IN_PROSE = 2.0  # and where it is not: there a name is what is asked about
SHORTEST = 4  # letters of a name in code that can hardly stand there by chance
HOMONYMS = 2  # definitions of one name up to which a mention means each of them
IDENTIFIER = re.compile(r"[^\W\d]\w*")
SPELLED = re.compile(r"`([^\W\d][\w.:]*)(?:\(\))?`|\b([^\W\d]\w*)\(|\b([^\W\d]\w*(?:(?:\.|::)[^\W\d]\w*)+)")
TELLING = re.compile(r"_?[^\W_]+_\w+|[^\W\d_]*[a-z\d][A-Z]\w*|[A-Z]{2,}[a-z]\w*")
CODE_LINE = re.compile(
    r"[(\[{=;}\])]\s*(?:,|:|\{|\}|;|\)|$)|\w\(.*\)| = |\)\s*->\s"  # what ends or stands in a statement
    # what begins one
    r"|^\s*(?:[@#]\w|//|/?\*|\"\"\"|(?:def|class|import|from|return|fn|func|let|const|var|if|for)\b.*[:;({=])"
    r"|^\s*(?:from\s+[\w.]+\s+import\s|import\s+[\w.]+(?:\s+as\s+\w+)?\s*$)"
)
CODE_LINES = 3  # the fewest in a query that is code
CODE_SHARE = 0.2  # of its lines; the rest are comments and docstrings


def is_code(query: str) -> bool:
    """Whether the query is a piece of code rather than a question: at least three lines, and a fifth, of code's
    shape."""
    count = len(code_lines(query))
    return count >= CODE_LINES and count >= CODE_SHARE * sum(1 for row in query.split("\n") if row.strip())


def code_lines(query: str) -> list[str]:
    return [row for row in query.split("\n") if is_code_line(row)]


def is_code_line(row: str) -> bool:
    """Whether a line has the shape of code, which a line of prose may have by chance."""
    return CODE_LINE.search(row) is not None


def names_in(query: str) -> frozenset[str]:
    """The identifiers that the query names.

    In lines of code these are all of some length. In prose, what nobody would take for a word (``snake_case``,
    ``camelCase``), and words that are written as code: in backticks, before a parenthesis, after a dot.
    """
    found = {re.split(r"\.|::", next(filter(None, match.groups())))[-1] for match in SPELLED.finditer(query)}
    found |= {name for name in IDENTIFIER.findall(query) if TELLING.fullmatch(name)}
    if is_code(query):
        found |= {name for row in code_lines(query) for name in IDENTIFIER.findall(row) if len(name) >= SHORTEST}
    return frozenset(found)


def support(query: str, defined: Sequence[Sequence[str]]) -> list[float]:
    """What a mention by the query is worth to each candidate, in standard deviations of all scores; 0 without one.

    defined: the names that each candidate defines. A mention is worth less where more than ``HOMONYMS`` candidates bear
    the name.
    """
    named = names_in(query)
    if not named:
        return [0.0] * len(defined)
    worth = NAMED if is_code(query) else NAMED_IN_PROSE
    homonyms = Counter(name for names in defined for name in set(names))
    return [
        worth * max((min(1.0, HOMONYMS / homonyms[name]) for name in names if name in named), default=0.0)
        for names in defined
    ]
