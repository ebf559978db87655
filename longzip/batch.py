"""Many compressions: jobs from a JSON-lines file, results to another, each as soon as it is there.

Knows the two files and what a worker does with a job. Where workers run is the pool's business, and what is shown the
caller's.

A job, one a line; "settings" and everything after it may be left out, as may "id", which then is the line's number:

    {"id": "a", "paths": ["src"], "query": "where are retries handled", "budget": 4000,
     "settings": {"model": "ngram"}, "pins": ["src/app.py:main"], "drops": ["tests/"]}

"sources", a list of {"name": "a.py", "text": "..."}, may stand for "paths", and "rate" for "budget". A result has the
job's id, its line and its key; then what ``longzip compress --format json`` prints, or "error" with "kind" and
"message".
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

import longzip
from longzip import Layer, LongzipError, ModelError, Settings, Source, UsageError, combine
from longzip.pools import Broken, Pool, process_pool, ray_pool
from longzip.writing import write_whole

if TYPE_CHECKING:
    from longzip import Compressor  # what it brings along is heavy, and options of the command line are made of Workers

FIELDS = {"id", "paths", "sources", "query", "budget", "rate", "pins", "drops", "settings"}
MODELS = 2
# Settings that a loaded model knows nothing of.
FREE = {
    "strategy", "fine", "blocks", "alpha", "beta", "fine_ratio", "demote_tests", "closure", "exact", "small_lines",
    "query_characters",
    "format", "instruction", "marker", "marker_names", "drop_comments", "shorten_literals", "merge_imports",
    "line_numbers", "mentions", "prompt",
    "include", "exclude", "max_file_bytes", "hidden", "secrets",
}  # fmt: skip

Hand = TypeVar("Hand")


@dataclass(frozen=True, slots=True)
class BatchJob:
    """One job. line: in the file of jobs, 1-based. key: tells whether a result is of this very job, its settings
    included."""

    line: int
    id: str
    key: str
    query: str
    sources: tuple[str | Source, ...]
    budget: int | None = None
    rate: float | None = None
    pins: tuple[str, ...] = ()
    drops: tuple[str, ...] = ()
    settings: Settings = field(default_factory=Settings)


@dataclass(frozen=True, slots=True)
class Mistake:
    """A line that is no job, and why."""

    line: int
    id: str
    key: str
    message: str


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of the jobs. present: were in the results before. failed: also those that were there before.

    first_failure: the id and the message of one that failed, or "".
    """

    jobs: int
    present: int
    failed: int
    first_failure: str


Progress = Callable[[str, int, int], None]


def silent(stage: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True, slots=True)
class Workers:
    """Where jobs are done. count: how many at once; None: one, on a cluster its cores.

    cluster: the address of a Ray cluster ("auto", "local", "ray://HOST:10001"), or "" for processes of this machine.
    """

    count: int | None = None
    cluster: str = ""


def run_batch(
    jobs: Path,
    results: Path,
    *,
    layers: Sequence[Layer] = (),
    workers: Workers = Workers(),
    retry_failed: bool = False,
    progress: Progress = silent,
) -> Tally:
    """Do the jobs of a file, each result a line of another file as soon as it is there; what is there is not done
    again.

    layers: settings for all jobs, which a job's own override. retry_failed: whether what failed before is done again.
    progress: told of the stage, the jobs done and all jobs. Raises UsageError where the jobs cannot be read,
    MissingExtra for a cluster without Ray.
    """
    found = read_jobs(jobs, layers)
    make = partial(Worker, str(Path.cwd()))
    with Results(results, retry_failed) as written:
        if workers.cluster:
            with ray_pool(make, workers.count, workers.cluster) as actors:
                return run(found, written, actors, progress)
        with process_pool(make, min(workers.count or 1, len(found))) as processes:
            return run(found, written, processes, progress)


# -------------------------------------------------------------------------------------------------------------- jobs


