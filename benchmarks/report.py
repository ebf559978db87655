"""A record of outcomes -> tables for people, a summary for programs, plots.

Means are over all examples; a method that failed on one counts there as no context. Knows outcomes and numbers only.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.config import Run
from benchmarks.methods import UNLIMITED
from benchmarks.metrics import Comparison, Interval, bootstrap, compared, mean, paying_length, paying_price
from benchmarks.records import ABOUT, Record
from benchmarks.tasks import task_of
from benchmarks.values import Budget, Outcome

TOKENS = "tokens "  # what the measure of a reader's own count begins with
TABLE, SUMMARY = "table.md", "summary.json"
PLAIN = (
    "files",
    "callee",
    "lines",
    "whole",
    "answer",
    "words",
    "names",
    "precision",
    "recall",
    "f1",
    "hit",
    "similarity",
    "es",
    "em",
    "valid",
)


@dataclass(frozen=True, slots=True)
class Cell:
    """A method at a budget: means over its examples, and how it compares with the reference by the task's measure."""

    task: str
    budget: Budget
    method: str
    examples: int
    tokens: float
    ratio: float
    seconds: float
    read_seconds: float
    calls: float
    megabytes: float
    errors: int
    over_budget: int
    measures: Mapping[str, Interval]
    against: Mapping[str, Comparison]


def lower_is_better(measure: str) -> bool:
    return measure.startswith("nll")


def write(run: Run, record: Record, folder: Path, reference: str) -> Mapping[str, object]:
    """table.md, summary.json and the plots; returns the summary."""
    cells = summarised(run, list(record.outcomes.values()), reference)
    about = (folder / ABOUT).read_text(encoding="utf-8") if (folder / ABOUT).exists() else "{}"
    grouped = "\n".join(
        group_table(task.label, record.outcomes.values()) for task in run.tasks if task.kind == "boundaries"
    )
    (folder / TABLE).write_text(tables(run, cells, reference) + grouped, encoding="utf-8")
    summary = {"run": json.loads(about), "reference": reference, "cells": [as_plain(cell) for cell in cells]}
    (folder / SUMMARY).write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")
    if cells:
        plot(run, cells, folder)
    return {
        "name": run.name, "reference": reference, "outcomes": len(record.outcomes),
        "errors": sum(cell.errors for cell in cells),
        "over_budget": sum(cell.over_budget for cell in cells), "commit": summary["run"].get("commit", ""),
        "means": {f"{cell.task} {cell.budget} {cell.method}": {name: round(value.mean, 4) for name,
            value in cell.measures.items()} for cell in cells},
    }  # fmt: skip


def summarised(run: Run, outcomes: Sequence[Outcome], reference: str) -> list[Cell]:
    """In RUN.toml's order. Outcomes of tasks, methods or budgets that it no longer has are left out; and, as long as a
    run is
    not finished, examples that not all methods have done yet: all means of a table are over the same examples."""
    groups: dict[tuple[str, Budget, str], dict[str, Outcome]] = defaultdict(dict)
    for outcome in outcomes:
        groups[outcome.task, outcome.budget, outcome.method][outcome.example] = outcome
    found: list[Cell] = []
    for task in run.tasks:
        for budget in task.budgets or run.budgets:
            own = {
                method: groups[task.label, budget, method]
                for method in task.methods or run.methods
                if (task.label, budget, method) in groups
            }
            done = frozenset.intersection(*(frozenset(rows) for rows in own.values())) if own else frozenset()
            shared = {method: {key: row for key, row in rows.items() if key in done} for method, rows in own.items()}
            found += [
                cell_of(task.label, budget, method, rows, shared.get(reference, {}))
                for method, rows in shared.items()
                if rows
            ]
    return found


def cell_of(task: str, budget: Budget, method: str, own: Mapping[str, Outcome], other: Mapping[str, Outcome]) -> Cell:
    names = list(dict.fromkeys(name for outcome in own.values() for name in outcome.measures))
    values = {
        name: {key: outcome.measures[name] for key, outcome in own.items() if name in outcome.measures}
        for name in names
    }
    others = {
        name: {key: outcome.measures[name] for key, outcome in other.items() if name in outcome.measures}
        for name in names
    }
    rows = list(own.values())
    tokens, original = mean([row.tokens for row in rows]), mean([row.original for row in rows])
    return Cell(
        task, budget, method, len(rows), tokens, original / max(1.0, tokens), mean([row.seconds for row in rows]),
        mean([row.read_seconds for row in rows]), mean([row.calls for row in rows]),
        max(row.peak_megabytes for row in rows),
        sum(bool(row.error) for row in rows), sum(row.tokens > row.allowed for row in rows if method not in UNLIMITED),
        {name: bootstrap(list(values[name].values())) for name in names},
        {name: compared(values[name], others[name], lower_is_better(name)) for name in names if own is not other
            and values[name].keys() & others[name].keys()},
    )  # fmt: skip


