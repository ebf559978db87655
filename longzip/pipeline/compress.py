"""compress(): the stages in order.

    split -> score -> choose coarsely -> segment -> value the blocks -> choose finely -> fit the real text

Works on sources, a model, a tokenizer and a format that are handed in; knows none of them by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from longzip.errors import BudgetTooSmall
from longzip.pipeline import knee
from longzip.pipeline.clock import Clock, counted
from longzip.pipeline.repair import proven
from longzip.pipeline.reporting import result
from longzip.pipeline.shortlist import shortlist
from longzip.pipeline.stages import begin, cut, score, select, whole
from longzip.rendering.draft import Kept
from longzip.strategies.run import Engine, Job, Work, for_budget
from longzip.types import Compressed, ScoredChunk, Source


def compress(job: Job, engine: Engine) -> Compressed:
    """The job's sources, shortened to its budget. Raises BudgetTooSmall where what is pinned, or anything, cannot
    fit."""
    (found,) = compress_to(job, [job.budget], engine)
    return found


def compress_to(job: Job, budgets: Sequence[int], engine: Engine) -> list[Compressed]:
    """The job's sources, shortened to each of the budgets; read and scored once."""
    run = Run(engine)
    work = run.begin(job)
    wholes = {budget: whole(for_budget(work, budget)) for budget in budgets}
    if not all(wholes.values()):
        run.score(work)
    return [run.selected(for_budget(work, budget), wholes[budget])[0] for budget in budgets]


def compress_to_knee(job: Job, engine: Engine) -> Compressed:
    """The job's sources, shortened to the smallest of a row of budgets of which the next, half as large again, would
    keep at most ``settings.knee`` more of the relevance. Raises BudgetTooSmall where what is pinned does not fit
    any."""
    run = Run(engine)
    work = run.begin(job)
    sizes = list(knee.budgets(work))
    everything = whole(for_budget(work, sizes[-1]))
    if everything and len(sizes) == 1:
        return run.selected(for_budget(work, sizes[0]), everything)[0]
    run.score(work)
    values = knee.relevances(work)
    found: list[tuple[Compressed, float]] = []
    for size in sizes:
        own = for_budget(work, size)
        try:
            result, kept = run.selected(own, everything if size == sizes[-1] else None)
        except BudgetTooSmall:
            if size == sizes[-1]:
                raise
            continue
        found.append((result, knee.kept_relevance(own, kept, values)))
        if len(found) > 1 and found[-1][1] <= (1 + engine.settings.knee) * found[-2][1]:
            break
    if len(found) < 2:
        return found[0][0]
    (result, kept_value), (larger, more) = found[-2:]
    growth = more / kept_value - 1 if kept_value else 0.0
    if growth > engine.settings.knee:
        return larger
    note = (
        f"knee: with {larger.report.asked:,} tokens instead of {result.report.asked:,}, "
        f"{max(0.0, growth):.0%} more of the relevance would be kept"
    )
    return replace(result, report=replace(result.report, notes=(*result.report.notes, note)))


class Run:
    """The stages of one run, timed."""

    def __init__(self, engine: Engine) -> None:
        self.clock = Clock()
        model, self.counting = counted(engine.model, lambda: engine.progress("load model", 0, 0))
        self.engine = replace(engine, model=model)

    def begin(self, job: Job) -> Work:
        with self.clock.stage("split", self.counting):
            return begin(job, self.engine)

    def score(self, work: Work) -> None:
        with self.clock.stage("prefilter", self.counting):
            read = shortlist(work)
        with self.clock.stage("score", self.counting):
            score(work, read)
        characters = sum(len(work.chunks[index].text) for index in (range(len(work.chunks)) if read is None else read))
        work.seconds_per_character = self.clock.stages()[-1].seconds / max(1, characters)

    def selected(self, work: Work, kept: Kept | None) -> tuple[Compressed, Kept]:
        """The result for the work's budget, given its scores, or everything, where that fits; and what it keeps."""
        clock = self.clock.copy()
        if kept is None:
            with clock.stage("segment", self.counting):
                cut(work)
            with clock.stage("select", self.counting):
                kept = proven(work, select(work))
        return result(work, kept, clock), kept


def rank(sources: Sequence[Source], query: str, engine: Engine) -> list[ScoredChunk]:
    """All chunks with the scores by which they would be chosen, best first."""
    work = begin(Job(tuple(sources), query, 0), engine)
    score(work, shortlist(work))
    return [ScoredChunk(work.chunks[index], work.preferences[index], work.tokens[index]) for index in work.order]
