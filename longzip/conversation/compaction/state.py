"""What a window is told, and what it remembers: limits, pins, stubs, the state between two compactions, the step it
took.

Values only; nothing here reads a message.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from longzip.conversation.facts.ledger import Ledger
from longzip.errors import UsageError

Action = Literal["none", "prune", "compress"]
CompactionStrategy = Literal["ledger", "density", "auto", "truncate", "window"]
COMPACTION_STRATEGIES: tuple[CompactionStrategy, ...] = ("ledger", "density", "auto", "truncate", "window")
DROPPING: frozenset[CompactionStrategy] = frozenset({"truncate", "window"})
# Tokens below which there is no summary: in a window that small, a line says what was left out.
SUMMARY_FLOOR = 120


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of a window, in the reader's tokens.

    maximum: a view never costs more, ``overhead`` and ``reserve_output`` included; above it, compaction begins.
    retained: what a view may cost after a compaction, the same included. summary: what the summary may.
    keep_recent: the last messages that stay word for word as long as the bounds allow. keep_tools: the last results of
    tools that are not shortened for being spent. clear_at_least: tokens that pruning has to gain to be worth a changed
    prefix.
    overhead: tokens of what is sent beside the messages (schemas of tools); reserve_output: of the answer.
    never_prune: names of tools whose results are never shortened for being spent.
    strategy: what becomes of old messages; see ``WindowOptions``. ratio: what a summary may take of what it stands for;
    as much as ``summary`` where it is 0. most_loss: the share of the values in what is summarised that a view may lose;
    most_ratio: how many tokens one of the summary may stand for, any number where it is 0. standing: tokens that
    are kept for what the user said that stays in force, also where there is no summary.
    """

    maximum: int = 8000
    retained: int = 6000
    summary: int = 500
    keep_recent: int = 6
    keep_tools: int = 3
    clear_at_least: int = 0
    overhead: int = 0
    reserve_output: int = 0
    summary_role: str = "user"
    never_prune: tuple[str, ...] = ()
    strategy: CompactionStrategy = "ledger"
    ratio: float = 0.0
    most_loss: float = 1.0
    most_ratio: float = 0.0
    standing: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.summary < self.retained < self.maximum:
            raise UsageError(
                f"t_summary {self.summary:,}, t_retained {self.retained:,} and t_max {self.maximum:,} "
                "must grow in this order;"
                " the wider the gap between the last two, the rarer a compaction."
            )
        if min(self.keep_recent, self.keep_tools, self.clear_at_least, self.overhead, self.reserve_output) < 0:
            raise UsageError("keep_recent, keep_tools, clear_at_least, overhead and reserve_output are 0 or more.")
        if self.summary < SUMMARY_FLOOR < self.retained:
            raise UsageError(
                f"t_summary is {self.summary}; give at least {SUMMARY_FLOOR}, the empty sections alone take that."
            )
        if self.summary_role not in ("user", "system", "assistant"):
            raise UsageError(f"summary_role is {self.summary_role!r}; choose user, system or assistant.")
        if self.strategy not in COMPACTION_STRATEGIES:
            raise UsageError(f"strategy is {self.strategy!r}; choose one of: {', '.join(COMPACTION_STRATEGIES)}.")
        if not 0 <= self.ratio < 1 or not 0 < self.most_loss <= 1 or (self.most_ratio and self.most_ratio <= 1):
            raise UsageError("ratio is from 0 to below 1, most_loss above 0 to 1, and most_ratio 0 or above 1.")

    @property
    def fixed(self) -> int:
        """Tokens that are spent before the first message."""
        return self.overhead + self.reserve_output

    @property
    def drops(self) -> bool:
        """Whether old messages go without a summary."""
        return self.strategy in DROPPING or self.summary < SUMMARY_FLOOR


@dataclass(frozen=True, slots=True)
class Pin:
    """A note that every view shows word for word. key: what a later pin of the same key replaces; "" for none."""

    text: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Stub:
    """What a message's results are shortened to. texts: (block, text). tokens: what the message then costs. reason:
    why."""

    texts: tuple[tuple[int, str], ...]
    tokens: int
    reason: str


@dataclass(frozen=True, slots=True)
class Counters:
    """What compactions did, since the beginning. Tokens are the reader's.

    passed: tokens of messages that became part of a summary, each counted once; repeated: tokens of earlier summaries
    that were read or changed again. saved: by which views got smaller. calls: of a summariser that is not the
    extractive one;
    fallbacks: how often its answer could not be used; problem: why, the last time. recalled: tokens given back by
    ``recall``.
    """

    compactions: int = 0
    prunings: int = 0
    passed: int = 0
    repeated: int = 0
    saved: int = 0
    calls: int = 0
    fallbacks: int = 0
    recalls: int = 0
    recalled: int = 0
    problem: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """All that a window remembers beside its log.

    anchor: messages before this one are in the summary; held: those of them that are shown word for word all the same.
    text: the summary that a summariser wrote; "" where the ledger is the summary. closed: messages before this one
    belong to finished work.
    """

    version: int = 0
    anchor: int = 0
    held: tuple[int, ...] = ()
    ledger: Ledger = field(default_factory=Ledger)
    text: str = ""
    stubs: Mapping[int, Stub] = field(default_factory=dict)
    pins: tuple[Pin, ...] = ()
    closed: int = 0
    counters: Counters = field(default_factory=Counters)


@dataclass(frozen=True, slots=True)
class Step:
    """What one look at the window did.

    before, after: tokens of the view, with overhead and reserve. reason: in words. pruned: (number of the message,
    reason) of results that were shortened; summarised: numbers of the first and last message that went into the
    summary, or None.
    summarizer: who wrote the summary. notes: what an abstractive summariser's answer lacked or had too much of.
    first_changed: the place in the view of the first message that is not as it was, which is where a provider's cache
    ends.
    loss: the share of the values in what was summarised that the view no longer shows, from 0 to 1. ratio: how many
    tokens of what was summarised one of the summary stands for.
    """

    action: Action
    before: int
    after: int
    reason: str
    pruned: tuple[tuple[int, str], ...] = ()
    summarised: tuple[int, int] | None = None
    summarizer: str = ""
    notes: tuple[str, ...] = ()
    first_changed: int = 0
    loss: float = 0.0
    ratio: float = 0.0
