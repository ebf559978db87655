"""``longzip compress``: the part of code or of any text that matters for a question, within a token budget."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import longzip
from longzip import Settings, UsageError
from longzip.cli.changes import asked_changes, before_code, with_changes
from longzip.cli.clipboard import copy
from longzip.cli.compressing import CompressOptions
from longzip.cli.console import Progress, harmless, progress, summary, tell
from longzip.cli.inputs import (
    STDIN,
    Piped,
    given_paths,
    is_read,
    named_paths,
    note_unmatched,
    piped,
    read_paths,
    read_query,
    read_question,
    without,
)
from longzip.cli.options import load_settings, share, takes, token_budgets
from longzip.cli.output import STDOUT, as_json, check_target, deliver, is_file, published
from longzip.cli.tree import tree
from longzip.cli.written import is_own, remember

if TYPE_CHECKING:
    from longzip import Budget, Compressed, Detected, Estimate, Repository

PLACE = "{budget}"
NO_SIZE = "say how long the result may be: --budget 4000 (tokens), or --rate 0.2 (the share to keep)."


@takes(CompressOptions)
def compress(options: CompressOptions) -> None:
    """Print what matters for a question, of code or any text, and never more than a token budget.

    What helps to answer the question is kept word for word; the rest is left out, and a comment stands where lines are
    missing. The result goes to standard output, a progress bar and a summary to standard error. Conversations, logs and
    documents need no question: then what is critical in them is kept.

    Example: longzip compress src -q 'where are retries handled' --budget 4000

    Example: git ls-files | longzip compress - -q @task.txt --rate 0.1 --format markdown -o context.md

    Example: pytest -q | longzip compress - -q 'why does it fail' --budget 2000
    """
    settings = load_settings(options).settings
    options = with_defaults(options, settings)
    changed = asked_changes(options, settings)
    if changed is not None:
        options, settings = with_changes(options, changed), before_code(settings, options, changed)
    options = replace(options, paths=given_paths(options.paths))
    budgets = tuple(token_budgets(options.budget)) if options.budget is not None else ()
    size = Amount(budgets, None if options.rate is None else share(options.rate), options.level, options.target)
    check(options, settings, budgets)
    if options.dry_run or options.tree:
        dry_run(options, settings)
        return
    paths = options.paths or []
    given = piped(paths, settings, options.name or "")
    if given == Piped() and STDIN in paths:
        read_query(options.query, paths)  # of nothing at all, what is said of the question helps more
    with progress(options.quiet) as show:
        repository = given.text if given.text is not None else read(options, settings, show, given.paths)
        detected = longzip.detect(repository, settings)
        if detected.kind != "code" or needs_no_question(options, settings, detected):
            query = read_question(options.query, paths)
        else:
            if size.is_open:
                raise UsageError(NO_SIZE)
            query = read_query(options.query, paths)
        if detected.route(query) == "functions" and (size.budgets or size.rate is not None):
            results, loading = code(options, settings, repository, query or "", size, show)
        else:
            results, loading = texts(options, settings, repository, query, size), 0.0
    if options.report is not None:
        reports = [with_digest(result) for result in results]
        deliver(as_json(reports if len(budgets) > 1 else reports[0]), options.report)
    for result in results:
        text = as_json(published("compress", result.as_dict())) if settings.format == "json" else result.text
        target = target_of(options.output, result.report.asked)
        if not options.copy or target is not None:
            deliver(text, target)
        if is_file(target):
            remember(target, settings)
        if options.copy:
            copy(text)
        if not options.quiet:
            tell(*summary(result, loading))


def with_defaults(options: CompressOptions, settings: Settings) -> CompressOptions:
    """The options, with the budget and the question of the settings where none are given."""
    sized = any(getattr(options, name) is not None for name in ("budget", "rate", "level", "target"))
    budget = options.budget if sized else settings.budget or None
    return replace(options, budget=budget, query=options.query if options.query is not None else settings.query or None)


def target_of(output: Path | None, budget: int) -> Path | None:
    """Where the result for a budget is written."""
    return None if output is None else Path(str(output).replace(PLACE, str(budget)))


@dataclass(frozen=True, slots=True)
class Amount:
    """How long the result may be; at most one of them. budgets: one result for each."""

    budgets: tuple[Budget, ...]
    rate: float | None
    level: str | None
    target: str | None

    @property
    def budget(self) -> Budget | None:
        return self.budgets[0] if self.budgets else None

    @property
    def is_open(self) -> bool:
        return not self.budgets and self.rate is None and self.level is None and self.target is None


def needs_no_question(options: CompressOptions, settings: Settings, detected: Detected) -> bool:
    """Whether code needs no question, since its signatures will do: somebody said that it is code, or how they are to
    look; or nothing but its look says that it is code."""
    asked = settings.kind != "auto" or settings.layout != "plain" or options.level or options.target
    return detected.confidence < 1 or (bool(asked) and settings.strategy == "default")


def texts(
    options: CompressOptions, settings: Settings, repository: Repository, query: str | None, size: Amount
) -> tuple[Compressed, ...]:
    """One result for each budget, of prose, or of code by its signatures."""
    extra = longzip.TextOptions(pins=options.keep or (), drops=options.drop or (), settings=settings)
    return tuple(
        longzip.compress(
            repository, query, budget=budget, rate=size.rate, level=size.level, target=size.target, options=extra
        )
        for budget in size.budgets or (None,)
    )


def code(
    options: CompressOptions, settings: Settings, repository: Repository, query: str, size: Amount, show: Progress
) -> tuple[tuple[Compressed, ...], float]:
    """One result for each budget, and the seconds that the model took to load."""
    show(f"loading model {settings.model}", 0, 0)
    started = time.perf_counter()
    compressor = longzip.Compressor.load(settings=settings)
    loading = time.perf_counter() - started
    pins, drops = options.keep or (), options.drop or ()
    if len(size.budgets) > 1:
        sizes = [budget for budget in size.budgets if budget != "knee"]
        return compressor.compress_to(
            repository, query=query, budgets=sizes, pins=pins, drops=drops, progress=show
        ), loading
    result = compressor.compress(
        repository, query=query, budget=size.budget, rate=size.rate, pins=pins, drops=drops, progress=show
    )
    return (result,), loading


def check(options: CompressOptions, settings: Settings, budgets: Sequence[Budget]) -> None:
    """Raise UsageError where options do not go together."""
    given = [name for name in ("budget", "rate", "level", "target") if getattr(options, name) is not None]
    if len(given) > 1:
        raise UsageError(
            f"{' and '.join(f'--{name}' for name in given[:2])} both say how long the result may be; "
            "give only one of them."
        )
    if len(budgets) > 1 and PLACE not in str(options.output or ""):
        raise UsageError("several budgets make several results; say where they go, such as -o 'context-{budget}.md'.")
    if options.instruction is not None and not settings.prompt:
        raise UsageError("--instruction is a part of the whole prompt; add --prompt.")
    if options.report is not None and options.report.resolve() == (options.output or STDOUT).resolve():
        raise UsageError("the result and --report go to the same place; give the report a file of its own.")


def read(
    options: CompressOptions, settings: Settings, show: Progress, listed: Sequence[Path] | None = None
) -> Repository:
    """The files to compress, once it is sure that the result can be written and overwrites none of them."""
    budgets = token_budgets(options.budget) if options.budget else []
    sizes = [size for size in budgets if size != "knee"]
    outputs = {target_of(options.output, size) for size in sizes} or {options.output}
    targets = [*(("-o", output) for output in outputs), ("--report", options.report)]
    for option, target in targets:
        check_target(option, target)
    show("reading files", 0, 0)
    paths = named_paths(options.paths or [], listed, quiet=options.quiet)
    repository = read_paths(paths, settings, asked(options, sizes) if len(sizes) == len(budgets) else None)
    note_unmatched(repository, options)
    for option, target in targets:
        if is_file(target) and is_read(target, paths, repository):
            if is_own(target, settings) and target.resolve() not in [path.resolve() for path in paths]:
                repository = without(repository, target, paths)
                continue
            raise UsageError(
                f"{option} {target} is one of the files to read; give another name, or --exclude {target.name}."
            )
    return repository


def asked(options: CompressOptions, budgets: Sequence[int]) -> longzip.Question | None:
    """What files are read for; None where that is not known before they are."""
    if options.query is None or options.query == STDIN or not budgets or options.dry_run or options.tree:
        return None
    query = read_query(options.query, options.paths or [])
    return longzip.Question(query, max(budgets), tuple(options.keep or ()), tuple(options.drop or ()))


def with_digest(result: Compressed) -> Mapping[str, object]:
    """What ``--report`` writes."""
    digest = {} if result.digest is None else {"digest": asdict(result.digest)}
    return published("report", {**result.report.as_dict(), **digest})


def dry_run(options: CompressOptions, settings: Settings) -> None:
    """Print what would be read, and how long it would take."""
    with progress(options.quiet) as show:
        repository = read(options, settings, show)
        show("counting", 0, 0)
        estimate = longzip.dry_run(repository, settings)
    if options.tree:
        files = [{"path": path, "tokens": tokens} for path, tokens in estimate.sizes]
        listing = as_json(published("tree", {"tokens": estimate.tokens, "files": files}))
        deliver(listing if settings.format == "json" else tree(estimate.sizes), options.output)
        return
    reasons = Counter(skipped.reason for skipped in estimate.skipped)
    if settings.format == "json":
        numbers = {name: getattr(estimate, name) for name in ("files", "chunks", "tokens", "characters", "seconds")}
        largest = [{"path": path, "tokens": tokens} for path, tokens in estimate.largest]
        text = as_json(published("estimate", {**numbers, "largest": largest, "skipped": dict(reasons.most_common())}))
    else:
        text = "".join(f"{harmless(line)}\n" for line in estimate_lines(estimate, reasons, settings.model))
    deliver(text, options.output)


def estimate_lines(estimate: Estimate, reasons: Counter[str], model: str) -> list[str]:
    """What ``--dry-run`` prints for people."""
    seconds = "not known" if estimate.seconds is None else f"≈ {estimate.seconds:,.1f}"
    return [
        f"files    {estimate.files:>12,}",
        f"chunks   {estimate.chunks:>12,}  (functions, class heads, and the code between them)",
        f"tokens   {estimate.tokens:>12,}  ({estimate.characters:,} characters)",
        f"seconds  {seconds:>12}  (with model {model})",
        "",
        "largest files, in tokens",
        *(f"  {tokens:>12,}  {path}" for path, tokens in estimate.largest),
        *(["", "skipped files"] if reasons else []),
        *(f"  {count:>12,}  {reason}" for reason, count in reasons.most_common()),
    ]
