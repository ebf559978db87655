"""A text that was read: its units, what each is worth and why, and the choice of them for a budget.

The pipeline scores and selects; this module tells it what units are worth for themselves, and tells the report what
became of them. Knows kinds and marks; no layout.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from longzip.pipeline import stages
from longzip.prose.marks import confirms, filler, marks_of
from longzip.prose.overruled import overruled
from longzip.rendering.draft import Kept
from longzip.strategies.corpus import Cell
from longzip.strategies.passages import NEVER, Passages
from longzip.strategies.run import Choice, Engine, Job, Run
from longzip.texts.context import USER, essential, placed, places
from longzip.texts.critical import is_critical
from longzip.texts.kinds import PICTURE, Detected, Kind
from longzip.texts.levels import Preset
from longzip.texts.outcomes import distinct_failures, totals
from longzip.texts.redundancy import duplicates, repeated_shapes
from longzip.texts.usage import Usage
from longzip.types import ActionItem, Chunk, Source

UNUSED = Usage()
CRITICAL_LEAD = 12.0  # standard deviations: above any relevance, so that it comes first
ALONE: Mapping[str, float] = {  # what a mark is worth without a question
    "request": 2.0, "fix": 1.0, "rationale": 1.0, "question": 0.5, "goal": 1.0, "constraint": 1.0, "number": 1.0,
    "alternative": 1.0, "rejected": 1.0, "step": 0.5, "primary": 1.0, "hedge": 0.5, "example": -0.7,
}  # fmt: skip
ASKED_OF_LOG: Mapping[str, float] = {"error": 1.5, "fix": 0.5}
FAILURE = ("fail", "error", "why", "wrong", "crash", "broken", "bug", "exception", "失败", "错误", "为什么", "报错")
DISTINCT = CRITICAL_LEAD + 4.0  # of one line of each distinct failure, where a run of tests says how it ended
REPEATED, FIRST_OR_LAST = -2.0, 3.0
OPENS_REASON = re.compile(
    r"\W*(?:because|since|the reason|this is because|that way|so that|otherwise|因为|由于|这样)", re.I
)
SHORTEST = 40  # characters of a sentence that is not just said again, where there is a question
BESIDE = ((-2, 0.3), (-1, 0.5), (1, 0.5), (2, 0.3))
RECENT_TURNS = 2
RATES = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


@dataclass(frozen=True, slots=True)
class Notes:
    """What was noticed of each unit. marks: see ``marks``. fillers: "greeting" or "acknowledgement".

    twins: of a redundant unit the one that says the same. leads: the first units of passages under a heading.
    overruled: of a proposal the unit that sets it aside later. items: the action items in units. essential: of units
    that a document is nothing without, why.
    """

    marks: Mapping[Cell, tuple[str, ...]]
    fillers: Mapping[Cell, str]
    twins: Mapping[Cell, Cell]
    leads: frozenset[Cell]
    overruled: Mapping[Cell, Cell] = field(default_factory=dict)
    items: Mapping[Cell, tuple[ActionItem, ...]] = field(default_factory=dict)
    essential: Mapping[Cell, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """A text, scored, for any budget. passages: its units, in order of preference. critical: cells that are never
    discarded where there is room."""

    sources: tuple[Source, ...]
    detected: Detected
    query: str
    notes: Notes
    run: Run
    passages: Passages
    critical: frozenset[Cell]

    @property
    def tokens(self) -> int:
        """Of all the text."""
        return self.run.corpus.original


def read(
    sources: Sequence[Source],
    detected: Detected,
    query: str,
    preset: Preset,
    engine: Engine,
    pinned: frozenset[Cell] = frozenset(),
    usage: Usage = UNUSED,
) -> Reading:
    """Read and score: mark, weigh, no choice yet."""
    notes = noticed(sources, detected.kind, preset, engine, SHORTEST if query else 0)
    ended = outcome(sources, detected.kind, engine)
    notes = replace(notes, twins={cell: twin for cell, twin in notes.twins.items() if cell not in ended})
    lossless = preset.near > 1
    critical = frozenset(
        cell
        for cell, marks in notes.marks.items()
        if is_critical([mark for mark in marks if preset.numbers or mark != "number"], detected.kind)
    )
    if not query and detected.kind == "conversation":
        critical |= requests(sources, notes, engine)
    if not query:
        critical |= notes.essential.keys()
    critical -= notes.twins.keys() | notes.fillers.keys() | notes.overruled.keys()
    priors = {cell: prior(cell, notes, detected.kind, query, cell in critical) for cell in cells(sources, engine)}
    if detected.kind == "log":
        around(priors)
        for page, source in enumerate(sources):
            last = [
                unit for unit, one in enumerate(engine.form.units(source)) if source.text[one.start : one.end].strip()
            ][-RECENT_TURNS:]
            priors.update({(page, unit): max(priors[page, unit], 1.0) for unit in last})
    for cell, worth in ended.items():
        priors[cell] = max(priors[cell], worth)
    if not query and detected.kind == "conversation":
        edges(sources, engine, priors, notes)
    if usage.counts:
        for page, unit in priors:
            own_unit = engine.form.units(sources[page])[unit]
            priors[page, unit] += usage.worth(sources[page].text[own_unit.start : own_unit.end])
    quiet = frozenset(notes.fillers) if not query and not lossless else frozenset[Cell]()
    run = stages.begin(Job(tuple(sources), query, priors=priors, quiet=quiet, pinned=pinned), engine)
    run = replace(run, scores=stages.score(run))
    passages = Passages(run.corpus, run.scores, priors)
    return Reading(tuple(sources), detected, query, notes, run, passages, critical)


def outcome(sources: Sequence[Source], kind: Kind, engine: Engine) -> dict[Cell, float]:
    """What the lines are worth that say how a run of tests ended, and each distinct failure once; of a text that has a
    total."""
    if kind not in ("log", "document"):
        return {}
    texts = {
        (page, unit): source.text[one.start : one.end].strip("\n")
        for page, source in enumerate(sources)
        for unit, one in enumerate(engine.form.units(source))
        if not one.head
    }
    ended = totals(texts)
    return dict.fromkeys(distinct_failures(texts), DISTINCT) | dict.fromkeys(ended, CRITICAL_LEAD * 2) if ended else {}


def requests(sources: Sequence[Source], notes: Notes, engine: Engine) -> frozenset[Cell]:
    """What the user clearly asks for; without users, the first request of anybody."""
    asked = [
        (bool(USER.search(chunk.label)), (page, unit))
        for page, source in enumerate(sources) for chunk in engine.form.split(source) for unit in own(chunk)
        if "request" in notes.marks.get((page, unit), ())
    ]  # fmt: skip
    return frozenset(cell for user, cell in asked if user) or frozenset(cell for _user, cell in asked[:1])


def cells(sources: Sequence[Source], engine: Engine) -> list[Cell]:
    return [(page, unit) for page, source in enumerate(sources) for unit in range(len(engine.form.units(source)))]


def noticed(sources: Sequence[Source], kind: Kind, preset: Preset, engine: Engine, shortest: int) -> Notes:
    """Marks, fillers and duplicates of all units; sentences of fewer than ``shortest`` characters may be said again."""
    every: list[Cell] = []
    texts: list[str] = []
    heads: set[Cell] = set()
    leads: set[Cell] = set()
    for page, source in enumerate(sources):
        units = engine.form.units(source)
        for index, unit in enumerate(units):
            every.append((page, index))
            texts.append(source.text[unit.start : unit.end].strip())
            if unit.head and kind != "log":
                heads.add((page, index))
            elif index and units[index - 1].head:
                leads.add((page, index))
    known = list(places(sources, engine)) if kind in ("conversation", "document") else []
    marks: dict[Cell, tuple[str, ...]] = {
        cell: marks_of(text) if PICTURE.sub("", text).strip() else ()  # badges say nothing
        for cell, text in zip(every, texts, strict=True)
        if cell not in heads
    }
    marks, items = placed(known, marks, kind)
    fillers: dict[Cell, str] = {}
    if kind in ("conversation", "document"):
        said = [(cell, text) for cell, text in zip(every, texts, strict=True) if cell not in heads]
        for (before, spoken), (cell, text) in pairwise([((-1, -1), ""), *said]):
            if confirms(text, spoken):
                marks |= {one: tuple(dict.fromkeys((*marks[one], "decision"))) for one in (before, cell)}
            elif "rationale" in marks[cell] and OPENS_REASON.match(text) and "decision" in marks.get(before, ()):
                marks[cell] = (*marks[cell], "decision")  # a reason travels with what it is the reason for
            elif (found := filler(text, spoken)) and not is_critical(marks[cell], kind):
                fillers[cell] = found
    offered = [
        text if cell not in heads and (kind == "log" or len(text) >= shortest) else ""
        for cell, text in zip(every, texts, strict=True)
    ]
    same = (
        repeated_shapes(offered)
        if kind == "log"
        else duplicates(offered, keep_last=kind == "conversation", near=preset.near)
    )
    twins = {every[one]: every[other] for one, other in same.items()}
    return Notes(
        marks,
        fillers,
        twins,
        frozenset(leads),
        set_aside(every, texts, marks) if kind in ("conversation", "document") else {},
        items,
        essential(sources, known, engine) if kind == "document" else {},
    )


def set_aside(every: Sequence[Cell], texts: Sequence[str], marks: dict[Cell, tuple[str, ...]]) -> Mapping[Cell, Cell]:
    """The proposals that were overruled; what overrules them is a decision."""
    said = [(cell, text) for cell, text in zip(every, texts, strict=True) if cell in marks]
    found = overruled([text for _, text in said], [marks[cell] for cell, _ in said])
    for by in found.values():
        marks[said[by][0]] = tuple(dict.fromkeys(("decision", *marks[said[by][0]])))
    return {said[one][0]: said[by][0] for one, by in found.items()}


def prior(cell: Cell, notes: Notes, kind: Kind, query: str, critical: bool) -> float:
    """What a unit is worth for itself, in standard deviations of relevance.

    With a question, relevance decides; but in a log the errors count, twice where the question is about a failure.
    """
    marks = notes.marks.get(cell, ())
    if query and kind == "research" and cell in notes.twins:
        return NEVER
    if query:
        found = sum(ASKED_OF_LOG.get(mark, 0.0) for mark in marks) if kind == "log" else 0.0
        found *= 2.0 if found and any(word in query.lower() for word in FAILURE) else 1.0
        return found + (REPEATED if cell in notes.twins and (kind == "log" or cell not in notes.fillers) else 0.0)
    if cell in notes.twins or cell in notes.fillers or cell in notes.overruled:
        return NEVER
    found = sum(ALONE.get(mark, 0.0) for mark in marks if kind != "log" or mark in ("fix", "number")) + (
        1.0 if cell in notes.leads else 0.0
    )
    return found + CRITICAL_LEAD if critical else found


def around(priors: dict[Cell, float]) -> None:
    """What stands beside an error tells of it: the two lines before and after it share its worth."""
    before = dict(priors)
    for (page, unit), value in before.items():
        if value > NEVER / 2:
            near = max(share * min(before.get((page, unit + step), 0.0), CRITICAL_LEAD / 3) for step, share in BESIDE)
            priors[page, unit] = max(value, near)


def edges(sources: Sequence[Source], engine: Engine, priors: dict[Cell, float], notes: Notes) -> None:
    """What a conversation began with, and what was said last, is worth more: the task, and where things stand."""
    for page, source in enumerate(sources):
        chunks = [chunk for chunk in engine.form.split(source) if chunk.text.strip()]
        first = next(
            (chunk for chunk in chunks if any("request" in notes.marks.get((page, unit), ()) for unit in own(chunk))),
            None,
        )
        telling = [
            chunk for chunk in chunks if any(priors[page, unit] > NEVER / 2 for unit in said(chunk, page, notes))
        ]
        for chunk in [*([first] if first else []), *telling[-RECENT_TURNS:]]:
            for unit in own(chunk):
                if priors[page, unit] > NEVER / 2:
                    priors[page, unit] += FIRST_OR_LAST


def said(chunk: Chunk, page: int, notes: Notes) -> list[int]:
    """The units of a turn that are no speaker's name."""
    return [unit for unit in own(chunk) if (page, unit) in notes.marks]


