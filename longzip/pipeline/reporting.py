"""What to tell about a run: the text, its excerpts by file, and the report."""

from __future__ import annotations

from longzip.pipeline.clock import Clock
from longzip.pipeline.omissions import told
from longzip.rendering.draft import Kept
from longzip.rendering.pages import spans
from longzip.strategies.run import Work, unit_range
from longzip.types import Chunk, ChunkReport, Compressed, Excerpt, Reason, Report, Span
from longzip.units import ranges


def result(work: Work, kept: Kept, clock: Clock) -> Compressed:
    """The text and what there is to say about it."""
    text = work.draft.text(kept)
    excerpts = tuple(
        Excerpt(
            work.job.sources[page].name, work.draft.section(page, kept[page])[1], counted_spans(work, page, kept[page])
        )
        for page in sorted(kept)
    )
    unread = frozenset(work.unread)
    report = Report(
        asked=work.job.budget,
        got=work.engine.tokenizer.count(text),
        original_tokens=work.original,
        model=work.engine.model.name,
        tokenizer=work.engine.tokenizer.name,
        strategy=work.engine.settings.strategy,
        chunks=tuple(chunk_report(work, index, kept, unread) for index in range(len(work.chunks))),
        skipped=(*work.job.skipped, *work.fallbacks),
        stages=clock.stages(),
        notes=(*work.notes, *told(work, kept)),
        widened=work.widened,
        related=work.related,
    )
    return Compressed(text, excerpts, report)


def counted_spans(work: Work, page: int, units: frozenset[int]) -> tuple[Span, ...]:
    """The line ranges of the kept units, with the tokens of each."""
    own = work.draft.pages[page].units
    text, count = work.job.sources[page].text, work.engine.tokenizer.count
    return tuple(
        Span(own[first].first_line, own[last - 1].last_line, count(text[own[first].start : own[last - 1].end]))
        for first, last in ranges(units)
    )  # fmt: skip


def chunk_report(work: Work, index: int, kept: Kept, unread: frozenset[int]) -> ChunkReport:
    chunk, own = work.chunks[index], unit_range(work, index)
    page = work.pages[index]
    shown_units = kept.get(page, frozenset())
    inside = shown_units.intersection(own)
    value = work.scores[index] if work.scores and index not in unread else None
    reason = why(len(inside), len(own), value, is_granted(work, page, chunk))
    shown: tuple[Span, ...] = spans(work.draft.pages[page].units, inside) if inside else ()
    return ChunkReport(
        chunk.source.name,
        chunk.label,
        chunk.kind,
        chunk.first_line,
        chunk.last_line,
        work.tokens[index],
        value,
        work.allowances.get(index, work.tokens[index] if not work.scores else 0),
        shown,
        reason,
    )


def is_granted(work: Work, page: int, chunk: Chunk) -> bool:
    return bool(work.granted) and any((page, unit) in work.granted for unit in range(chunk.first_unit, chunk.last_unit))


def why(inside: int, own: int, value: float | None, pinned: bool) -> Reason:
    if pinned:
        return "pinned"
    if inside == own:
        return "whole"
    if inside:
        return "part"
    return "not relevant" if value is not None and value <= 0 else "outside the budget"
