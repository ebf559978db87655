"""Compressor: what users hold. Finds the sources and runs the pipeline; what does the work comes from ``loading``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from longzip.errors import BudgetTooSmall, SourceError, UsageError
from longzip.loading import load_format, load_model, load_tokenizer, open_cache, tokens_per_second, tokens_to_score
from longzip.pipeline import compress as pipeline
from longzip.protocols import Format, LanguageModel, Request, Tokenizer
from longzip.rendering.outputs import OUTPUTS, Frame, document
from longzip.scoring.ami import line_surprises
from longzip.scoring.places import dropped, mentioned, pinned
from longzip.selection.spikes import spikes
from longzip.settings import Settings
from longzip.sources.repository import Repository, read
from longzip.storage.cache import Cache
from longzip.storage.cached import counts
from longzip.strategies.run import Engine, Job, Progress, silent
from longzip.types import Budget, Chunk, Compressed, ScoredChunk, Skipped, Source

Sources = str | Path | Source | Repository | Sequence[str | Path | Source]

OPEN_LINES = 25
CLOSERS = ("", "pass\n", "}\n", "}\n}\n", "}\n}\n}\n")


@dataclass(frozen=True, slots=True)
class LineScore:
    """One line of a file. bits: mean bits per token, the log2 of its perplexity; None for blank lines.

    boundary: whether a block begins here. chunk: the label of the function it belongs to.
    """

    line: int
    text: str
    bits: float | None
    boundary: bool
    chunk: str

    @property
    def perplexity(self) -> float | None:
        return None if self.bits is None else float(2**self.bits)


@dataclass(frozen=True, slots=True)
class Segmentation:
    """Every line of a file, in order."""

    lines: tuple[LineScore, ...]


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a compression would read. seconds: rough scoring time on this kind of machine; None where it cannot be
    told."""

    files: int
    chunks: int
    tokens: int
    characters: int
    seconds: float | None
    largest: tuple[tuple[str, int], ...]
    skipped: tuple[Skipped, ...]


