"""What travels between tasks, methods, readers and the report. Frozen; knows nothing of any of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from longzip import Source

Measures = Mapping[str, float]
Kind = Literal["completion", "needle", "documentation", "recall", "retrieval"]
Budget = int | str  # tokens, or "5.6x": the full context's tokens divided by that


@dataclass(frozen=True, slots=True)
class Wanted:
    """A place that should be shown: 1-based lines of a source, inclusive."""

    path: str
    first: int
    last: int

    def __len__(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class Example:
    """One question.

    key: its identity within the task; the same in every run.
    query: what the method is told. prefix: what the reader sees between the context and its answer; "": the query.
    hidden: the text to be foreseen or produced; "" where there is none. midline: whether it goes on with the prefix's
    last line.
    wanted: what a good context shows. names: identifiers of the hidden text that the sources have and the prefix lacks.
    choices: other answers, for tasks in which the right one has to be told from them (RepoQA).
    kind: what a reader is asked for: to go on with code, to repeat the function that the query describes, to write a
        documentation, to recall what was said; nothing, where only what is shown counts (retrieval).
    """

    key: str
    sources: tuple[Source, ...]
    query: str
    prefix: str = ""
    suffix: str = ""
    hidden: str = ""
    wanted: tuple[Wanted, ...] = ()
    names: frozenset[str] = frozenset()
    choices: tuple[str, ...] = ()
    midline: bool = False
    kind: Kind = "completion"

    @property
    def before(self) -> str:
        """What stands right before the answer: the prefix, ended where the answer begins a line of its own."""
        return self.prefix if self.midline or not self.prefix or self.prefix.endswith("\n") else f"{self.prefix}\n"


@dataclass(frozen=True, slots=True)
class Context:
    """What a method makes of the sources.

    lines: of each source, the 1-based lines that are shown; None where the text is no selection of lines.
    calls: calls of a model. texts: scored in them.
    """

    text: str
    lines: Mapping[str, frozenset[int]] | None = None
    calls: int = 0
    texts: int = 0


EMPTY = Context("", {})


@dataclass(frozen=True, slots=True)
class Outcome:
    """One line of the record: what a method did with an example at a budget.

    budget: as asked for in RUN.toml. allowed, tokens, original: tokens that the method had, used, and could have read,
        in the run's tokenizer.
    seconds: wall clock of the method, an equal share of what was done for several budgets at once. read_seconds: of the
    readers.
    peak_megabytes: largest memory of the process while the method worked, with all that it had loaded before.
    error: why there is no context; the measures are then those of an empty one.
    """

    task: str
    example: str
    method: str
    budget: Budget
    allowed: int
    tokens: int
    original: int
    seconds: float
    read_seconds: float = 0.0
    calls: int = 0
    texts: int = 0
    peak_megabytes: float = 0.0
    measures: Measures = field(default_factory=dict)
    error: str = ""
