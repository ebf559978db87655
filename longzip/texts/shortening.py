"""Prose, shortened: from sources to a result, by way of the protocol's five steps.

    detect -> mark critical elements -> shorten by kind -> verify -> present

Knows readings, wishes and layouts; not where the sources come from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from longzip import lexical, stages
from longzip.clock import Clock, CountingModel
from longzip.errors import BudgetTooSmall
from longzip.fitting import Kept
from longzip.protocols import Logprobs, Request
from longzip.reporting import result
from longzip.texts import layouts
from longzip.texts.findings import contradictions, origins
from longzip.texts.kinds import Detected
from longzip.texts.layouts import Findings, Layout, Said, header, size_of, verification
from longzip.texts.levels import DEFAULT, GOAL, PRESETS, RESCAN, Preset, Wish
from longzip.texts.reading import RATES, UNUSED, Reading, budget_for, chosen, curve, kept_worth, read, retention, rows
from longzip.texts.usage import Usage
from longzip.types import Compressed, Digest, Size, Source
from longzip.work import Cell, Engine, Work, for_budget

Probe = Callable[[str], float]
QUALITY_ROUNDS = 8
LAYOUT_ROUNDS = 10
MARGIN = 1.05


@dataclass(frozen=True, slots=True)
class Words:
    """Stands where a language model would: prose is scored by its words, and no model is asked."""

    name: str = "bm25"

    def logprobs(self, requests: Sequence[Request]) -> list[Logprobs]:
        if requests:
            raise AssertionError("the selection of passages asks no model")
        return []


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done with some sources. pinned: cells that stay whatever they are worth.

    probe: how well a context serves, for the caller's own task: the more the better. usage: what was of use before.
    """

    sources: tuple[Source, ...]
    detected: Detected
    query: str
    wish: Wish
    layout: Layout
    pinned: frozenset[Cell] = frozenset()
    probe: Probe | None = None
    usage: Usage = UNUSED


@dataclass(frozen=True, slots=True)
class Taken:
    """What was chosen, and what is said about it."""

    reading: Reading
    work: Work
    kept: Kept
    notes: tuple[str, ...] = ()


def shorten(order: Order, engine: Engine) -> Compressed:
    """The sources, as short as was wished. Raises BudgetTooSmall where that is too short for anything."""
    clock = Clock()
    preset = PRESETS[order.wish.level or DEFAULT]
    with clock.stage("read", CountingModel(engine.model)):
        reading = read(order.sources, order.detected, order.query, preset, engine, order.pinned, order.usage)
    with clock.stage("select", CountingModel(engine.model)):
        taken = take(order, reading, preset, engine)
    return presented(order, taken, clock)


def take(order: Order, reading: Reading, preset: Preset, engine: Engine) -> Taken:
    """The choice that the wish asks for."""
    wish, total = order.wish, reading.tokens
    if wish.level == "lossless":
        return everything_once(reading)
    if wish.quality is not None:
        return good_enough(reading, wish.quality) if order.probe is None else good_for(reading, wish.quality, order.probe)
    if wish.budget is not None:
        return Taken(reading, *within(reading, wish.budget))
    if wish.rate is not None or reading.query:
        return Taken(reading, *at_least(reading, max(1, int((wish.rate or preset.rate) * total))))
    return protocol(order, reading, preset, engine)


def within(reading: Reading, budget: int) -> tuple[Work, Kept]:
    """All of it where it fits, else the best of it; without a question, all that is critical where that fits."""
    work = for_budget(reading.work, budget)
    whole = stages.whole(work)
    if whole is not None:
        return work, whole
    if not reading.query and reading.critical and critical_tokens(reading) <= budget:
        job = replace(reading.work.job, pinned=reading.work.job.pinned | reading.critical)
        return chosen(replace(reading, work=replace(reading.work, job=job, granted=job.pinned)), budget)
    return chosen(reading, budget)


def at_least(reading: Reading, budget: int) -> tuple[Work, Kept]:
    """As ``within``; where that is too little for anything, the least that can be shown."""
    try:
        return within(reading, budget)
    except BudgetTooSmall as error:
        return within(reading, error.needed)


def everything_once(reading: Reading) -> Taken:
    """Everything, less what another unit says word for word."""
    work = for_budget(reading.work, max(1, reading.tokens))
    kept = {
        page: frozenset(unit for unit in units if (page, unit) not in reading.notes.twins) for page, units in work.draft.everything().items()
    }
    closed = work.draft.closed(kept)
    if work.draft.size(closed, reading.tokens) >= work.draft.size(work.draft.everything(), reading.tokens):
        closed = work.draft.everything()
    return Taken(reading, for_budget(reading.work, max(1, work.draft.size(closed, reading.tokens))), closed)