class Compressor:
    """Compresses sources for a query. Safe to share between threads."""

    def __init__(
        self,
        model: LanguageModel,
        tokenizer: Tokenizer,
        settings: Settings | None = None,
        form: Format | None = None,
        cache: Cache | None = None,
    ) -> None:
        """model: scores text. tokenizer: counts as the reader of the result does. form: where a text may be cut. cache:
        where these keep what they computed; it is written to at the end of each call."""
        self.model, self.tokenizer, self.cache = model, tokenizer, cache
        self.settings = settings or Settings()
        self.form = form or load_format(self.settings, cache)

    @classmethod
    def load(cls, model: str | None = None, *, settings: Settings | None = None) -> Compressor:
        """A compressor with a model by name: "embedded" (the default), "ngram", a local directory, a hub id, or
        URL#NAME on a server.

        The weights are read when they are first needed. Raises ModelError where the model or tokenizer cannot be had.
        """
        settings = settings or Settings()
        if model is not None:
            settings = replace(settings, model=model)
        cache = open_cache(settings)
        return cls(load_model(settings, cache), load_tokenizer(settings, cache), settings, cache=cache)

    def count(self, text: str) -> int:
        """Tokens of ``text``, as the budget counts them."""
        return self.tokenizer.count(text)

    def compress(
        self, sources: Sources, *, query: str, budget: Budget | None = None, rate: float | None = None, pins: Sequence[str] = (),
        drops: Sequence[str] = (), progress: Progress = silent,
    ) -> Compressed:  # fmt: skip
        """The part of the sources that matters for the query, in at most ``budget`` tokens.

        sources: a path, sources, paths, or a repository that was read before. Give either ``budget``, in tokens, or
        ``rate``, the share of the sources' tokens in (0, 1]. What fits is returned as it is, without a model call.
        The budget "knee" is the smallest of 500, 750, 1125, ... tokens beyond which little more of what is relevant
        would be kept (see ``Settings.knee``); ``report.asked`` says which.
        pins: what is kept whole: "path", "path:symbol" or "path:first-last". Functions that the query names by their
        place (a stack trace, path:line, a diff) are kept as far as the budget allows, unless ``settings.mentions`` is
        off.
        drops: what is never shown: a path, a glob, "path:symbol" or "path:first-last".
        Raises UsageError, SourceError, BudgetTooSmall, ModelError.
        """
        check_query(query)
        check_size(budget, rate)
        found = self.gather(sources)
        job = self.job(found, query, pins, drops)
        with self.caching():
            if budget == "knee":
                return self.noted(pipeline.compress_to_knee(job, self.engine(progress)))
            wanted = budget if budget is not None else self.share(found, job.frame, rate or 1.0)
            result = pipeline.compress(replace(job, budget=wanted), self.engine(progress))
        return self.noted(result)

    def compress_to(
        self, sources: Sources, *, query: str, budgets: Sequence[int], pins: Sequence[str] = (), drops: Sequence[str] = (),
        progress: Progress = silent,
    ) -> tuple[Compressed, ...]:  # fmt: skip
        """``compress`` for each of several budgets, in their order; everything is read and scored once."""
        check_query(query)
        if not budgets:
            raise UsageError("there is no budget; give at least one, in tokens.")
        for budget in budgets:
            check_size(budget, None)
        with self.caching():
            found = pipeline.compress_to(
                self.job(self.gather(sources), query, pins, drops), budgets, self.engine(progress)
            )
        return tuple(map(self.noted, found))

    def job(self, found: Repository, query: str, pins: Sequence[str], drops: Sequence[str]) -> Job:
        kept, left_out = pinned(pins, found.sources, self.form), dropped(drops, found.sources, self.form)
        if kept & left_out:
            name = found.sources[min(kept & left_out)[0]].name
            raise UsageError(f"a part of {name} is to be kept and to be left out; name it once.")
        return Job(
            found.sources, query, 0, Frame(self.settings.instruction, query if self.settings.prompt else ""),
            pinned=kept, excluded=left_out,
            wished=tuple(mentioned(query, found.sources, self.form)) if self.settings.mentions else (),
            skipped=found.skipped,
        )  # fmt: skip

    def complete(
        self,
        *,
        prefix: str,
        budget: int,
        suffix: str = "",
        path: str = "",
        root: Sources | None = None,
        progress: Progress = silent,
    ) -> Compressed:
        """Context for completing code at a cursor: a prompt of at most ``budget`` tokens that ends at the cursor.

        prefix, suffix: the open file before and after the cursor. path: its path, as given or relative to ``root``.
        root: the repository around it. The query is the open function, before and after the cursor. The imports of the
        open file and the open function up to the cursor stay whole; the function is never offered as context to itself.
        """
        check_query(prefix + suffix, "prefix and suffix are empty; give the code before the cursor as prefix.")
        check_size(budget, None)
        repository = self.gather(root) if root is not None else Repository((), ())
        name = own_name(repository, path)
        own = Source(name, prefix + suffix)
        start, stop = open_span(self.form, own, len(prefix))
        tail = prefix[start:]
        if name:
            tail = self.form.header(own) + "\n" + tail
        needed = self.tokenizer.count(tail)
        if needed > budget:
            raise BudgetTooSmall(needed, budget, "the open function up to the cursor")
        others = tuple(source for source in repository.sources if source.name != name)
        page = len(others)
        inside = {i for i, unit in enumerate(self.form.units(own)) if unit.start < stop and unit.end > start}
        job = Job(
            sources=(*others, own),
            query=around(prefix[start:], suffix[: max(0, stop - len(prefix))], self.settings.query_characters),
            budget=budget,
            frame=Frame("", tail),
            pinned=frozenset((page, i) for i in self.form.imports(own) if i not in inside),
            excluded=frozenset((page, i) for i in inside),
            skipped=repository.skipped,
            may_be_empty=True,
        )
        with self.caching():
            found = pipeline.compress(job, self.engine(progress))
        return self.noted(found)

    def rank(self, sources: Sources, *, query: str, progress: Progress = silent) -> tuple[ScoredChunk, ...]:
        """All functions, class heads and module-level runs with the score by which they are chosen, best first."""
        check_query(query)
        with self.caching():
            return tuple(pipeline.rank(self.gather(sources).sources, query, self.engine(progress)))

    def segment(self, source: Source | str | Path) -> Segmentation:
        """Every line of a file with its perplexity, and where blocks begin."""
        (own,) = self.gather(source).sources[:1]
        found: list[LineScore] = []
        chunks = self.form.split(own)
        with self.caching():
            answers = self.model.logprobs([Request("", chunk.text) for chunk in chunks])
        for chunk, answer in zip(chunks, answers, strict=True):
            bits = line_surprises(chunk.text, answer)
            cuts = {0, *spikes(bits, self.settings.alpha)}
            rows = chunk.text.split("\n")[: chunk.last_line - chunk.first_line + 1]
            found += [
                LineScore(chunk.first_line + row, text, bits[row], row in cuts, chunk.label)
                for row, text in enumerate(rows)
            ]
        return Segmentation(tuple(found))

    @contextmanager
    def caching(self) -> Iterator[None]:
        """Writes down what the block computed, however it ends."""
        try:
            yield
        finally:
            if self.cache is not None:
                self.cache.flush()

    def noted(self, result: Compressed) -> Compressed:
        """The result with what there is to say about the cache."""
        if self.cache is None or not self.cache.notes:
            return result
        return replace(result, report=replace(result.report, notes=(*result.report.notes, *self.cache.notes)))

    def engine(self, progress: Progress) -> Engine:
        return Engine(
            self.model, self.tokenizer, self.form, self.settings, progress, tokens_to_score(self.settings), self.cache
        )

    def share(self, found: Repository, frame: Frame, rate: float) -> int:
        """``rate`` of the tokens of the whole text, headers and frame included; at least 1."""
        form, output = self.form, self.settings.format
        headers = len(found.sources) > 1
        sections = [
            OUTPUTS[output].section(
                source, source.text, form.header(source) if headers else None, form.language(source)
            )
            for source in found.sources
        ]
        return max(1, int(rate * self.tokenizer.count(document(sections, frame, output))))

    def gather(self, sources: Sources) -> Repository:
        """The sources behind whatever was given. Raises SourceError where there are none."""
        found = self.collect(sources)
        if not any(source.text for source in found.sources):
            raise SourceError(nothing_found(found))
        return found

    def collect(self, sources: Sources) -> Repository:
        if isinstance(sources, Repository):
            return sources
        if isinstance(sources, Source):
            return Repository((sources,), ())
        if isinstance(sources, str | Path):
            return read([Path(sources)], self.settings, self.cache)
        texts = [item for item in sources if isinstance(item, Source)]
        paths = [Path(item) for item in sources if not isinstance(item, Source)]
        from_disk = read(paths, self.settings, self.cache) if paths else Repository((), ())
        return Repository((*texts, *from_disk.sources), from_disk.skipped)