def read_jobs(path: Path, layers: Sequence[Layer]) -> list[BatchJob | Mistake]:
    """The jobs of a file; blank lines are none. layers: settings for all of them, which a job's own override.

    Raises UsageError where the file cannot be read or two jobs have one id.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise UsageError(f"{path} cannot be read as a file of jobs: {reason}; check the path.") from None
    jobs = [parsed(number, line, layers) for number, line in enumerate(lines, 1) if line.strip()]
    if not jobs:
        raise UsageError(f"{path} holds no jobs; write one JSON object a line.")
    twice = [name for name, count in Counter(job.id for job in jobs).items() if count > 1]
    if twice:
        raise UsageError(f"{path}: {len(twice):,} ids stand at several jobs, such as {twice[0]!r}; give each its own.")
    return jobs


def parsed(number: int, line: str, layers: Sequence[Layer]) -> BatchJob | Mistake:
    """One line as a job."""
    name, key = str(number), hashlib.sha256(line.strip().encode("utf-8", "replace")).hexdigest()[:16]
    try:
        table = json.loads(line)
        if not isinstance(table, dict):
            raise UsageError('the line is no JSON object; write {"paths": [...], "query": "...", "budget": 4000}.')
        name = str(table.get("id", number))
        return job_of(number, name, table, layers)
    except (ValueError, RecursionError, LongzipError) as error:
        told = f"the line is no JSON: {error}." if isinstance(error, json.JSONDecodeError) else str(error)
        return Mistake(number, name, key, told)


def job_of(number: int, name: str, table: Mapping[str, object], layers: Sequence[Layer]) -> BatchJob:
    """A JSON object as a job. Raises UsageError, and SettingsError for its settings."""
    if unknown := sorted(set(table) - FIELDS):
        raise UsageError(f"a job has no {unknown[0]!r}; its fields are: {', '.join(sorted(FIELDS))}.")
    own = table.get("settings", {})
    if not isinstance(own, dict):
        raise UsageError('"settings" must be an object, such as {"model": "ngram"}.')
    # Workers are what the work is spread over: none of them spreads it further.
    settings = replace(combine(*layers, Layer(f"line {number}", own)).settings, ray="")
    query, budget, rate = table.get("query"), table.get("budget"), table.get("rate")
    if not isinstance(query, str) or not query.strip():
        raise UsageError('"query" must be text that says what to look for.')
    if budget is not None and (not isinstance(budget, int) or isinstance(budget, bool) or budget < 1):
        raise UsageError('"budget" must be a whole number of tokens above 0.')
    if rate is not None and (not isinstance(rate, int | float) or isinstance(rate, bool) or not 0 < rate <= 1):
        raise UsageError('"rate" must be a number above 0 and at most 1.')
    if (budget is None) == (rate is None):
        raise UsageError('give either "budget" or "rate".')
    content = json.dumps([name, dict(table), asdict(settings)], sort_keys=True, default=str)
    return BatchJob(
        number, name, hashlib.sha256(content.encode("utf-8", "replace")).hexdigest()[:16], query.strip(),
        sources_of(table), budget,
        None if rate is None else float(rate), strings(table, "pins"), strings(table, "drops"), settings,
    )  # fmt: skip


def sources_of(table: Mapping[str, object]) -> tuple[str | Source, ...]:
    """What a job is to compress: "paths", or the texts in "sources"."""
    if ("paths" in table) == ("sources" in table):
        raise UsageError('give either "paths" or "sources".')
    if "paths" in table:
        if paths := strings(table, "paths"):
            return paths
        raise UsageError('"paths" is empty; name a file or a folder.')
    texts: list[Source] = []
    found = table["sources"]
    for entry in found if isinstance(found, list) else [None]:
        match entry:
            case {"name": str(name), "text": str(text), **others} if not others:
                texts.append(Source(name, text))
            case _:
                raise UsageError('"sources" must be a list of objects with "name" and "text".')
    return tuple(texts)


def strings(table: Mapping[str, object], name: str) -> tuple[str, ...]:
    found = table.get(name, [])
    if not isinstance(found, list) or not all(isinstance(item, str) and item for item in found):
        raise UsageError(f'"{name}" must be a list of texts.')
    return tuple(found)


# -------------------------------------------------------------------------------------------------------------- work


class Worker:
    """Does jobs, one after the other, in the folder from which they were given. Models stay loaded."""

    def __init__(self, folder: str) -> None:
        """Raises ModelError where this machine has no such folder."""
        try:
            os.chdir(folder)
        except OSError:
            raise ModelError(
                f"this worker's machine has no folder {folder}; share it between the nodes, or give sources as texts."
            ) from None
        self.loaded: dict[tuple[object, ...], Compressor] = {}

    def __call__(self, job: BatchJob) -> str:
        """The job's line in the results, without a line end. Raises LongzipError."""
        sources = job.sources[0] if len(job.sources) == 1 else job.sources
        result = self.compressor(job.settings).compress(
            sources, query=job.query, budget=job.budget, rate=job.rate, pins=job.pins, drops=job.drops
        )
        return line_of(job, {**result.as_dict(), "model": result.report.model, "notes": list(result.report.notes)})

    def compressor(self, settings: Settings) -> Compressor:
        """One for these settings, with a model that is loaded already where that is the same."""
        key = tuple(getattr(settings, knob.name) for knob in fields(settings) if knob.name not in FREE)
        known = self.loaded.pop(key, None)
        if known is None:
            while len(self.loaded) >= MODELS:
                del self.loaded[next(iter(self.loaded))]
            known = longzip.Compressor.load(settings=settings)
        self.loaded[key] = known
        return known.with_settings(settings)