def as_plain(cell: Cell) -> Mapping[str, object]:
    """For JSON."""
    return {
        "task": cell.task, "budget": cell.budget, "method": cell.method, "examples": cell.examples,
        "tokens": round(cell.tokens, 1),
        "ratio": round(cell.ratio, 2), "seconds": round(cell.seconds, 3), "read_seconds": round(cell.read_seconds, 3),
        "calls": round(cell.calls, 1), "megabytes": cell.megabytes,
        "errors": cell.errors, "over_budget": cell.over_budget,
        "measures": {name: [round(part, 4) for part in (value.mean, value.low, value.high)] for name,
            value in cell.measures.items()},
        "against_reference": {
            name: {"difference": [round(part, 4) for part in (item.difference.mean, item.difference.low,
                item.difference.high)],
                   "wins": item.wins, "ties": item.ties, "losses": item.losses}
            for name, item in cell.against.items()
        },
    }  # fmt: skip


# ------------------------------------------------------------------------------------------------------------ tables


def tables(run: Run, cells: Sequence[Cell], reference: str) -> str:
    parts: list[str] = []
    for task in run.tasks:
        own = [cell for cell in cells if cell.task == task.label]
        if own:
            parts.append(table(own, present(measure_of(run, task.label), own), reference, run))
    return "\n".join(parts)


def measure_of(run: Run, label: str) -> str:
    task = next(task for task in run.tasks if task.label == label)
    return task.measure or task_of(task).measure


def present(measure: str, cells: Sequence[Cell]) -> str:
    """The measure by its full name: where it is a reader's, that of the first reader that has it."""
    names = sorted({name for cell in cells for name in cell.measures})
    return measure if measure in names else next((name for name in names if name.startswith(f"{measure} ")), measure)


def table(cells: Sequence[Cell], measure: str, reference: str, run: Run) -> str:
    timed, priced = not run.share_scores, not run.share_scores and run.million_price > 0
    names = ordered({name for cell in cells for name in cell.measures})
    costly = [*(["seconds", "reading", "calls", "MB"] if timed else []), *(["pays from", "pays at"] if priced else [])]
    head = [
        "budget",
        "method",
        "tokens",
        *names,
        *costly,
        f"{measure}, less that of {reference}",
        "win/tie/loss",
        "errors",
    ]
    lines = [f"### {cells[0].task}: {max(cell.examples for cell in cells)} examples\n", f"| {' | '.join(head)} |"]
    lines.append("|" + "|".join("---" if name == "method" else "---:" for name in head) + "|")
    for cell in cells:
        costs = (
            [f"{cell.seconds:.2f}", f"{cell.read_seconds:.2f}", f"{cell.calls:,.0f}", f"{cell.megabytes:,.0f}"]
            if timed
            else []
        )
        costs += [pays_from(cell, run), pays_at(cell, run)] if priced else []
        lines.append(f"| {' | '.join(row(cell, names, measure, costs))} |")
    return "\n".join(lines) + "\n"


def group_table(task: str, outcomes: Iterable[Outcome]) -> str:
    """F1 of each method by what the examples' keys begin with: language and style."""
    groups: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for outcome in outcomes:
        if outcome.task == task:
            groups[outcome.example.partition(":")[0]][outcome.method].append(outcome.measures["f1"])
    methods = list(dict.fromkeys(method for found in groups.values() for method in found))
    lines = [
        f"\n### {task}: F1 by language and style\n",
        f"| language/style | functions | {' | '.join(methods)} |",
        "|---|" + "---:|" * (len(methods) + 1),
    ]
    for group, found in sorted(groups.items()):
        lines.append(
            f"| {group} | {max(map(len, found.values()))} | "
            f"{' | '.join(f'{mean(found[method]):.3f}' for method in methods)} |"
        )
    return "\n".join(lines) + "\n"


