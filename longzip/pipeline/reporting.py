"""What to tell about a run: the text, its excerpts by file, and the report."""

from __future__ import annotations

from longzip.pipeline.clock import Clock
from longzip.pipeline.omissions import told
from longzip.rendering.outputs.xml import forbidden
from longzip.rendering.pages import spans
from longzip.strategies.corpus import Cell, Corpus
from longzip.strategies.run import Choice, Run
from longzip.types import Chunk, ChunkReport, Compressed, Excerpt, Reason, Report, Span
from longzip.units import ranges


def result(run: Run, choice: Choice, clock: Clock) -> Compressed:
    """The text and what there is to say about it."""
    job, engine, corpus, scores, kept = run.job, run.engine, run.corpus, run.scores, choice.kept
    draft = run.draft.told(choice.telling)
    text = draft.text(kept)
    excerpts = tuple(
        Excerpt(
            corpus.pages[page].source.name,
            draft.section(page, kept[page])[1],
            counted_spans(corpus, page, kept[page]),
        )
        for page in sorted(kept)
    )
    unread = frozenset(scores.unread)
    report = Report(
        asked=choice.budget,
        got=engine.tokenizer.count(text),
        original_tokens=corpus.original,
        model=(engine.reader or engine.model).name,
        tokenizer=engine.tokenizer.name,
        strategy=engine.settings.strategy,
        chunks=tuple(chunk_report(run, choice, index, index not in unread) for index in range(len(corpus.chunks))),
        skipped=(*job.skipped, *corpus.fallbacks),
        stages=clock.stages(),
        notes=(*job.notes, *scores.notes, *choice.notes, *told(corpus.pages, kept), *told_of_xml(run, choice)),
        widened=choice.widened,
        related=scores.related,
    )
    return Compressed(text, excerpts, report)


def told_of_xml(run: Run, choice: Choice) -> list[str]:
    """A note on characters that no XML may hold, where the result is XML and there are any."""
    if run.engine.settings.format != "xml":
        return []
    pages = run.corpus.pages
    count = sum(
        forbidden(pages[page].source.text[pages[page].units[first].start : pages[page].units[last - 1].end])
        for page, units in choice.kept.items()
        for first, last in ranges(units)
    )
    return [f"control characters, which XML forbids, are shown as pictures of them: {count:,}"] if count else []


def counted_spans(corpus: Corpus, page: int, units: frozenset[int]) -> tuple[Span, ...]:
    """The line ranges of the kept units, with the tokens of each."""
    own, text, count = corpus.pages[page].units, corpus.pages[page].source.text, corpus.tokenizer.count
    return tuple(
        Span(own[first].first_line, own[last - 1].last_line, count(text[own[first].start : own[last - 1].end]))
        for first, last in ranges(units)
    )


def chunk_report(run: Run, choice: Choice, index: int, read: bool) -> ChunkReport:
    """What happened to one chunk. read: whether the model read it, where anything was scored."""
    corpus, relevance = run.corpus, run.scores.relevance
    chunk, page, own = corpus.chunks[index], corpus.page_of[index], corpus.unit_range(index)
    inside = choice.kept.get(page, frozenset()).intersection(own)
    value = relevance[index] if relevance and read else None
    shown: tuple[Span, ...] = spans(corpus.pages[page].units, inside) if inside else ()
    return ChunkReport(
        chunk.source.name,
        chunk.label,
        chunk.kind,
        chunk.first_line,
        chunk.last_line,
        corpus.tokens[index],
        value,
        choice.allowances.get(index, 0 if relevance else corpus.tokens[index]),
        shown,
        why(len(inside), len(own), value, is_granted(choice.granted, page, chunk)),
    )


def is_granted(granted: frozenset[Cell], page: int, chunk: Chunk) -> bool:
    return bool(granted) and any((page, unit) in granted for unit in range(chunk.first_unit, chunk.last_unit))


def why(inside: int, own: int, value: float | None, pinned: bool) -> Reason:
    if pinned:
        return "pinned"
    if inside == own:
        return "whole"
    if inside:
        return "part"
    return "not relevant" if value is not None and value <= 0 else "outside the budget"
