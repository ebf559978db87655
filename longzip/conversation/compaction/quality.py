"""A gate behind a compaction: what it lost, and how much one token of the summary has to stand for, are bounded.

Where a bound is passed, the summary is given more room, as far as the view allows. Where that does not help, a
compaction that nobody needs yet is refused, with the reason; one that the bound of the view needs is done, and says so.
"""

from __future__ import annotations

from dataclasses import replace

from longzip.conversation.compaction.compact import Work, compact
from longzip.conversation.compaction.state import Limits, State, Step

WIDER = 2
MOST_ROOM = 0.5  # of the tokens that a view may cost afterwards


def gated(work: Work, state: State, target: int | None = None) -> tuple[State, Step]:
    """As ``compact``, within the bounds of ``limits.most_loss`` and ``limits.most_ratio``."""
    first = new, step = compact(work, state, target)
    limits = work.limits
    problem = too_coarse(step, limits)
    if not problem:
        return first
    summary = limits.summary * WIDER
    while summary <= MOST_ROOM * (limits.retained if target is None else target) and summary < limits.retained:
        wider = compact(replace(work, limits=replace(limits, summary=summary, ratio=0.0)), state, target)
        if not too_coarse(wider[1], limits):
            note = f"the summary was given {summary:,} tokens instead of {limits.summary:,}: {problem}"
            return wider[0], replace(wider[1], notes=(*wider[1].notes, note))
        summary *= WIDER
    if step.before <= limits.maximum:
        reason = f"refused: {problem}; give the summary more room, or keep more"
        return state, Step("none", step.before, step.before, reason, loss=step.loss, ratio=step.ratio)
    return new, replace(step, notes=(*step.notes, problem))


def too_coarse(step: Step, limits: Limits) -> str:
    """Which bound a step passes, in words; "" where none."""
    if step.summarised is None:
        return ""
    if step.loss > limits.most_loss:
        return f"{step.loss:.0%} of the values would be lost, over most_loss {limits.most_loss:.0%}"
    if limits.most_ratio and step.ratio > limits.most_ratio:
        return f"a token of the summary would stand for {step.ratio:.0f}, over most_ratio {limits.most_ratio:.0f}"
    return ""
