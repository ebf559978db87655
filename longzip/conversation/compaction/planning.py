"""Where a view is cut: the first safe place at which what is left fits, and what else gives way where none does.

The order in which things give way is fixed: the oldest messages, results among the recent ones, the recent messages,
the length of the summary. The system prompt, the first request, the user's last message, pins and calls under way never
do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from longzip.conversation.compaction.log import Log, thinks_first
from longzip.conversation.compaction.spent import LEAST_GAIN, Spent, excerpted, stubbed
from longzip.conversation.compaction.state import Limits, State, Stub
from longzip.conversation.compaction.view import (
    HEADING,
    WRITTEN_HEADING,
    dropped,
    last_request,
    leading,
    summary_cost,
)
from longzip.conversation.facts.ledger import render
from longzip.conversation.facts.tool_output import Recurrence
from longzip.errors import BudgetTooSmall
from longzip.messages.normal import MESSAGE_TOKENS
from longzip.protocols import Tokenizer

EMERGENCY_SHARE = 0.1
SEAMS = 4  # tokens that the seams between the parts of the summary message may add


@dataclass(frozen=True, slots=True)
class CompactionPlan:
    """Where the view is cut. cut: messages before it are summarised; held: those of them that stay; stubs: results that
    are shortened besides; summary: tokens that the summary may take."""

    cut: int
    held: tuple[int, ...]
    stubs: Mapping[int, Stub]
    summary: int


@dataclass(frozen=True, slots=True)
class Room:
    """What a view costs by its cut. rest: tokens of the entries from each place on, the first that of the anchor.
    front: the system prompt and the first request; last: the user's last message."""

    log: Log
    anchor: int
    fixed: int
    rest: Sequence[int]
    front: Sequence[int]
    last: int | None
    last_cut: int
    end: int

    @classmethod
    def read(cls, log: Log, state: State, limits: Limits, end: int) -> Room:
        rest = [0]
        for at in range(end - 1, state.anchor - 1, -1):
            stub = state.stubs.get(at)
            rest.append(rest[-1] + (stub.tokens if stub else log.entries[at].tokens))
        pins = summary_cost(State(pins=state.pins), limits, log.tokenizer)
        last = last_request(log, end)
        return cls(
            log, state.anchor, limits.fixed + pins, rest[::-1], leading(log, end), last, last_cut(log, last, end), end
        )

    def held(self, cut: int) -> tuple[int, ...]:
        """What is before a cut and stays word for word: the first and the last request, and where the cut parts a loop
        of calls from the thoughts that it began with, a round of it that has them."""
        held = tuple(at for at in self.front if at < cut)
        if self.last is not None and self.last < cut and self.last not in held:
            held = (*held, self.last)
        return (*held, *self.opening(cut))

    def opening(self, cut: int) -> tuple[int, ...]:
        """The cheapest round of the running loop before a cut that thoughts open; () where none is needed."""
        start = -1 if self.last is None else self.last
        if cut <= start + 1:
            return ()
        goes_on = next((at for at in range(cut, self.end) if self.log.entries[at].message.role == "assistant"), None)
        if goes_on is None or thinks_first(self.log.entries[goes_on].message):
            return ()
        led = [at for at in range(start + 1, cut) if thinks_first(self.log.entries[at].message)]
        rounds = [found for at in led if (found := self.log.exchange(at)) and found[-1] < cut]
        cheapest = sorted((self.cost(found), -found[0], found) for found in rounds)
        return tuple(cheapest[0][2]) if cheapest else ()

    def cost(self, held: Sequence[int]) -> int:
        return sum(self.log.held_cost(at, held) for at in held)

    def total(self, cut: int, stubs: Mapping[int, Stub], summary: int) -> int:
        saved = sum(self.log.entries[at].tokens - stub.tokens for at, stub in stubs.items() if at >= cut)
        held = self.cost(self.held(cut))
        return self.fixed + (summary if cut else 0) + held + self.rest[cut - self.anchor] - saved

    def plan(self, cut: int, stubs: Mapping[int, Stub], summary: int) -> CompactionPlan:
        return CompactionPlan(cut, self.held(cut), {at: stub for at, stub in stubs.items() if at >= cut}, summary)


