"""The stages of a run, one function each, on one run's ``Work``.

Works on sources, a model, a tokenizer and a format that are handed in; knows none of them by name. ``pipeline`` has the
order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from longzip.errors import BudgetTooSmall
from longzip.pipeline.omissions import reduced
from longzip.protocols import Request
from longzip.rendering.draft import Draft, Kept, fill, fit, tell
from longzip.rendering.pages import Named, Page, Style, shown
from longzip.scoring.ami import ask, gain, line_surprises, relevance
from longzip.scoring.names import is_code, names_in
from longzip.scoring.unrelated import unrelated
from longzip.selection.price import balance
from longzip.selection.shares import coarse, ranking
from longzip.selection.spikes import spikes
from longzip.settings import Strategy
from longzip.storage.cached import counts
from longzip.strategies import ladder, outline, passages
from longzip.strategies.published import (
    choose,
    is_bare,
    is_large,
    least,
    make_cut,
    pieces_left,
    preferences,
    split_at,
    worth_of,
)
from longzip.strategies.run import Engine, Job, Plan, Work, located, scored_query, text_of
from longzip.types import Chunk, Skipped
from longzip.units import lines


def begin(job: Job, engine: Engine) -> Work:
    """Sources -> chunks and units, their tokens counted."""
    plan = PLANS[engine.settings.strategy]
    pages: list[Page] = []
    work_chunks: list[tuple[int, Chunk]] = []
    fallbacks: list[Skipped] = []
    quiet: dict[int, set[int]] = defaultdict(set)
    for index, unit in job.quiet:
        quiet[index].add(unit)
    engine.form.facts.prepare(job.sources, lambda done, total: engine.progress("split", done, total))
    for index, source in enumerate(job.sources):
        chunks = engine.form.split(source)
        work_chunks += [(index, chunk) for chunk in chunks]
        if why := engine.form.facts.fallback(source):
            fallbacks.append(Skipped(source.name, f"read as lines: {why}"))
        page = Page(source, engine.form.units(source), named(chunks), quiet=frozenset(quiet[index]))
        pages.append(reduced(page, engine) if plan.structured else Page(source, lines(source)))
    settings = engine.settings
    style = Style(settings.marker, settings.marker_names, settings.line_numbers)
    draft = Draft(
        pages, engine.form, engine.tokenizer, settings.format, job.frame, plan.structured, len(pages) > 1, style
    )
    work = Work(job, engine, plan, draft, granted=job.pinned, notes=list(job.notes), fallbacks=fallbacks)
    draft.shut = located(work, job.excluded)
    for index, chunk in work_chunks:
        if not job.excluded or not any(
            (index, unit) in job.excluded for unit in range(chunk.first_unit, chunk.last_unit)
        ):
            work.pages.append(index)
            work.chunks.append(chunk)
    count_tokens(work)
    return work


def count_tokens(work: Work) -> None:
    """The tokens of all chunks, with and without what is left out on request."""
    pages = [work.draft.pages[page] for page in work.pages]
    work.engine.progress("count tokens", 0, len(pages))
    texts = [chunk.text for chunk in work.chunks]
    whole = counts(work.engine.tokenizer, texts)
    cut = [index for index, page in enumerate(pages) if page.cuts]
    less = counts(
        work.engine.tokenizer,
        [shown(pages[index], (work.chunks[index].first_unit, work.chunks[index].last_unit)) for index in cut],
    )
    work.tokens = [*whole]
    for index, tokens in zip(cut, less, strict=True):
        work.tokens[index] = tokens
    work.original = sum(whole)


def named(chunks: Sequence[Chunk]) -> list[Named]:
    """The functions and classes among a source's chunks; of what is a function in name only (a rule, an element), no
    call."""
    return [
        Named((chunk.first_unit, chunk.last_unit), chunk.label, chunk.parent, f"{chunk.names[-1]}(" in chunk.text)
        for chunk in chunks if chunk.kind in ("function", "class")
    ]  # fmt: skip


def whole(work: Work) -> Kept | None:
    """Everything, if it fits; no model needed."""
    kept = work.draft.everything()
    if sum(work.tokens) > work.job.budget * 1.5 + 100 or work.draft.size(kept, work.job.budget) > work.job.budget:
        return None
    return kept


def score(work: Work, read: Sequence[int] | None = None) -> None:
    """AMI of every chunk, or of those that are to be read, the others below them; the query cut to its end where it is
    longer than the settings allow."""
    used, given = len(scored_query(work)), len(work.job.query)
    if used < given:
        work.notes.append(f"the query has {given:,} characters and was scored by its last {used:,}")
    texts = [work.chunks[index].text for index in (range(len(work.chunks)) if read is None else read)]
    work.engine.progress("score", 0, len(texts))
    found = worth_of(work, texts, "score")
    work.scores = found if read is None else below(work, dict(zip(read, found, strict=True)))
    work.preferences = preferences(work)
    work.order = order_by(work, work.preferences)
    work.related = not (asks_foreign(work) and unrelated(scored_query(work), texts, found))
    if not work.related:
        work.notes.append("nothing here seems to have to do with the query: this is an outline of it all instead")


def asks_foreign(work: Work) -> bool:
    """Whether the query may turn out to be about something else: it is prose, and names and pins nothing."""
    job, query = work.job, scored_query(work)
    pointed = job.pinned or job.wished or is_code(query) or names_in(query)
    return work.engine.settings.outline and work.plan.worth is gain and not job.may_be_empty and not pointed


def below(work: Work, known: Mapping[int, float]) -> list[float]:
    """The scores of all chunks, given some: the others follow the least of them, in the prefilter's order."""
    least = min(known.values())
    rest = {index: least - STEP * (place + 1) for place, index in enumerate(work.unread)}
    return [known[index] if index in known else rest[index] for index in range(len(work.chunks))]


