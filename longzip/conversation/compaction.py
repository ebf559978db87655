"""One compaction: prune what is spent; where that is not enough, take the oldest messages into the summary.

A pure function of the log's first entries and the state; it returns the next state and what it did. The order in which
things give way is fixed: spent results, the oldest messages, results among the recent ones, the recent messages; the
system prompt, the first request, the user's last message, pins and calls under way never do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from longzip.atoms import distinct
from longzip.conversation.digests import Recurrence
from longzip.conversation.facts import Fact, facts_of, question_before
from longzip.conversation.ledger import Ledger, fit, render
from longzip.conversation.log import Log
from longzip.conversation.spent import Spent, spent_results, stubbed
from longzip.conversation.state import Action, Counters, Limits, State, Step, Stub
from longzip.conversation.view import (
    HEADING,
    WRITTEN_HEADING,
    cost,
    last_request,
    leading,
    shown_at,
    summary_cost,
    view,
)
from longzip.errors import BudgetTooSmall
from longzip.messages import MESSAGE_TOKENS, Message
from longzip.protocols import Tokenizer

EMERGENCY_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Written:
    """A summary that a summariser wrote. text: "" where the ledger is the summary. notes: what was mended or went wrong."""

    text: str
    summarizer: str
    notes: tuple[str, ...] = ()
    calls: int = 0
    fallbacks: int = 0


Summarize = Callable[[Sequence[Message], str, Ledger, int], Written]


@dataclass(frozen=True, slots=True)
class Plan:
    """Where the view is cut. cut: messages before it are summarised; held: those of them that stay; stubs: results that are
    shortened besides; summary: tokens that the summary may take."""

    cut: int
    held: tuple[int, ...]
    stubs: dict[int, Stub]
    summary: int


def compact(
    log: Log,
    state: State,
    limits: Limits,
    end: int,
    recurrence: Recurrence,
    summarize: Summarize,
    target: int | None = None,
) -> tuple[State, Step]:
    """The state after one compaction of the log's first ``end`` entries, and what was done.

    target: tokens that the view may cost afterwards; ``limits.retained`` where that is None.
    Raises BudgetTooSmall where what must stay costs more than ``limits.maximum``.
    """
    before = cost(log, state, limits, end)
    target = limits.retained if target is None else target
    pruned, spent = prune(log, state, limits, end, recurrence, before - target)
    after = before - sum(found.gain for found in spent)
    if spent and after <= target:
        counters = replace(
            state.counters, prunings=state.counters.prunings + 1, saved=state.counters.saved + before - after
        )
        new = replace(pruned, counters=counters)
        reason = f"{len(spent)} spent results were shortened, which is enough"
        return new, stepped("prune", log, state, new, limits, end, (before, after), reason, spent)
    plan = planned(log, pruned, limits, end, recurrence, target)
    if plan.cut == state.anchor and not plan.stubs and not spent and before <= limits.maximum:
        return state, Step("none", before, before, "nothing more can be taken out: all that is left has to stay")
    return compressed(log, pruned, limits, end, recurrence, summarize, plan, before, spent, state)


def prune(
    log: Log, state: State, limits: Limits, end: int, recurrence: Recurrence, wanted: int
) -> tuple[State, list[Spent]]:
    """Shorten spent results, those first that save most, until ``wanted`` tokens are saved; listed oldest first."""
    found = sorted(spent_results(log, state, limits, end, recurrence), key=lambda spent: (-spent.gain, spent.at))
    chosen, gained = [], 0
    for spent in found:
        if gained >= wanted:
            break
        chosen.append(spent)
        gained += spent.gain
    if not chosen or gained < limits.clear_at_least:
        return state, []
    chosen.sort(key=lambda spent: spent.at)
    return replace(state, stubs={**state.stubs, **{spent.at: spent.stub for spent in chosen}}), chosen


def planned(log: Log, state: State, limits: Limits, end: int, recurrence: Recurrence, target: int) -> Plan:
    """The first cut whose view costs no more than the target. Raises BudgetTooSmall where none comes below the maximum."""
    room = Room.read(log, state, limits, end)
    cuts = [cut for cut in log.safe_cuts(state.anchor, end) if cut <= room.last_cut]
    summary, stubs = limits.summary, dict[int, Stub]()
    settled = [cut for cut in cuts if cut <= max(end - limits.keep_recent, state.anchor)]
    for cut in settled:
        if room.total(cut, stubs, summary) <= target:
            return room.plan(cut, stubs, summary)
    last = settled[-1] if settled else state.anchor
    for found in shortened_recents(log, state, last, end, recurrence):
        stubs[found.at] = found.stub
        if room.total(last, stubs, summary) <= target:
            return room.plan(last, stubs, summary)
    for cut in [cut for cut in cuts if cut > last]:
        if room.total(cut, stubs, summary) <= target:
            return room.plan(cut, stubs, summary)
    cut = cuts[-1] if cuts else state.anchor
    floor = log.tokenizer.count(render(())) + heading_cost(log.tokenizer) if cut else 0
    least = room.total(cut, stubs, floor)
    if least > limits.maximum:
        raise BudgetTooSmall(
            least, limits.maximum, "the system prompt, the first and last request, pins and calls under way"
        )
    goal = target if least <= target else limits.maximum
    return room.plan(cut, stubs, min(summary, floor + goal - least))


@dataclass(frozen=True, slots=True)
class Room:
    """What a view costs by its cut. rest: tokens of the entries from each place on, the first that of the anchor."""

    log: Log
    anchor: int
    fixed: int
    rest: list[int]
    front: list[int]
    last: int | None
    last_cut: int

    @classmethod
    def read(cls, log: Log, state: State, limits: Limits, end: int) -> Room:
        rest = [0]
        for at in range(end - 1, state.anchor - 1, -1):
            stub = state.stubs.get(at)
            rest.append(rest[-1] + (stub.tokens if stub else log.entries[at].tokens))
        pins = summary_cost(State(pins=state.pins), limits, log.tokenizer)
        last = last_request(log, end)
        return cls(
            log, state.anchor, limits.fixed + pins, rest[::-1], leading(log, end), last, last_cut(log, last, end)
        )

    def held(self, cut: int) -> tuple[int, ...]:
        """What is before a cut and stays word for word: the system prompt, the first request, the user's last message."""
        held = [at for at in self.front if at < cut]
        return (
            (*held, self.last) if self.last is not None and self.last < cut and self.last not in held else tuple(held)
        )

    def total(self, cut: int, stubs: Mapping[int, Stub], summary: int) -> int:
        saved = sum(self.log.entries[at].tokens - stub.tokens for at, stub in stubs.items() if at >= cut)
        held = sum(self.log.entries[at].own for at in self.held(cut))
        return self.fixed + (summary if cut else 0) + held + self.rest[cut - self.anchor] - saved

    def plan(self, cut: int, stubs: Mapping[int, Stub], summary: int) -> Plan:
        return Plan(cut, self.held(cut), {at: stub for at, stub in stubs.items() if at >= cut}, summary)


