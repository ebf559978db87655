"""``longzip explain``: why each function is shown or not, as a table, as JSON, or as one HTML page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import longzip
from longzip import UsageError
from longzip.cli.console import progress, say
from longzip.cli.inputs import given_paths, named_paths, read_paths, read_query
from longzip.cli.options import (
    OTHER,
    RESULT,
    RepositoryOptions,
    list_format,
    load_settings,
    positive,
    share,
    takes,
    token_budget,
)
from longzip.cli.output import as_json, check_target, deliver, print_exactly, published

if TYPE_CHECKING:
    from longzip import ExplainedChunk, Explanation

TOP = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainOptions(RepositoryOptions):
    """What ``longzip explain`` takes."""

    budget: Annotated[
        str | None, typer.Option(metavar="N", help="The most tokens the result may have, such as 4000 or 4k.")
    ] = None
    rate: Annotated[
        str | None, typer.Option(metavar="R", help="Instead of --budget: the share of the tokens to keep, such as 0.2.")
    ] = None
    why: Annotated[
        str | None,
        typer.Option(metavar="FILE:SYMBOL", help="Only this function, class or line, and all there is to say of it."),
    ] = None
    html: Annotated[
        Path | None,
        typer.Option(
            "--html",
            metavar="FILE",
            help="Write one page that opens anywhere, without a network.",
            rich_help_panel=RESULT,
        ),
    ] = None
    top: Annotated[str | None, typer.Option(metavar="N", help=rf"Only the best N. \[default: {TOP}]")] = None
    keep: Annotated[
        list[str] | None,
        typer.Option(metavar="PIN", help="As for compress. May be repeated.", rich_help_panel=OTHER),
    ] = None
    drop: Annotated[
        list[str] | None,
        typer.Option(metavar="PART", help="As for compress. May be repeated.", rich_help_panel=OTHER),
    ] = None
    listing: Annotated[str, list_format("a table", "an object")] = "text"


@takes(ExplainOptions)
def explain(options: ExplainOptions) -> None:
    """Say why each function is shown or left out: signals, score, how it is shown, and what would have come next.

    Functions stand in the order in which they are chosen. score: what decides, in the unit of the model's relevance;
    the signals are in standard deviations of it.

    Example: longzip explain src -q 'where are retries handled' --budget 4000 --html why.html

    Example: longzip explain src -q 'where are retries handled' --budget 4000 --why client.py:send
    """
    settings = load_settings(options).settings
    if (options.budget is None) == (options.rate is None):
        raise UsageError("say how long the result may be, once: --budget 4000 (tokens), or --rate 0.2 (the share).")
    budget = None if options.budget is None else token_budget(options.budget)
    rate = None if options.rate is None else share(options.rate)
    top = TOP if options.top is None else positive("--top", options.top)
    check_target("--html", options.html)
    paths = given_paths(options.paths)
    query = read_query(options.query, paths)
    with progress(options.quiet) as show:
        show("reading files", 0, 0)
        pins, drops = options.keep or (), options.drop or ()
        question = None if budget is None else longzip.Question(query, budget, tuple(pins), tuple(drops))
        repository = read_paths(named_paths(paths, quiet=options.quiet), settings, question)
        show(f"loading model {settings.model}", 0, 0)
        compressor = longzip.Compressor.load(settings=settings)
        found = compressor.explain(
            repository, query=query, budget=budget, rate=rate, pins=pins, drops=drops, progress=show
        )
    if options.html is not None:
        deliver(longzip.html_page(found), options.html)
        if not options.quiet:
            say(f"{options.html}: {len(found.chunks):,} chunks of {len(found.files):,} files")
    chosen = found.chunks if options.why is None else meant(found.chunks, options.why)
    if options.listing == "json":
        told = found.as_dict()
        told = told if options.why is None else {**told, "chunks": [asdict(one) for one in chosen]}
        print_exactly(as_json(published("explain", told)))
    elif options.why is not None:
        print_exactly("\n".join(map(account, chosen)))
    elif options.html is None:
        print_exactly(table(found, top))


def meant(chunks: Sequence[ExplainedChunk], why: str) -> list[ExplainedChunk]:
    """The chunks that ``FILE:SYMBOL`` or ``FILE:LINE`` names. Raises UsageError where there are none."""
    path, _, name = why.rpartition(":")
    if not path:
        raise UsageError(f"--why is {why!r}; give FILE:SYMBOL or FILE:LINE, such as client.py:send.")
    path = path.rstrip(":").replace("\\", "/")
    files = [chunk for chunk in chunks if chunk.path == path] or [
        chunk for chunk in chunks if chunk.path.endswith(f"/{path}")
    ]
    if name.isdigit():
        found = [chunk for chunk in files if chunk.start_line <= int(name) <= chunk.end_line]
    else:
        found = [chunk for chunk in files if name in (chunk.name, chunk.name.rpartition(".")[2])]
    if not found:
        known = ", ".join(dict.fromkeys(chunk.name for chunk in files)) or "nothing: no such file was read"
        raise UsageError(f"--why {why}: there is no such part; in that file there is {known[:200]}.")
    return found


def account(chunk: ExplainedChunk) -> str:
    """All there is to say of one chunk, a fact a line."""
    place = f"{chunk.place} in the order of choice" if chunk.place else "not chosen for itself, only with what it holds"
    return "".join(
        f"{line}\n"
        for line in [
            f"{chunk.path}:{chunk.start_line}-{chunk.end_line}  {chunk.kind} {chunk.name}",
            f"  place      {place}",
            f"  shown      {chunk.rung}, {chunk.shown_tokens:,} of {chunk.tokens:,} tokens ({chunk.reason})",
            f"  score      {number(chunk.score)}",
            f"  relevance  {number(chunk.relevance)}",
            *(f"  {name:<9}  {value:+.3f}" for name, value in chunk.signals.items()),
            f"  {'runner-up' if chunk.shown_tokens else 'last taken'}  {chunk.runner_up or '-'}",
        ]
    )


def table(found: Explanation, top: int) -> str:
    """The best chunks, one a line, under their signals."""
    chunks = found.chunks[:top]
    signals = list(chunks[0].signals) if chunks else []
    heads = ["place", "score", "relevance", *signals, "shown", "tokens", "reason", "chunk", "runner-up"]
    rows = [heads, *(row(chunk, signals) for chunk in chunks)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip() for cells in rows]
    more = len(found.chunks) - len(chunks)
    return "".join(f"{line}\n" for line in lines) + (f"... {more:,} more, see --top\n" if more else "")


def row(chunk: ExplainedChunk, signals: Sequence[str]) -> list[str]:
    """The cells of one chunk."""
    return [
        str(chunk.place or "-"),
        number(chunk.score),
        number(chunk.relevance),
        *(number(chunk.signals.get(name)) for name in signals),
        chunk.rung,
        f"{chunk.shown_tokens:,}/{chunk.tokens:,}",
        chunk.reason,
        chunk.at,
        chunk.runner_up,
    ]


def number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
