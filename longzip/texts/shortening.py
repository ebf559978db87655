"""Prose, shortened: from sources to a result, by way of the protocol's five steps.

    detect -> mark critical elements -> shorten by kind -> verify -> present

Knows readings and wishes; not where the sources come from, nor how results are laid out.
"""

from __future__ import annotations

from dataclasses import replace

from longzip.errors import BudgetTooSmall
from longzip.pipeline import stages
from longzip.pipeline.clock import Clock, CountingModel
from longzip.strategies.run import Choice, Engine
from longzip.texts.levels import DEFAULT, PRESETS, RESCAN, Preset
from longzip.texts.orders import Order, Probe, Taken
from longzip.texts.presentation import presented
from longzip.texts.reading import RATES, Reading, budget_for, chosen, kept_worth, read, with_pins
from longzip.types import Compressed

QUALITY_ROUNDS = 8
MARGIN = 1.05
ROOM = 0.98  # of the half that may stay after a second look, for what was critical before it


def shorten(order: Order, engine: Engine) -> Compressed:
    """The sources, as short as was wished. Raises BudgetTooSmall where that is too short for anything."""
    clock = Clock()
    preset = PRESETS[order.wish.level or DEFAULT]
    with clock.stage("read", CountingModel(engine.model)):
        reading = read(order.sources, order.detected, order.query, preset, engine, order.pinned, order.options.usage)
    with clock.stage("select", CountingModel(engine.model)):
        taken = take(order, reading, preset, engine)
    return presented(order, taken, clock)


def take(order: Order, reading: Reading, preset: Preset, engine: Engine) -> Taken:
    """The choice that the wish asks for."""
    wish, total = order.wish, reading.tokens
    if wish.level == "lossless":
        return everything_once(reading)
    if wish.quality is not None:
        probe = order.options.probe
        return good_enough(reading, wish.quality) if probe is None else good_for(reading, wish.quality, probe)
    if wish.budget is not None:
        return taken_from(reading, within(reading, wish.budget))
    if wish.rate is not None or reading.query:
        return taken_from(reading, at_least(reading, max(1, int((wish.rate or preset.rate) * total))))
    return protocol(order, reading, preset, engine)


def within(reading: Reading, budget: int) -> Choice:
    """All of it where it fits, else the best of it; without a question, all that is critical where that fits."""
    whole = stages.whole(reading.run, budget)
    if whole is not None:
        return whole
    if not reading.query and reading.critical and critical_tokens(reading) <= budget:
        return chosen(with_pins(reading, reading.critical), budget)
    return chosen(reading, budget)


def at_least(reading: Reading, budget: int) -> Choice:
    """As ``within``; where that is too little for anything, the least that can be shown."""
    try:
        return within(reading, budget)
    except BudgetTooSmall as error:
        return within(reading, error.needed)


def taken_from(reading: Reading, choice: Choice, notes: tuple[str, ...] = ()) -> Taken:
    return Taken(reading, reading.passages, choice, notes)


def everything_once(reading: Reading) -> Taken:
    """Everything, less what another unit says word for word."""
    draft = reading.run.draft
    kept = {
        page: frozenset(unit for unit in units if (page, unit) not in reading.notes.twins)
        for page, units in draft.everything().items()
    }
    closed = draft.closed(kept)
    if draft.size(closed, reading.tokens) >= draft.size(draft.everything(), reading.tokens):
        closed = draft.everything()
    budget = max(1, draft.size(closed, reading.tokens))
    return taken_from(reading, Choice(closed, budget=budget, granted=reading.run.job.pinned))


def good_enough(reading: Reading, quality: float) -> Taken:
    """About the smallest choice that keeps so much of the worth."""
    budget, total = budget_for(reading, quality), max(1, reading.tokens)
    for _ in range(QUALITY_ROUNDS):
        choice = at_least(reading, budget)
        if kept_worth(reading, choice.kept) >= quality or budget >= 2 * total:
            break
        budget = min(2 * total, int(budget * MARGIN) + 10)
    return taken_from(reading, choice)


def good_for(reading: Reading, quality: float, probe: Probe) -> Taken:
    """The smallest of a few choices with which the probe finds so much of what it finds with the whole text."""
    draft = reading.run.draft
    whole = probe(draft.text(draft.everything()))
    measured: list[tuple[float, float]] = []
    for rate in RATES:
        choice = at_least(reading, max(1, int(rate * reading.tokens)))
        found = probe(draft.text(choice.kept)) / whole if whole else 1.0
        measured.append((rate, max(found, measured[-1][1] if measured else 0.0)))
        if found >= quality:
            break
    told = ", ".join(f"{rate:.0%}: {found:.2f}" for rate, found in measured)
    return taken_from(reading, choice, (f"probed (share of the tokens: share of the whole text's score): {told}",))


def protocol(order: Order, reading: Reading, preset: Preset, engine: Engine) -> Taken:
    """A level's share of the tokens, more where what is critical needs it; read once more where less than half would
    go."""
    choice = at_least(reading, needed(reading, preset))
    saved = 1 - reading.run.draft.size(choice.kept, choice.budget) / max(1, reading.tokens)
    if saved >= RESCAN or not reading.tokens or critical_tokens(reading) <= preset.rate * reading.tokens:
        return taken_from(reading, choice)
    stricter = replace(preset, near=min(preset.near, 0.6), numbers=False)
    again = read(order.sources, order.detected, order.query, stricter, engine, order.pinned, order.options.usage)
    budget = max(needed(again, stricter), int((1 - RESCAN) * ROOM * reading.tokens))
    choice = at_least(again, budget)
    now = 1 - again.run.draft.size(choice.kept, budget) / max(1, reading.tokens)
    notes = [f"re-scanned: {100 * saved:.0f} % reduction, {100 * now:.0f} % after"]
    if now < RESCAN:
        share = critical_tokens(again) / max(1, again.tokens)
        notes.append(f"target unreachable: {100 * share:.0f} % of the text is critical")
    return taken_from(again, choice, tuple(notes))


def needed(reading: Reading, preset: Preset) -> int:
    return max(1, int(preset.rate * reading.tokens), critical_tokens(reading))


def critical_tokens(reading: Reading) -> int:
    """Tokens of a text with nothing in it but what is critical."""
    by_page: dict[int, set[int]] = {}
    for page, unit in sorted(reading.critical):
        by_page.setdefault(page, set()).add(unit)
    draft = reading.run.draft
    kept = draft.closed({page: frozenset(units) for page, units in by_page.items()})
    return draft.size(kept, 10**9)
