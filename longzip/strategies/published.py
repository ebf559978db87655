"""The chunks that the coarse stage chose -> blocks and their values -> what to keep with so much room.

The published selection (arXiv 2510.00446, section III-C and III-D), as functions of one run's ``Work``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice
from statistics import pstdev

from longzip.rendering.draft import Kept, Piece
from longzip.scoring.names import supported
from longzip.selection.knapsack import Knapsack
from longzip.selection.shares import coarse, normalised, retention
from longzip.selection.spikes import blocks
from longzip.strategies.run import Cut, Work, head_of, scored_query, text_of, tokens_of, unit_range
from longzip.types import Block

STATEMENT_CHUNKS = 200
BEST_CHUNKS = 20
LAST_RESORTS = 20
WORD = re.compile(r"[^\W\d_]{2,}")
TEST_FOLDERS = frozenset({"test", "tests", "testing", "__tests__", "spec", "specs", "testdata"})
TEST_FILE = re.compile(
    r"^(?:test_|conftest\.)|(?:_test|\.test|_spec|\.spec)\.\w+$|Tests?\.(?:java|kt|scala|cs|php|swift)$"
)
TEST_WORD = re.compile(r"\b(?:py|unit)?tests?(?:s|ed|ing)?\b", re.I)
HANDICAP = 1.0  # standard deviations of all scores by which tests stand back
SAYING = 2  # words that a text needs to say something


def choose(work: Work, room: int) -> Kept:
    """The published selection for ``room`` tokens: coarse choice, biased shares, one knapsack per chunk."""
    settings = work.engine.settings
    limit = room / settings.fine_ratio if work.fine else room
    ranked = [index for index in work.order if index in work.cuts]
    chosen = coarse(ranked, work.tokens, limit, work.plan.misses)
    if not work.fine:
        chosen = [index for index in chosen if work.tokens[index] <= room]
    shares = retention(
        [work.preferences[index] for index in chosen],
        [work.tokens[index] for index in chosen],
        [work.cuts[index].knapsack is None for index in chosen],
        room,
        settings.beta,
    )
    kept: dict[int, frozenset[int]] = {}
    work.allowances = {}
    for index, share in zip(chosen, shares, strict=True):
        work.allowances[index] = int(share * work.tokens[index])
        units = kept_of(work, work.cuts[index], share)
        kept[work.pages[index]] = kept.get(work.pages[index], frozenset()) | units
    return kept


def is_large(work: Work, index: int) -> bool:
    chunk = work.chunks[index]
    return (
        chunk.last_line - chunk.first_line + 1 >= work.engine.settings.small_lines and len(unit_range(work, index)) > 1
    )


def is_bare(work: Work, index: int) -> bool:
    """Whether the chunk is a class head and nothing else: shown with what it encloses, never for itself."""
    return work.chunks[index].kind == "class" and len(head_of(work, index)) == len(unit_range(work, index))


def split_at(work: Work, index: int, rows: Sequence[int]) -> list[tuple[int, tuple[int, int]]]:
    """The chunk's blocks, as (chunk index, half-open range of units), cut at the spikes."""
    page = work.draft.pages[work.pages[index]]
    own = unit_range(work, index)
    first_line = work.chunks[index].first_line
    cuts = blocks(page.units[own.start : own.stop], [first_line + row for row in rows])
    return [(index, (own.start + first, own.start + last)) for first, last in cuts]


def worth_of(work: Work, texts: Sequence[str], stage: str) -> list[float]:
    """AMI of each text. Where the plan is structured, texts that say nothing are worth as little as the least.

    A lone bracket leaves the query as likely as it was: its AMI of 0 would set it above every text on another subject.
    """
    if not texts:
        return []
    progress = work.engine.progress
    found = work.plan.worth(
        work.engine.model, scored_query(work), texts, lambda done, total: progress(stage, done, total)
    )
    lowest = min(found)
    return [
        lowest if work.plan.structured and is_mute(text) else value for text, value in zip(texts, found, strict=True)
    ]


def preferences(work: Work) -> list[float]:
    """The chunks' scores by which they are chosen: what the query names comes first; tests stand back, unless the query
    is about tests.

    A test speaks of what it tests in the query's own words, more often than the code does.
    """
    if not work.plan.structured:
        return work.scores
    found = supported(work.scores, [chunk.names for chunk in work.chunks], scored_query(work))
    if not work.engine.settings.demote_tests or TEST_WORD.search(work.job.query):
        return found
    share = HANDICAP * pstdev(work.scores) if work.scores else 0.0
    return [
        score - share if is_test(chunk.source.name) else score for score, chunk in zip(found, work.chunks, strict=True)
    ]