def ordered(names: Iterable[str]) -> list[str]:
    return sorted(names, key=lambda name: (PLAIN.index(name) if name in PLAIN else len(PLAIN) - 1.5, name))


def pays_from(cell: Cell, run: Run) -> str:
    """The length of context, in tokens, from which on the method costs less than it saves."""
    if not (cell.seconds and cell.tokens) or cell.ratio <= 1:
        return ""
    length = paying_length(
        cell.ratio * cell.tokens / cell.seconds, int(cell.tokens), run.second_price, run.million_price
    )
    return f"{length:,.0f}" if length < float("inf") else "never"


def pays_at(cell: Cell, run: Run) -> str:
    """Dollars for a million tokens of the reader's input from which on the method costs less than it saves here."""
    price = paying_price(cell.seconds, cell.tokens * (cell.ratio - 1), run.second_price)
    return f"{price:.3g}" if cell.seconds and price < float("inf") else ""


def row(cell: Cell, names: Sequence[str], measure: str, costs: Sequence[str]) -> list[str]:
    found = [f"{cell.budget:,}" if isinstance(cell.budget, int) else cell.budget, cell.method, f"{cell.tokens:,.0f}"]
    found += [shown(name, cell.measures[name].mean) if name in cell.measures else "" for name in names]
    found += costs
    other = cell.against.get(measure)
    said = f"{other.difference.mean:+.3f} [{other.difference.low:+.3f}, {other.difference.high:+.3f}]" if other else ""
    return [*found, said, f"{other.wins}/{other.ties}/{other.losses}" if other else "", f"{cell.errors or ''}"]


def shown(name: str, value: float) -> str:
    return f"{value:,.0f}" if name.startswith(TOKENS) else f"{value:.3f}"


# ------------------------------------------------------------------------------------------------------------- plots


def plot(run: Run, cells: Sequence[Cell], folder: Path) -> None:
    """Of each task the measure against the tokens really used, a line per method. PNG and SVG; none without
    matplotlib."""
    try:
        import matplotlib
    except ImportError:
        return
    matplotlib.use("Agg")
    from matplotlib import pyplot

    matplotlib.rcParams["svg.hashsalt"] = run.name  # the same bytes from the same numbers
    for task in run.tasks:
        own = [cell for cell in cells if cell.task == task.label]
        measure = present(measure_of(run, task.label), own)
        own = [cell for cell in own if measure in cell.measures]
        if not own:
            continue
        figure, axes = pyplot.subplots(figsize=(8, 5))
        for number, method in enumerate(dict.fromkeys(cell.method for cell in own)):
            line = sorted((tokens_read(cell, measure), cell.measures[measure]) for cell in own if cell.method == method)
            draw(axes, line, method, number)
        axes.set(
            xlabel="tokens used", ylabel=measure, title=f"{task.label} ({max(cell.examples for cell in own)} examples)"
        )
        axes.set_xscale("symlog", linthresh=100)
        axes.legend(fontsize=7, loc="center left", bbox_to_anchor=(1, 0.5))
        for kind in ("png", "svg"):
            figure.savefig(
                folder / f"{task.label.replace(' ', '-')}.{kind}",
                bbox_inches="tight",
                metadata={"Date": None} if kind == "svg" else None,
            )
        pyplot.close(figure)


def tokens_read(cell: Cell, measure: str) -> float:
    """Of the context: as the reader counts them, where the measure is a reader's that does."""
    own = next(
        (
            value.mean
            for name, value in cell.measures.items()
            if name.startswith(TOKENS) and measure.endswith(name.removeprefix(TOKENS))
        ),
        None,
    )
    return cell.tokens if own is None else own


def draw(axes: object, line: Sequence[tuple[float, Interval]], method: str, number: int) -> None:
    """No two methods of a run look alike: twenty colours, seven marks."""
    from matplotlib import colormaps

    tokens, values = [point[0] for point in line], [point[1] for point in line]
    spread = [[value.mean - value.low for value in values], [value.high - value.mean for value in values]]
    axes.errorbar(  # type: ignore[attr-defined]
        tokens, [value.mean for value in values], yerr=spread, label=method, marker="osv^DPX"[number % 7], markersize=4,
        capsize=2, elinewidth=0.6,
        linewidth=2.0 if method.startswith("longzip") else 1.0, color=colormaps["tab20"](number % 20),
    )  # fmt: skip
