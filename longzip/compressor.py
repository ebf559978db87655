"""Compressor: what users hold. Finds the sources and runs the pipeline; what does the work comes from ``loading``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import perf_counter

from longzip.errors import UsageError
from longzip.loading import (
    load_evidence,
    load_format,
    load_model,
    load_tokenizer,
    open_cache,
    reader,
    tokens_per_second,
    tokens_to_score,
    told_language,
)
from longzip.pipeline import compress as pipeline
from longzip.pipeline import inspection
from longzip.pipeline.checks import check_query, check_size
from longzip.pipeline.cursor import own_name
from longzip.pipeline.explaining import Explanation, explain
from longzip.pipeline.inspection import Estimate, Segmentation
from longzip.pools.threads import in_thread
from longzip.protocols import Evidence, Format, LanguageModel, Tokenizer
from longzip.rendering.outputs import OUTPUTS, Frame, document
from longzip.resident.completing import Cursor, complete
from longzip.resident.index import Counter, Index, Workshop
from longzip.resident.keeping import NOTHING, Residents
from longzip.scoring.cuts import settled
from longzip.scoring.mentions import mentioned, unclear
from longzip.scoring.places import dropped, pinned
from longzip.settings import Settings
from longzip.sources.gather import Sources, accounted, gather, with_text
from longzip.sources.repository import Repository
from longzip.sources.secrets import QUESTION, guarded_text
from longzip.storage.cache import Cache
from longzip.storage.cached import counts
from longzip.strategies.run import Engine, Job, Progress, silent
from longzip.types import Budget, Compressed, Masked, Question, ScoredChunk, Source

CASCADING = ("default", "shares")  # strategies in which a large model reads the best only


class Compressor:
    """Compresses sources for a query. Safe to share between threads. Calls that read have awaitable twins, which begin
    with an "a"."""

    def __init__(
        self,
        model: LanguageModel,
        tokenizer: Tokenizer,
        settings: Settings | None = None,
        form: Format | None = None,
        cache: Cache | None = None,
        evidence: Evidence | None = None,
    ) -> None:
        """model: scores text. tokenizer: counts as the reader of the result does. form: where a text may be cut. cache:
        where these keep what they computed; it is written to at the end of each call. evidence: what counts beside the
        model's word where code is ranked."""
        self._model, self._tokenizer, self._cache, self._evidence = model, tokenizer, cache, evidence
        self._settings = settings or Settings()
        self._form = form or load_format(self._settings, cache)
        self._residents, self._counter = Residents(), Counter(tokenizer)

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
        return cls(
            load_model(settings, cache),
            load_tokenizer(settings, cache),
            settings,
            cache=cache,
            evidence=load_evidence(settings, cache),
        )

    @property
    def model(self) -> LanguageModel:
        """What scores text."""
        return self._model

    @property
    def tokenizer(self) -> Tokenizer:
        """What counts as the reader of the result does."""
        return self._tokenizer

    @property
    def evidence(self) -> Evidence | None:
        """What counts beside the model's word; None: its word alone."""
        return self._evidence

    @property
    def form(self) -> Format:
        """Where a text may be cut."""
        return self._form

    @property
    def settings(self) -> Settings:
        return self._settings

    def with_settings(self, settings: Settings) -> Compressor:
        """One with the same model, tokenizer and format, and other settings."""
        other = Compressor(self._model, self._tokenizer, settings, self._form, self._cache, self._evidence)
        other._residents, other._counter = self._residents, self._counter
        return other

    def count(self, text: str) -> int:
        """Tokens of ``text``, as the budget counts them."""
        return self._tokenizer.count(text)

    def compress(
        self, sources: Sources, *, query: str, budget: Budget | None = None, rate: float | None = None,
        pins: Sequence[str] = (),
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
        found, query = self._read(sources, query, question_of(query, [budget], pins, drops))
        job = self._job(found, query, pins, drops)
        with self._caching():
            if budget == "knee":
                return self._noted(pipeline.compress_to_knee(job, self._engine(progress)), found)
            if budget is None:
                budget = self._share(found, job.frame, rate or 1.0)
            result = pipeline.compress(job, budget, self._engine(progress))
        return self._noted(result, found)

    def compress_to(
        self, sources: Sources, *, query: str, budgets: Sequence[int], pins: Sequence[str] = (),
        drops: Sequence[str] = (),
        progress: Progress = silent,
    ) -> tuple[Compressed, ...]:  # fmt: skip
        """``compress`` for each of several budgets, in their order; everything is read and scored once."""
        check_query(query)
        if not budgets:
            raise UsageError("there is no budget; give at least one, in tokens.")
        for budget in budgets:
            check_size(budget, None)
        with self._caching():
            repository, query = self._read(sources, query, question_of(query, budgets, pins, drops))
            found = pipeline.compress_to(self._job(repository, query, pins, drops), budgets, self._engine(progress))
        return tuple(self._noted(result, repository) for result in found)

    def _job(self, found: Repository, query: str, pins: Sequence[str], drops: Sequence[str]) -> Job:
        kept, asked = pinned(pins, found.sources, self._form), dropped(drops, found.sources, self._form)
        left_out, said = settled(asked, found.sources, self._form)
        if kept & left_out:
            name = found.sources[min(kept & left_out)[0]].name
            raise UsageError(f"a part of {name} is to be kept and to be left out; name it once.")
        return Job(
            found.sources, query,
            Frame(self._settings.instruction, f"{query.rstrip()}\n" if self._settings.prompt else ""),
            pinned=kept, excluded=left_out,
            wished=tuple(mentioned(query, found.sources, self._form)) if self._settings.mentions else (),
            skipped=found.skipped,
            notes=(*said, *(unclear(query, found.sources) if self._settings.mentions else ())),
        )  # fmt: skip

    def complete(
        self,
        *,
        prefix: str,
        budget: int,
        suffix: str = "",
        path: str = "",
        root: Sources | None = None,
        recent: Sequence[str] = (),
        relevant_last: bool = False,
        deadline_ms: float | None = None,
        progress: Progress = silent,
    ) -> Compressed:
        """Context for completing code at a cursor: a prompt of at most ``budget`` tokens that ends at the cursor.

        prefix, suffix: the open file before and after the cursor. path: its path, as given or relative to ``root``.
        root: the repository around it. recent: code that was edited lately, elsewhere too. relevant_last: the files in
        the order of what speaks for them, the best next to the cursor, and not in that of their names.
        deadline_ms: return after about so many milliseconds with what there is by then; what a folder asked about for
        the first time holds is read meanwhile, for the next call.

        What is asked is the code around the cursor (20 lines), the open function, what the file imports, and
        ``recent``. The imports of the open file and the open function up to the cursor stay whole; the function is
        never offered as context to itself. First come the signatures of what the file imports, then what is related, no
        more of it than is relevant. What is known of the folder stays in memory, and only what changed is read again.
        Lines of the open file are numbered as it was saved. Raises UsageError, SourceError, BudgetTooSmall.
        """
        check_query(prefix + suffix, "prefix and suffix are empty; give the code before the cursor as prefix.")
        check_size(budget, None)
        deadline = None if deadline_ms is None else perf_counter() + deadline_ms / 1000
        secrets = self._settings.secrets
        if secrets == "fail":
            guarded_text(prefix + suffix, secrets, path)
        masked: list[Masked] = []

        def guard(text: str) -> str:
            safe, places = guarded_text(text, secrets, path)
            masked.extend(places)
            return safe

        encoder = self._evidence.encoder if self._evidence is not None else None
        workshop = Workshop(self._form, self._tokenizer, self._counter, self._settings, encoder, self._cache)
        sources: Sources = root if root is not None else ()
        resident = self._residents.of(sources, workshop)
        read = self._gather if root is not None else lambda _sources: NOTHING
        tick = partial(progress, "read")
        with self._caching():
            ready = deadline is None or resident.within(deadline, sources, read, tick)
            if deadline is None:
                resident.refresh(sources, read, tick)
            with resident.lock if ready else nullcontext():
                found, index = (resident.found, resident.index) if ready else (NOTHING, Index(workshop))
                name = own_name(found.sources, path)
                cursor = Cursor(prefix, suffix, name, budget, tuple(recent), relevant_last, deadline, guard)
                result = complete(cursor, index, found.skipped)
        return self._noted(result, replace(found, masked=(*masked, *found.masked)))

    def explain(
        self, sources: Sources, *, query: str, budget: int | None = None, rate: float | None = None,
        pins: Sequence[str] = (), drops: Sequence[str] = (), progress: Progress = silent,
    ) -> Explanation:  # fmt: skip
        """``compress``, and why: what every signal said of each chunk, how it is shown, what would have come next.

        Raises UsageError, SourceError, BudgetTooSmall, ModelError.
        """
        check_query(query)
        check_size(budget, rate)
        found, query = self._read(sources, query, question_of(query, [budget], pins, drops))
        job = self._job(found, query, pins, drops)
        with self._caching():
            size = budget if budget is not None else self._share(found, job.frame, rate or 1.0)
            explanation = explain(job, size, self._engine(progress))
        return replace(explanation, result=self._noted(explanation.result, found))

    def rank(self, sources: Sources, *, query: str, progress: Progress = silent) -> tuple[ScoredChunk, ...]:
        """All functions, class heads and module-level runs with the score by which they are chosen, best first; of a
        large folder those of the files that promise most, see ``Settings.read``."""
        check_query(query)
        with self._caching():
            found, query = self._read(sources, query, Question(query))
            return tuple(pipeline.rank(found.sources, query, self._engine(progress)))

    def segment(self, source: Source | str | Path) -> Segmentation:
        """Every line of a file with its perplexity, and where blocks begin."""
        (own,) = self._gather(source).sources[:1]
        with self._caching():
            return inspection.segment(own, replace(self._engine(silent), model=self._model))

    acompress = in_thread(compress)
    acompress_to = in_thread(compress_to)
    acomplete = in_thread(complete)
    aexplain = in_thread(explain)
    arank = in_thread(rank)
    asegment = in_thread(segment)

    @contextmanager
    def _caching(self) -> Iterator[None]:
        """Writes down what the block computed, however it ends."""
        try:
            yield
        finally:
            if self._cache is not None:
                self._cache.flush()

    def _noted(self, result: Compressed, found: Repository) -> Compressed:
        """The result with what there is to say about secrets and about the cache."""
        result = accounted(result, found)
        if self._cache is None or not self._cache.notes:
            return result
        return replace(result, report=replace(result.report, notes=(*result.report.notes, *self._cache.notes)))

    def _engine(self, progress: Progress) -> Engine:
        plain = Engine(
            self._model,
            self._tokenizer,
            self._form,
            self._settings,
            progress,
            tokens_to_score(self._settings),
            self._cache,
            self._evidence,
        )
        first = self._evidence.first if self._evidence is not None else None
        if first is None:
            return plain
        if self._settings.strategy not in CASCADING or self._settings.blocks != "statements":
            return replace(plain, evidence=None)
        quick = replace(self._settings, model="embedded", device="cpu", score_tokens=0)
        return replace(plain, model=first, reader=self._model, most_tokens=tokens_to_score(quick))

    def _share(self, found: Repository, frame: Frame, rate: float) -> int:
        """``rate`` of the tokens of the whole text, headers and frame included; at least 1."""
        form, output = self._form, self._settings.format
        headers = len(found.sources) > 1
        sections = [
            OUTPUTS[output].section(
                source, source.text, form.header(source) if headers else None, form.facts.language(source)
            )
            for source in found.sources
        ]
        return max(1, int(rate * self._tokenizer.count(document(sections, frame, output))))

    def _read(self, sources: Sources, query: str, question: Question | None) -> tuple[Repository, str]:
        """The sources, and the question as it may be shown. question: what files are chosen for; None: all are read."""
        found = self._gather(sources, question)
        query, masked = guarded_text(query, self._settings.secrets, QUESTION)
        return (replace(found, masked=(*masked, *found.masked)) if masked else found), query

    def _gather(self, sources: Sources, question: Question | None = None) -> Repository:
        """The sources behind whatever was given, of a large folder those that promise most for a question; text without
        a name in the language that it looks like. Raises SourceError where there are none."""
        how = reader(self._settings, question, self._cache)
        found = with_text(gather(sources, self._settings, self._cache, reader=how))
        if all(source.name or source.language for source in found.sources):
            return found
        return replace(found, sources=tuple(map(told_language, found.sources)))


def question_of(
    query: str, budgets: Sequence[Budget | None], pins: Sequence[str], drops: Sequence[str]
) -> Question | None:
    """What files may be chosen for; None where the size of the result depends on all of them."""
    sizes = [budget for budget in budgets if isinstance(budget, int)]
    if not query.strip() or not sizes or len(sizes) < len(budgets):
        return None
    return Question(query, max(sizes), tuple(pins), tuple(drops))


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
        sizes=tuple(sizes),
    )
    if cache is not None:
        cache.close()
    return estimate
