"""Sources -> a corpus: chunks and units, their tokens counted; and the draft that makes a text of them again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from longzip.pipeline.omissions import reduced
from longzip.rendering.draft import Draft
from longzip.rendering.pages import Named, Page, Style, shown
from longzip.storage.cached import counts
from longzip.strategies.corpus import Corpus
from longzip.strategies.run import Engine, Job
from longzip.types import Chunk, Skipped
from longzip.units import lines


def split(job: Job, engine: Engine, structured: bool) -> Corpus:
    """The corpus of a job's sources; what is excluded is in no chunk of it. structured: see ``Corpus``."""
    form = engine.form
    form.facts.prepare(job.sources, lambda done, total: engine.progress("split", done, total))
    chunks = [(index, chunk) for index, source in enumerate(job.sources) for chunk in form.split(source)]
    own: dict[int, list[Chunk]] = defaultdict(list)
    for index, chunk in chunks:
        own[index].append(chunk)
    pages = pages_of(job, engine, own) if structured else [Page(source, lines(source)) for source in job.sources]
    fallbacks = [(source.name, form.facts.fallback(source)) for source in job.sources]
    offered = [
        (index, chunk)
        for index, chunk in chunks
        if job.excluded.isdisjoint((index, unit) for unit in range(chunk.first_unit, chunk.last_unit))
    ]
    page_of = tuple(index for index, _ in offered)
    found = tuple(chunk for _, chunk in offered)
    engine.progress("count tokens", 0, len(found))
    whole = counts(engine.tokenizer, [chunk.text for chunk in found])
    return Corpus(
        form=form,
        tokenizer=engine.tokenizer,
        structured=structured,
        pages=tuple(pages),
        chunks=found,
        page_of=page_of,
        tokens=shown_tokens(engine, [pages[index] for index in page_of], found, whole),
        original=sum(whole),
        fallbacks=tuple(Skipped(name, f"read as lines: {why}") for name, why in fallbacks if why),
    )


def pages_of(job: Job, engine: Engine, chunks: dict[int, list[Chunk]]) -> list[Page]:
    """A page for each source, less what the settings ask to be left out."""
    quiet: dict[int, set[int]] = defaultdict(set)
    for index, unit in job.quiet:
        quiet[index].add(unit)
    return [
        reduced(
            Page(
                source,
                engine.form.units(source),
                named(chunks[index]),
                quiet=frozenset(quiet[index]),
                imports=frozenset(engine.form.facts.imports(source)),
            ),
            engine.settings,
            engine.form,
        )
        for index, source in enumerate(job.sources)
    ]


def named(chunks: Sequence[Chunk]) -> list[Named]:
    """The functions and classes among a source's chunks; of what is a function in name only (a rule, an element), no
    call."""
    return [
        Named(
            (chunk.first_unit, chunk.last_unit),
            chunk.label,
            chunk.parent,
            chunk.kind == "function" and f"{chunk.names[-1]}(" in chunk.text,
        )
        for chunk in chunks
        if chunk.kind in ("function", "class")
    ]


def shown_tokens(
    engine: Engine, pages: Sequence[Page], chunks: Sequence[Chunk], whole: Sequence[int]
) -> tuple[int, ...]:
    """The tokens of each chunk, less what is left out on request. pages, whole: the page of each, and its tokens."""
    reduced_ones = [index for index, page in enumerate(pages) if page.omissions]
    texts = [shown(pages[index], (chunks[index].first_unit, chunks[index].last_unit)) for index in reduced_ones]
    less = dict(zip(reduced_ones, counts(engine.tokenizer, texts), strict=True))
    return tuple(less.get(index, tokens) for index, tokens in enumerate(whole))


def drafted(corpus: Corpus, job: Job, engine: Engine) -> Draft:
    """How the corpus becomes a text, all but what is excluded."""
    settings = engine.settings
    return Draft(
        corpus.pages,
        corpus.form,
        corpus.tokenizer,
        settings.format,
        job.frame,
        corpus.structured,
        len(corpus.pages) > 1,
        Style(settings.marker, settings.marker_names, settings.line_numbers),
        corpus.located(job.excluded),
    )