def dry_run(repository: Repository, settings: Settings | None = None) -> Estimate:
    """What a compression of the repository would read; loads a tokenizer and no model."""
    settings = settings or Settings()
    cache = open_cache(settings)
    tokenizer, form = load_tokenizer(settings, cache), load_format(settings, cache)
    found = counts(tokenizer, [source.text for source in repository.sources])
    sizes = list(zip((source.name for source in repository.sources), found, strict=True))
    tokens, most = sum(found), tokens_to_score(settings)
    speed = tokens_per_second(settings)
    estimate = Estimate(
        files=len(sizes),
        chunks=sum(len(form.split(source)) for source in repository.sources),
        tokens=tokens,
        characters=sum(len(source.text) for source in repository.sources),
        seconds=None if speed is None else round(min(tokens, most or tokens) / speed, 1),
        largest=tuple(sorted(sizes, key=lambda item: (-item[1], item[0]))[:10]),
        skipped=repository.skipped,
    )
    if cache is not None:
        cache.close()
    return estimate


# ------------------------------------------------------------------------------------------------------------- checks


def check_query(
    query: str, message: str = "the query is empty; say in words or code what you are looking for."
) -> None:
    if not query.strip():
        raise UsageError(message)


def check_size(budget: Budget | None, rate: float | None) -> None:
    if (budget is None) == (rate is None):
        raise UsageError("give either a budget in tokens or a rate, not both and not neither.")
    if budget is not None and budget != "knee" and (isinstance(budget, str) or budget <= 0):
        raise UsageError(f'the budget is {budget!r}; it must be a number of tokens, at least 1, or "knee".')
    if rate is not None and not 0 < rate <= 1:
        raise UsageError(f"the rate is {rate}; it must be above 0 and at most 1.")


def nothing_found(found: Repository) -> str:
    if not found.skipped:
        return "there is nothing to compress: no files, or only empty ones; check the path and the include globs."
    reasons = "; ".join(f"{item.path}: {item.reason}" for item in found.skipped[:3])
    return f"there is nothing to compress: all {len(found.skipped):,} files were skipped ({reasons})."


# ------------------------------------------------------------------------------------------------------------- cursor


def own_name(repository: Repository, path: str) -> str:
    """The open file's name among the repository's sources; ``path`` where it is not one of them."""
    wanted = Path(path).as_posix() if path else ""
    names = [source.name for source in repository.sources]
    if wanted in names or not wanted:
        return wanted
    ends = [name for name in names if wanted.endswith("/" + name) or name.endswith("/" + wanted)]
    return min(ends, key=len) if ends else wanted


def open_span(form: Format, own: Source, cursor: int) -> tuple[int, int]:
    """Offsets of the function around the cursor; of the lines before the cursor where there is none.

    Unfinished code may not parse, so that the function is looked for with the text closed in a few ways, too.
    """
    for closer in CLOSERS:
        tried = replace(own, text=own.text[:cursor] + closer + own.text[cursor:]) if closer else own
        chunk = chunk_at(form.split(tried), cursor)
        if chunk is not None and chunk.kind == "function":
            return chunk.start, max(cursor, chunk.end - len(closer))
    lines = own.text[:cursor].split("\n")[-OPEN_LINES:]
    return cursor - len("\n".join(lines)), cursor


def chunk_at(chunks: Sequence[Chunk], cursor: int) -> Chunk | None:
    """The chunk that holds the cursor; the one before it where the cursor stands between two."""
    return next((chunk for chunk in chunks if chunk.start < cursor <= chunk.end), None)


def around(prefix: str, suffix: str, limit: int) -> str:
    """The code around the cursor, at least three quarters of the limit before it, the rest after it."""
    after = suffix[: limit // 4]
    query = prefix[-(limit - len(after)) :] + after
    return query if query.strip() else prefix + suffix
