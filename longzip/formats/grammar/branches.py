"""Branches of a preprocessor (``#if … #else … #endif``) that open a brace and leave its end to what follows them all.

No grammar can make sense of a brace that is opened twice and closed once. Of such branches one is read and the others,
with their directives, are blanks; all of them belong together. Knows rows and braces, no language.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

DIRECTIVE = re.compile(rb"\s*#\s*(ifdef|ifndef|if|elifdef|elifndef|elif|else|endif)\b(.*)")
SHORT = 12  # rows of branches that differ; of more, the braces are not the branches' fault
APART = re.compile(rb"\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|//[^\n]*|/\*.*?(?:\*/|$)")


@dataclass(frozen=True, slots=True)
class Branch:
    """Rows from ``#if`` to ``#endif`` (half-open), and those of them that are not read."""

    rows: tuple[int, int]
    hidden: tuple[int, ...]


def groups(rows: Sequence[bytes]) -> list[list[int]]:
    """The rows of the directives of each ``#if``, inner ones first; of what is not ended, none."""
    found: list[list[int]] = []
    waiting: list[list[int]] = []
    for row, line in enumerate(rows):
        match = DIRECTIVE.match(line)
        if match is None:
            continue
        if match[1].startswith(b"if"):
            waiting.append([row])
        elif waiting:
            waiting[-1].append(row)
            if match[1] == b"endif":
                found.append(waiting.pop())
    return found


def is_torn(rows: Sequence[bytes]) -> bool:
    """Whether directives in ``rows`` belong to others outside of them."""
    depth = 0
    for row in rows:
        match = DIRECTIVE.match(row)
        if match is not None:
            depth += match[1].startswith(b"if") - (match[1] == b"endif")
            if depth < 0 or (depth == 0 and match[1].startswith(b"el")):
                return True
    return depth != 0


def unbalanced(rows: Sequence[bytes]) -> list[Branch]:
    """The outermost branches that do not close what they open, or open what they close, in order."""
    now = list(rows)
    found: list[Branch] = []
    for directives in groups(rows):
        arms = [range(first + 1, last) for first, last in pairwise(directives)]
        balances = [balance([now[row] for row in arm]) for arm in arms]
        doubtful = (len(set(balances)) != 1 or len(arms) == 1) and directives[-1] - directives[0] > SHORT
        if doubtful or all(depth == (0, 0) for depth in balances):
            continue
        has_else = any((match := DIRECTIVE.match(rows[row])) and match[1] == b"else" for row in directives)
        read = chosen(balances, arms, has_else, rows[directives[0]])
        whole = range(directives[0], directives[-1] + 1)
        hidden = tuple(row for row in whole if row not in read)
        for row in hidden:
            now[row] = b""
        found = [branch for branch in found if branch.rows[0] not in whole]
        found.append(Branch((whole.start, whole.stop), tuple(row for row in whole if not now[row])))
    return sorted(found, key=lambda branch: branch.rows)


def chosen(balances: Sequence[tuple[int, int]], arms: Sequence[range], has_else: bool, first: bytes) -> range:
    """The arm that is read; none where one may be missing, since then the text does without."""
    if not has_else:
        return range(0)
    never = re.match(rb"\s*#\s*if\s+0\b", first) is not None
    return arms[1] if never and len(arms) > 1 else arms[0]


def balance(rows: Sequence[bytes]) -> tuple[int, int]:
    """How many braces are closed that were not opened here, and how many are left open."""
    closed = opened = 0
    for row in rows:
        for mark in re.findall(rb"[{}]", APART.sub(b"", row)):
            if mark == b"{":
                opened += 1
            elif opened:
                opened -= 1
            else:
                closed += 1
    return closed, opened
