"""``longzip bench``: the benchmark, where the checkout that it belongs to is at hand.

It knows where the package ``benchmarks`` would lie, and hands the words over.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

import longzip
from longzip import LongzipError

CHECKOUT = Path(longzip.__file__).parent.parent
ABSENT = (
    "the benchmark is not part of the installed package; get it with longzip's source: clone the repository, run "
    "scripts/setup there, then .venv/bin/longzip bench RUN.toml."
)


def bench(
    context: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="RUN.toml | make completion PATH | make needle PATH",
            help="What to run, or what to make examples from.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Measure what compression keeps, beside other methods; needs longzip's source, not only the package.

    Options after the file go to the benchmark: --minutes M, --limit N, --fresh, --only-report, --out FOLDER.

    Example: longzip bench configs/benchmarks/smoke.toml
    """
    if not (CHECKOUT / "benchmarks" / "run.py").is_file():
        raise LongzipError(ABSENT)
    if str(CHECKOUT) not in sys.path:
        sys.path.insert(0, str(CHECKOUT))
    code: int = import_module("benchmarks.run").main([*(words or []), *context.args])
    raise typer.Exit(code)
