"""The repository's outline: signatures, file by file, for when nothing in it matters more than the rest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from longzip.rendering.draft import Kept
from longzip.rendering.fitting import Addition
from longzip.strategies.corpus import Corpus
from longzip.strategies.ranking import is_test


def additions(corpus: Corpus, kept: Kept) -> Iterator[Addition]:
    """Signatures and class heads that could still be shown: of each file the first, then of each the second, and so on.

    Files near the root come first, then private modules, tests last; in a file what is public comes before what is not.
    Where there are no functions, the first unit of each part.
    """
    files: dict[int, list[int]] = defaultdict(list)
    named = any(chunk.kind in ("class", "function") for chunk in corpus.chunks)
    for index, chunk in enumerate(corpus.chunks):
        if chunk.kind in ("class", "function") or not named:
            files[corpus.page_of[index]].append(index)
    for own in files.values():
        own.sort(key=lambda index: (is_private(corpus.chunks[index].label), index))
    order = sorted(files, key=lambda page: depth(corpus.pages[page].source.name))
    for turn in range(max(map(len, files.values()), default=0)):
        for page in order:
            if turn < len(files[page]):
                index = files[page][turn]
                head = corpus.head_of(index) or frozenset(corpus.unit_range(index)[:1])
                missing = head - kept.get(page, frozenset())
                if missing:
                    yield Addition(page, missing, corpus.tokens_of(index, missing))


def is_private(label: str) -> bool:
    return any(part.startswith("_") for part in label.split("."))


def depth(name: str) -> tuple[bool, bool, int, str]:
    return is_test(name), any(part.startswith("_") for part in name.split("/")), name.count("/"), name
