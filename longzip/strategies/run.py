"""One run: what is asked, with what, what is known of it, and what a strategy is. Plain data, handed on, never written
into."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from longzip.protocols import Evidence, Format, LanguageModel, Store, Tokenizer
from longzip.rendering.draft import Draft, Kept
from longzip.rendering.fitting import Addition
from longzip.rendering.outputs import Frame
from longzip.scoring.mentions import Mention
from longzip.scoring.scorers import ScorerName
from longzip.selection.knapsack import Knapsack
from longzip.settings import Settings
from longzip.strategies.corpus import Cell, Corpus
from longzip.types import Skipped, Source

Progress = Callable[[str, int, int], None]
NO_FRAME = Frame()


def silent(stage: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True, slots=True)
class Job:
    """What to compress, and for what; to how much is said apart, since it is scored once for all budgets.

    pinned, excluded: (index of the source, index of ``Format.units``) of what must be kept, and of what is never
    offered.
    wished: what the question names: kept like what is pinned, as far as the budget allows.
    may_be_empty: whether a frame without any context is a result.
    priors: what units of prose are worth beside their relevance to the query, in standard deviations of that.
    quiet: units whose absence no marker tells.
    """

    sources: tuple[Source, ...]
    query: str
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
    out. evidence: what counts beside the model's word; None: its word alone. reader: a larger model that reads the best
    again."""

    model: LanguageModel
    tokenizer: Tokenizer
    form: Format
    settings: Settings
    progress: Progress = silent
    most_tokens: int | None = None
    store: Store | None = None
    evidence: Evidence | None = None
    reader: LanguageModel | None = None


@dataclass(frozen=True, slots=True)
class Scores:
    """What the chunks are worth to a query, and where that comes from. All but the defaults: of each chunk, a number.

    query: what was scored, the job's query or its end. relevance: what the strategy's scorer says, in its own unit.
    signals: by name, what else speaks for a chunk (above 0) or against it, in standard deviations of the relevance.
    preferences: the scores by which chunks are chosen, relevance and signals together. order: the chunks that may be
        chosen for themselves, best first.
    unread: chunks that the model did not read, those first that share the most words with the query.
    related: whether anything here seems to have to do with the query.
    seconds_per_character: what scoring took. notes: for the report.
    """

    query: str = ""
    relevance: Sequence[float] = ()
    signals: Mapping[str, Sequence[float]] = field(default_factory=dict)
    preferences: Sequence[float] = ()
    order: Sequence[int] = ()
    unread: Sequence[int] = ()
    related: bool = True
    seconds_per_character: float = 0.0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """What is kept, and what was found out in choosing it.

    kept: units by page. allowances: tokens granted to chunks before the final fit, by index.
    budget: what the text has to fit; 0 where that is not known yet. granted: what is pinned, and what was wished and
    fits.
    telling: see ``Draft``. widened: how many functions had to be shown whole, or left out, so that their file parses.
    """

    kept: Kept
    allowances: Mapping[int, int] = field(default_factory=dict)
    budget: int = 0
    granted: frozenset[Cell] = frozenset()
    telling: Mapping[int, int] = field(default_factory=dict)
    widened: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """A run of units of one chunk, the item of the knapsack. Blocks tile their chunk.

    units: half-open interval of the page's unit indices.
    value: relevance normalised to [0, 1] within the chunk.
    """

    units: tuple[int, int]
    value: float
    tokens: int
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class Divided:
    """A chunk that the coarse stage chose, its blocks, and the solved knapsack over them; no blocks, where it is kept
    whole or not at all.

    head: the units of its signature, kept whenever anything of it is.
    """

    index: int
    head: frozenset[int] = frozenset()
    head_tokens: int = 0
    blocks: tuple[CodeBlock, ...] = ()
    knapsack: Knapsack | None = None


@dataclass(frozen=True, slots=True)
class Division:
    """The chunks that the coarse stage chose, by index. fine: whether functions are cut inside. notes: for the
    report."""

    chunks: Mapping[int, Divided] = field(default_factory=dict)
    fine: bool = True
    notes: tuple[str, ...] = ()


class Chooser(Protocol):
    """A strategy, ready to choose from one corpus by its scores."""

    @property
    def fine(self) -> bool:
        """Whether a part of a chunk may be shown."""

    def choose(self, room: int) -> Choice:
        """What to keep with so many tokens."""

    def additions(self, kept: Kept) -> Iterator[Addition]:
        """What could still be added to what is kept, best first."""


@dataclass(frozen=True, slots=True)
class Approach:
    """What a strategy does differently.

    structured: cuts lie at statement edges and kept statements bring along what encloses them; otherwise at any line.
    filled: room that the chooser leaves is filled with the next best.
    misses: how many chunks that do not fit the coarse stage passes over to try a worse one; None: all. Whoever passes
        over thousands ends with a lone bracket of a file that has nothing to do with the question.
    divides: whether the chosen chunks are divided into blocks. scorer: what says what texts are worth to a query.
    prepare: the chooser for a run, its chosen chunks divided, and a budget.
    evidence: whether the measured signals count beside the scorer's word, see ``weights``.
    """

    structured: bool
    filled: bool
    misses: int | None
    divides: bool
    scorer: ScorerName
    prepare: Callable[[Run, Division, int], Chooser]
    evidence: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """What a choice for any budget depends on: what is asked, with what, and all that is known of it so far.

    draft: how the corpus becomes a text.
    """

    job: Job
    engine: Engine
    approach: Approach
    corpus: Corpus
    draft: Draft
    scores: Scores = field(default_factory=Scores)
