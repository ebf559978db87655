"""``longzip expand``: what a gap marker hides."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

import longzip
from longzip import UsageError
from longzip.cli.inputs import read_paths
from longzip.cli.options import SecretsChoice, SettingsOptions, load_settings, takes
from longzip.cli.output import print_exactly

PLACE = re.compile(r"(.+?):(\d+)(?:-(\d+))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpandOptions(SettingsOptions):
    """What ``longzip expand`` takes."""

    places: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE:FIRST-LAST",
            help="A file and its lines, as a marker gives them, such as src/client.py:31-42.",
            show_default=False,
        ),
    ]
    secrets: SecretsChoice = None


@takes(ExpandOptions)
def expand(options: ExpandOptions) -> None:
    """Print the lines that a gap marker stands for.

    Where lines were left out, a comment in the result says which: "... 12 lines (31-42)". Together with the file's name
    from its header that is what this command takes.

    Example: longzip expand src/client.py:31-42
    """
    settings = load_settings(options).settings
    for place in options.places:
        match = PLACE.fullmatch(place)
        if match is None:
            raise UsageError(f"{place!r} is no place; give a file and its lines, such as src/client.py:31-42.")
        path, first, last = Path(match[1]), int(match[2]), int(match[3] or match[2])
        if not path.is_file():
            raise UsageError(f"there is no file {match[1]!r}; give its path as it is from here.")
        (source,) = read_paths([path], settings).sources
        print_exactly(longzip.lines_of(source, first, last))
