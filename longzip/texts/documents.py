"""Retrieved documents in one budget: more sources, each with its name, without what another one says, contradictions
whole.

Knows readings; not how the documents were retrieved. Their order is the caller's, and breaks ties.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

from longzip.errors import SourceError, UsageError
from longzip.formats.document import DocumentFormat
from longzip.loading import load_tokenizer
from longzip.pipeline.clock import Clock, CountingModel
from longzip.pools.threads import in_thread
from longzip.rendering.draft import Kept
from longzip.scoring.terms import terms
from longzip.settings import Settings
from longzip.strategies.corpus import Cell
from longzip.strategies.passages import NEVER, Passages
from longzip.strategies.run import Choice, Engine
from longzip.texts.findings import contradictions
from longzip.texts.kinds import Detected, language_of
from longzip.texts.layouts import Said
from longzip.texts.levels import PRESETS, Wish
from longzip.texts.orders import AbsentModel, Order, Taken
from longzip.texts.presentation import presented
from longzip.texts.reading import Reading, chosen, engine_for, read, with_pins, with_priors
from longzip.texts.shortening import within
from longzip.types import Compressed, Source

FIRST_OF_SOURCE = (
    2.0  # deviations that the best sentence of a relevant source is worth more: one of each before two of one
)
TEXT_KEYS = ("text", "page_content", "content", "body")
NAME_KEYS = ("source", "url", "path", "title", "name", "id")
BRIEF = "{range}"


@runtime_checkable
class Page(Protocol):
    """A document as retrievers of other libraries hand it out."""

    @property
    def page_content(self) -> str: ...

    @property
    def metadata(self) -> Mapping[str, object]: ...


Document = str | Source | Mapping[str, object] | Page


@dataclass(frozen=True, slots=True)
class Pair:
    """Two units that contradict each other."""

    one: Cell
    other: Cell


def compress_documents(
    docs: Iterable[Document], query: str, budget: int, *, settings: Settings | None = None
) -> Compressed:
    """The parts of retrieved documents that matter for a question, in at most ``budget`` tokens.

    docs: texts, sources, mappings with a "text" (or "content", "page_content") and a "source" (or "url", "title", ...),
        or documents with ``page_content`` and ``metadata``; best first, as retrieved.
    What several documents say is shown once, from the first of them. Every relevant document is heard before any is
    heard twice, as far as the budget goes. Sentences of two documents that contradict each other are shown both, or
    neither. Each part stands under the name of its document. Raises UsageError, SourceError, BudgetTooSmall.
    """
    sources = as_sources(docs)
    if not query.strip():
        raise UsageError("the query is empty; say in words what the documents are to answer.")
    if budget <= 0:
        raise UsageError(f"the budget is {budget}; it must be at least 1 token.")
    settings = settings or Settings()
    engine = engine_for(Engine(AbsentModel(), load_tokenizer(settings), DocumentFormat(), settings), BRIEF)
    clock = Clock()
    order = Order(
        sources, Detected("research", 1.0, language_of(sources[0].text)), query.strip(), Wish(budget=budget), "plain"
    )
    with clock.stage("read", CountingModel(engine.model)):
        first = read(sources, order.detected, order.query, PRESETS["balanced"], engine)
        pairs = contradicting(first)
        reading = repriced(first, pairs)
    with clock.stage("select", CountingModel(engine.model)):
        passages, choice = with_pairs(reading, pairs, budget)
    kept = choice.kept
    both = sum(shows(kept, pair.one) and shows(kept, pair.other) for pair in pairs)
    notes = (
        f"{len(kept):,} of {len(sources):,} documents, {len(reading.notes.twins):,} repeated "
        f"sentences left out, {both:,} contradictions kept",
    )
    found = presented(order, Taken(reading, passages, choice), clock)
    return replace(found, report=replace(found.report, notes=(*found.report.notes, *notes)))


acompress_documents = in_thread(compress_documents)


def as_sources(docs: Iterable[Document]) -> tuple[Source, ...]:
    """The documents as sources with unique names. Raises UsageError, SourceError."""
    found: list[Source] = []
    names: dict[str, int] = {}
    for number, document in enumerate(docs, start=1):
        text, name = text_and_name(document, number)
        names[name] = names.get(name, 0) + 1
        if text.strip():
            found.append(Source(name if names[name] == 1 else f"{name} ({names[name]})", text))
    if not found:
        raise SourceError("there is nothing to compress: no documents, or only empty ones.")
    return tuple(found)


def text_and_name(document: Document, number: int) -> tuple[str, str]:
    fallback = f"document {number}"
    if isinstance(document, str):
        return document, fallback
    if isinstance(document, Source):
        return document.text, document.name or fallback
    if isinstance(document, Mapping):
        text = next((document[key] for key in TEXT_KEYS if isinstance(document.get(key), str)), None)
        inner = document.get("metadata")
        places = (document, inner) if isinstance(inner, Mapping) else (document,)
    elif isinstance(document, Page):
        text, places = document.page_content, (document.metadata,)
    else:
        text, places = None, ()
    if not isinstance(text, str):
        raise UsageError(f"{fallback} has no text; give texts, sources, or mappings with a text and a source.")
    return text, next((str(place[key]) for place in places for key in NAME_KEYS if place.get(key)), fallback)


def contradicting(reading: Reading) -> list[Pair]:
    """The pairs of units of different documents that contradict each other, of those with a word of the question."""
    asked = set(terms(reading.query))
    said: list[Said] = []
    places: dict[int, Cell] = {}
    for page, source in enumerate(reading.sources):
        for index, unit in enumerate(reading.run.corpus.pages[page].units):
            text = " ".join(source.text[unit.start : unit.end].split())
            if not unit.head and (page, index) not in reading.notes.twins and asked.intersection(terms(text)):
                said.append(Said(text, reading.notes.marks.get((page, index), ()), "", source.name))
                places[id(said[-1])] = page, index
    return [Pair(places[id(one)], places[id(other)]) for one, other in contradictions(said)]


def repriced(reading: Reading, pairs: Sequence[Pair]) -> Reading:
    """The reading with repeated sentences never offered, the best sentence of each relevant document worth more, and
    both sides of a contradiction worth as much as the better one."""
    values = reading.passages.values
    units = [page.units for page in reading.run.corpus.pages]
    priors = dict(reading.run.job.priors)
    for cell in reading.notes.twins:
        priors[cell] = 2 * NEVER
    asked = set(terms(reading.query))
    for page, source in enumerate(reading.sources):
        own = [
            (-value, cell)
            for cell, value in values.items()
            if cell[0] == page and not units[page][cell[1]].head and cell not in reading.notes.twins
        ]
        if own and asked.intersection(terms(source.text)):
            priors[min(own)[1]] += FIRST_OF_SOURCE
    for pair in pairs:
        one, other = (values[cell] + priors[cell] - reading.run.job.priors[cell] for cell in (pair.one, pair.other))
        priors[pair.one] += max(0.0, other - one)
        priors[pair.other] += max(0.0, one - other)
    return with_priors(reading, priors)


def with_pairs(reading: Reading, pairs: Sequence[Pair], budget: int) -> tuple[Passages, Choice]:
    """The choice for a budget, in which no contradiction is shown by one side: the other side is added, or the side
    goes; and the passages that it was chosen from."""
    choice = within(reading, budget)
    for _ in range(2):
        torn = [pair for pair in pairs if shows(choice.kept, pair.one) != shows(choice.kept, pair.other)]
        if not torn:
            return reading.passages, choice
        cells = frozenset(cell for pair in torn for cell in (pair.one, pair.other))
        if tokens_of(reading, cells) <= budget // 2:
            reading = with_pins(reading, cells)
        else:
            reading = with_priors(reading, {**reading.run.job.priors, **dict.fromkeys(cells, 2 * NEVER)})
        choice = chosen(reading, budget)
    kept = choice.kept
    lone = {
        cell for pair in pairs for cell in (pair.one, pair.other) if shows(kept, pair.one) != shows(kept, pair.other)
    }
    rest = {page: frozenset(unit for unit in units if (page, unit) not in lone) for page, units in kept.items()}
    return reading.passages, replace(choice, kept={page: units for page, units in rest.items() if units})


def shows(kept: Kept, cell: Cell) -> bool:
    return cell[1] in kept.get(cell[0], ())


def tokens_of(reading: Reading, cells: Iterable[Cell]) -> int:
    known = reading.passages.tokens
    return sum(known[cell] for cell in cells)