def own(chunk: Chunk) -> range:
    return range(chunk.first_unit, chunk.last_unit)


def chosen(reading: Reading, budget: int) -> Choice:
    """The units for a budget in tokens. Raises BudgetTooSmall where nothing fits."""
    return stages.select(reading.run, reading.passages, budget)


def with_pins(reading: Reading, cells: frozenset[Cell]) -> Reading:
    """The reading with more that has to stay."""
    job = replace(reading.run.job, pinned=reading.run.job.pinned | cells)
    return replace(reading, run=replace(reading.run, job=job))


def with_priors(reading: Reading, priors: Mapping[Cell, float]) -> Reading:
    """The reading with its units worth something else for themselves."""
    run = replace(reading.run, job=replace(reading.run.job, priors=priors))
    return replace(reading, run=run, passages=replace(reading.passages, priors=priors))


def weights(reading: Reading) -> dict[Cell, float]:
    """The share of the whole text's worth that is in each unit; they sum to 1.

    Worth grows with the value exponentially, as choices do in the ladder, and with the square root of the tokens.
    """
    known = reading.passages
    found = {
        cell: math.exp(min(value, 4.0) / 2) * known.tokens[cell] ** 0.5 if value > NEVER / 2 else 0.0
        for cell, value in known.values.items()
    }
    total = sum(found.values()) or 1.0
    return {cell: value / total for cell, value in found.items()}