def line_of(job: BatchJob | Mistake, content: Mapping[str, object]) -> str:
    return json.dumps({"id": job.id, "line": job.line, "key": job.key, **content}, ensure_ascii=False)


def failure_of(job: BatchJob | Mistake, kind: str, message: str) -> str:
    return line_of(job, {"error": {"kind": kind, "message": message}})


# ----------------------------------------------------------------------------------------------------------- results


class Results:
    """A file of results, one line each, to which whole lines are added.

    A last line that was cut short, as by a crash or a full disk, is taken out. Raises UsageError where the file holds
    anything else, LongzipError where it cannot be read or written.
    """

    def __init__(self, path: Path, forget_failures: bool = False) -> None:
        """forget_failures: whether the results that are errors are taken out."""
        self.path = path
        try:
            content = path.read_bytes() if path.exists() else b""
            lines = content.split(b"\n")[:-1]
            entries = list(map(self.entry, lines))
            kept = [
                line + b"\n"
                for line, (_, failed) in zip(lines, entries, strict=True)
                if not (failed and forget_failures)
            ]
            self.known = {key: failed for key, failed in entries if not (failed and forget_failures)}
            if b"".join(kept) != content:
                write_whole(path, b"".join(kept))
            self.file = path.open("ab", buffering=0)
        except OSError as error:
            raise LongzipError(
                f"{path} cannot be written: {error.strerror}; choose another file for the results."
            ) from error

    def entry(self, line: bytes) -> tuple[str, str]:
        """A result's key, and the message of its error or ""."""
        try:
            match json.loads(line):
                case {"key": str(key), "error": {"message": str(message)}, "id": str(name)}:
                    return key, f"{name}: {message}"
                case {"key": str(key), "text": str()}:
                    return key, ""
        except (ValueError, RecursionError):
            pass
        raise UsageError(f"{self.path} is no file of results, or one that was changed; choose another for them.")

    def add(self, line: str) -> None:
        """Write a line, or nothing of it."""
        content = line.encode("utf-8", "replace") + b"\n"
        end = self.file.seek(0, os.SEEK_END)
        try:
            while content:
                content = content[self.file.write(content) :]
        except OSError as error:
            self.file.truncate(end)
            raise LongzipError(
                f"{self.path} cannot be written: {error.strerror}; make room and run again, what is done stays."
            ) from error
        key, failed = self.entry(line.encode("utf-8", "replace"))
        self.known[key] = failed

    def __enter__(self) -> Results:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.file.close()


def run(
    jobs: Sequence[BatchJob | Mistake],
    results: Results,
    pool: Pool[BatchJob, str, Hand],
    progress: Callable[[str, int, int], None],
) -> Tally:
    """Do the jobs whose results are not there yet, and write each result when it is done."""
    left = [job for job in jobs if job.key not in results.known]
    done = len(jobs) - len(left)
    progress("compress", done, len(jobs))
    for line in lines(left, pool):
        results.add(line)
        done += 1
        progress("compress", done, len(jobs))
    failures = [results.known[job.key] for job in jobs if results.known[job.key]]
    return Tally(len(jobs), len(jobs) - len(left), len(failures), failures[0] if failures else "")


def lines(jobs: Iterable[BatchJob | Mistake], pool: Pool[BatchJob, str, Hand]) -> Iterator[str]:
    """A result for each job, in the order in which they are done; mistakes first."""
    good: list[BatchJob] = []
    for job in jobs:
        if isinstance(job, Mistake):
            yield failure_of(job, "UsageError", job.message)
        else:
            good.append(job)
    for index, outcome in pool.run(good):
        yield failure_of(good[index], outcome.kind, outcome.message) if isinstance(outcome, Broken) else outcome
