"""What is said more than once: units that are, word for word or nearly, another unit.

Exact duplicates first, then shingles of words and their Jaccard index; candidates share a rare shingle, so that time
grows with the text and not with its square.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from longzip.formats.log import shape

WORD = re.compile(r"[\u3400-\u9fff]|[^\W_]+")
SHINGLE = 3  # words
FEWEST_WORDS = 6  # of a unit that can be nearly another
COMMON = 40  # units that share a shingle which then tells nothing
NEAR = 0.8


def words(text: str) -> tuple[str, ...]:
    return tuple(word.lower() for word in WORD.findall(text))


def numbers(said: Sequence[str]) -> frozenset[str]:
    return frozenset(word for word in said if any(character.isdigit() for character in word))


def duplicates(texts: Sequence[str], *, keep_last: bool, near: float = NEAR) -> dict[int, int]:
    """Of each unit that another one makes superfluous, that one.

    keep_last: whether the last of several stays (in a conversation what was said last holds), else the first.
    near: the Jaccard index of shingles from which two units say the same; those with different numbers never do.
    """
    order = range(len(texts) - 1, -1, -1) if keep_last else range(len(texts))
    said = [words(text) for text in texts]
    exact: dict[tuple[str, ...], int] = {}
    holders: dict[tuple[str, ...], list[int]] = defaultdict(list)
    found: dict[int, int] = {}
    for index in order:
        if len(said[index]) < 2:
            continue
        if said[index] in exact:
            found[index] = exact[said[index]]
            continue
        exact[said[index]] = index
        if len(said[index]) >= FEWEST_WORDS:
            own = shingles(said[index])
            twin = most_alike(own, index, said, holders, near)
            if twin >= 0:
                found[index] = twin
            else:
                for shingle in own:
                    holders[shingle].append(index)
    return found


def most_alike(
    own: frozenset[tuple[str, ...]],
    index: int,
    said: Sequence[tuple[str, ...]],
    holders: Mapping[tuple[str, ...], list[int]],
    near: float,
) -> int:
    """A unit at hand that is nearly the one with the shingles ``own``, or -1."""
    shared: dict[int, int] = defaultdict(int)
    for shingle in own:
        held = holders.get(shingle, ())
        if len(held) <= COMMON:
            for other in held:
                shared[other] += 1
    for other, count in sorted(shared.items(), key=lambda item: (-item[1], item[0])):
        union = len(own) + max(1, len(said[other]) - SHINGLE + 1) - count
        if count >= near * union and numbers(said[other]) == numbers(said[index]):
            return other
    return -1


def shingles(said: Sequence[str]) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(said[at : at + SHINGLE]) for at in range(max(1, len(said) - SHINGLE + 1)))


def repeated_shapes(lines: Sequence[str]) -> dict[int, int]:
    """Of the lines of a log that differ from others in numbers only, those between the first and the last: the first.

    Several lines together, the middle of a run, go by the first of them.
    """
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    shapes = [shape(line.partition("\n")[0]) for line in lines]
    for index, own in enumerate(shapes):
        first.setdefault(own, index)
        last[own] = index
    return {index: first[own] for index, own in enumerate(shapes) if own and first[own] < index < last[own]}
