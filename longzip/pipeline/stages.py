"""The stages of a run, one function each: what is handed in stays as it is, and what was found out is returned.

    begin -> score -> (divide) -> select, and ``whole`` where everything fits

Works on sources, a model, a tokenizer and a format that are handed in; knows none of them by name. ``compress`` has the
order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from statistics import pstdev

from longzip.errors import BudgetTooSmall
from longzip.pipeline.shortlist import Shortlist
from longzip.pipeline.splitting import drafted, split
from longzip.rendering.draft import Kept
from longzip.rendering.fitting import Addition, fill, fit, tell
from longzip.scoring.names import is_code, names_in
from longzip.scoring.questions import heading, shortened
from longzip.scoring.unrelated import far_off, unrelated
from longzip.strategies import outline
from longzip.strategies.approaches import APPROACHES
from longzip.strategies.ranking import (
    class_signal,
    company_signal,
    fused,
    in_order,
    nearest,
    signals_of,
    weights_of,
    worth_of,
)
from longzip.strategies.run import Choice, Chooser, Engine, Job, Run, Scores

STEP = 1e-9  # nats between the scores of chunks that the model did not read
TELLING = 0.03  # of the budget is left for the names in gap markers
LAST_RESORTS = 20


def begin(job: Job, engine: Engine) -> Run:
    """Sources -> chunks and units, their tokens counted; nothing is scored yet."""
    approach = APPROACHES[engine.settings.strategy]
    corpus = split(job, engine, approach.structured)
    return Run(job, engine, approach, corpus, drafted(corpus, job, engine))


def whole(run: Run, budget: int) -> Choice | None:
    """Everything, if it fits; no model needed."""
    kept = run.draft.everything()
    if sum(run.corpus.tokens) > budget * 1.5 + 100 or run.draft.size(kept, budget) > budget:
        return None
    return Choice(kept, budget=budget, granted=run.job.pinned)


# -------------------------------------------------------------------------------------------------------------- score


def score(run: Run, signals: Mapping[str, Sequence[float]] | None = None, listed: Shortlist | None = None) -> Scores:
    """What every chunk is worth to the query: what signals say, and the scorer's word on those that are to be read.

    signals: what ``signals_of`` found. listed: what is to be read; None: everything.
    """
    corpus, given = run.corpus, run.job.query
    query = shortened(given, run.engine.settings.query_characters)
    weights, signals = weights_of(run), dict(signals_of(run) if signals is None else signals)
    texts = [corpus.chunks[index].text for index in (range(len(corpus.chunks)) if listed is None else listed.read)]
    run.engine.progress("score", 0, len(texts))
    found = worth_of(run, query, texts, "score")
    relevance = found if listed is None else below(dict(zip(listed.read, found, strict=True)), listed.unread)
    spread = (pstdev(found) if found else 0.0) or 1.0
    if weights.company:
        signals["company"] = company_signal(relevance, spread, signals, corpus, weights)
    preferences = fused(relevance, spread, signals, weights.relevance)
    lift = class_signal(preferences, spread, corpus) if run.approach.evidence else []
    if any(lift):
        signals["class"] = lift
        preferences = fused(preferences, spread, {"class": lift})
    related = not (asks_foreign(run, query) and is_foreign(run, query, texts, found, signals))
    notes = [] if listed is None or not listed.note else [listed.note]
    if len(query) < len(given):
        notes.append(f"the query has {len(given):,} characters, of which the model read {len(query):,}")
    if not related:
        notes.append("nothing here seems to have to do with the query: this is an outline of it all instead")
    return Scores(
        query=query,
        relevance=tuple(relevance),
        signals=signals,
        preferences=tuple(preferences),
        order=tuple(in_order(corpus, preferences)),
        unread=() if listed is None else listed.unread,
        related=related,
        notes=tuple(notes),
    )


def is_foreign(
    run: Run, query: str, texts: Sequence[str], found: Sequence[float], signals: Mapping[str, Sequence[float]]
) -> bool:
    """Whether nothing here seems to have to do with the query. texts, found: what was read, and its AMI."""
    title = heading(query)
    cosine = nearest(run, title, signals)
    return unrelated(query, texts, found) if cosine is None else far_off(title, texts, cosine)


def below(known: Mapping[int, float], unread: Sequence[int]) -> list[float]:
    """The scores of all chunks, given some: the others follow the least of them, in the prefilter's order."""
    least = min(known.values())
    found = {**known, **{index: least - STEP * (place + 1) for place, index in enumerate(unread)}}
    return [found[index] for index in range(len(found))]


def asks_foreign(run: Run, query: str) -> bool:
    """Whether the query may turn out to be about something else: it is prose, and names and pins nothing."""
    job = run.job
    pointed = job.pinned or job.wished or is_code(query) or names_in(query)
    return run.engine.settings.outline and run.approach.scorer == "log-ami" and not job.may_be_empty and not pointed


# ------------------------------------------------------------------------------------------------------------- select


