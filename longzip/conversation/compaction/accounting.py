"""What a compaction did, in numbers: counters, what was shortened, what changed first, what was lost. It changes
nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from longzip.conversation.compaction.spent import Spent
from longzip.conversation.compaction.state import Counters, State
from longzip.messages.normal import Message
from longzip.prose.values import distinct
from longzip.protocols import Tokenizer


@dataclass(frozen=True, slots=True)
class Written:
    """A summary that a summariser wrote. text: "" where the ledger is the summary. notes: what was mended or went
    wrong."""

    text: str
    summarizer: str
    notes: tuple[str, ...] = ()
    calls: int = 0
    fallbacks: int = 0


def counted(tokenizer: Tokenizer, old: State, new: State, written: Written, saved: int, passed: int | None) -> Counters:
    """The counters after a compaction. passed: tokens of the messages that became part of the summary, None for no
    message."""
    kept = set(new.ledger.facts)
    if written.text:
        repeated = tokenizer.count(old.text or old.ledger.text()) if old.anchor else 0
    else:
        repeated = sum(tokenizer.count(fact.forms[0]) for fact in old.ledger.facts if fact not in kept)
    counters = old.counters
    return replace(
        counters,
        compactions=counters.compactions + (passed is not None),
        prunings=counters.prunings + (passed is None),
        passed=counters.passed + (passed or 0),
        repeated=counters.repeated + repeated,
        saved=counters.saved + saved,
        calls=counters.calls + written.calls,
        fallbacks=counters.fallbacks + written.fallbacks,
        problem="; ".join(written.notes) if written.fallbacks else counters.problem,
    )


def pruned_by(spent: Sequence[Spent]) -> tuple[tuple[int, str], ...]:
    """The number of each message that was shortened, and why, in order."""
    return tuple(sorted((found.at + 1, found.stub.reason) for found in spent))


def first_changed(was: Sequence[Message], now: Sequence[Message]) -> int:
    """The place in a view of the first message that changed: where a provider's cache of the prompt ends."""
    pairs = enumerate(zip(was, now, strict=False))
    return next((at for at, (a, b) in pairs if a is not b and a != b), min(len(was), len(now)))


def loss(messages: Sequence[Message], shown: Sequence[Message]) -> float:
    """The share of the values in ``messages`` that ``shown`` does not have."""
    values = {atom for message in messages for atom in distinct(message.text)}
    there = {atom for message in shown for atom in distinct(message.text)}
    text = "\n".join(message.text for message in shown)
    return round(1 - sum(atom in there or atom in text for atom in values) / len(values), 4) if values else 0.0
