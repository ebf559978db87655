"""The command ``longzip``: a thin shell over the public names of the package.

It turns options into settings, results into bytes, and errors into one line and an exit code. It knows nothing of
models, formats or algorithms.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, cast

import typer

from longzip import BudgetTooSmall, LongzipError, UsageError
from longzip.cli.commands import COMMANDS, Commands
from longzip.cli.console import say

EXIT_FAILURE = 1
EXIT_USAGE = 2
EXIT_BUDGET = 3
EXIT_INTERRUPTED = 130

# What typer raises for a wrong command line. Its module has moved twice between the versions that are supported.
TyperUsageError = cast(type[Exception], typer.BadParameter.__mro__[1])

SUMMARY = (
    "Shorten a code base to the parts that matter for a question, so that it fits a language model's prompt.\n\n"
    "You say how long the result may be: the token budget. A token is the piece of text a language model counts in, "
    "about four characters. The result never exceeds the budget, and what is kept is kept word for word."
)

app = typer.Typer(
    name="longzip",
    cls=Commands,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Example: longzip compress src -q 'where are retries handled' --budget 4000",
)


def show_version(wanted: bool) -> None:
    if wanted:
        from longzip import __version__

        typer.echo(f"longzip {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True, help=SUMMARY)
def start(
    context: typer.Context,
    _version: Annotated[
        bool,
        typer.Option("--version", metavar="", callback=show_version, is_eager=True, help="Print the version and stop."),
    ] = False,
) -> None:
    """What ``longzip`` does before, or without, a command."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(EXIT_USAGE)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``longzip`` with these arguments, by default the process's own, and return its exit code.

    0: done. 1: failed. 2: the command line, a setting or a path makes no sense. 3: the budget is too small.
    130: interrupted.
    """
    given = sys.argv[1:] if arguments is None else arguments
    try:
        code = app(written_out(given), prog_name="longzip", standalone_mode=False)
    except TyperUsageError as error:
        return fail(wrong_usage(error), EXIT_USAGE)
    except LongzipError as error:
        return fail(str(error), exit_code(error))
    except OSError as error:
        return fail(f"{error.filename}: {error.strerror}" if error.filename else str(error), EXIT_FAILURE)
    except (KeyboardInterrupt, typer.Abort):
        return EXIT_INTERRUPTED
    return code if isinstance(code, int) else 0


def written_out(arguments: Sequence[str]) -> list[str]:
    """``longzip PATH ...`` as ``longzip compress PATH ...``, and ``--diff`` without a commit as ``--diff HEAD``."""
    found = list(arguments)
    if found and is_input(found[0]):
        found.insert(0, "compress")
    for at, argument in enumerate(found[: found.index("--")] if "--" in found else found):
        following = found[at + 1] if at + 1 < len(found) else "-"
        if argument == "--diff" and (following.startswith("-") or Path(following).exists()):
            found[at] = "--diff=HEAD"
    return found


def is_input(argument: str) -> bool:
    """Whether the first argument is something to compress, and no command."""
    if argument == "-":
        return True
    if argument.startswith("-") or argument in COMMANDS:
        return False
    if Path(argument).exists() or "/" in argument:
        return True
    from longzip import remote

    return remote(argument) is not None


def exit_code(error: LongzipError) -> int:
    if isinstance(error, UsageError):
        return EXIT_USAGE
    return EXIT_BUDGET if isinstance(error, BudgetTooSmall) else EXIT_FAILURE


def wrong_usage(error: Exception) -> str:
    """typer's own complaint, and where to look next."""
    context = getattr(error, "ctx", None)
    where = context.command_path if context is not None else "longzip"
    complaint = getattr(error, "format_message", error.__str__)()
    return f"{complaint.rstrip('.?')}; see: {where} --help"


def fail(message: str, code: int) -> int:
    say(f"longzip: {' '.join(message.split())}")
    return code
