"""Outcomes of an instrument -> means by budget and method, and what longzip has more than each of the others.

A peer's answers were made at one budget and are compared with ours at each.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from benchmarks.instruments.values import OWN
from benchmarks.metrics import Comparison, compared, mean
from benchmarks.report import TOKENS
from benchmarks.values import Budget, Outcome

Rows = Mapping[str, Outcome]  # by example
Groups = dict[tuple[Budget, str], dict[str, Outcome]]  # by budget and method


def grouped(outcomes: Sequence[Outcome], asked: Collection[str], budgets: Sequence[Budget]) -> Groups:
    """Those of the questions asked. Peers stand beside each of our budgets in tokens, their own budget in their
    name."""
    found: Groups = {}
    for outcome in outcomes:
        if outcome.example not in asked:
            continue
        if outcome.method.startswith(OWN):
            found.setdefault((outcome.budget, outcome.method), {})[outcome.example] = outcome
            continue
        if not isinstance(outcome.budget, int):
            found.setdefault((outcome.budget, outcome.method), {})[outcome.example] = outcome
            continue
        label = f"{outcome.method} at {outcome.budget:,}"
        for budget in budgets:
            if isinstance(budget, int):
                found.setdefault((budget, label), {})[outcome.example] = replace(outcome, budget=budget)
    return found


def table(title: str, groups: Groups, budgets: Sequence[Budget], measures: Sequence[str]) -> str:
    """Means over the questions that all methods of a budget have done; then paired differences with 95 % intervals."""
    names = column_names(groups, measures)
    head = ["budget", "method", "questions", "tokens", *names, "seconds", "errors"]
    lines = [f"### {title}\n", f"| {' | '.join(head)} |", rule(head)]
    less: list[str] = []
    for budget in budgets:
        own = shared({method: rows for (size, method), rows in groups.items() if size == budget})
        for method, rows in own.items():
            lines.append(f"| {' | '.join(means_row(budget, method, rows, names))} |")
            if method != OWN and OWN in own:
                less += difference_row(budget, method, own[OWN], rows, measures)
    if less:
        second = ["budget", f"{OWN} less", *measures]
        lines += [
            f"\nDifferences, paired by question, with 95 % bootstrap intervals; wins/ties/losses of {OWN}:\n",
            f"| {' | '.join(second)} |", rule(second), *less,
        ]  # fmt: skip
    return "\n".join(lines) + "\n"


def shared(own: Mapping[str, Rows]) -> dict[str, Rows]:
    done = frozenset.intersection(*(frozenset(rows) for rows in own.values())) if own else frozenset()
    return {method: {key: row for key, row in rows.items() if key in done} for method, rows in own.items() if done}


def column_names(groups: Groups, measures: Sequence[str]) -> list[str]:
    names = {name for rows in groups.values() for row in rows.values() for name in row.measures}
    return [*(name for name in measures if name in names), *sorted(names - set(measures))]


def rule(head: Sequence[str]) -> str:
    return "|" + "|".join("---" if name in ("method", f"{OWN} less") else "---:" for name in head) + "|"


def means_row(budget: Budget, method: str, rows: Rows, names: Sequence[str]) -> list[str]:
    own = list(rows.values())
    found = [f"{budget:,}" if isinstance(budget, int) else budget, method, f"{len(own):,}"]
    found.append(f"{mean([row.tokens for row in own]):,.0f}")
    for name in names:
        values = [row.measures[name] for row in own if name in row.measures]
        found.append(shown(name, mean(values)) if values else "")
    seconds, errors = mean([row.seconds for row in own]), sum(bool(row.error) for row in own)
    return [*found, f"{seconds:.1f}" if seconds else "", f"{errors or ''}"]


def shown(name: str, value: float) -> str:
    return f"{value:,.0f}" if name.startswith(TOKENS) or name.endswith(" shown") else f"{value:.3f}"


def difference_row(budget: Budget, method: str, own: Rows, other: Rows, measures: Sequence[str]) -> list[str]:
    """One line of a table; none where nothing can be compared."""
    cells = [
        said(compared(values_of(own, name), values_of(other, name))) if values_of(other, name) else ""
        for name in measures
    ]
    size = f"{budget:,}" if isinstance(budget, int) else budget
    return [f"| {size} | {method} | {' | '.join(cells)} |"] if any(cells) else []


def values_of(rows: Rows, name: str) -> dict[str, float]:
    return {key: row.measures[name] for key, row in rows.items() if name in row.measures}


def said(item: Comparison) -> str:
    gap = item.difference
    return f"{gap.mean:+.3f} [{gap.low:+.3f}, {gap.high:+.3f}] {item.wins}/{item.ties}/{item.losses}"


def by_group(groups: Groups, budget: Budget, measures: Sequence[str]) -> str:
    """Our means by repository at one budget."""
    rows: dict[str, list[Outcome]] = {}
    for row in groups.get((budget, OWN), {}).values():
        rows.setdefault(row.example.partition(":")[0], []).append(row)
    named = [name for name in measures if any(name in row.measures for own in rows.values() for row in own)]
    if len(rows) < 2 or not named:
        return ""
    size = f"{budget:,} tokens" if isinstance(budget, int) else budget
    head = [f"{OWN}, {size}", "questions", *named, "seconds"]
    lines = [f"\n| {' | '.join(head)} |", "|---|" + "---:|" * (len(head) - 1)]
    for group, own in sorted(rows.items()):
        values = [mean([row.measures[name] for row in own if name in row.measures]) for name in named]
        seconds = mean([row.seconds for row in own])
        lines.append(f"| {group} | {len(own)} | {' | '.join(f'{value:.3f}' for value in values)} | {seconds:.1f} |")
    return "\n".join(lines) + "\n"


def summary(groups: Groups, budgets: Sequence[Budget]) -> Mapping[str, Mapping[str, float]]:
    """Means for programs, by budget and method."""
    found: dict[str, Mapping[str, float]] = {}
    for budget in budgets:
        own = shared({method: rows for (size, method), rows in groups.items() if size == budget})
        for method, rows in own.items():
            names = dict.fromkeys(name for row in rows.values() for name in row.measures)
            found[f"{budget} {method}"] = {
                "questions": len(rows),
                **{name: round(mean(list(values_of(rows, name).values())), 4) for name in names},
            }
    return found