def last_cut(log: Log, last: int | None, end: int) -> int:
    """The last place that may be cut: a last request that also brings results stays with the calls that they answer."""
    if last is None:
        return end
    blocks = range(len(log.entries[last].message.blocks))
    return min([*(log.questions[last, index][0] for index in blocks if (last, index) in log.questions), end])


def heading_cost(tokenizer: Tokenizer) -> int:
    """Tokens of the summary message beside the summary, and a few for the seams between its parts."""
    return max(tokenizer.count(text.format(anchor=10**7)) for text in (HEADING, WRITTEN_HEADING)) + MESSAGE_TOKENS + 4


def shortened_recents(log: Log, state: State, start: int, end: int, recurrence: Recurrence) -> list[Spent]:
    """Results from ``start`` on that are not yet shortened, the largest first."""
    found = [
        spent
        for at in range(start, end)
        if at not in state.stubs and any(block.kind == "result" for block in log.entries[at].shown[-1].blocks)
        and (spent := stubbed(log, at, "the recent messages alone are over the bound", recurrence, EMERGENCY_SHARE)) is not None
    ]  # fmt: skip
    return sorted(found, key=lambda spent: (-spent.gain, spent.at))


def compressed(
    log: Log, state: State, limits: Limits, end: int, recurrence: Recurrence, summarize: Summarize, plan: Plan, before: int,
    spent: list[Spent], old: State,
) -> tuple[State, Step]:  # fmt: skip
    """Take what lies between the old anchor and the cut into the summary."""
    taken = [at for at in (*state.held, *range(state.anchor, plan.cut)) if at not in plan.held]
    messages = [log.entries[at].message for at in taken]
    room = max(plan.summary - heading_cost(log.tokenizer), 0)
    added = [fact for at in taken for fact in facts_at(log, at, recurrence)] if taken else []
    ledger = fit(state.ledger, added, room, log.tokenizer, recurrence)
    previous = (old.text or render(old.ledger.facts)) if old.anchor else ""
    shown = [shown_at(log, state, at)[-1] for at in taken]
    written = (
        summarize(shown, previous, ledger, room)
        if taken
        else Written(old.text if log.tokenizer.count(old.text) <= room else "", "")
    )
    stubs = {at: stub for at, stub in {**state.stubs, **plan.stubs}.items() if at >= plan.cut}
    new = replace(state, anchor=plan.cut, held=plan.held, ledger=ledger, text=written.text, stubs=stubs)
    after = cost(log, new, limits, end)
    new = replace(new, counters=counted(log, old, new, taken, before - after, written))
    reason = (
        f"{len(taken)} messages went into the summary"
        if taken
        else "results were shortened, and no message can be taken out"
    )
    step = stepped(
        "compress" if taken else "prune",
        log,
        old,
        new,
        limits,
        end,
        (before, after),
        reason,
        [*spent, *(Spent(at, s, 0) for at, s in plan.stubs.items())],
    )
    span = (min(taken) + 1, max(taken) + 1) if taken else None
    lost = loss(messages, view(log, new, limits, end))
    return new, replace(step, summarised=span, summarizer=written.summarizer, notes=written.notes, loss=lost)


