"""What a window is told: the options that few need, and what bounds and a tokenizer are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import get_args

from longzip.conversation.compaction.state import CompactionStrategy, Limits
from longzip.errors import UsageError
from longzip.messages.normal import ScriptCount
from longzip.protocols import Tokenizer
from longzip.settings import Secrets

TRIGGER = 0.70
RETAINED = 0.75
LEAST_SUMMARY, SUMMARY_SHARE = 500, 20
Trigger = float | tuple[str, int]


@dataclass(frozen=True, slots=True)
class WindowOptions:
    """What few windows need to be told.

    strategy: what becomes of old messages where there is no summariser: "ledger", a summary of typed facts; "density",
    of sentences; "auto", the one that suits; "truncate" and "window", none: the oldest go, as few as need be, or down
    to what is retained.
    ratio: what a summary may take of the tokens that it stands for (0.1 is 10:1), beside ``t_summary``; 0 for no such
    bound.
    most_loss: the share of the values in what is summarised that a view may no longer show, and most_ratio: how many
    tokens one token of the summary may stand for. Where one is passed, the summary is given more room; where that does
    not help, a compaction that is not due is refused, and one that is due says so in its notes.
    focus: what the session is about, which what is kept should serve; by default the user's last message.
    post: what a finished summary goes through, such as a token-level compressor; where it fails, adds values or makes
    the summary longer, the summary stays as it was.
    clear_at_least: tokens that pruning has to gain to be worth a changed prefix. never_prune: names of tools whose
    results are never shortened for being spent. summary_role: whose message the summary is.
    summarizer_window: tokens of messages that a summariser is given at once.
    alternate: whether views have no two messages of one author in a row, and begin with the user's, as strict providers
    ask.
    secrets: what is done with keys, tokens and passwords in messages and pins, before anything else sees them; as
    ``Settings.secrets``, but that "skip" masks, too, since no message can be left out.
    """

    strategy: CompactionStrategy = "ledger"
    ratio: float = 0.0
    most_loss: float = 1.0
    most_ratio: float = 0.0
    focus: str = ""
    post: Callable[[str], str] | None = None
    clear_at_least: int = 0
    never_prune: tuple[str, ...] = ()
    summary_role: str = "user"
    summarizer_window: int | None = None
    alternate: bool = False
    secrets: Secrets = "mask"

    def __post_init__(self) -> None:
        if self.secrets not in get_args(Secrets):
            raise UsageError(f"secrets is {self.secrets!r}; choose one of: {', '.join(get_args(Secrets))}.")

    def applied_to(self, limits: Limits) -> Limits:
        """The limits with these options. Raises UsageError where one of them makes no sense."""
        return replace(
            limits,
            strategy=self.strategy,
            ratio=self.ratio,
            most_loss=self.most_loss,
            most_ratio=self.most_ratio,
            clear_at_least=self.clear_at_least,
            never_prune=tuple(self.never_prune),
            summary_role=self.summary_role,
        )


DEFAULTS = WindowOptions()
OPENING = 16  # tokens that an opening of the user's may take, where the assistant spoke first


def bounds(
    t_max: int | None, t_retained: int | None, t_summary: int | None, window: int | None, trigger: Trigger
) -> tuple[int, int, int]:
    """t_max, t_retained and t_summary, from what was given of them and of the window."""
    share = trigger if isinstance(trigger, float) else TRIGGER
    if not 0 < share <= 1:
        raise UsageError(f"trigger is {trigger!r}; give a share of the window such as 0.7, or ('messages', 40).")
    if isinstance(trigger, tuple) and (len(trigger) != 2 or trigger[0] != "messages" or trigger[1] < 1):
        raise UsageError(f"trigger is {trigger!r}; give a share of the window such as 0.7, or ('messages', 40).")
    if window is None:
        return (
            t_max or 8000,
            t_retained or (6000 if t_max is None else int(t_max * RETAINED)),
            t_summary or LEAST_SUMMARY,
        )
    if t_max is not None:
        raise UsageError("give either window or t_max: window times trigger is t_max.")
    maximum = int(window * share)
    summary = t_summary or min(max(LEAST_SUMMARY, maximum // SUMMARY_SHARE), max(maximum // 4, 1))
    return maximum, t_retained or int(maximum * RETAINED), summary


@dataclass(frozen=True, slots=True)
class CountingFunction:
    """A tokenizer from a function of a text."""

    function: Callable[[str], int]

    @property
    def name(self) -> str:
        return str(getattr(self.function, "__name__", type(self.function).__name__))

    def count(self, text: str) -> int:
        return self.function(text)


def as_tokenizer(given: Tokenizer | Callable[[str], int] | None) -> Tokenizer:
    if given is None:
        return ScriptCount()
    return given if isinstance(given, Tokenizer) else CountingFunction(given)