def order_by(work: Work, values: Sequence[float]) -> list[int]:
    """The chunks that may be chosen for themselves, best first."""
    return [index for index in ranking(values) if not is_bare(work, index)]


def cut(work: Work) -> None:
    """Coarse choice under B / R_fine; the chosen chunks cut into blocks where perplexity spikes, each block valued."""
    if not work.related:
        return
    settings = work.engine.settings
    chosen = coarse(work.order, work.tokens, work.job.budget / settings.fine_ratio, work.plan.misses)
    work.fine = is_fine(work, chosen)
    if not work.fine:
        chosen = coarse(work.order, work.tokens, work.job.budget, work.plan.misses)
    cuttable = [index for index in chosen if work.fine and is_large(work, index)]
    pieces = {index: split_at(work, index, rows) for index, rows in zip(cuttable, edges(work, cuttable), strict=True)}
    valued = iter(
        worth_of(work, [text_of(work, *piece) for index in cuttable for piece in pieces[index]], "value blocks")
    )
    for index in chosen:
        own = [next(valued) for _ in pieces.get(index, ())]
        work.cuts[index] = make_cut(work, index, pieces.get(index, []), own)


def is_fine(work: Work, chosen: Sequence[int]) -> bool:
    """Whether the chosen chunks are to be cut inside: as the settings say, or by what that costs and saves here."""
    settings = work.engine.settings
    if settings.fine != "auto":
        return settings.fine == "on"
    passes = 2 if settings.blocks == "perplexity" or not work.plan.structured else 1
    characters = passes * sum(len(work.chunks[index].text) for index in chosen if is_large(work, index))
    needed = min(sum(work.tokens), int(work.job.budget / settings.fine_ratio))  # tokens that show as much, uncut
    found = balance(characters, work.seconds_per_character, needed - work.job.budget, settings)
    work.notes.append(str(found))
    return found.pays