def good_enough(reading: Reading, quality: float) -> Taken:
    """About the smallest choice that keeps so much of the worth."""
    budget, total = budget_for(reading, quality), max(1, reading.tokens)
    for _ in range(QUALITY_ROUNDS):
        work, kept = at_least(reading, budget)
        if kept_worth(reading, kept) >= quality or budget >= 2 * total:
            break
        budget = min(2 * total, int(budget * MARGIN) + 10)
    return Taken(reading, work, kept)


def good_for(reading: Reading, quality: float, probe: Probe) -> Taken:
    """The smallest of a few choices with which the probe finds so much of what it finds with the whole text."""
    whole = probe(reading.work.draft.text(reading.work.draft.everything()))
    measured: list[tuple[float, float]] = []
    for rate in RATES:
        work, kept = at_least(reading, max(1, int(rate * reading.tokens)))
        found = probe(work.draft.text(kept)) / whole if whole else 1.0
        measured.append((rate, max(found, measured[-1][1] if measured else 0.0)))
        if found >= quality:
            break
    told = ", ".join(f"{rate:.0%}: {found:.2f}" for rate, found in measured)
    return Taken(reading, work, kept, (f"probed (share of the tokens: share of the whole text's score): {told}",))


def protocol(order: Order, reading: Reading, preset: Preset, engine: Engine) -> Taken:
    """A level's share of the tokens, more where what is critical needs it; read once more where less than half would go."""
    work, kept = at_least(reading, needed(reading, preset))
    saved = 1 - work.draft.size(kept, work.job.budget) / max(1, reading.tokens)
    if saved >= RESCAN or not reading.tokens:
        return Taken(reading, work, kept)
    stricter = replace(preset, near=min(preset.near, 0.6), numbers=False)
    again = read(order.sources, order.detected, order.query, stricter, engine, order.pinned, order.usage)
    budget = needed(again, stricter)
    work, kept = at_least(again, budget)
    now = 1 - work.draft.size(kept, budget) / max(1, reading.tokens)
    notes = [f"re-scanned: {100 * saved:.0f} % reduction, {100 * now:.0f} % after"]
    if now < RESCAN:
        share = critical_tokens(again) / max(1, again.tokens)
        notes.append(f"target unreachable: {100 * share:.0f} % of the text is critical")
    return Taken(again, work, kept, tuple(notes))


def needed(reading: Reading, preset: Preset) -> int:
    return max(1, int(preset.rate * reading.tokens), critical_tokens(reading))


def critical_tokens(reading: Reading) -> int:
    """Tokens of a text with nothing in it but what is critical."""
    by_page: dict[int, set[int]] = {}
    for page, unit in sorted(reading.critical):
        by_page.setdefault(page, set()).add(unit)
    draft = reading.work.draft
    kept = draft.closed({page: frozenset(units) for page, units in by_page.items()})
    return draft.size(kept, 10**9)


# ------------------------------------------------------------------------------------------------------- presentation


def presented(order: Order, taken: Taken, clock: Clock) -> Compressed:
    """The result with its digest; in a layout with a header, that counts towards the budget."""
    plain = result(taken.work, taken.kept, clock)
    found = with_digest(order, taken, plain, plain.text)
    if order.layout == "plain":
        return found
    budget, room = taken.work.job.budget, taken.work.job.budget
    laid = laid_out(order, taken, plain)
    count = taken.work.engine.tokenizer.count
    for _ in range(LAYOUT_ROUNDS if order.wish.budget is not None else 0):
        if count(laid.text) <= budget:
            break
        room = max(1, min(room - 5, int(room * budget / count(laid.text))))
        work, kept = chosen(taken.reading, room)
        taken = Taken(taken.reading, work, kept, taken.notes)
        laid = laid_out(order, taken, result(work, kept, clock))
    if order.wish.budget is not None and count(laid.text) > budget:
        notes = (*found.report.notes, f"the budget is too small for the {order.layout} layout, and the text is shown without it")
        return replace(found, report=replace(found.report, notes=notes))
    asked = max(budget, count(laid.text)) if order.wish.budget is None else budget
    return replace(laid, report=replace(laid.report, asked=asked, got=count(laid.text)))


def laid_out(order: Order, taken: Taken, plain: Compressed) -> Compressed:
    body = BODIES[order.layout](order, taken, plain)
    found = with_digest(order, taken, plain, body)
    digest = found.digest
    if digest is None:
        return found
    return replace(found, text=f"{digest.header}\n\n{body.rstrip()}\n\n{verification(order.detected.kind, digest.before, digest.after, order.detected.language)}\n")


