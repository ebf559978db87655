"""Which marks make a unit critical, by the kind of text: what is never discarded where there is room. Knows no text."""

from __future__ import annotations

from collections.abc import Sequence

from longzip.texts.kinds import Kind

CRITICAL = (
    "decision",
    "error",
    "fix",
    "dependency",
    "action",
    "state",
    "pending",
    "reference",
    "prohibition",
    "number",
)
KEPT_FIRST = CRITICAL[:-1]


def critical_marks(kind: Kind) -> tuple[str, ...]:
    """The marks that are critical in a kind of text."""
    return CRITICAL if kind in ("document", "research") else ("error", "fix") if kind == "log" else KEPT_FIRST


def is_critical(marks: Sequence[str], kind: Kind) -> bool:
    """Whether a unit is never discarded: of numbers, in documents only; of all other marks, in all but logs, where
    nearly every line states a number, an action and a state."""
    return any(mark in marks for mark in critical_marks(kind))
