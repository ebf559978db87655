"""``longzip batch``: many compressions, over several processes or a cluster."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from longzip import UsageError, Workers, run_batch
from longzip.cli.console import progress, say
from longzip.cli.options import OTHER, RESULT, Options, layers, load_settings, positive, takes
from longzip.cli.output import check_target, is_file

EXIT_FAILURE = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchOptions(Options):
    """What ``longzip batch`` takes."""

    jobs: Annotated[
        Path,
        typer.Argument(
            metavar="JOBS",
            help='The jobs, one JSON object a line, such as {"paths": ["src"], "query": "where are retries handled", '
            '"budget": 4000}; may have "id", "rate", "sources", "pins", "drops" and "settings".',
            show_default=False,
        ),
    ]
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Add the results to this file, one line each, when they are done. Jobs that have one "
            "there are not done again.",
            rich_help_panel=RESULT,
        ),
    ] = None
    retry_failed: Annotated[
        bool,
        typer.Option(
            "--retry-failed",
            metavar="",
            help="Take the results that are errors out, and do these jobs again.",
            rich_help_panel=RESULT,
        ),
    ] = False
    count_for: Annotated[
        str | None,
        typer.Option(
            "--count-for", metavar="TOKENIZER", help="Whose tokens to count, as for compress.", rich_help_panel=RESULT
        ),
    ] = None
    workers: Annotated[
        str | None,
        typer.Option(
            metavar="N",
            help=r"How many jobs are done at once, each in a process of its own. \[default: 1; with --ray "
            r"the cluster's cores]",
            rich_help_panel=OTHER,
        ),
    ] = None
    cluster: Annotated[
        str | None,
        typer.Option(
            "--ray",
            metavar="ADDRESS",
            help="Let a Ray cluster do the jobs: auto (one that runs on this machine), ray://HOST:10001, "
            "or local (start one).",
            rich_help_panel=OTHER,
        ),
    ] = None


@takes(BatchOptions)
def batch(options: BatchOptions) -> None:
    """Compress many times, from a file of jobs to a file of results.

    Each job is a line of JSON with paths, a query and a budget; each result is a line too, in the order in which they
    are done, with the job's id. An interrupted run goes on where it stopped when it is called again. A job that fails
    is a result with an error, and the exit code is 1.

    Example: longzip batch jobs.jsonl -o results.jsonl --workers 2
    """
    load_settings(options)  # so that what is wrong there is not every job's error
    workers = None if options.workers is None else positive("--workers", options.workers)
    target = options.output
    if not is_file(target):
        raise UsageError("say where the results go: -o results.jsonl.")
    check_target("-o", target)
    if target.exists() and target.resolve() == options.jobs.resolve():
        raise UsageError("-o is the file of jobs; give the results a file of their own.")
    spread = Workers(workers, options.cluster or "")
    with progress(options.quiet) as show:
        tally = run_batch(
            options.jobs,
            target,
            layers=layers(options),
            workers=spread,
            retry_failed=options.retry_failed,
            progress=show,
        )
    if not options.quiet:
        done = tally.jobs - tally.present
        say(f"{tally.jobs:,} jobs: {done:,} done now, {tally.present:,} were there, {tally.failed:,} of all failed")
    if tally.failed:
        say(f"longzip: {tally.failed:,} of {tally.jobs:,} jobs failed, such as {tally.first_failure}")
        raise typer.Exit(EXIT_FAILURE)
