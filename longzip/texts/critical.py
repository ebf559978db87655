"""Which marks make a unit critical, by the kind of text: what is never discarded where there is room. Knows no text."""

from __future__ import annotations

from collections.abc import Sequence

from longzip.texts.kinds import Kind

CRITICAL = ("decision", "error", "fix", "dependency", "action", "state", "pending", "number")
KEPT_FIRST = CRITICAL[:-1]


def is_critical(marks: Sequence[str], kind: Kind) -> bool:
    """Whether a unit is never discarded: of numbers, in documents only; of all other marks, in all but logs, where
    nearly every line states a number, an action and a state."""
    wanted = CRITICAL if kind in ("document", "research") else ("error", "fix") if kind == "log" else KEPT_FIRST
    return any(mark in marks for mark in wanted)
