"""One run in progress: what was asked, with what, and what has been found out so far.

Plain data, and the few questions every stage asks of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from longzip.protocols import Format, LanguageModel, Store, Tokenizer
from longzip.rendering.draft import Draft, Kept, Piece
from longzip.rendering.outputs import Frame
from longzip.scoring.ami import Tick
from longzip.scoring.links import Links
from longzip.scoring.places import Mention
from longzip.selection.knapsack import Knapsack
from longzip.settings import Settings
from longzip.types import Block, Chunk, Skipped, Source

Progress = Callable[[str, int, int], None]
Cell = tuple[int, int]
NO_FRAME = Frame()


def silent(stage: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a strategy does differently.

    structured: cuts lie at statement edges and kept statements bring along what encloses them; otherwise at any line.
    filled: room that the knapsacks leave is filled with the next best pieces.
    misses: how many chunks that do not fit the coarse stage passes over to try a worse one; None: all. Whoever passes
        over thousands ends with a lone bracket of a file that has nothing to do with the question.
    worth: what texts are worth to a query, see ``scoring``.
    choose: what to keep with so many tokens. pieces: what could still be added to what is kept, best first.
    """

    structured: bool
    filled: bool
    misses: int | None
    worth: Callable[[LanguageModel, str, Sequence[str], Tick], list[float]]
    choose: Callable[[Work, int], Kept]
    pieces: Callable[[Work, Kept], Iterator[Piece]]


@dataclass(frozen=True, slots=True)
class Job:
    """What to compress, for what, to how much.

    pinned, excluded: (index of the source, index of ``Format.units``) of what must be kept, and of what is never
    offered.
    wished: what the question names: kept like what is pinned, as far as the budget allows.
    may_be_empty: whether a frame without any context is a result.
    priors: what units of prose are worth beside their relevance to the query, in standard deviations of that.
    quiet: units whose absence no marker tells.
    """

    sources: tuple[Source, ...]
    query: str
    budget: int
    frame: Frame = NO_FRAME
    pinned: frozenset[Cell] = frozenset()
    excluded: frozenset[Cell] = frozenset()
    wished: tuple[Mention, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()
    may_be_empty: bool = False
    priors: Mapping[Cell, float] = field(default_factory=dict)
    quiet: frozenset[Cell] = frozenset()


@dataclass(frozen=True, slots=True)
class Engine:
    """What does the work. most_tokens: how many the model may read of the chunks; None: all. store: for what is found
    out."""

    model: LanguageModel
    tokenizer: Tokenizer
    form: Format
    settings: Settings
    progress: Progress = silent
    most_tokens: int | None = None
    store: Store | None = None


@dataclass(frozen=True, slots=True)
class Cut:
    """A chunk that the coarse stage chose, its blocks, and the solved knapsack over them.

    head: the units of its signature, kept whenever anything of it is.
    """

    index: int
    head: frozenset[int]
    head_tokens: int
    blocks: tuple[Block, ...]
    knapsack: Knapsack | None


@dataclass(frozen=True, slots=True)
class Rung:
    """A way to show a chunk. units: of its page. tokens: roughly what that costs. value: what it is worth."""

    units: frozenset[int]
    tokens: int
    value: float


@dataclass(frozen=True, slots=True)
class Ladder:
    """The rungs of each chunk that is considered, by its index. weights: of all chunks, by relevance, in (0, 1]."""

    rungs: Mapping[int, Sequence[Rung]]
    weights: Sequence[float]
    links: Links


@dataclass(frozen=True, slots=True)
class Passages:
    """Units of prose. pieces: each with what it needs, best first. tokens, values: of each unit."""

    pieces: Sequence[Piece]
    tokens: Mapping[Cell, int]
    values: Mapping[Cell, float]


@dataclass(slots=True)
class Work:
    """One run in progress. tokens: of the chunks, less what is left out on request. original: of all their text.
    scores: AMI of the chunks. preferences: the scores by which they are chosen. passages: units of prose in their order
    of preference.

    seconds_per_character: what scoring took. fine: whether functions are cut inside. related: whether anything here
    seems to have to do with the query.
    unread: chunks that the model did not read, those first that share the most words with the query.
    granted: what is pinned, and what was wished and fits. widened: how many functions had to be
    shown whole, or left out, so that their file parses."""

    job: Job
    engine: Engine
    plan: Plan
    draft: Draft
    chunks: list[Chunk] = field(default_factory=list)
    pages: list[int] = field(default_factory=list)
    tokens: list[int] = field(default_factory=list)
    original: int = 0
    scores: list[float] = field(default_factory=list)
    preferences: list[float] = field(default_factory=list)
    order: list[int] = field(default_factory=list)
    seconds_per_character: float = 0.0
    fine: bool = True
    related: bool = True
    unread: tuple[int, ...] = ()
    cuts: dict[int, Cut] = field(default_factory=dict)
    ladder: Ladder | None = None
    passages: Passages | None = None
    allowances: dict[int, int] = field(default_factory=dict)
    granted: frozenset[Cell] = frozenset()
    widened: int = 0
    notes: list[str] = field(default_factory=list)
    fallbacks: list[Skipped] = field(default_factory=list)


def for_budget(work: Work, budget: int) -> Work:
    """The same run, its scores included, for another budget."""
    return replace(
        work, job=replace(work.job, budget=budget), draft=replace(work.draft, telling={}), cuts={}, ladder=None, allowances={}, granted=work.job.pinned, widened=0,
        notes=[*work.notes],
    )  # fmt: skip


def unit_range(work: Work, index: int) -> range:
    """The chunk's units on its page."""
    chunk = work.chunks[index]
    if work.plan.structured:
        return range(chunk.first_unit, chunk.last_unit)
    return range(chunk.first_line - 1, chunk.last_line)


def head_of(work: Work, index: int) -> frozenset[int]:
    """The units of the chunk's signature."""
    chunk = work.chunks[index]
    units = work.engine.form.units(chunk.source)
    heads = [unit for unit in range(chunk.first_unit, chunk.last_unit) if units[unit].head]
    if work.plan.structured:
        return frozenset(heads)
    return frozenset(line - 1 for unit in heads for line in range(units[unit].first_line, units[unit].last_line + 1))


def scored_query(work: Work) -> str:
    """The query, cut to its end where it is longer than the settings allow."""
    query, limit = work.job.query, work.engine.settings.query_characters
    if len(query) <= limit:
        return query
    query = query[-limit:]
    return query[query.find("\n") + 1 :] or query


def tokens_of(work: Work, index: int, units: Iterable[int]) -> int:
    """Tokens of the text of some of a chunk's units, each counted apart."""
    return sum(work.engine.tokenizer.count(text_of(work, index, (unit, unit + 1))) for unit in units)


def text_of(work: Work, index: int, span: tuple[int, int]) -> str:
    units = work.draft.pages[work.pages[index]].units
    return work.chunks[index].source.text[units[span[0]].start : units[span[1] - 1].end]


def located(work: Work, cells: frozenset[Cell]) -> dict[int, frozenset[int]]:
    """Cells of the format's units as units of the pages."""
    found: dict[int, set[int]] = {}
    for page, index in sorted(cells):
        unit = work.engine.form.units(work.job.sources[page])[index]
        own = [index] if work.plan.structured else range(unit.first_line - 1, unit.last_line)
        found.setdefault(page, set()).update(own)
    return {page: frozenset(units) for page, units in found.items()}
