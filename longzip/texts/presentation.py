"""What was chosen, presented: the result with its digest, in one of the layouts.

Knows orders and what was taken; chooses again only where a layout takes more tokens than the budget has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from longzip.errors import BudgetTooSmall
from longzip.messages.dialects import alternating, from_dicts, to_dicts
from longzip.pipeline.clock import Clock
from longzip.pipeline.reporting import result
from longzip.prose.marks import is_question
from longzip.scoring import words
from longzip.settings import TextLayout
from longzip.strategies.corpus import Cell, Corpus
from longzip.texts import layouts
from longzip.texts.accounts import Shown, full, retention, rows
from longzip.texts.findings import contradictions, origins
from longzip.texts.layouts import Findings, Part, Said, header, size_of, verification
from longzip.texts.levels import DEFAULT, GOAL, PRESETS, Wish
from longzip.texts.orders import Order, Taken
from longzip.texts.reading import Reading, chosen, curve
from longzip.types import ActionItem, Compressed, Digest, Size, Source
from longzip.units import ranges

LAYOUT_ROUNDS = 10
OUTSIDE = {
    "over-budget": "outside the budget",
    "over-rate": "more than the share that was asked for",
    "over-quality": "not needed for the quality that was asked for",
    "over-level": "more than the level keeps",
}
Body = tuple[str, frozenset[Cell] | None]  # a text, and the units that it shows; None: all


def presented(order: Order, taken: Taken, clock: Clock) -> Compressed:
    """The result with its digest; in a layout with a header, that counts towards the budget."""
    plain = result(taken.reading.run, taken.choice, clock)
    found = with_digest(order, taken, plain, (plain.text, None))
    if order.layout == "plain":
        return found
    budget, room = taken.choice.budget, taken.choice.budget
    laid = laid_out(order, taken, plain)
    count = taken.reading.run.engine.tokenizer.count
    for _ in range(LAYOUT_ROUNDS if order.wish.budget is not None else 0):
        if count(laid.text) <= budget:
            break
        room = max(1, min(room - 5, int(room * budget / count(laid.text))))
        try:
            choice = chosen(taken.reading, room)
        except BudgetTooSmall:
            break  # the layout leaves no room for any text
        taken = Taken(taken.reading, taken.reading.passages, choice, taken.notes)
        laid = laid_out(order, taken, result(taken.reading.run, taken.choice, clock))
    if order.wish.budget is not None and count(laid.text) > budget:
        notes = (
            *found.report.notes,
            f"the budget is too small for the {order.layout} layout, and the text is shown without it",
        )
        return replace(found, report=replace(found.report, notes=notes))
    asked = max(budget, count(laid.text)) if order.wish.budget is None else budget
    return replace(laid, report=replace(laid.report, asked=asked, got=count(laid.text)))


def laid_out(order: Order, taken: Taken, plain: Compressed) -> Compressed:
    body = BODIES[order.layout](order, taken, plain)
    found = with_digest(order, taken, plain, body)
    digest = found.digest
    if digest is None:
        return found
    lost = [one for one in digest.retention if one[1] < one[2]] if not order.query else []
    return replace(
        found,
        text=f"{digest.header}\n\n{body[0].rstrip()}\n\n"
        f"{verification(order.detected.kind, digest.before, digest.after, order.detected.language, lost)}\n",
    )


def with_digest(order: Order, taken: Taken, plain: Compressed, body: Body) -> Compressed:
    reading, detected = taken.reading, order.detected
    before = before_of(order, taken.reading)
    text, laid = body
    after = size_of(text, reading.run.engine.tokenizer.count(text))
    limit = full(order.wish if order.wish != Wish() or not order.query else Wish(rate=PRESETS[DEFAULT].rate))
    table = rows(reading, taken.passages, Shown(taken.choice.kept, laid, order.layout, limit))
    kept = retention(table, detected.kind)
    steps = (
        f"detect: {detected.kind}, confidence {detected.confidence:.2f}, language {detected.language}",
        f"mark: {len(reading.critical):,} critical of {len(table):,} units",
        f"shorten: {len(reading.notes.twins):,} redundant, {len(reading.notes.fillers):,} filler, "
        f"{sum(row.status == 'kept' for row in table):,} kept",
        f"verify: {100 * (1 - after.tokens / max(1, before.tokens)):.0f} % of the tokens gone, target "
        f"{100 * GOAL:.0f} %" + "".join(f"; {note}" for note in taken.notes),
        f"present: {order.layout}",
    )
    lost = [f"{mark}: {have - held} of {have}" for mark, held, have in kept if held < have] if not order.query else []
    notes = (
        *plain.report.notes,
        *taken.notes,
        *((f"critical, but {OUTSIDE[limit[0]]}: {', '.join(lost)}",) if lost else ()),
    )
    level = order.wish.level or (DEFAULT if order.wish == Wish() else "")
    digest = Digest(
        detected.kind, detected.confidence, detected.language, level, "", before, after, steps, table, curve(reading),
        kept,
        header(detected.kind, before, after, detected.language), actions_of(taken),
    )  # fmt: skip
    return replace(plain, report=replace(plain.report, notes=notes), digest=digest, messages=messages_of(order, taken))


def messages_of(order: Order, taken: Taken) -> tuple[Mapping[str, object], ...]:
    """What is left of the messages that were given; () where none were."""
    if order.talk is None:
        return ()
    units = taken.reading.run.corpus.pages[0].units
    left = order.talk.shortened(
        [(units[first].start, units[last - 1].end) for first, last in ranges(taken.choice.kept.get(0, ()))]
    )
    return tuple(to_dicts(alternating(from_dicts(left)))) if order.options.alternate else left


def before_of(order: Order, reading: Reading) -> Size:
    return size_of("\n".join(source.text.rstrip("\n") for source in order.sources), reading.tokens)


def actions_of(taken: Taken) -> tuple[ActionItem, ...]:
    """The kept action items that name somebody."""
    return tuple(item for said in said_of(taken) for item in said.items)


def said_of(taken: Taken) -> list[Said]:
    """The kept units that are sentences, in order."""
    found: list[Said] = []
    corpus, notes = taken.reading.run.corpus, taken.reading.notes
    for index, chunk in enumerate(corpus.chunks):
        page = corpus.page_of[index]
        units = corpus.pages[page].units
        for unit in range(chunk.first_unit, chunk.last_unit):
            text = " ".join(chunk.source.text[units[unit].start : units[unit].end].split())
            if text and unit in taken.choice.kept.get(page, ()) and not units[unit].head:
                cell = page, unit
                plain = text.removeprefix("- ").removeprefix("* ")
                marks, tasks = notes.marks.get(cell, ()), notes.items.get(cell, ())
                found.append(Said(plain, marks, chunk.label, chunk.source.name, cell, items=tasks))
    return found


def dialogue(taken: Taken) -> list[Said]:
    """What was kept, an answer with the question that it stands beside in one sentence."""
    pages = taken.reading.run.corpus.pages
    by_cell = {said.cell: said for said in said_of(taken)}
    answered: dict[Cell, Cell] = {}
    for page, unit in by_cell:
        for other in pages[page].units[unit].needs:
            asked = by_cell.get((page, other))
            if asked is not None and is_question(asked.text) and not pages[page].units[other].head:
                answered[page, other] = page, unit
    found: list[Said] = []
    asking = {answer: question for question, answer in answered.items()}
    for cell, said in by_cell.items():
        if cell in answered:
            continue
        question = by_cell.get(asking.get(cell, (-1, -1)))
        if question is not None:
            marks = dict.fromkeys((*said.marks, *(mark for mark in question.marks if mark != "question")))
            said = replace(
                said, text=f"{question.text} — {said.text}", marks=tuple(marks), also=question.cell, items=()
            )
        found.append(said)
    return found


def placed(template: Sequence[Part], said: Sequence[Said]) -> frozenset[Cell]:
    """The units that a template shows."""
    return frozenset(
        cell for own in layouts.allotted(template, said) for item in own for cell in (item.cell, item.also)
    )


def conversation_body(order: Order, taken: Taken, plain: Compressed) -> Body:
    messages = sum(1 for chunk in taken.reading.run.corpus.chunks if chunk.text.strip())
    said = dialogue(taken)
    return layouts.conversation(said, messages, order.detected.language), placed(layouts.SUMMARY, said)


def research_body(order: Order, taken: Taken, plain: Compressed) -> Body:
    """Findings with all their sources; what contradicts another finding stands beside it."""
    said = origins(said_of(taken), order.sources)
    pairs = contradictions(said)
    paired = {item.cell for pair in pairs for item in pair}
    unverified = [item for item in said if "hedge" in item.marks and item.cell not in paired]
    told = [
        item
        for item in said
        if item not in unverified and item.cell not in paired and any(character.isalpha() for character in item.text)
    ]
    items = [with_twins(item, taken.reading, order.sources) for item in told]
    everything = origins(
        [Said(chunk.text, (), source=chunk.source.name) for chunk in taken.reading.run.corpus.chunks], order.sources
    )
    names = {item.source for item in everything if item.source}
    topic = order.query or title_of(taken.reading.run.corpus)
    absent = words.missing(order.query, [source.text for source in order.sources]) if order.query else []
    found = Findings(" ".join(topic.split()), max(len(names), len(order.sources)), items, pairs, unverified, absent)
    shown = {item.cell for item in (*told, *unverified)} | paired
    return layouts.research(found, order.detected.language), frozenset(shown)


def title_of(corpus: Corpus) -> str:
    """The first heading, or the first line with text."""
    first = next((chunk for chunk in corpus.chunks if chunk.text.strip()), None)
    if first is None:
        return ""
    return first.text.strip().split("\n")[0] if first.label.startswith("passage ") else first.label


def with_twins(item: Said, reading: Reading, sources: Sequence[Source]) -> Said:
    """The finding, with the sources of those that say the same."""
    others = [
        Said(sources[page].text[unit.start : unit.end], (), source=sources[page].name)
        for (page, index), twin in sorted(reading.notes.twins.items()) if twin == item.cell
        for unit in [reading.run.corpus.pages[page].units[index]]
    ]  # fmt: skip
    names = [item.source, *(other.source for other in origins(others, sources))]
    return replace(item, source=", ".join(dict.fromkeys(name for name in names if name)))


def protocol_body(order: Order, taken: Taken, plain: Compressed) -> Body:
    """The protocol's template for the kind; documents and logs keep their own shape."""
    if order.detected.kind == "conversation":
        return conversation_body(order, taken, plain)
    return research_body(order, taken, plain) if order.detected.kind == "research" else (plain.text, None)


def plain_body(order: Order, taken: Taken, plain: Compressed) -> Body:
    return plain.text, None


def contextzip_body(order: Order, taken: Taken, plain: Compressed) -> Body:
    before, said = before_of(order, taken.reading), dialogue(taken)
    percent = layouts.percent(before.tokens, plain.report.got)
    return layouts.contextzip(said, before, percent, order.detected.language), placed(layouts.CONTEXTZIP, said)


def retrospective_body(order: Order, taken: Taken, plain: Compressed) -> Body:
    said = dialogue(taken)
    return layouts.retrospective(said, order.detected.language), placed(layouts.RETROSPECTIVE, said)


BODIES: dict[TextLayout, Callable[[Order, Taken, Compressed], Body]] = {
    "plain": plain_body,
    "protocol": protocol_body,
    "contextzip": contextzip_body,
    "retrospective": retrospective_body,
}