def edges(work: Work, cuttable: Sequence[int]) -> list[Sequence[int]]:
    """Of each of these chunks, the rows at which a block begins."""
    settings, progress = work.engine.settings, work.engine.progress
    texts = [work.chunks[index].text for index in cuttable]
    if work.plan.structured and settings.blocks == "statements":
        return [range(1, text.count("\n") + 1) for text in texts]
    answers = ask(work.engine.model, [Request("", text) for text in texts], lambda d, t: progress("segment", d, t))
    return [spikes(line_surprises(text, answer), settings.alpha) for text, answer in zip(texts, answers, strict=True)]


def select(work: Work) -> Kept:
    """The fullest selection that fits, then what else fits. Raises BudgetTooSmall where nothing does."""
    budget = work.job.budget
    pinned = grant(work)
    room = budget - int(TELLING * budget) if work.plan.filled and work.draft.style.names else budget
    if not work.related:
        return outlined(work, pinned, room)
    kept, taken = fit(lambda b: united_with(pinned, work.plan.choose(work, b)), work.draft, room)
    if work.plan.filled:
        kept = fill(kept or pinned, lambda now: work.plan.pieces(work, now), work.draft, room)
        if room < budget:
            tell(kept, by_relevance(work, kept), work.draft, budget)
            kept = fill(kept, lambda now: work.plan.pieces(work, now), work.draft, budget)
    work.plan.choose(work, taken)  # the report's allowances are those of the selection that was taken
    if not kept and not work.job.may_be_empty:
        kept, needed = least(work)
        if needed > budget:
            raise BudgetTooSmall(needed, budget, "the least that could be shown")
    return kept or pinned


def outlined(work: Work, pinned: Kept, room: int) -> Kept:
    """Signatures of the whole repository, and where there is room for more, what ranks best. Raises BudgetTooSmall
    where none fits."""
    kept = fill(pinned, lambda now: outline.pieces(work, now), work.draft, room)
    if not kept:
        raise BudgetTooSmall(least(work)[1], work.job.budget, "the least that could be shown")
    kept = fill(kept, lambda now: work.plan.pieces(work, now), work.draft, room)
    tell(kept, sorted(kept), work.draft, work.job.budget)
    return kept


def by_relevance(work: Work, kept: Kept) -> list[int]:
    """The pages that are shown, the one with the best chunk first."""
    return list(dict.fromkeys(work.pages[index] for index in work.order if work.pages[index] in kept))


def grant(work: Work) -> Kept:
    """What is pinned, and of what the question names as much as fits. Raises BudgetTooSmall where the pins do not."""
    budget = work.job.budget
    work.granted = work.job.pinned
    kept = work.draft.closed(located(work, work.granted))
    needed = work.draft.size(kept, budget)
    if needed > budget:
        raise BudgetTooSmall(needed, budget)
    labels: list[str] = []
    for wish in work.job.wished:
        grown = work.draft.closed(located(work, work.granted | wish.cells))
        if work.draft.size(grown, budget) <= budget:
            kept, work.granted = grown, work.granted | wish.cells
            labels.append(wish.label)
        else:
            work.notes.append(f"named in the query, but too large to be kept whole: {wish.label}")
    if labels:
        work.notes.append(f"named in the query, and therefore kept: {', '.join(labels)}")
    return kept


def united_with(pinned: Kept, kept: Kept) -> Kept:
    return {page: pinned.get(page, frozenset()) | kept.get(page, frozenset()) for page in {*pinned, *kept}}


STEP = 1e-9  # nats between the scores of chunks that the model did not read
TELLING = 0.03  # of the budget is left for the names in gap markers
PLANS: dict[Strategy, Plan] = {
    "default": Plan(structured=True, filled=True, misses=5, worth=gain, choose=ladder.choose, pieces=pieces_left),
    "shares": Plan(structured=True, filled=True, misses=5, worth=gain, choose=choose, pieces=pieces_left),
    "passages": Plan(
        structured=True,
        filled=True,
        misses=None,
        worth=passages.by_words,
        choose=passages.choose,
        pieces=passages.pieces,
    ),
    "longcodezip": Plan(
        structured=False, filled=False, misses=None, worth=relevance, choose=choose, pieces=pieces_left
    ),
}