def planned(log: Log, state: State, limits: Limits, end: int, recurrence: Recurrence, target: int) -> CompactionPlan:
    """The first cut whose view costs no more than the target, and what room is left filled. Raises BudgetTooSmall where
    none comes below the maximum."""
    room = Room.read(log, state, limits, end)
    plan = cut_for(room, log, state, limits, recurrence, target)
    stubs = dict(plan.stubs)
    for at in sorted(stubs, reverse=True):
        spare = target - room.total(plan.cut, stubs, plan.summary)
        longer = excerpted(log, at, stubs[at], spare) if spare >= LEAST_GAIN else None
        if longer is None:
            break
        stubs[at] = longer
    return replace(plan, stubs=stubs)


def cut_for(room: Room, log: Log, state: State, limits: Limits, recurrence: Recurrence, target: int) -> CompactionPlan:
    """Where the view is cut, with results among the recent messages as short as can be, where they have to be."""
    end = room.end
    cuts = [cut for cut in log.safe_cuts(state.anchor, end) if cut <= room.last_cut]
    summary, stubs = most_summary(limits, log.tokenizer), dict[int, Stub]()
    settled = [cut for cut in cuts if cut <= max(end - limits.keep_recent, state.anchor)]
    for cut in settled:
        if room.total(cut, stubs, summary) <= target:
            return room.plan(cut, stubs, summary)
    last = settled[-1] if settled else state.anchor
    for found in shortened_recents(log, state, last, end, recurrence):
        stubs[found.at] = found.stub
        if room.total(last, stubs, summary) <= target:
            return room.plan(last, stubs, summary)
    for cut in cuts:
        if cut > last and room.total(cut, stubs, summary) <= target:
            return room.plan(cut, stubs, summary)
    return squeezed(room, cuts[-1] if cuts else state.anchor, stubs, limits, target)


def squeezed(room: Room, cut: int, stubs: Mapping[int, Stub], limits: Limits, target: int) -> CompactionPlan:
    """The last cut there is, with as short a summary as it takes."""
    tokenizer = room.log.tokenizer
    empty = most_summary(limits, tokenizer) if limits.drops else heading_cost(tokenizer) + tokenizer.count(render(()))
    floor = empty if cut else 0
    least = room.total(cut, stubs, floor)
    if least > limits.maximum:
        raise BudgetTooSmall(
            least,
            limits.maximum,
            "what has to stay (the system prompt, the first and the last request, pins, calls under way)",
        )
    goal = target if least <= target else limits.maximum
    summary = min(most_summary(limits, tokenizer), floor + goal - least)
    in_force = min(most_summary(limits, tokenizer), floor + min(limits.standing, limits.maximum - least))
    return room.plan(cut, stubs, max(summary, in_force) if floor else summary)


def last_cut(log: Log, last: int | None, end: int) -> int:
    """The last place that may be cut: a last request that also brings results stays with the calls that they answer."""
    if last is None:
        return end
    blocks = range(len(log.entries[last].message.blocks))
    return min([*(log.questions[last, index][0] for index in blocks if (last, index) in log.questions), end])


def most_summary(limits: Limits, tokenizer: Tokenizer) -> int:
    """Tokens that are kept free for what stands for old messages."""
    return said_cost(tokenizer, dropped(limits)) + limits.standing if limits.drops else limits.summary


def heading_cost(tokenizer: Tokenizer) -> int:
    """Tokens of the summary message beside the summary."""
    return said_cost(tokenizer, HEADING, WRITTEN_HEADING)


def said_cost(tokenizer: Tokenizer, *headings: str) -> int:
    return max(tokenizer.count(text.format(anchor=10**7)) for text in headings) + MESSAGE_TOKENS + SEAMS


def shortened_recents(log: Log, state: State, start: int, end: int, recurrence: Recurrence) -> list[Spent]:
    """Results from ``start`` on that are not yet shortened, the largest first."""
    found = []
    for at in range(start, end):
        if at not in state.stubs and any(block.kind == "result" for block in log.entries[at].shown[-1].blocks):
            spent = stubbed(log, at, "the recent messages alone are over the bound", recurrence, EMERGENCY_SHARE)
            found += [spent] if spent else []
    return sorted(found, key=lambda spent: (-spent.gain, spent.at))