def curve(reading: Reading) -> tuple[tuple[float, float], ...]:
    """(share of the tokens, share of the worth) at a few rates: of the units in the order in which they are chosen."""
    known, worth = reading.passages, weights(reading)
    total = max(1, sum(known.tokens.values()))
    found: list[tuple[float, float]] = []
    tokens, kept, rates = 0, 0.0, list(RATES)
    seen: set[Cell] = set()
    for addition in known.offered:
        fresh = {(addition.page, unit) for unit in addition.units} - seen
        tokens += sum(known.tokens[cell] for cell in fresh)
        while rates and tokens > rates[0] * total:
            found.append((rates.pop(0), round(kept, 4)))
        seen |= fresh
        kept += sum(worth[cell] for cell in fresh)
    return (*found, *((rate, round(kept, 4)) for rate in rates))


def budget_for(reading: Reading, quality: float) -> int:
    """About the smallest budget that keeps so much of the worth, gap markers included."""
    known, worth = reading.passages, weights(reading)
    tokens, kept = 0, 0.0
    seen: set[Cell] = set()
    for addition in known.offered:
        fresh = {(addition.page, unit) for unit in addition.units} - seen
        seen |= fresh
        tokens += sum(known.tokens[cell] for cell in fresh)
        kept += sum(worth[cell] for cell in fresh)
        if kept >= quality:
            break
    return max(1, min(tokens, sum(known.tokens.values())))


def kept_worth(reading: Reading, kept: Kept) -> float:
    return sum(worth for (page, unit), worth in weights(reading).items() if unit in kept.get(page, ()))


def engine_for(engine: Engine, reading_marker: str) -> Engine:
    """The engine with the settings that prose is selected with."""
    marker = reading_marker if engine.settings.marker == type(engine.settings)().marker else engine.settings.marker
    return replace(
        engine, settings=replace(engine.settings, strategy="passages", fine="off", marker=marker, marker_names=0)
    )