def with_digest(order: Order, taken: Taken, plain: Compressed, body: str) -> Compressed:
    reading, detected = taken.reading, order.detected
    before = before_of(order, taken.work)
    after = size_of(body, taken.work.engine.tokenizer.count(body))
    table = rows(reading, taken.work, taken.kept)
    kept = retention(reading, taken.kept)
    steps = (
        f"detect: {detected.kind}, confidence {detected.confidence:.2f}, language {detected.language}",
        f"mark: {len(reading.critical):,} critical of {len(table):,} units",
        f"shorten: {len(reading.notes.twins):,} redundant, {len(reading.notes.fillers):,} filler, {sum(row.status == 'kept' for row in table):,} kept",
        f"verify: {100 * (1 - after.tokens / max(1, before.tokens)):.0f} % of the tokens gone, target {100 * GOAL:.0f} %"
        + "".join(f"; {note}" for note in taken.notes),
        f"present: {order.layout}",
    )
    lost = [f"{mark}: {have - held} of {have}" for mark, held, have in kept if held < have] if not order.query else []
    notes = (*plain.report.notes, *taken.notes, *((f"critical, but outside the budget: {', '.join(lost)}",) if lost else ()))
    level = order.wish.level or (DEFAULT if order.wish == Wish() else "")
    digest = Digest(
        detected.kind, detected.confidence, detected.language, level, "", before, after, steps, table, curve(reading), kept,
        header(detected.kind, before, after, detected.language),
    )  # fmt: skip
    return replace(plain, report=replace(plain.report, notes=notes), digest=digest)


def before_of(order: Order, work: Work) -> Size:
    return size_of("\n".join(source.text.rstrip("\n") for source in order.sources), work.original)


def said_of(taken: Taken) -> list[Said]:
    """The kept units that are sentences, in order."""
    found: list[Said] = []
    for index, chunk in enumerate(taken.work.chunks):
        page = taken.work.pages[index]
        units = taken.work.draft.pages[page].units
        for unit in range(chunk.first_unit, chunk.last_unit):
            text = " ".join(chunk.source.text[units[unit].start : units[unit].end].split())
            if text and unit in taken.kept.get(page, ()) and not units[unit].head:
                found.append(Said(text.removeprefix("- ").removeprefix("* "), taken.reading.notes.marks.get((page, unit), ()), chunk.label, chunk.source.name, (page, unit)))
    return found


def conversation_body(order: Order, taken: Taken, plain: Compressed) -> str:
    messages = sum(1 for chunk in taken.work.chunks if chunk.text.strip())
    return layouts.conversation(said_of(taken), messages, order.detected.language)


def research_body(order: Order, taken: Taken, plain: Compressed) -> str:
    """Findings with all their sources; what contradicts another finding stands beside it."""
    said = origins(said_of(taken), order.sources)
    pairs = contradictions(said)
    paired = {item.cell for pair in pairs for item in pair}
    unverified = [item for item in said if "hedge" in item.marks and item.cell not in paired]
    told = [item for item in said if item not in unverified and item.cell not in paired and any(character.isalpha() for character in item.text)]
    items = [with_twins(item, taken.reading, order.sources) for item in told]
    everything = origins([Said(chunk.text, (), source=chunk.source.name) for chunk in taken.work.chunks], order.sources)
    names = {item.source for item in everything if item.source}
    topic = order.query or (taken.work.chunks[0].label if taken.work.chunks else "")
    absent = lexical.missing(order.query, [source.text for source in order.sources]) if order.query else []
    found = Findings(" ".join(topic.split()), max(len(names), len(order.sources)), items, pairs, unverified, absent)
    return layouts.research(found, order.detected.language)


def with_twins(item: Said, reading: Reading, sources: Sequence[Source]) -> Said:
    """The finding, with the sources of those that say the same."""
    others = [
        Said(sources[page].text[unit.start : unit.end], (), source=sources[page].name)
        for (page, index), twin in sorted(reading.notes.twins.items()) if twin == item.cell
        for unit in [reading.work.draft.pages[page].units[index]]
    ]  # fmt: skip
    names = [item.source, *(other.source for other in origins(others, sources))]
    return replace(item, source=", ".join(dict.fromkeys(name for name in names if name)))


def protocol_body(order: Order, taken: Taken, plain: Compressed) -> str:
    """The protocol's template for the kind; documents and logs keep their own shape."""
    if order.detected.kind == "conversation":
        return conversation_body(order, taken, plain)
    return research_body(order, taken, plain) if order.detected.kind == "research" else plain.text


def plain_body(order: Order, taken: Taken, plain: Compressed) -> str:
    return plain.text


def contextzip_body(order: Order, taken: Taken, plain: Compressed) -> str:
    before = before_of(order, taken.work)
    return layouts.contextzip(said_of(taken), before, layouts.percent(before.tokens, plain.report.got), order.detected.language)


def retrospective_body(order: Order, taken: Taken, plain: Compressed) -> str:
    return layouts.retrospective(said_of(taken), order.detected.language)


BODIES: dict[Layout, Callable[[Order, Taken, Compressed], str]] = {
    "plain": plain_body,
    "protocol": protocol_body,
    "contextzip": contextzip_body,
    "retrospective": retrospective_body,
}
