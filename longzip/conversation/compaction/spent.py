"""Which results of tools have done their work: only where something in the conversation shows it.

A result is spent where the same call was made again, where its text stands again later, where its error was got over,
where its values were used, or where the work that it belongs to was closed. What nothing points to is not touched. It
changes nothing itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from longzip.conversation.compaction.log import Log
from longzip.conversation.compaction.state import Limits, State, Stub
from longzip.conversation.facts.artifacts import target
from longzip.conversation.facts.gathering import ASKS_USER
from longzip.conversation.facts.tool_output import Recurrence, brief, excerpt
from longzip.messages.dialects import with_texts
from longzip.messages.normal import Block, count
from longzip.prose.values import PRIORITY, distinct

LEAST_GAIN = 24  # tokens below which a result is not worth shortening
SHARE = 0.3  # of a result's tokens that its stub may take
SHORTEST_STUB, LONGEST_STUB = 32, 200
MARGIN = 24  # tokens that the seams of an excerpt may take
TELLING = 2.0  # the priority from which on an atom's return shows that a result was used


@dataclass(frozen=True, slots=True)
class Spent:
    """A result that may be shortened. at: its entry; gain: tokens that it saves."""

    at: int
    stub: Stub
    gain: int


def spent_results(log: Log, state: State, limits: Limits, end: int, recurrence: Recurrence) -> Iterator[Spent]:
    """The spent results of a view, oldest first; not those among the last messages and the last results."""
    results = [
        at for at in range(state.anchor, end) if any(b.kind == "result" for b in log.entries[at].shown[-1].blocks)
    ]
    old = results[: len(results) - limits.keep_tools] if limits.keep_tools else results
    old = [at for at in old if at < end - limits.keep_recent and at not in state.stubs]
    if not old:
        return
    later = Later.read(log, state.anchor, end)
    for at in old:
        reason = why_spent(log, state, at, later, limits)
        found = stubbed(log, at, reason, recurrence) if reason else None
        if found is not None:
            yield found


@dataclass(frozen=True, slots=True)
class Later:
    """What came last: the entry of the last call of each kind, of the last same text, of the last use of an atom."""

    calls: dict[str, int]
    texts: dict[str, int]
    uses: dict[str, int]

    @classmethod
    def read(cls, log: Log, start: int, end: int) -> Later:
        calls: dict[str, int] = {}
        texts: dict[str, int] = {}
        uses: dict[str, int] = {}
        for at in range(start, end):
            message = log.entries[at].message
            for block in message.blocks:
                if block.kind == "result":
                    texts[block.text] = at
                    continue
                if block.kind == "call":
                    calls[call_key(block)] = at
                if message.role == "assistant":
                    uses.update(dict.fromkeys(distinct(block.text), at))
        return cls(calls, texts, uses)


def call_key(call: Block) -> str:
    """What makes two calls the same: the tool and its target, or where there is none, its arguments."""
    return f"{call.name} {target(call) or call.text}"


def why_spent(log: Log, state: State, at: int, later: Later, limits: Limits) -> str:
    """Why the results of a message are spent, "" where one of them is not shown to be."""
    reasons = []
    for index, block in enumerate(log.entries[at].shown[-1].blocks):
        if block.kind != "result" or block.sealed:
            continue
        place = log.questions.get((at, index))
        call = log.entries[place[0]].message.blocks[place[1]] if place else None
        name = call.name if call else block.name
        if name in limits.never_prune or ASKS_USER.found(name):
            return ""
        reasons.append(why(block, call, at, state, later))
    return reasons[0] if reasons and all(reasons) else ""


def why(result: Block, call: Block | None, at: int, state: State, later: Later) -> str:
    if at < state.closed:
        return "its work is closed"
    if call is not None and later.calls.get(call_key(call), 0) > at:
        return "error got over" if result.failed else "called again"
    if later.texts.get(result.text, 0) > at:
        return "stands again later"
    asked = call.text if call else ""
    for atom, kind in distinct(result.text).items():
        if PRIORITY[kind] >= TELLING and later.uses.get(atom, 0) > at and atom not in asked:
            return f"used: {atom}"
    return ""


def stubbed(log: Log, at: int, reason: str, recurrence: Recurrence, share: float = SHARE) -> Spent | None:
    """A message with its results shortened; None where that gains too little."""
    entry = log.entries[at]
    message = entry.shown[-1]
    texts = {}
    for index, block in enumerate(message.blocks):
        if block.kind == "result" and not block.sealed:
            size = log.tokenizer.count(block.text)
            room = min(max(int(size * share), SHORTEST_STUB), LONGEST_STUB)
            texts[index] = stub_text(
                block, call_name(log, at, index), at, size, brief(block.text, room, log.tokenizer, recurrence)
            )
    cost = entry.tokens - entry.own + count(with_texts(message, texts), log.tokenizer)
    gain = entry.tokens - cost
    return Spent(at, Stub(tuple(texts.items()), cost, reason), gain) if gain >= LEAST_GAIN else None


def call_name(log: Log, at: int, index: int) -> str:
    place = log.questions.get((at, index))
    return log.entries[place[0]].message.blocks[place[1]].name if place else ""


def stub_text(block: Block, name: str, at: int, size: int, shown: str) -> str:
    """``[read_file: 2,113 tokens, shortened; ref:17] a.py | 3 failed``"""
    return f"[{name or block.name or 'result'}: {size:,} tokens, shortened; ref:{at + 1}] {shown}".rstrip()


def excerpted(log: Log, at: int, stub: Stub, spare: int) -> Stub | None:
    """A stub with more of its results, whole lines as they stand there, for at most ``spare`` further tokens; None
    where nothing more fits."""
    message = log.entries[at].shown[-1]
    texts, room = dict(stub.texts), spare // max(len(stub.texts), 1)
    for index, short in stub.texts:
        size = log.tokenizer.count(message.blocks[index].text)
        longer = f"{short}\n{excerpt(message.blocks[index].text, room - MARGIN, log.tokenizer)}"
        if log.tokenizer.count(longer) < size:
            texts[index] = longer
    cost = log.entries[at].tokens - log.entries[at].own + count(with_texts(message, texts), log.tokenizer)
    fits = stub.tokens < cost <= stub.tokens + spare
    return replace(stub, texts=tuple(texts.items()), tokens=cost) if fits else None
