"""Why a result is what it is: of each chunk what every signal said, how it is shown, and what would have come next.

A compression that keeps what was found out on the way. Knows a run and a choice; not how they are told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Literal

from longzip.pipeline import knee
from longzip.pipeline.compress import Timed
from longzip.pipeline.stages import whole
from longzip.strategies.run import Choice, Engine, Job, Run
from longzip.types import ChunkKind, Compressed, Reason, Span

Rung = Literal["whole", "part", "signature", "omitted"]
CURVE_POINTS = 120


@dataclass(frozen=True, slots=True)
class ExplainedChunk:
    """One chunk. place: in the order of choice, from 1; 0 where it is not chosen for itself (the head of a class).

    tokens, shown_tokens: of its text, and of what is shown of it. relevance: what the scorer said, in its own unit.
    score: with all signals, by which chunks are chosen. signals: by name, in standard deviations of the relevance.
    Where everything fits, nothing is scored, and these are None and {}.
    rung: how it is shown. reason: see ``ChunkReport``. runner_up: of what is shown, the best that is not; of what is
    not, the last that was taken before it: "path:line (name)", or "" where there is none.
    """

    path: str
    name: str
    kind: ChunkKind
    start_line: int
    end_line: int
    tokens: int
    shown_tokens: int
    place: int
    relevance: float | None
    score: float | None
    signals: Mapping[str, float]
    rung: Rung
    reason: Reason
    runner_up: str = ""

    @property
    def at(self) -> str:
        return f"{self.path}:{self.start_line} ({self.name})"


@dataclass(frozen=True, slots=True)
class ExplainedFile:
    """One file. text: all of it. spans: the lines that are shown. best: the highest score of its chunks."""

    path: str
    text: str = field(repr=False)
    tokens: int
    shown_tokens: int
    spans: tuple[Span, ...]
    best: float | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """A result and how it came about. chunks: the best first. files: in their order.

    curve: (tokens, share of the relevance that stands out), rising, were chunks taken whole in their order.
    """

    query: str
    result: Compressed
    chunks: tuple[ExplainedChunk, ...]
    files: tuple[ExplainedFile, ...]
    curve: tuple[tuple[int, float], ...] = ()

    def as_dict(self) -> Mapping[str, object]:
        """Plain values, ready for JSON; the files without their text."""
        report = self.result.report
        return {
            "query": self.query,
            "budget": report.asked,
            "tokens": report.got,
            "original_tokens": report.original_tokens,
            "notes": list(report.notes),
            "chunks": [asdict(chunk) for chunk in self.chunks],
            "files": [{**asdict(file), "text": None} for file in self.files],
            "curve": [list(point) for point in self.curve],
        }


def explain(job: Job, budget: int, engine: Engine) -> Explanation:
    """``compress``, and why. Raises BudgetTooSmall."""
    timed = Timed(engine)
    run = timed.begun(job)
    everything = whole(run, budget)
    if everything is None:
        run = timed.scored(run)
    result, choice = timed.selected(run, budget, everything)
    chunks = explained(run, choice, result)
    return Explanation(job.query, result, chunks, files(run, choice, result, chunks), curve(run))


def explained(run: Run, choice: Choice, result: Compressed) -> tuple[ExplainedChunk, ...]:
    """The chunks in the order of choice, then those that are not chosen for themselves."""
    corpus, scores = run.corpus, run.scores
    order = list(scores.order) or list(range(len(corpus.chunks)))
    places = {index: place for place, index in enumerate(scores.order, 1)}
    chosen = set(order)
    listed = [*order, *(index for index in range(len(corpus.chunks)) if index not in chosen)]
    shown = [index for index in order if inside(run, choice, index)]
    hidden = [index for index in order if not inside(run, choice, index)]
    found = []
    for index in listed:
        chunk, report, own = corpus.chunks[index], result.report.chunks[index], inside(run, choice, index)
        other = next(iter(hidden), None) if own else last_before(shown, places, index)
        found.append(
            ExplainedChunk(
                path=chunk.source.name,
                name=chunk.label,
                kind=chunk.kind,
                start_line=chunk.first_line,
                end_line=chunk.last_line,
                tokens=corpus.tokens[index],
                shown_tokens=min(corpus.tokens[index], corpus.tokens_of(index, sorted(own))),
                place=places.get(index, 0),
                relevance=report.relevance,
                score=scores.preferences[index] if scores.preferences else None,
                signals={name: values[index] for name, values in scores.signals.items()},
                rung=rung(run, own, index),
                reason=report.reason,
                runner_up=at(run, other) if other is not None else "",
            )
        )
    return tuple(found)


def inside(run: Run, choice: Choice, index: int) -> frozenset[int]:
    """The units of a chunk that are shown."""
    kept = choice.kept.get(run.corpus.page_of[index], frozenset())
    return kept.intersection(run.corpus.unit_range(index))


def last_before(shown: Sequence[int], places: Mapping[int, int], index: int) -> int | None:
    """The last in the order of choice that is shown."""
    return max(shown, key=lambda one: places.get(one, 0), default=None) if index in places else None


def rung(run: Run, own: frozenset[int], index: int) -> Rung:
    if not own:
        return "omitted"
    if len(own) == len(run.corpus.unit_range(index)):
        return "whole"
    return "signature" if own <= run.corpus.head_of(index) else "part"


def at(run: Run, index: int) -> str:
    chunk = run.corpus.chunks[index]
    return f"{chunk.source.name}:{chunk.first_line} ({chunk.label})"


def files(run: Run, choice: Choice, result: Compressed, chunks: Sequence[ExplainedChunk]) -> tuple[ExplainedFile, ...]:
    excerpts = {excerpt.path: excerpt for excerpt in result.sources}
    tokens: dict[str, int] = {}
    best: dict[str, float] = {}
    for chunk in chunks:
        tokens[chunk.path] = tokens.get(chunk.path, 0) + chunk.tokens
        if chunk.score is not None:
            best[chunk.path] = max(best.get(chunk.path, chunk.score), chunk.score)
    return tuple(
        ExplainedFile(
            page.source.name,
            page.source.text,
            tokens.get(page.source.name, 0),
            excerpts[page.source.name].tokens if page.source.name in excerpts else 0,
            excerpts[page.source.name].spans if page.source.name in excerpts else (),
            best.get(page.source.name),
        )
        for page in run.corpus.pages
    )


def curve(run: Run) -> tuple[tuple[int, float], ...]:
    """See ``Explanation.curve``; () where nothing was scored or nothing stands out."""
    if not run.scores.preferences:
        return ()
    values = knee.relevances(run.scores)
    whole_value = sum(values[index] for index in run.scores.order)
    if not whole_value:
        return ()
    points, tokens, value = [(0, 0.0)], 0, 0.0
    for index in run.scores.order:
        tokens, value = tokens + run.corpus.tokens[index], value + values[index]
        points.append((tokens, value / whole_value))
    step = max(1, len(points) // CURVE_POINTS)
    return (*points[::step], *([points[-1]] if (len(points) - 1) % step else []))