def select(run: Run, chooser: Chooser, budget: int) -> Choice:
    """The fullest choice that fits, then what else fits. Raises BudgetTooSmall where nothing does."""
    draft, filled = run.draft, run.approach.filled
    must = granted(run, budget, chooser.fine)
    room = budget - int(TELLING * budget) if filled and draft.style.names else budget
    if not run.scores.related:
        return outlined(run, chooser, must, room)
    choice, fitted = fit(lambda tokens: telling(run, united(must.kept, chooser.choose(tokens)), must), draft, room)
    kept = fitted or must.kept
    if filled:
        additions = partial(more_than_imports, run, chooser)
        kept = fill(kept, additions, draft, room)
        if room < budget:
            draft = tell(kept, by_relevance(run, kept), draft, budget)
            kept = fill(kept, additions, draft, budget)
    if not kept and not run.job.may_be_empty:
        kept, needed = least(run, chooser.fine, budget)
        if needed > budget:
            raise BudgetTooSmall(needed, budget, "the least that could be shown")
    return replace(must, kept=kept or must.kept, allowances=choice.allowances, telling=draft.telling)


def telling(run: Run, choice: Choice, must: Choice) -> Choice:
    """The choice without files of which it keeps nothing but imports, unless those are what ranks best."""
    best = best_page(run)
    kept = {
        page: units
        for page, units in choice.kept.items()
        if page in must.kept or page == best or not units <= run.corpus.pages[page].imports
    }
    return choice if len(kept) == len(choice.kept) else replace(choice, kept=kept)


def more_than_imports(run: Run, chooser: Chooser, kept: Kept) -> Iterator[Addition]:
    """What could be added, but for imports of files of which nothing is shown."""
    pages = run.corpus.pages
    for addition in chooser.additions(kept):
        if addition.page in kept or not addition.units <= pages[addition.page].imports:
            yield addition


def best_page(run: Run) -> int:
    """The page of the chunk that ranks best; -1 where none does."""
    return run.corpus.page_of[run.scores.order[0]] if run.scores.order else -1


def outlined(run: Run, chooser: Chooser, must: Choice, room: int) -> Choice:
    """Signatures of the whole repository, and where there is room for more, what ranks best. Raises BudgetTooSmall
    where none fits."""
    budget = must.budget
    kept = fill(must.kept, lambda now: outline.additions(run.corpus, now), run.draft, room)
    if not kept:
        kept, needed = least(run, chooser.fine, budget)
        if needed > budget:
            raise BudgetTooSmall(needed, budget, "the least that could be shown")
    kept = fill(kept, chooser.additions, run.draft, room)
    return replace(must, kept=kept, telling=tell(kept, sorted(kept), run.draft, budget).telling)


def by_relevance(run: Run, kept: Kept) -> list[int]:
    """The pages that are shown, the one with the best chunk first."""
    pages: Iterable[int] = (run.corpus.page_of[index] for index in run.scores.order)
    return list(dict.fromkeys(page for page in pages if page in kept))


def granted(run: Run, budget: int, fine: bool = True) -> Choice:
    """What is pinned, and of what the question names as much as fits. Raises BudgetTooSmall where the pins do not."""
    draft, corpus, cells = run.draft, run.corpus, run.job.pinned
    kept = draft.closed(corpus.located(cells))
    needed = draft.size(kept, budget)
    if needed > budget and not kept and not run.job.may_be_empty:
        raise BudgetTooSmall(least(run, fine, budget)[1], budget, "the least that could be shown")
    if needed > budget:  # which may be the sum of what the parts need
        raise BudgetTooSmall(corpus.tokenizer.count(draft.text(kept)), budget)
    labels: list[str] = []
    notes: list[str] = []
    for wish in run.job.wished:
        grown = draft.closed(corpus.located(cells | wish.cells))
        if draft.size(grown, budget) <= budget:
            kept, cells = grown, cells | wish.cells
            labels.append(wish.label)
        else:
            notes.append(f"named in the query, but too large to be kept whole: {wish.label}")
    if labels:
        notes.append(f"named in the query, and therefore kept: {', '.join(labels)}")
    return Choice(kept, budget=budget, granted=cells, notes=tuple(notes))


def united(must: Kept, choice: Choice) -> Choice:
    """The choice with what must be kept."""
    pages = {*must, *choice.kept}
    kept = {page: must.get(page, frozenset()) | choice.kept.get(page, frozenset()) for page in pages}
    return replace(choice, kept=kept)


def least(run: Run, fine: bool, budget: int) -> tuple[Kept, int]:
    """The least that could be shown of one of the best chunks, and its tokens; the first that fits, else the smallest.

    fine: whether that may be a part of it.
    """
    corpus, draft = run.corpus, run.draft
    found: list[tuple[Kept, int]] = []
    for index in run.scores.order[:LAST_RESORTS]:
        own = corpus.unit_range(index)
        units = frozenset(own[:1]) | corpus.head_of(index) if fine else frozenset(own)
        kept = draft.closed({corpus.page_of[index]: units})
        found.append((kept, corpus.tokenizer.count(draft.text(kept))))
        if found[-1][1] <= budget:
            return found[-1]
    return min(found, key=lambda item: item[1], default=({}, budget + 1))
