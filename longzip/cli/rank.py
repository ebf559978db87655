"""``longzip rank``: the functions of a code base, the most relevant to a question first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

import typer

import longzip
from longzip import ScoredChunk
from longzip.cli.console import harmless, progress
from longzip.cli.inputs import given_paths, named_paths, note_unmatched, note_unread, read_paths, read_query
from longzip.cli.options import RepositoryOptions, list_format, load_settings, positive, takes
from longzip.cli.output import as_json, finite, print_exactly, published


@dataclass(frozen=True, slots=True, kw_only=True)
class RankOptions(RepositoryOptions):
    """What ``longzip rank`` takes."""

    top: Annotated[str | None, typer.Option(metavar="N", help=r"Only the best N. \[default: all]")] = None
    listing: Annotated[str, list_format("a table", "an object")] = "text"


@takes(RankOptions)
def rank(options: RankOptions) -> None:
    """List the functions of a code base, the most relevant to a question first.

    Relevance is how much easier the question is to foresee for a language model that has just read the function: the
    drop in log-perplexity, in nats. Above 0, the function helps; what is neither function nor class is listed by its
    lines.

    Example: longzip rank src -q 'where are retries handled' --top 20
    """
    settings = load_settings(options).settings
    top = None if options.top is None else positive("--top", options.top)
    paths = given_paths(options.paths)
    query = read_query(options.query, paths)
    with progress(options.quiet) as show:
        show("reading files", 0, 0)
        repository = read_paths(named_paths(paths, quiet=options.quiet), settings, longzip.Question(query))
        note_unmatched(repository, options)
        note_unread(repository, options.quiet)
        show(f"loading model {settings.model}", 0, 0)
        compressor = longzip.Compressor.load(settings=settings)
        ranked = compressor.rank(repository, query=query, progress=show)[:top]
    if options.listing == "json":
        print_exactly(as_json(published("rank", {"chunks": [as_object(scored) for scored in ranked]})))
    else:
        print_exactly(table(ranked))


def as_object(scored: ScoredChunk) -> Mapping[str, object]:
    """What ``--format json`` prints of each."""
    chunk = scored.chunk
    return {
        "path": chunk.source.name,
        "name": chunk.label,
        "start_line": chunk.first_line,
        "end_line": chunk.last_line,
        "tokens": scored.tokens,
        "relevance": finite(scored.relevance),
    }


def table(ranked: Sequence[ScoredChunk]) -> str:
    places = [f"{scored.chunk.source.name}:{scored.chunk.first_line}-{scored.chunk.last_line}" for scored in ranked]
    width = max(map(len, places), default=0)
    lines = [f"{'relevance':>12}  {'tokens':>7}  {'lines':<{width}}  name"]
    for scored, place in zip(ranked, places, strict=True):
        lines.append(
            harmless(
                f"{scored.relevance:>12,.3f}  {scored.tokens:>7,}  {place:<{width}}  {scored.chunk.label}".rstrip()
            )
        )
    return "\n".join(lines) + "\n"
