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
from longzip.prose.actions import action_item
from longzip.scoring import words
from longzip.settings import TextLayout
from longzip.strategies.corpus import Corpus
from longzip.texts import layouts
from longzip.texts.accounts import retention, rows
from longzip.texts.findings import contradictions, origins
from longzip.texts.layouts import Findings, Said, header, size_of, verification
from longzip.texts.levels import DEFAULT, GOAL, Wish
from longzip.texts.orders import Order, Taken
from longzip.texts.reading import Reading, chosen, curve
from longzip.types import ActionItem, Compressed, Digest, Size, Source
from longzip.units import ranges

LAYOUT_ROUNDS = 10


def presented(order: Order, taken: Taken, clock: Clock) -> Compressed:
    """The result with its digest; in a layout with a header, that counts towards the budget."""
    plain = result(taken.reading.run, taken.choice, clock)
    found = with_digest(order, taken, plain, plain.text)
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
    return replace(
        found,
        text=f"{digest.header}\n\n{body.rstrip()}\n\n"
        f"{verification(order.detected.kind, digest.before, digest.after, order.detected.language)}\n",
    )


def with_digest(order: Order, taken: Taken, plain: Compressed, body: str) -> Compressed:
    reading, detected = taken.reading, order.detected
    before = before_of(order, taken.reading)
    after = size_of(body, reading.run.engine.tokenizer.count(body))
    table = rows(reading, taken.passages, taken.choice.kept)
    kept = retention(reading, taken.choice.kept)
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
        *((f"critical, but outside the budget: {', '.join(lost)}",) if lost else ()),
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
    pages = taken.reading.run.corpus.pages
    items = [
        (said, pages[said.cell[0]].units[said.cell[1]].first_line) for said in said_of(taken) if "action" in said.marks
    ]
    return tuple(item for said, line in items if (item := action_item(said.text, line)))


def said_of(taken: Taken) -> list[Said]:
    """The kept units that are sentences, in order."""
    found: list[Said] = []
    corpus = taken.reading.run.corpus
    for index, chunk in enumerate(corpus.chunks):
        page = corpus.page_of[index]
        units = corpus.pages[page].units
        for unit in range(chunk.first_unit, chunk.last_unit):
            text = " ".join(chunk.source.text[units[unit].start : units[unit].end].split())
            if text and unit in taken.choice.kept.get(page, ()) and not units[unit].head:
                found.append(
                    Said(
                        text.removeprefix("- ").removeprefix("* "),
                        taken.reading.notes.marks.get((page, unit), ()),
                        chunk.label,
                        chunk.source.name,
                        (page, unit),
                    )
                )
    return found


def conversation_body(order: Order, taken: Taken, plain: Compressed) -> str:
    messages = sum(1 for chunk in taken.reading.run.corpus.chunks if chunk.text.strip())
    return layouts.conversation(said_of(taken), messages, order.detected.language)


def research_body(order: Order, taken: Taken, plain: Compressed) -> str:
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
    return layouts.research(found, order.detected.language)


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


def protocol_body(order: Order, taken: Taken, plain: Compressed) -> str:
    """The protocol's template for the kind; documents and logs keep their own shape."""
    if order.detected.kind == "conversation":
        return conversation_body(order, taken, plain)
    return research_body(order, taken, plain) if order.detected.kind == "research" else plain.text


def plain_body(order: Order, taken: Taken, plain: Compressed) -> str:
    return plain.text


def contextzip_body(order: Order, taken: Taken, plain: Compressed) -> str:
    before = before_of(order, taken.reading)
    return layouts.contextzip(
        said_of(taken), before, layouts.percent(before.tokens, plain.report.got), order.detected.language
    )


def retrospective_body(order: Order, taken: Taken, plain: Compressed) -> str:
    return layouts.retrospective(said_of(taken), order.detected.language)


BODIES: dict[TextLayout, Callable[[Order, Taken, Compressed], str]] = {
    "plain": plain_body,
    "protocol": protocol_body,
    "contextzip": contextzip_body,
    "retrospective": retrospective_body,
}
