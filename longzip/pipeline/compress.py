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
from longzip.pipeline.copies import standing_back, told
from longzip.pipeline.repair import proven
from longzip.pipeline.reporting import result
from longzip.pipeline.second_reading import read_again
from longzip.pipeline.shortlist import shortlist
from longzip.pipeline.stages import begin, score, select, whole
from longzip.scoring.locations import spaced
from longzip.strategies.dividing import divided
from longzip.strategies.ranking import signals_of, weights_of
from longzip.strategies.run import Choice, Engine, Job, Run
from longzip.types import Compressed, ScoredChunk, Source


def compress(job: Job, budget: int, engine: Engine) -> Compressed:
    """The job's sources, shortened to a budget. Raises BudgetTooSmall where what is pinned, or anything, cannot fit."""
    (found,) = compress_to(job, [budget], engine)
    return found


def compress_to(job: Job, budgets: Sequence[int], engine: Engine) -> list[Compressed]:
    """The job's sources, shortened to each of the budgets; read and scored once."""
    timed = Timed(engine)
    run = timed.begun(job)
    wholes = [whole(run, budget) for budget in budgets]
    if None in wholes:
        run = timed.scored(run)
    choices = zip(budgets, wholes, strict=True)
    return [timed.selected(run, budget, everything)[0] for budget, everything in choices]


def compress_to_knee(job: Job, engine: Engine) -> Compressed:
    """The job's sources, shortened to the smallest of a row of budgets of which the next, half as large again, would
    keep at most ``settings.knee`` more of the relevance. Raises BudgetTooSmall where what is pinned does not fit
    any."""
    timed = Timed(engine)
    run = timed.begun(job)
    sizes = list(knee.budgets(run.corpus))
    everything = whole(run, sizes[-1])
    if everything and len(sizes) == 1:
        return timed.selected(run, sizes[0], everything)[0]
    run = timed.scored(run)
    values = knee.relevances(run.scores)
    found: list[tuple[Compressed, float]] = []
    for size in sizes:
        try:
            result, choice = timed.selected(run, size, everything if size == sizes[-1] else None)
        except BudgetTooSmall:
            if size == sizes[-1]:
                raise
            continue
        found.append((result, knee.kept_relevance(run.corpus, choice.kept, values)))
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


class Timed:
    """The stages of one run, timed."""

    def __init__(self, engine: Engine) -> None:
        self.clock = Clock()
        model, self.counting = counted(engine.model, lambda: engine.progress("load model", 0, 0))
        reader, self.reading = (
            counted(engine.reader, lambda: engine.progress("load model", 0, 0))
            if engine.reader
            else (None, self.counting)
        )
        self.engine = replace(engine, model=model, reader=reader)

    def begun(self, job: Job) -> Run:
        with self.clock.stage("split", self.counting):
            return begin(job, self.engine)

    def scored(self, run: Run) -> Run:
        """The run with its scores."""
        with self.clock.stage("prefilter", self.counting):
            signals = signals_of(run)
            listed = shortlist(run, signals)
        with self.clock.stage("score", self.counting):
            scores = score(run, signals, listed)
        chunks = run.corpus.chunks
        characters = sum(len(chunks[index].text) for index in (listed.read if listed else range(len(chunks))))
        seconds = self.clock.stages()[-1].seconds / max(1, characters)
        run = replace(run, scores=replace(scores, seconds_per_character=seconds))
        if self.engine.reader is None:
            return run
        with self.clock.stage("read again", self.reading):
            return read_again(run)

    def selected(self, run: Run, budget: int, everything: Choice | None) -> tuple[Compressed, Choice]:
        """The result for a budget, given the scores, or ``everything``, where that fits; and what was chosen."""
        clock, choice = self.clock.copy(), everything
        if choice is not None and run.job.excluded:
            choice = proven(run, choice)
        if choice is None:
            with clock.stage("segment", self.counting):
                run, copies = standing_back(run)
                division = divided(run, budget)
            with clock.stage("select", self.counting):
                chooser = run.approach.prepare(run, division, budget)
                choice = proven(run, select(run, chooser, budget))
            alike = told(run.corpus, choice.kept, copies)
            choice = replace(choice, notes=(*division.notes, *choice.notes, *alike))
        return result(run, choice, clock), choice


def rank(sources: Sequence[Source], query: str, engine: Engine) -> list[ScoredChunk]:
    """All chunks with the scores by which they would be chosen, best first; further chunks of a file stand back, as far
    as the weights say."""
    timed = Timed(engine)
    run = timed.scored(timed.begun(Job(tuple(sources), query)))
    scores, corpus = run.scores, run.corpus
    own = [scores.preferences[index] for index in scores.order]
    found = spaced(own, [corpus.page_of[index] for index in scores.order], weights_of(run).kept)
    listed = sorted(zip(scores.order, found, strict=True), key=lambda item: -item[1])
    return [ScoredChunk(corpus.chunks[index], value, corpus.tokens[index]) for index, value in listed]
