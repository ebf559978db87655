"""Context for code at a cursor, out of an index that is kept: what is near, what is imported, what is related, as far
as the budget, the time and the relevance go.

Whole functions in the order of preference, and the signatures of what the open file imports before them; nothing for
the sake of a full budget. Knows an index; not where it comes from.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from longzip.errors import BudgetTooSmall
from longzip.pipeline.cursor import Opening, opening
from longzip.pipeline.omissions import told
from longzip.protocols import Format
from longzip.rendering.draft import Draft, Kept
from longzip.rendering.fitting import Addition, affordable
from longzip.rendering.outputs import Frame, document
from longzip.rendering.pages import Style, spans
from longzip.resident.asking import Candidate, Question, best, by_file, imported, preferences
from longzip.resident.carrying import Carried, carried
from longzip.resident.index import File, Index, Part, Workshop, files_of
from longzip.strategies.ranking import is_test
from longzip.strategies.weights import read as read_weights
from longzip.types import Compressed, Excerpt, Report, Skipped, Source, Stage

LINES = 20  # around the cursor
CANDIDATES = 48
CUT = 1 / 3  # of the best preference: what has less is not offered
LARGEST = 0.4  # of the room that one function may take whole
IMPORTED = 0.25  # of the room for the signatures of what is imported
JOINT = 2  # tokens between two parts of the text, at most
MISSES = 4  # additions that do not fit, after which none is tried any more
LEAST = 12  # tokens for which it is worth looking for something more
CHARACTERS = 3  # of a token of a signature, about
MOST_RECENT = 2_000  # characters of each recent edit


@dataclass(frozen=True, slots=True)
class Cursor:
    """What is asked. name: of the open file among the sources. recent: code that was edited lately. relevant_last: the
    files in the order of what speaks for them, the best last, and not in that of their names. deadline: seconds of
    ``time.perf_counter`` at which to return what there is; None to take the time it takes. guard: masks secrets in what
    is shown of the text."""

    prefix: str
    suffix: str
    name: str
    budget: int
    recent: tuple[str, ...] = ()
    relevant_last: bool = False
    deadline: float | None = None
    guard: Callable[[str], str] = str

    @property
    def late(self) -> bool:
        return self.deadline is not None and time.perf_counter() >= self.deadline

    @property
    def near(self) -> str:
        """The code around the cursor."""
        return "\n".join([*self.prefix.split("\n")[-LINES - 1 :]]) + "\n".join(self.suffix.split("\n")[: LINES + 1])


@dataclass(frozen=True, slots=True)
class Open:
    """The open file. file: as it was saved, where that is known and tells where the function is; else as it is.
    opened: as it is. inside: the units that are being written. stale: chunks that are in the text no more."""

    file: File
    opened: Opening
    inside: frozenset[int]
    stale: frozenset[int]


@dataclass(slots=True)
class Offer:
    """The files that may be shown, and what may be shown of them, best first."""

    files: list[File] = field(default_factory=list)
    picks: list[tuple[File, frozenset[int], int]] = field(default_factory=list)

    def add(self, file: File, units: frozenset[int], tokens: int) -> None:
        if file not in self.files:
            self.files.append(file)
        self.picks.append((file, units, tokens))


def complete(cursor: Cursor, index: Index, skipped: Sequence[Skipped] = ()) -> Compressed:
    """A prompt that ends at the cursor. Raises BudgetTooSmall where the function up to it, with the file's imports, has
    too many tokens."""
    began = time.perf_counter()
    workshop = index.workshop
    own = opened_file(cursor, index)
    frame = Frame("", own.opened.tail)
    needed = workshop.counter.count(document([], frame, workshop.settings.format))
    if needed > cursor.budget:
        raise BudgetTooSmall(needed, cursor.budget, "the open function up to the cursor")
    imports = frozenset(i for i in workshop.form.facts.imports(own.file.source) if i not in own.inside)
    offer, found = offered(cursor, index, own, cursor.budget - needed)
    ranked = time.perf_counter()
    files = ordered(offer.files, own.file, found, cursor.relevant_last)
    draft = drafted(files, own, frame, workshop)
    last = len(files) - 1
    kept = draft.closed({last: imports}) if imports else {}
    if kept and draft.size(kept, cursor.budget) > cursor.budget:
        raise BudgetTooSmall(workshop.counter.count(draft.text(kept)), cursor.budget)
    places = {id(file): place for place, file in enumerate(files)}
    additions = [Addition(places[id(file)], units, tokens) for file, units, tokens in offer.picks]
    kept = filled(cursor, kept, additions, draft)
    stages = (
        Stage("rank", round(ranked - began, 4)),
        Stage("select", round(time.perf_counter() - ranked, 4)),
    )
    return told_of(cursor, draft, kept, index, (tuple(skipped), stages))


def opened_file(cursor: Cursor, index: Index) -> Open:
    """What is known of the open file, parsed anew where need be."""
    workshop, text, at = index.workshop, cursor.prefix + cursor.suffix, len(cursor.prefix)
    form, most = workshop.form, workshop.settings.query_characters
    known = index.files.get(cursor.name)
    found = carried(known.source, text, at, form) if known is not None else None
    stale = None if known is None or found is None else gone(known, found, form)
    if known is not None and found is not None and stale is not None:
        (start, stop), (first, last) = found.span, found.saved
        tail = cursor.guard(cursor.prefix[start:])
        header = form.header(known.source) + "\n" if cursor.name else ""
        opened = Opening(Source(cursor.name, text), (start, stop), header + tail, cursor.near)
    else:
        before, after = cursor.guard(cursor.prefix), cursor.guard(cursor.suffix)
        opened = opening(before, after, cursor.name, form, most)
        (known,) = files_of([opened.source], workshop, lambda _done, _total: None)
        (first, last), stale = opened.span, frozenset()
    units = form.units(known.source)
    inside = frozenset(i for i, unit in enumerate(units) if unit.start < last and unit.end > first)
    return Open(known, opened, inside, stale)


def gone(known: File, found: Carried, form: Format) -> frozenset[int] | None:
    """The chunks of a saved file that are not in the text any more, beside the open function; None where an import or
    the head of a class is not."""
    units = form.units(known.source)
    if any(found.touches(units[i].start, units[i].end) for i in form.facts.imports(known.source)):
        return None
    stale = frozenset(place for place, one in enumerate(known.chunks) if found.touches(one.start, one.end))
    return None if any(known.chunks[place].kind == "class" for place in stale) else stale


def offered(cursor: Cursor, index: Index, own: Open, room: int) -> tuple[Offer, Mapping[str, float]]:
    """What may be shown, and what speaks for each file."""
    workshop, offer = index.workshop, Offer()
    question = asked(cursor, own, workshop)
    parts = list(index.parts)
    known = index.files.get(cursor.name)
    if own.file is not known:
        parts.append(Part([own.file]))
    weights = read_weights()["code"]
    values, alive = preferences(parts, question, weights, None if cursor.late else workshop.encoder)
    if known is not None and own.file is not known:
        part, place = index.homes[cursor.name]
        start = sum(len(before.alive) for before in parts[: parts.index(part)])
        rows = part.rows_of(place)
        alive[start + rows.start : start + rows.stop] = False
    for signature in signatures(parts, own, cursor, workshop, int(IMPORTED * room)):
        offer.add(*signature)
    found = [one for one in best(parts, values, alive, CANDIDATES) if not hidden(one, own)]
    least = CUT * found[0].preference if found else 0.0
    texts: set[str] = set()
    for one in found:
        if one.preference < least or one.preference <= 0 or one.chunk.text in texts:
            continue
        texts.add(one.chunk.text)
        tokens = one.file.tokens[one.place]
        units = frozenset(range(one.chunk.first_unit, one.chunk.last_unit))
        offer.add(
            one.file, units if tokens <= LARGEST * room else head_of(one, workshop), min(tokens, int(LARGEST * room))
        )
    return offer, by_file(found)


def asked(cursor: Cursor, own: Open, workshop: Workshop) -> Question:
    """The code around the cursor, the open function, what is imported and what was edited lately."""
    source = own.file.source
    units = workshop.form.units(source)
    imports = "".join(source.text[units[i].start : units[i].end] for i in workshop.form.facts.imports(source))
    (start, stop), most = own.opened.span, workshop.settings.query_characters
    function = own.opened.source.text[start:stop][:most]
    recent = [text[-MOST_RECENT:] for text in cursor.recent]
    text = "\n".join([cursor.near, function, imports, *recent])
    return Question(cursor.near, text, cursor.name, workshop.settings.demote_tests and not is_test(cursor.name))


def signatures(
    parts: Sequence[Part], own: Open, cursor: Cursor, workshop: Workshop, room: int
) -> Iterator[tuple[File, frozenset[int], int]]:
    """The heads of what the open file imports, as far as the room goes."""
    near = cursor.near + own.opened.tail
    source = own.file.source
    known = workshop.form.units(source)
    statements = [source.text[known[i].start : known[i].end] for i in workshop.form.facts.imports(source)]
    for one in imported(parts, statements, near, cursor.name):
        units = head_of(one, workshop)
        known = workshop.form.units(one.file.source)
        tokens = sum(known[unit].end - known[unit].start for unit in units) // CHARACTERS
        if not units or tokens > room:
            continue
        room -= tokens
        yield one.file, units, tokens


def head_of(one: Candidate, workshop: Workshop) -> frozenset[int]:
    """The units of a chunk's signature; its first one where it has none."""
    units, chunk = workshop.form.units(one.file.source), one.chunk
    heads = frozenset(unit for unit in range(chunk.first_unit, chunk.last_unit) if units[unit].head)
    return heads or frozenset({chunk.first_unit})


