"""One compaction: prune what is spent; where that is not enough, take the oldest messages into the summary.

A pure function of the log's first entries and the state: it returns the next state and what it did.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from longzip.conversation.compaction.accounting import Written, counted, first_changed, loss, pruned_by
from longzip.conversation.compaction.log import Log
from longzip.conversation.compaction.planning import CompactionPlan, heading_cost, planned
from longzip.conversation.compaction.spent import Spent, spent_results
from longzip.conversation.compaction.state import Action, Limits, State, Step
from longzip.conversation.compaction.view import IN_FORCE, cost, last_request, shown_at, summary_cost, view
from longzip.conversation.facts.digressions import lasting, settled
from longzip.conversation.facts.facts import Fact
from longzip.conversation.facts.gathering import facts_of, own_words, question_before
from longzip.conversation.facts.ledger import Ledger, fit, fit_standing, in_force, render
from longzip.conversation.facts.standing import outdated
from longzip.conversation.facts.tool_output import Recurrence
from longzip.messages.normal import Message
from longzip.prose.contract import grounded
from longzip.scoring.bm25 import Index
from longzip.scoring.terms import terms

# What the words of the last message, or of a focus, add to the fact that has most of them.
TASK_WORTH, FOCUS_WORTH = 4.0, 10.0
LONGEST_FOCUS = 2000
LEAST_PROGRESS = 0.1  # of the tokens; what saves less is not worth a changed prefix


Summarize = Callable[[Sequence[Message], str, Ledger, int], Written]


@dataclass(frozen=True, slots=True)
class Work:
    """What a compaction reads. end: the log's entries before it. recurrence: how many messages mention each atom.
    focus: what the session is about; the user's last message where it is "". post: what a finished summary goes
    through."""

    log: Log
    limits: Limits
    end: int
    recurrence: Recurrence
    summarize: Summarize
    focus: str = ""
    post: Callable[[str], str] | None = None


def compact(work: Work, state: State, target: int | None = None) -> tuple[State, Step]:
    """The state after one compaction, and what was done.

    target: tokens that the view may cost afterwards; ``limits.retained`` where that is None.
    Raises BudgetTooSmall where what must stay costs more than ``limits.maximum``.
    """
    before = cost(work.log, state, work.limits, work.end)
    target = work.limits.retained if target is None else target
    if work.limits.strategy == "truncate" and before > work.limits.maximum:
        target = work.limits.maximum
    work = replace(work, limits=replace(work.limits, standing=standing_cost(work, state)))
    pruned, spent = (state, []) if work.limits.drops else prune(work, state, before - target)
    after = before - sum(found.gain for found in spent)
    if spent and after <= target:
        counters = replace(
            state.counters, prunings=state.counters.prunings + 1, saved=state.counters.saved + before - after
        )
        new = replace(pruned, counters=counters)
        step = Step(
            "prune", before, after, f"{len(spent)} spent results were shortened, which is enough", pruned_by(spent)
        )
        return new, replace(step, first_changed=first_changed(shown(work, state), shown(work, new)))
    plan = planned(work.log, pruned, work.limits, work.end, work.recurrence, target)
    if plan.cut == state.anchor and not plan.stubs and not spent and before <= work.limits.maximum:
        return state, Step("none", before, before, "nothing more can be taken out: all that is left has to stay")
    new, written, taken = compressed(work, state, pruned, plan)
    after = cost(work.log, new, work.limits, work.end)
    if before <= work.limits.maximum and after > before * (1 - LEAST_PROGRESS):
        return state, Step("none", before, before, "it would save less than a tenth of the tokens")
    passed = sum(work.log.entries[at].own for at in taken) if taken else None
    new = replace(new, counters=counted(work.log.tokenizer, state, new, written, before - after, passed))
    action: Action = "compress" if taken else "prune"
    reason = f"{len(taken)} message{'s' if len(taken) > 1 else ''} went into the summary"
    if not taken:
        reason = "results were shortened, and no message can go"
    elif work.limits.drops:
        reason = f"{len(taken)} of the oldest messages were left out"
    reason += f"; what has to stay is over t_retained ({target:,})" if after > target else ""
    step = Step(
        action, before, after, reason, pruned_by([*spent, *(Spent(at, stub, 0) for at, stub in plan.stubs.items())])
    )
    return new, replace(
        step,
        summarised=(min(taken) + 1, max(taken) + 1) if taken else None,
        summarizer=written.summarizer,
        notes=written.notes,
        first_changed=first_changed(shown(work, state), shown(work, new)),
        loss=loss([work.log.entries[at].message for at in taken], shown(work, new)),
        ratio=round((passed or 0) / max(summary_cost(new, work.limits, work.log.tokenizer), 1), 2),
    )


def shown(work: Work, state: State) -> list[Message]:
    return view(work.log, state, work.limits, work.end)


def prune(work: Work, state: State, wanted: int) -> tuple[State, list[Spent]]:
    """Shorten spent results, those first that save most, until ``wanted`` tokens are saved; listed oldest first."""
    found = sorted(
        spent_results(work.log, state, work.limits, work.end, work.recurrence),
        key=lambda spent: (-spent.gain, spent.at),
    )
    chosen, gained = [], 0
    for spent in found:
        if gained >= wanted:
            break
        chosen.append(spent)
        gained += spent.gain
    if not chosen or gained < work.limits.clear_at_least:
        return state, []
    chosen.sort(key=lambda spent: spent.at)
    return replace(state, stubs={**state.stubs, **{spent.at: spent.stub for spent in chosen}}), chosen


def compressed(work: Work, old: State, pruned: State, plan: CompactionPlan) -> tuple[State, Written, list[int]]:
    """Take what lies between the old anchor and the cut into the summary: the state, who wrote it, which entries."""
    log = work.log
    taken = [at for at in (*pruned.held, *range(pruned.anchor, plan.cut)) if at not in plan.held]
    room = room_for(work, plan, taken)
    added = noted(facts_of_entries(work, taken), work, plan.held)
    if work.limits.drops:
        ledger = fit_standing(pruned.ledger, added, work.limits.standing, log.tokenizer)
    else:
        ledger = fit(pruned.ledger, focused(added, work), room, log.tokenizer, work.recurrence)
    # Where all before the cut stays word for word, there is nothing to summarise.
    anchor, held = (plan.cut, plan.held) if taken else (pruned.anchor, pruned.held)
    stubs = {at: stub for at, stub in {**pruned.stubs, **plan.stubs}.items() if at >= anchor}
    new = replace(pruned, anchor=anchor, held=held, ledger=ledger, stubs=stubs)
    if not taken:
        written = Written(old.text if log.tokenizer.count(old.text) <= room else "", "")
    else:
        previous = (old.text or old.ledger.text()) if old.anchor else ""
        written = work.summarize([shown_at(log, pruned, at)[-1] for at in taken], previous, ledger, room)
        written = refined(written, ledger, work)
    return replace(new, text=written.text), written, taken


def standing_cost(work: Work, state: State) -> int:
    """Tokens of all that is in force and may leave the view, and of the line above it; at most what a summary may
    take."""
    said = [fact for at in range(state.anchor, work.end) for fact in facts_at(work, at) if fact.standing]
    lines = in_force([*state.ledger.facts, *state.ledger.waiting, *said])
    return (
        min(work.log.tokenizer.count("\n".join([IN_FORCE, *lines])) + len(lines), work.limits.summary) if lines else 0
    )


def noted(facts: Sequence[Fact], work: Work, held: Sequence[int]) -> list[Fact]:
    """The facts, those that correct something with a note of the values in held messages that are out of date by it."""
    requests = [(at, work.log.entries[at].message) for at in held]
    said = [(at, own_words(message.prose)) for at, message in requests if message.role == "user"]
    return [with_note(fact, said) if fact.corrects else fact for fact in facts]


def with_note(fact: Fact, said: Sequence[tuple[int, str]]) -> Fact:
    stale = [(at + 1, values) for at, text in said if at + 1 < fact.turn and (values := outdated(fact.key, text))]
    note = "".join(f" [#{turn} still says {', '.join(values)}: out of date]" for turn, values in stale)
    return replace(fact, forms=tuple(form + note for form in fact.forms)) if note else fact


def room_for(work: Work, plan: CompactionPlan, taken: Sequence[int]) -> int:
    """Tokens of the summary itself: what the plan gives, and no more of what it stands for than the limits say."""
    tokenizer = work.log.tokenizer
    room = max(plan.summary - heading_cost(tokenizer), 0)
    if not work.limits.ratio or not taken:
        return room
    wanted = round(work.limits.ratio * sum(work.log.entries[at].own for at in taken))
    return min(room, max(wanted, tokenizer.count(render(()))))


def refined(written: Written, ledger: Ledger, work: Work) -> Written:
    """The summary after ``post``, where that is shorter and says nothing new; else as it was, with a note."""
    if work.post is None:
        return written
    text = written.text or ledger.text()
    shorter, problem = attempt(work.post, text)
    if not problem and work.log.tokenizer.count(shorter) > work.log.tokenizer.count(text):
        problem = "post made the summary longer"
    if not problem and grounded([shorter], text) != [shorter]:
        problem = "post put in values that are not in the summary"
    lines = [fact.said for fact in ledger.facts if fact.standing]
    if not problem and any(line in text and line not in shorter for line in lines):
        problem = "post left out what is still in force"
    if problem:
        return replace(written, notes=(*written.notes, f"{problem}; the summary was left as it was"))
    return replace(written, text=shorter)


def attempt(post: Callable[[str], str], text: str) -> tuple[str, str]:
    """What ``post`` makes of a text and no problem, or nothing and the problem."""
    try:
        shorter = post(text)
    # A caller's function may raise anything, and none of it may cost the conversation.
    except Exception as error:  # noqa: BLE001
        return "", f"post failed ({type(error).__name__})"
    return (shorter, "") if isinstance(shorter, str) and shorter.strip() else ("", "post returned nothing")


def facts_of_entries(work: Work, taken: Sequence[int]) -> list[Fact]:
    """The facts of entries in their order; of digressions that are settled by the end of the log, those that last."""
    start = min(taken, default=work.end)
    messages = [entry.message for entry in work.log.entries[start : work.end]]
    aside = {start + at for at in settled(messages)}
    return [fact for at in taken for fact in facts_at(work, at) if at not in aside or lasting(fact)]


def facts_at(work: Work, at: int) -> list[Fact]:
    """The facts of one entry; a result's call is looked up, and the question that a short answer belongs to."""
    log = work.log
    message = log.entries[at].message
    question = question_before([log.entries[at - 1].message, message], 1) if at else ""
    place = next(
        (log.questions[at, index] for index in range(len(message.blocks)) if (at, index) in log.questions), None
    )
    call = log.entries[place[0]].message.blocks[place[1]] if place else None
    return list(facts_of(message, at + 1, question, call, log.tokenizer, work.recurrence))


def focused(facts: Sequence[Fact], work: Work) -> list[Fact]:
    """The facts, worth more the more of the task's words they have (BM25)."""
    last = last_request(work.log, work.end)
    text = work.focus or (work.log.entries[last].message.prose if last is not None else "")
    wanted = dict.fromkeys(terms(text[:LONGEST_FOCUS]), 1.0)
    scores: list[float] = Index.of([fact.forms[0] for fact in facts]).bm25(wanted).tolist() if facts and wanted else []
    highest = max(scores, default=0.0)
    if highest <= 0:
        return list(facts)
    most = FOCUS_WORTH if work.focus else TASK_WORTH
    return [
        replace(fact, base=round(fact.base + most * score / highest, 4))
        for fact, score in zip(facts, scores, strict=True)
    ]
