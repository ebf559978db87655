"""Asking an instrument's questions: repository by repository, each read once for all questions at one commit; what is
in the record is not asked again."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from itertools import groupby
from pathlib import Path
from typing import TextIO

from benchmarks.config import Run, TaskTable
from benchmarks.embeddings import Encoder
from benchmarks.instruments.checkouts import read_at
from benchmarks.instruments.values import OWN, Bench, Half, Instrument, Question
from benchmarks.progress import Progress, clock
from benchmarks.records import Record, key_of
from benchmarks.values import Budget
from longzip import (
    Compressor,
    Layer,
    Repository,
    Settings,
    SourceError,
    UsageError,
    combine,
    environment_layer,
    load_tokenizer,
)

COUNTERS = ("chars/4",)
Read = Callable[[Question], Repository]


def settings_of(words: Sequence[str]) -> Mapping[str, object]:
    """The settings that KEY=VALUE words mean. Raises UsageError for a word that means none, SettingsError for a wrong
    value."""
    known = {knob.name for knob in fields(Settings)}
    found: dict[str, object] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or name not in known:
            raise UsageError(f"--set {word}: write SETTING=VALUE; `longzip config` lists the settings.")
        found |= environment_layer({f"LONGZIP_{name.upper()}": value}).values
    combine(Layer("--set", found))
    return found


def bench_of(settings: Mapping[str, object], encoder: Path | None = None, counters: Sequence[str] = COUNTERS) -> Bench:
    """encoder: folder of a sentence encoder, as a peer. counters: names of tokenizers. Raises ModelError where one
    cannot be had."""
    compressor = Compressor.load(settings=combine(Layer("--set", settings)).settings)
    found = {short(name): load_tokenizer(name) for name in counters}
    return Bench(compressor, found, Encoder(encoder) if encoder else None)


def short(tokenizer: str) -> str:
    """What a column is called: no path of the machine."""
    name = tokenizer.removeprefix("tiktoken:").removesuffix("_base")
    return name if name.startswith("chars/") else Path(name).name


def chosen(questions: Sequence[Question], half: Half, groups: Sequence[str], limit: int) -> list[Question]:
    """Of a half and of some repositories; at most ``limit``, the same ones each time, and fewer are a part of more.
    Raises UsageError where none is left, or a repository is none."""
    known = {question.group for question in questions}
    if unknown := sorted(set(groups) - known):
        raise UsageError(f"--repos {unknown[0]}: the repositories are {', '.join(sorted(known))}.")
    found = [
        question
        for question in questions
        if half in ("all", question.half) and (not groups or question.group in groups)
    ]
    if not found:
        raise UsageError("no question is left; take another --half or other --repos.")
    if not limit:
        return found
    kept = {question.key for question in sorted(found, key=lambda question: shuffled_place(question.key))[:limit]}
    return [question for question in found if question.key in kept]


def shuffled_place(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def run_of(name: str, instrument: Instrument, budgets: Sequence[Budget], settings: Mapping[str, object]) -> Run:
    """The run as records and reports know it."""
    task = TaskTable(instrument.name, name=instrument.label, measure=instrument.measures[0])
    return Run(name, (task,), (OWN,), tuple(budgets), reference=OWN, share_scores=False, settings=settings)


def ask_all(
    instrument: Instrument, bench: Bench, questions: Sequence[Question], budgets: Sequence[Budget], record: Record,
    read: Read, minutes: float, out: TextIO,
) -> None:  # fmt: skip
    """Adds to the record what it lacks; what cannot be read is said and left out. minutes: after which no further
    question is begun; 0 for all of them. Raises SourceError where nothing could be read."""
    missing = [
        (question, left)
        for question in questions
        if (left := [size for size in budgets if (instrument.label, question.key, OWN, size) not in record])
    ]
    progress = Progress.on(out, [(instrument.name, question.group) for question, _ in missing])
    began, done = time.monotonic(), 0
    for _place, own in groupby(missing, key=lambda item: item[0].place):
        repository: Repository | None = None
        for question, left in own:
            now = time.monotonic()
            if minutes and now - began > 60 * minutes:
                print(stopped(now - began, len(missing) - done, len(missing)), file=out)
                return
            progress.begin((instrument.name, question.group))
            try:
                repository = repository or read(question)
                found = instrument.ask(bench, repository, question, left)
            except SourceError as error:
                print(f"\n{question.key} is left out: {error}", file=out)
                if not record.outcomes and question is missing[-1][0]:
                    raise
                continue
            record.add([outcome for outcome in found if key_of(outcome) not in record])
            progress.end((instrument.name, question.group), time.monotonic() - now)
            done += 1
    print(file=out)


def stopped(seconds: float, left: int, total: int) -> str:
    return f"\nstopped after {clock(seconds)} with {left:,} of {total:,} questions left; call it again to go on"


def reader(instrument: Instrument, data: Path, repositories: Path | None, bench: Bench) -> Read:
    """What finds the sources of a question. Raises UsageError where they are in repositories and no folder is named."""
    if (sources := instrument.sources) is not None:
        return lambda question: sources(data, question)
    if repositories is None:
        raise UsageError("name the folder of the local git repositories with --repositories.")
    settings = bench.compressor.settings
    return lambda question: read_at(repositories, question.place, settings)
