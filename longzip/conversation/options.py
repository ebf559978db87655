"""What a window is told, made into bounds and a tokenizer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from longzip.errors import UsageError
from longzip.messages import ScriptCount
from longzip.protocols import Tokenizer

TRIGGER = 0.70
RETAINED = 0.75
LEAST_SUMMARY, SUMMARY_SHARE = 500, 20
Trigger = float | tuple[str, int]


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