@lru_cache(maxsize=1 << 14)
def is_test(name: str) -> bool:
    """Whether a path is that of a test: by a folder, or by the file's name, as the usual tools have it."""
    *folders, file = name.split("/")
    return not TEST_FOLDERS.isdisjoint(map(str.lower, folders)) or TEST_FILE.search(file) is not None


def is_mute(text: str) -> bool:
    return sum(1 for _ in islice(WORD.finditer(text), SAYING)) < SAYING


def make_cut(work: Work, index: int, pieces: Sequence[tuple[int, tuple[int, int]]], worth: Sequence[float]) -> Cut:
    """The chunk with its blocks' values normalised to [0, 1], and its knapsack solved for every allowance."""
    chunk, count = work.chunks[index], work.engine.tokenizer.count
    if len(pieces) < 1:
        return Cut(index, frozenset(), 0, (), None)
    head = head_of(work, index)
    own = [
        Block(chunk, span, float(value), count(text_of(work, index, span)), pinned=head.issuperset(range(*span)))
        for (_, span), value in zip(pieces, normalised(worth), strict=True)
    ]
    solved = Knapsack.solve(
        [0.0 if block.pinned else block.value for block in own], [block.tokens for block in own], work.tokens[index]
    )
    return Cut(index, head, tokens_of(work, index, head), tuple(own), solved)


def kept_of(work: Work, cut: Cut, share: float) -> frozenset[int]:
    """The units that the chunk keeps with its share."""
    own = unit_range(work, cut.index)
    if cut.knapsack is None or share >= 0.999:
        return frozenset(own)
    chosen = cut.knapsack.fill(int(share * work.tokens[cut.index]) - cut.head_tokens)
    units = frozenset(unit for item in chosen for unit in range(*cut.blocks[item].units))
    return units | cut.head if units else frozenset()


def pieces_left(work: Work, kept: Kept) -> Iterator[Piece]:
    """What could still be added, best first: blocks of chosen chunks, then other chunks, whole, or statement by
    statement.

    Only the best chunks are worth a part of themselves in a file of which nothing else is shown.
    """
    have = {page: set(units) for page, units in kept.items()}
    for index in work.order:
        page = work.pages[index]
        if index in work.cuts and work.cuts[index].blocks:
            head = work.cuts[index].head - have.get(page, set())
            for block in sorted(work.cuts[index].blocks, key=lambda block: -block.value):
                missing = frozenset(range(*block.units)) - have.get(page, set())
                if missing:
                    yield Piece(page, missing | head, block.tokens + (work.cuts[index].head_tokens if head else 0))
    for best, chunks in ((True, work.order[:BEST_CHUNKS]), (False, work.order[BEST_CHUNKS:STATEMENT_CHUNKS])):
        for index in chunks:
            missing = frozenset(unit_range(work, index)) - have.get(work.pages[index], set())
            if len(missing) == len(unit_range(work, index)):
                yield Piece(work.pages[index], missing, work.tokens[index])
        for index in chunks if work.fine else ():
            page, own, head = work.pages[index], unit_range(work, index), head_of(work, index)
            if not best and page not in kept:
                continue
            for unit in own:
                missing = (head | {unit}) - have.get(page, set()) if len(own) > len(head) else frozenset(own)
                if unit not in head and unit in missing:
                    yield Piece(page, missing, tokens_of(work, index, missing))


def least(work: Work) -> tuple[Kept, int]:
    """The least that could be shown of one of the best chunks, and its tokens; the first that fits, else the
    smallest."""
    found: list[tuple[Kept, int]] = []
    for index in work.order[:LAST_RESORTS]:
        own = unit_range(work, index)
        units = frozenset(own[:1]) | head_of(work, index) if work.fine else frozenset(own)
        kept = work.draft.closed({work.pages[index]: units})
        found.append((kept, work.engine.tokenizer.count(work.draft.text(kept))))
        if found[-1][1] <= work.job.budget:
            return found[-1]
    return min(found, key=lambda item: item[1], default=({}, work.job.budget + 1))
