"""What the reader sees: the system prompt, the first request, the summary, the messages after the anchor; and its cost.

Everything that is shown is in the log or in the state. It decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from longzip.conversation.compaction.log import Log
from longzip.conversation.compaction.state import SUMMARY_FLOOR, Limits, State
from longzip.conversation.facts.gathering import own_words
from longzip.conversation.facts.ledger import in_force
from longzip.messages.dialects import plain, with_texts
from longzip.messages.normal import Message, count
from longzip.protocols import Tokenizer

HEADING = '[Summary of messages 1-{anchor} in their own words; recall("ref:n") gives message #n whole.]'
WRITTEN_HEADING = '[Summary of messages 1-{anchor}; recall("ref:n") gives message n whole.]'
DROPPED_HEADING = '[Messages 1-{anchor} were left out; recall("ref:n") gives message n whole.]'
BRIEF_HEADING = "[1-{anchor} left out]"
PINNED, IN_FORCE = "Pinned:", "Still in force:"


def is_request(message: Message) -> bool:
    """Whether a message is the user's own words; what a program echoes in the user's name is not, nor is a call."""
    if message.role in ("system", "assistant", "tool") or message.calls:
        return False
    return bool(own_words(message.prose)) or any(
        block.kind in ("binary", "other") and block.text for block in message.blocks
    )


def leading(log: Log, end: int) -> list[int]:
    """The system messages at the beginning and the first request."""
    at = 0
    while at < end and log.entries[at].message.role == "system":
        at += 1
    first = next((place for place in range(at, min(end, at + 50)) if is_request(log.entries[place].message)), None)
    return [*range(at)] + ([first] if first is not None else [])


def last_request(log: Log, end: int) -> int | None:
    return next((at for at in range(end - 1, -1, -1) if is_request(log.entries[at].message)), None)


def dropped(limits: Limits) -> str:
    """What is said of old messages where they have no summary; "" where they have one."""
    if not limits.drops:
        return ""
    return BRIEF_HEADING if limits.summary < SUMMARY_FLOOR else DROPPED_HEADING


def summary_text(state: State, heading: str = "") -> str:
    """The pins and the summary as one text; "" where there is neither. heading: what is said of old messages without a
    summary; "" where they have one."""
    lines = (
        [PINNED, *(f"- {pin.key}: {pin.text}" if pin.key else f"- {pin.text}" for pin in state.pins)]
        if state.pins
        else []
    )
    if state.anchor and heading:
        kept = in_force(state.ledger.facts)
        lines += [heading.format(anchor=state.anchor), *([IN_FORCE, *kept] if kept else [])]
    elif state.anchor:
        heading = WRITTEN_HEADING if state.text else HEADING
        lines += [heading.format(anchor=state.anchor), state.text or state.ledger.text()]
    return "\n".join(lines)


def summary_message(log: Log, state: State, limits: Limits) -> Message | None:
    """The pins and the summary as a message, in the form that the conversation has."""
    text = summary_text(state, dropped(limits))
    return log.said(limits.summary_role, text) if text else None


def summary_cost(state: State, limits: Limits, tokenizer: Tokenizer) -> int:
    text = summary_text(state, dropped(limits))
    return count(plain(limits.summary_role, text), tokenizer) if text else 0


def view(log: Log, state: State, limits: Limits, end: int) -> list[Message]:
    """The messages that are sent: those of the first ``end`` entries as the state has them."""
    start = leading(log, end)
    if state.anchor:
        start = [at for at in start if at < state.anchor]
    else:
        start = [at for at in start if log.entries[at].message.role == "system"]
    first = [log.held(at, state.held) for at in start]
    held = [log.held(at, state.held) for at in state.held if at not in start]
    summary = summary_message(log, state, limits)
    rest = [part for at in range(state.anchor or len(start), end) for part in shown_at(log, state, at)]
    return [*first, *([summary] if summary else []), *held, *rest]


def shown_at(log: Log, state: State, at: int) -> Sequence[Message]:
    """An entry's messages, with its results shortened where the state says so."""
    entry, stub = log.entries[at], state.stubs.get(at)
    if stub is None:
        return entry.shown
    return (*entry.shown[:-1], with_texts(entry.shown[-1], dict(stub.texts)))


def cost(log: Log, state: State, limits: Limits, end: int, summary: int | None = None) -> int:
    """Tokens of the view, overhead and reserve included. summary: tokens of the summary, where they are known."""
    total = limits.fixed + (summary_cost(state, limits, log.tokenizer) if summary is None else summary)
    total += log.before[end] - log.before[state.anchor]
    total += sum(log.held_cost(at, state.held) for at in state.held)
    for at, stub in state.stubs.items():
        if at >= state.anchor:
            total -= log.entries[at].tokens - stub.tokens
    return total
