"""python -m benchmarks.instruments INSTRUMENT DATA [--repositories FOLDER] [--half choose|report] [--limit N] ...

Results go to benchmarks/results/NAME: outcomes.jsonl (a line for each question, method and budget), run.json, table.md.
A run that was stopped goes on with the same command. The last line on standard output is a summary in JSON.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks import words
from benchmarks.instruments import callees, code_search, localization, pools, tables
from benchmarks.instruments.running import ask_all, bench_of, chosen, reader, run_of, settings_of
from benchmarks.instruments.values import HALVES, OWN, Instrument, Question
from benchmarks.records import FILE, Record, about, gone_on, read, write_about
from benchmarks.values import Budget, Outcome
from longzip import LongzipError, UsageError

RESULTS = Path(__file__).parent.parent / "results"
INSTRUMENTS = {
    item.name: item
    for item in (localization.INSTRUMENT, code_search.INSTRUMENT, pools.COSQA, callees.INSTRUMENT, pools.COMMENTS)
}


def parser() -> argparse.ArgumentParser:
    found = words.parser("python -m benchmarks.instruments", __doc__, RESULTS)
    found.add_argument("instrument", choices=list(INSTRUMENTS))
    found.add_argument("data", type=Path, metavar="DATA", help="folder with the questions")
    found.add_argument("--repositories", type=Path, help="folder of local git repositories, OWNER__NAME or OWNER+NAME")
    found.add_argument("--encoder", type=Path, help="folder of a sentence encoder, as one more peer")
    found.add_argument("--half", choices=HALVES, default="all", help="every other question or repository")
    found.add_argument("--repos", default="", help="only these repositories, by their short names, with commas between")
    found.add_argument("--limit", type=int, default=0, help="so many questions, the same each time")
    found.add_argument("--budgets", default="", help='in place of the usual ones, with commas between; "rank" is one')
    found.add_argument("--set", action="append", default=[], metavar="SETTING=VALUE", help="a setting of longzip")
    found.add_argument("--count-also", default="chars/4", help="tokenizers that count the delivered texts, too")
    found.add_argument("--name", default="", help="of the run and its folder; instrument-INSTRUMENT otherwise")
    found.add_argument("--against", action="append", default=[], type=Path, help="folder of another run, to compare")
    return found


def budgets_of(text: str, usual: Sequence[Budget]) -> tuple[Budget, ...]:
    """Raises UsageError for what is neither a number of tokens nor one of the usual words."""
    words = [word.strip() for word in text.split(",") if word.strip()]
    for word in words:
        if word not in usual and not (word.isdecimal() and int(word) > 0):
            raise UsageError(f"--budgets {word}: give numbers of tokens.")
    return tuple(int(word) if word.isdecimal() else word for word in words) or tuple(usual)


def start(words: Sequence[str]) -> int:
    given = parser().parse_args(words)
    instrument, settings = INSTRUMENTS[given.instrument], settings_of(given.set)
    budgets = budgets_of(given.budgets, instrument.budgets)
    groups = [word for word in given.repos.split(",") if word]
    questions = chosen(instrument.questions(given.data), given.half, groups, given.limit)
    folder = given.out / (given.name or f"instrument-{instrument.name}")
    if not given.only_report:
        work(given, instrument, questions, budgets, settings, folder)
    text, summary = report(instrument, given.data, questions, budgets, folder, given.against)
    print(text)
    print(json.dumps(summary))
    return 0


def work(
    given: argparse.Namespace, instrument: Instrument, questions: Sequence[Question], budgets: Sequence[Budget],
    settings: Mapping[str, object], folder: Path,
) -> None:  # fmt: skip
    bench = bench_of(settings, given.encoder, [word for word in given.count_also.split(",") if word])
    read_sources = reader(instrument, given.data, given.repositories, bench)
    bench.compressor.model.logprobs([])  # what cannot be loaded is said now
    shown = {name: value for name, value in settings.items() if name != "cache_dir"}
    run = run_of(folder.name, instrument, budgets, shown)
    found = about(run, command_of(given), bench.compressor.model.name)
    if not given.fresh:
        found = gone_on(folder, found)
    record = Record(folder, given.fresh)
    write_about(folder, found)
    ask_all(instrument, bench, questions, budgets, record, read_sources, given.minutes, sys.stderr)


def command_of(given: argparse.Namespace) -> str:
    """The command as it is recorded: where data, repositories and results lie is the machine's own business."""
    words = [f"python -m benchmarks.instruments {given.instrument} DATA"]
    words += ["--repositories REPOSITORIES"] if given.repositories else []
    words += ["--encoder ENCODER"] if given.encoder else []
    words += [f"--{name} {getattr(given, name)}" for name in ("half", "repos", "limit", "budgets", "name")
        if getattr(given, name) not in ("", 0, "all")]  # fmt: skip
    words += [f"--count-also {given.count_also}"] if given.count_also != "chars/4" else []
    words += [f"--set {word}" for word in given.set if not word.startswith("cache_dir=")]
    return " ".join(words)


def report(
    instrument: Instrument, data: Path, questions: Sequence[Question], budgets: Sequence[Budget], folder: Path,
    others: Sequence[Path] = (),
) -> tuple[str, Mapping[str, object]]:  # fmt: skip
    """table.md, which it writes, and the summary."""
    outcomes = read(folder / FILE)
    asked = frozenset(question.key for question in questions)
    beside = [row for other in others for row in renamed(read(other / FILE), other.resolve().name)]
    groups = tables.grouped([*outcomes, *beside], asked, budgets)
    own = [outcome for outcome in outcomes if outcome.example in asked]
    parts = [tables.table(instrument.label, groups, budgets, instrument.measures)]
    parts += [
        tables.by_group(groups, budget, instrument.measures) for budget in dict.fromkeys((budgets[0], budgets[-1]))
    ]
    parts.append(instrument.extra(data, own))
    text = "".join(parts)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "table.md").write_text(text, encoding="utf-8")
    means = tables.summary(groups, budgets)
    (folder / "summary.json").write_text(json.dumps(means, indent=1) + "\n", encoding="utf-8")
    return text, {"name": folder.name, "outcomes": len(own), "means": means}


def renamed(outcomes: Sequence[Outcome], name: str) -> list[Outcome]:
    """Another run's own outcomes, under its name."""
    return [replace(row, method=f"{OWN} {name}") for row in outcomes if row.method == OWN]


def main(arguments: Sequence[str] | None = None) -> int:
    """0: done. 1: something could not be read or loaded. 2: the call makes no sense. 130: interrupted."""
    try:
        return start(list(sys.argv[1:] if arguments is None else arguments))
    except UsageError as error:
        print(f"instruments: {error}", file=sys.stderr)
        return 2
    except LongzipError as error:
        print(f"instruments: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ninstruments: interrupted; call it again to go on.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
