"""The repository's outline: signatures, file by file, for when nothing in it matters more than the rest.

Functions of one run's ``Work``, like ``choosing``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from longzip.rendering.draft import Kept, Piece
from longzip.strategies.published import is_test
from longzip.strategies.run import Work, head_of, tokens_of, unit_range


def pieces(work: Work, kept: Kept) -> Iterator[Piece]:
    """Signatures and class heads that could still be shown: of each file the first, then of each the second, and so on.

    Files near the root come first, then private modules, tests last; in a file what is public comes before what is not.
    Where there are no functions, the first unit of each part.
    """
    files: dict[int, list[int]] = defaultdict(list)
    named = any(chunk.kind in ("class", "function") for chunk in work.chunks)
    for index, chunk in enumerate(work.chunks):
        if chunk.kind in ("class", "function") or not named:
            files[work.pages[index]].append(index)
    for own in files.values():
        own.sort(key=lambda index: (is_private(work.chunks[index].label), index))
    order = sorted(files, key=lambda page: depth(work.job.sources[page].name))
    for turn in range(max(map(len, files.values()), default=0)):
        for page in order:
            if turn < len(files[page]):
                index = files[page][turn]
                missing = (head_of(work, index) or frozenset(unit_range(work, index)[:1])) - kept.get(page, frozenset())
                if missing:
                    yield Piece(page, missing, tokens_of(work, index, missing))


def is_private(label: str) -> bool:
    return any(part.startswith("_") for part in label.split("."))


def depth(name: str) -> tuple[bool, bool, int, str]:
    return is_test(name), any(part.startswith("_") for part in name.split("/")), name.count("/"), name
