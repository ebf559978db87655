"""Asking an instrument's questions: repository by repository, each read once for all questions at one commit; what is
in the record is not asked again."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from itertools import groupby
from pathlib import Path
from typing import TextIO

from benchmarks.config import Run, TaskTable
from benchmarks.instruments.checkouts import read_at
from benchmarks.instruments.values import OWN, Bench, Half, Instrument, Question
from benchmarks.progress import Progress, clock
from benchmarks.records import Record
from benchmarks.values import Budget
from longzip import (
    Compressor,
    Layer,
    LongzipError,
    Repository,
    Settings,
    Tokenizer,
    UsageError,
    combine,
    environment_layer,
    load_tokenizer,
)

COUNTERS = ("chars/4", "tiktoken:cl100k_base")
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


def bench_of(settings: Mapping[str, object]) -> Bench:
    """Raises ModelError where the model or its tokenizer cannot be had."""
    return Bench(Compressor.load(settings=combine(Layer("--set", settings)).settings), counters_of(COUNTERS))


def counters_of(names: Iterable[str]) -> dict[str, Tokenizer]:
    """Those that can be had: an encoding of tiktoken has to be fetched once."""
    found: dict[str, Tokenizer] = {}
    for name in names:
        try:
            tokenizer = load_tokenizer(name)
            tokenizer.count("a")
        except (LongzipError, OSError):
            continue
        found[name.removeprefix("tiktoken:").removesuffix("_base")] = tokenizer
    return found


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
    label = instrument.name.replace("-", " ")
    task = TaskTable(instrument.name, name=label, measure=instrument.measures[0])
    return Run(name, (task,), (OWN,), tuple(budgets), reference=OWN, share_scores=False, settings=settings)


def ask_all(
    instrument: Instrument, bench: Bench, questions: Sequence[Question], budgets: Sequence[Budget], record: Record,
    read: Read, minutes: float, out: TextIO,
) -> None:  # fmt: skip
    """Adds to the record what it lacks. minutes: after which no further question is begun; 0 for all of them."""
    missing = [
        (question, left)
        for question in questions
        if (left := [size for size in budgets if (label_of(instrument), question.key, OWN, size) not in record])
    ]
    progress = Progress.on(out, [(instrument.name, question.group) for question, _ in missing])
    began, done = time.monotonic(), 0
    for _place, own in groupby(missing, key=lambda item: item[0].place):
        repository: Repository | None = None
        for question, left in own:
            now = time.monotonic()
            if minutes and now - began > 60 * minutes:
                print(
                    f"\nstopped after {clock(now - began)} with {len(missing) - done:,} of {len(missing):,} questions "
                    "left; call it again to go on",
                    file=out,
                )
                return
            progress.begin((instrument.name, question.group))
            repository = repository or read(question)
            known = {(outcome.method, outcome.budget) for outcome in record.outcomes.values()
                if outcome.example == question.key}  # fmt: skip
            found = instrument.ask(bench, repository, question, left)
            record.add(outcome for outcome in found if (outcome.method, outcome.budget) not in known)
            progress.end((instrument.name, question.group), time.monotonic() - now)
            done += 1
    print(file=out)


def label_of(instrument: Instrument) -> str:
    return instrument.name.replace("-", " ")


def reader(folder: Path, bench: Bench) -> Read:
    """What reads the repositories in a folder."""
    settings = bench.compressor.settings
    return lambda question: read_at(folder, question.place, settings)
