"""What a window did so far, in numbers."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator
from dataclasses import asdict, dataclass

from longzip.conversation.compaction.state import Limits, State


@dataclass(frozen=True, slots=True)
class Stats:
    """What a window did so far; also read as a mapping: ``stats["compression_count"]``. Tokens are the reader's.

    tokens_passed: of messages that went into a summary, each once; tokens_repeated: of earlier summaries read or
    changed again. summary_depth: how often earlier facts had to be shortened for later ones. summarizer_problem: why
    the summariser's answer could not be used, the last time that it could not; "" where it always could.
    """

    total_messages: int
    current_tokens: int
    has_summary: bool
    anchor_index: int
    t_max: int
    t_retained: int
    t_summary: int
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
    summarizer_problem: str

    @classmethod
    def of(cls, messages: int, tokens: int, state: State, limits: Limits, seconds: float) -> Stats:
        done = state.counters
        return cls(
            messages, tokens, state.anchor > 0, state.anchor, limits.maximum, limits.retained,
            limits.summary,
            done.compactions, done.prunings, done.saved, done.passed, done.repeated, done.calls, done.fallbacks,
            state.ledger.depth, state.ledger.evicted, done.recalls, done.recalled, round(seconds, 3),
            done.problem,
        )  # fmt: skip

    def __getitem__(self, name: str) -> int | float | bool | str:
        if name not in self.__slots__:
            raise KeyError(name)
        value: int | float | bool | str = getattr(self, name)
        return value

    def __contains__(self, name: object) -> bool:
        return name in self.__slots__

    def __iter__(self) -> Iterator[str]:
        return iter(self.__slots__)

    def __len__(self) -> int:
        return len(self.__slots__)

    def keys(self) -> list[str]:
        return list(self.__slots__)

    def items(self) -> ItemsView[str, int | float | bool | str]:
        return asdict(self).items()
