"""What a window did so far, in numbers."""

from __future__ import annotations

from dataclasses import dataclass

from longzip.conversation.compaction.state import Limits, State


@dataclass(frozen=True, slots=True)
class Stats:
    """What a window did so far; ``stats["compression_count"]`` reads a field too. Tokens are the reader's.

    tokens_passed: of messages that went into a summary, each once; tokens_repeated: of earlier summaries read or
    changed again. summary_depth: how often earlier facts had to be shortened for later ones.
    """

    total_messages: int
    current_tokens: int
    has_summary: bool
    anchor_index: int
    t_max: int
    t_retained: int
    compression_count: int
    prune_count: int
    total_tokens_saved: int
    tokens_passed: int
    tokens_repeated: int
    summarizer_calls: int
    summarizer_fallbacks: int
    summary_depth: int
    facts_evicted: int
    recalls: int
    tokens_recalled: int
    seconds: float

    @classmethod
    def of(cls, messages: int, tokens: int, state: State, limits: Limits, seconds: float) -> Stats:
        done = state.counters
        return cls(
            messages, tokens, state.anchor > 0, state.anchor, limits.maximum, limits.retained,
            done.compactions, done.prunings, done.saved, done.passed, done.repeated, done.calls, done.fallbacks,
            state.ledger.depth, state.ledger.evicted, done.recalls, done.recalled, round(seconds, 3),
        )  # fmt: skip

    def __getitem__(self, name: str) -> int | float | bool:
        value: int | float | bool = getattr(self, name)
        return value

    def keys(self) -> list[str]:
        return list(self.__slots__)