def facts_at(log: Log, at: int, recurrence: Recurrence) -> list[Fact]:
    """The facts of one entry; a result's call is looked up, and the question that a short answer belongs to."""
    message = log.entries[at].message
    question = question_before([log.entries[at - 1].message, message], 1) if at else ""
    place = next(
        (log.questions[at, index] for index in range(len(message.blocks)) if (at, index) in log.questions), None
    )
    call = log.entries[place[0]].message.blocks[place[1]] if place else None
    return list(facts_of(message, at + 1, question, call, log.tokenizer, recurrence))


def counted(log: Log, old: State, new: State, taken: Sequence[int], saved: int, written: Written) -> Counters:
    """The counters after a compaction."""
    counters = old.counters
    kept = set(new.ledger.facts)
    if written.text:
        repeated = log.tokenizer.count(old.text or render(old.ledger.facts)) if old.anchor else 0
    else:
        repeated = sum(log.tokenizer.count(fact.forms[0]) for fact in old.ledger.facts if fact not in kept)
    return replace(
        counters,
        compactions=counters.compactions + 1,
        passed=counters.passed + sum(log.entries[at].own for at in taken),
        repeated=counters.repeated + repeated,
        saved=counters.saved + saved,
        calls=counters.calls + written.calls,
        fallbacks=counters.fallbacks + written.fallbacks,
    )


def stepped(
    action: Action,
    log: Log,
    old: State,
    new: State,
    limits: Limits,
    end: int,
    sizes: tuple[int, int],
    reason: str,
    spent: Sequence[Spent],
) -> Step:
    """What was done, with the place of the first message that changed."""
    was, now = view(log, old, limits, end), view(log, new, limits, end)
    same = next(
        (at for at, (a, b) in enumerate(zip(was, now, strict=False)) if a is not b and a != b), min(len(was), len(now))
    )
    pruned = tuple(sorted((found.at + 1, found.stub.reason) for found in spent))
    return Step(action, *sizes, reason, pruned, first_changed=same)


def loss(messages: Sequence[Message], shown: Sequence[Message]) -> float:
    """The share of the values in ``messages`` that ``shown`` does not have."""
    values = {atom for message in messages for atom in distinct(message.text)}
    if not values:
        return 0.0
    text = "\n".join(message.text for message in shown)
    there = {atom for message in shown for atom in distinct(message.text)}
    return round(1 - sum(atom in there or atom in text for atom in values) / len(values), 4)
