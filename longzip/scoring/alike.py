"""Functions that are nearly the same as another one: tests of one thing with other values, copies under another name.

By the words of a text, its numbers and strings all being one, in runs of a few; knows neither chunks nor scores.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Container, Sequence

TOKEN = re.compile(
    r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|[^\W\d]\w*"
    r"|(?:(?<![\w)\]])-)?\d[\w.]*(?:(?<=[eE])[+-]\d+)?|[^\w\s]"
)
VALUE = re.compile(r"[\"'\d]|-\d|[A-Z][A-Z\d_]+$")
RUN = 4  # tokens
FEWEST_TOKENS = 30
NEAR, NEAR_TESTS = 0.85, 0.7  # Jaccard index of runs
COMMON = 60  # texts that share a run which then tells nothing
LONGEST = 20_000  # characters


def alike(texts: Sequence[str], names: Sequence[Sequence[str]], tests: Container[int] = ()) -> dict[int, int]:
    """Of each text that is nearly one before it, that one. names: what each defines, which counts as no difference.
    tests: those that are tests, of which two need not be as near as others.
    """
    holders: dict[tuple[str, ...], list[int]] = defaultdict(list)
    sizes: dict[int, int] = {}
    found: dict[int, int] = {}
    for index, (text, own) in enumerate(zip(texts, names, strict=True)):
        runs = runs_of(text, frozenset(own)) if len(text) <= LONGEST else frozenset()
        if not runs:
            continue
        shared: dict[int, int] = defaultdict(int)
        for run in runs:
            for other in holders[run] if len(holders[run]) <= COMMON else ():
                shared[other] += 1
        best = max(shared, key=lambda other: (shared[other], -other), default=-1)
        near = NEAR_TESTS if index in tests and best in tests else NEAR
        if best >= 0 and shared[best] >= near * (len(runs) + sizes[best] - shared[best]):
            found[index] = best
            continue
        sizes[index] = len(runs)
        for run in runs:
            holders[run].append(index)
    return found


def runs_of(text: str, own: frozenset[str]) -> frozenset[tuple[str, ...]]:
    """The runs of a text's tokens; none of a short one. Numbers, strings and names of constants
    are one, and so are its own names."""
    tokens = [plain(token, own) for token in TOKEN.findall(text)]
    if len(tokens) < FEWEST_TOKENS:
        return frozenset()
    return frozenset(tuple(tokens[at : at + RUN]) for at in range(len(tokens) - RUN + 1))


def plain(token: str, own: frozenset[str]) -> str:
    return "" if token in own else "0" if VALUE.match(token) else token
