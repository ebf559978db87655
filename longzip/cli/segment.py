"""``longzip segment``: a file's lines, how surprising each is, and where blocks begin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import longzip
from longzip import UsageError
from longzip.cli.console import progress
from longzip.cli.options import DEFAULTS, MODEL, Options, SecretsChoice, list_format, load_settings, takes
from longzip.cli.output import as_json, finite, print_exactly, published

if TYPE_CHECKING:
    from longzip import LineScore


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentOptions(Options):
    """What ``longzip segment`` takes."""

    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to look into.", show_default=False)]
    alpha: Annotated[
        float | None,
        typer.Option(
            metavar="NUMBER",
            help="How far a line's perplexity must stand above its neighbours for a block to begin there, in standard "
            rf"deviations: the lower, the more blocks. \[default: {DEFAULTS.alpha}]",
            rich_help_panel=MODEL,
        ),
    ] = None
    secrets: SecretsChoice = None
    listing: Annotated[str, list_format("a table", "an object")] = "text"


@takes(SegmentOptions)
def segment(options: SegmentOptions) -> None:
    """Show how longzip would cut a file into blocks.

    Each line is printed with its perplexity, which says how much it surprises the language model; a new block begins,
    marked by >, where a line stands out. Blocks are what is kept or left out inside a function.

    Example: longzip segment src/client.py --alpha 0.5
    """
    settings = load_settings(options).settings
    if not options.file.exists():
        raise UsageError(f"there is no file {str(options.file)!r}; check the path.")
    if options.file.is_dir():
        raise UsageError(f"{options.file} is a folder; give a file.")
    with progress(options.quiet) as show:
        show(f"loading model {settings.model}", 0, 0)
        compressor = longzip.Compressor.load(settings=settings)
        show(f"reading {options.file.name}", 0, 0)
        lines = compressor.segment(options.file).lines
    if options.listing == "json":
        print_exactly(as_json(published("segment", {"lines": [as_object(line) for line in lines]})))
    else:
        print_exactly("".join(f"{row(line)}\n" for line in lines))


def as_object(line: LineScore) -> Mapping[str, object]:
    """What ``--format json`` prints of each line."""
    return {
        "line": line.line,
        "text": line.text,
        "perplexity": finite(line.perplexity),
        "boundary": line.boundary,
        "chunk": line.chunk,
    }


def row(line: LineScore) -> str:
    perplexity = "" if line.perplexity is None else f"{line.perplexity:,.2f}"
    return f"{line.line:>6} {perplexity:>12} {'>' if line.boundary else ' '} {line.text}".rstrip()
