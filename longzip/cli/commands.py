"""The commands by name: what each does in a line, and the module that has it, imported when the command is called.

The list of them is written without rich, whose import takes longer than all the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand, TyperGroup

if TYPE_CHECKING:
    from typer._click import Command, Context, HelpFormatter

COMMANDS: Mapping[str, tuple[str, str]] = {
    "compress": (
        "compress",
        "Print what matters for a question, of code or any text, and never more than a token budget.",
    ),
    "expand": ("expand", "Print the lines that a gap marker stands for."),
    "explain": (
        "explain",
        "Say why each function is shown or left out: signals, score, how it is shown, and what would have come next.",
    ),
    "rank": ("rank", "List the functions of a code base, the most relevant to a question first."),
    "tokens": (
        "tokens",
        "Count the tokens of files for different models: exactly where a tokenizer is on this machine, else estimated.",
    ),
    "segment": ("segment", "Show how longzip would cut a file into blocks."),
    "batch": ("batch", "Compress many times, from a file of jobs to a file of results."),
    "chat": (
        "chat",
        "Fit a conversation into a model's window: spent tool results are shortened, old messages become a summary.",
    ),
    "advise": ("chat", "Say whether a conversation needs compacting in a window, and whether pruning alone would do."),
    "config": ("config", "Show every setting, its value in force, and where the value comes from."),
    "mcp": (
        "serve",
        "Serve agents over the Model Context Protocol: compress_code, expand, rank, compress_text, recall.",
    ),
    "serve": (
        "serve",
        "Serve programs over HTTP: /compress, /rank, /expand, /compress/messages, /recall, /health, /openapi.json.",
    ),
    "install": (
        "install",
        "Write longzip into the settings of a coding agent: its MCP server, and the skill that says when to call it.",
    ),
    "bench": (
        "bench",
        "Measure what compression keeps, beside other methods; needs longzip's source, not only the package.",
    ),
    "schema": ("schemas", "Print the JSON schema of what a command prints as JSON; without a name, list the names."),
    "cache": ("cache", "Show, shrink or empty the cache of what was computed before."),
}
WIDTH = 100  # columns at most
PASSING_ON: Mapping[str, Any] = {"allow_extra_args": True, "ignore_unknown_options": True}


class Commands(TyperGroup):
    """The group of all commands."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands = {name: TyperCommand(name=name, help=told) for name, (_, told) in COMMANDS.items()}
        self.context_settings["max_content_width"] = WIDTH

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        return loaded(cmd_name) if cmd_name in COMMANDS else None

    def format_help(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Plainly, see the module."""
        super(TyperGroup, self).format_help(ctx, formatter)

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, told) for name, (_, told) in COMMANDS.items()])


@cache
def loaded(name: str) -> Command:
    """A command, its module imported."""
    found = getattr(import_module(f"longzip.cli.{COMMANDS[name][0]}"), name)
    if isinstance(found, typer.Typer):
        return typer.main.get_command(found)
    alone = typer.Typer(rich_markup_mode="rich", pretty_exceptions_enable=False, add_completion=False)
    alone.command(context_settings=dict(PASSING_ON) if name == "bench" else None)(found)
    return typer.main.get_command(alone)