def hidden(one: Candidate, own: Open) -> bool:
    """Whether a chunk is what is being written, or is not in the open file any more."""
    if one.file is not own.file:
        return False
    return one.place in own.stale or not own.inside.isdisjoint(range(one.chunk.first_unit, one.chunk.last_unit))


def ordered(files: Sequence[File], own: File, found: Mapping[str, float], relevant_last: bool) -> list[File]:
    """The files as they are shown; the open one is the last."""
    others = [file for file in files if file is not own]
    if relevant_last:
        others.sort(key=lambda file: (found.get(file.source.name, 0.0), file.source.name))
    else:
        others.sort(key=lambda file: file.source.name.split("/"))
    return [*others, own]


def drafted(files: Sequence[File], own: Open, frame: Frame, workshop: Workshop) -> Draft:
    settings, last = workshop.settings, len(files) - 1
    stale = {
        unit
        for place in own.stale
        for unit in range(own.file.chunks[place].first_unit, own.file.chunks[place].last_unit)
    }
    return Draft(
        [file.page(workshop) for file in files], workshop.form, workshop.counter, settings.format, frame, True, True,
        Style(settings.marker, settings.marker_names, settings.line_numbers), {last: own.inside | stale},
    )  # fmt: skip


def filled(cursor: Cursor, kept: Kept, additions: Sequence[Addition], draft: Draft) -> Kept:
    """``kept`` with those of the additions, in their order, that fit; fewer where there is no time.

    First those that seem to fit together, then a few more one by one. The text's tokens are taken to be those of its
    parts until the end; what that promised too much of goes again, the last first.
    """
    steps = [kept]
    frame = draft.tokenizer.count(document([], draft.frame, draft.output)) + JOINT
    sizes = {page: draft.section(page, units)[1] + JOINT for page, units in kept.items()}
    picked = affordable(iter(additions), cursor.budget - frame - sum(sizes.values()), kept)
    taken = set(map(id, picked))
    tries = [*by_page(picked), *([addition] for addition in additions if id(addition) not in taken)]
    missed = 0
    for group in tries:
        room = cursor.budget - frame - sum(sizes.values())
        if cursor.late or room < LEAST or missed == MISSES:
            break
        if sum(addition.tokens for addition in group) > room:
            continue
        page = group[0].page
        units = kept.get(page, frozenset()).union(*(addition.units for addition in group))
        closed = draft.closed({page: units}).get(page, frozenset())
        size = draft.section(page, closed)[1] + JOINT if closed else 0
        if closed and size - sizes.get(page, 0) <= room:
            kept, sizes = {**kept, page: closed}, {**sizes, page: size}
            steps.append(kept)
        else:
            missed += 1
    while len(steps) > 1 and draft.tokenizer.count(draft.text(steps[-1])) > cursor.budget:
        steps.pop()
    return steps[-1]


def by_page(additions: Sequence[Addition]) -> list[list[Addition]]:
    """Those of one page together, the pages in the order of their first."""
    found: dict[int, list[Addition]] = {}
    for addition in additions:
        found.setdefault(addition.page, []).append(addition)
    return list(found.values())


def told_of(
    cursor: Cursor, draft: Draft, kept: Kept, index: Index, rest: tuple[tuple[Skipped, ...], tuple[Stage, ...]]
) -> Compressed:
    """The result and its report; what became of each chunk of a folder is not told at a keystroke."""
    workshop, count, (skipped, stages) = index.workshop, index.workshop.counter.count, rest
    text = draft.text(kept)
    excerpts = tuple(
        Excerpt(
            draft.pages[page].source.name, draft.section(page, kept[page])[1],
            spans(draft.pages[page].units, kept[page]),
        )
        for page in sorted(kept)
    )  # fmt: skip
    report = Report(
        asked=cursor.budget, got=count(text), original_tokens=index.tokens, model="none",
        tokenizer=workshop.tokenizer.name, strategy=workshop.settings.strategy, skipped=skipped, stages=stages,
        notes=tuple(told(tuple(draft.pages), kept)),
    )  # fmt: skip
    return Compressed(text, excerpts, report)
