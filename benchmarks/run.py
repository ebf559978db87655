"""The runner: every method on every example at every budget, read by every reader.

    python -m benchmarks.run RUN.toml [--fresh] [--minutes M] [--only-report] [--reference METHOD] [--out FOLDER]
    python -m benchmarks.run make completion|needle PATH [--out FILE]

Writes to benchmarks/results/<name>/: outcomes.jsonl (one line per example, method and budget), run.json (commit,
command, settings, model, device, versions, seed), table.md, summary.json, plots. A run that is stopped goes on where it
was; --minutes stops it by itself. The last line on standard output is the summary.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import TextIO

from benchmarks import config, make, memory, methods, readers, report
from benchmarks.assembly import full
from benchmarks.config import Run, TaskTable, tokens_of
from benchmarks.methods import tools as equipment
from benchmarks.methods.tools import Method, Tools
from benchmarks.progress import Progress, clock
from benchmarks.records import Record, about, gone_on, recorded, write_about
from benchmarks.tasks import examples_of, task_of
from benchmarks.values import EMPTY, Budget, Context, Example, Measures, Outcome
from benchmarks.words import parser as words_parser
from longzip import LongzipError, UsageError

RESULTS = Path(__file__).parent / "results"
FAILURES = (
    LongzipError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True, slots=True)
class Bench:
    """What a run has loaded."""

    run: Run
    tools: Tools
    readers: Sequence[readers.Reader]
    record: Record


@dataclass(frozen=True, slots=True)
class Step:
    """One method on one example, and the budgets that are not in the record yet."""

    task: TaskTable
    example: Example
    label: str
    budgets: tuple[Budget, ...]

    @property
    def kind(self) -> tuple[str, str]:
        return self.task.label, self.label


def execute(
    run: Run, folder: Path, command: str, minutes: float = 0.0, fresh: bool = False, out: TextIO | None = None
) -> Record:
    """Does what is missing of a run. minutes: after which no further step is begun; 0 for all of it. out: for
    progress."""
    tools = equipment.load(run)
    found = about(run, command, tools.model.name)
    if not fresh:
        found = gone_on(folder, found)
    record = Record(folder, fresh)
    bench = Bench(run, tools, readers.load(tools, folder), record)
    write_about(folder, found)
    steps = list(missing_steps(bench))
    taken_all(bench, steps, minutes, StringIO() if out is None else out)
    return record


def taken_all(bench: Bench, steps: Sequence[Step], minutes: float, out: TextIO) -> None:
    built: dict[str, Method] = {}
    progress = Progress.on(out, [step.kind for step in steps])
    began, last = time.monotonic(), ""
    for number, step in enumerate(steps):
        now = time.monotonic()
        if minutes and now - began > 60 * minutes:
            print(
                f"\nstopped after {clock(now - began)} with {len(steps) - number:,} of {len(steps):,} "
                "steps left; call it again to go on",
                file=out,
            )
            break
        if step.example.key != last:
            bench.tools.forget()
            last = step.example.key
        progress.begin(step.kind)
        if step.label not in built:
            built[step.label] = methods.build(step.label, bench.tools)
        bench.record.add(taken(bench, built[step.label], step))
        progress.end(step.kind, time.monotonic() - now)
    print(file=out)


def missing_steps(bench: Bench) -> Iterator[Step]:
    """Example by example, so that methods share what was read and scored."""
    for table in bench.run.tasks:
        labels = table.methods or bench.run.methods
        for label in labels:
            methods.check(label)
        for example in examples_of(bench.run, bench.tools, table):
            for label in labels:
                wanted = table.budgets or bench.run.budgets
                budgets = tuple(
                    budget for budget in wanted if (table.label, example.key, label, budget) not in bench.record
                )
                if budgets:
                    yield Step(table, example, label, budgets)


def taken(bench: Bench, method: Method, step: Step) -> list[Outcome]:
    """The outcomes of one step. A method that fails leaves the reader without context, and the outcome says why."""
    tools = bench.tools
    original = tools.tokenizer.count(full(tools.open(step.example.sources)).text)
    allowed = [tokens_of(budget, original) for budget in step.budgets]
    memory.mark()
    began = time.perf_counter()
    try:
        found: Sequence[Context | LongzipError] = method(step.example.sources, step.example.query, allowed)
    except FAILURES as error:
        found = [error if isinstance(error, LongzipError) else LongzipError(f"{type(error).__name__}: {error}")] * len(
            allowed
        )
    seconds, peak = (time.perf_counter() - began) / len(allowed), memory.peak()
    contexts = [EMPTY if isinstance(context, LongzipError) else context for context in found]
    began = time.perf_counter()
    readings = [reader.read(step.example, contexts) for reader in bench.readers]
    reading = (time.perf_counter() - began) / len(allowed)
    score = task_of(step.task).score
    return [
        Outcome(
            task=step.task.label, example=step.example.key, method=step.label, budget=budget, allowed=room,
            tokens=tools.tokenizer.count(context.text), original=original, seconds=round(seconds, 4),
            read_seconds=round(reading, 4),
            calls=context.calls, texts=context.texts, peak_megabytes=round(peak, 1),
            measures=rounded({**score(step.example, context, tools), **united([own[index] for own in readings])}),
            error=f"{type(result).__name__}: {result}" if isinstance(result, LongzipError) else "",
        )
        for index, (budget, room, context, result) in enumerate(zip(step.budgets, allowed, contexts, found,
            strict=True))
    ]  # fmt: skip


def united(parts: Sequence[Measures]) -> dict[str, float]:
    return {name: value for part in parts for name, value in part.items()}


def rounded(measures: Measures) -> dict[str, float]:
    return {name: round(float(value), 5) for name, value in measures.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    """0: done. 1: something could not be read or loaded. 2: the call or RUN.toml makes no sense. 130: interrupted."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if words[:1] == ["make"]:
            return make.main(words[1:])
        return start(words)
    except UsageError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    except LongzipError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nbench: interrupted; call it again to go on.", file=sys.stderr)
        return 130


def start(words: Sequence[str]) -> int:
    parser = words_parser("bench", __doc__, RESULTS)
    parser.add_argument("run", type=Path, metavar="RUN.toml")
    parser.add_argument("--reference", help="the method that the others are compared with")
    parser.add_argument("--limit", type=int, help="examples per task, in place of RUN.toml's")
    given = parser.parse_args(words)
    run = config.load(given.run)
    if given.reference is not None:
        run = replace(run, reference=given.reference)
        config.check(run, given.run)
    if given.limit is not None:
        run = replace(run, limit=given.limit, tasks=tuple(replace(task, limit=0) for task in run.tasks))
    folder = given.out / run.name
    if not given.only_report:
        command = " ".join(["python -m benchmarks.run", *said(words)])
        try:
            execute(run, folder, command, given.minutes, given.fresh, sys.stderr)
        except (LongzipError, KeyboardInterrupt):
            if recorded(folder):  # tables of what is there
                report.write(run, Record(folder), folder, run.reference)
            raise
    summary = report.write(run, Record(folder), folder, run.reference)
    print((folder / report.TABLE).read_text(encoding="utf-8"))
    print(json.dumps(summary))
    return 0


def said(words: Sequence[str]) -> list[str]:
    """The command line as it is recorded: where the results lie is the machine's own business."""
    shown = [word for word in words if not word.startswith("--out=")]
    at = shown.index("--out") if "--out" in shown else len(shown)
    return shown[:at] + shown[at + 2 :]


if __name__ == "__main__":
    sys.exit(main())
