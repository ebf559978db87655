"""``longzip install AGENT``: longzip among the tools and skills of a coding agent."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from longzip import LongzipError, UsageError
from longzip.cli.agents import AGENTS, Agent, Edit, with_entry, without_entry
from longzip.cli.console import say
from longzip.cli.options import SettingsOptions, takes
from longzip.cli.output import replace_file

SKILL = Path("longzip") / "SKILL.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallOptions(SettingsOptions):
    """What ``longzip install`` takes."""

    agent: Annotated[
        str,
        typer.Argument(
            metavar="AGENT",
            help=f"One of: {', '.join(AGENTS)}.",
            autocompletion=lambda: list(AGENTS),
            show_default=False,
        ),
    ]
    project: Annotated[
        bool, typer.Option("--project", metavar="", help="For this folder only, not for all of yours.")
    ] = False
    dry_run: Annotated[bool, typer.Option("--dry-run", metavar="", help="Only say what would be written.")] = False
    uninstall: Annotated[bool, typer.Option("--uninstall", metavar="", help="Take it out again.")] = False
    yes: Annotated[bool, typer.Option("--yes", "-y", metavar="", help="Overwrite without asking.")] = False


@takes(InstallOptions)
def install(options: InstallOptions) -> None:
    """Write longzip into the settings of a coding agent: its MCP server, and the skill that says when to call it.

    Everything else in these files stays as it is; before an entry or skill is overwritten that says something else, it
    asks.

    Example: longzip install claude-code

    Example: longzip install cursor --project --dry-run
    """
    agent = AGENTS.get(options.agent)
    if agent is None:
        raise UsageError(f"longzip knows no agent {options.agent!r}; choose one of: {', '.join(AGENTS)}.")
    top = Path.cwd() if options.project else Path.home()
    edits = wanted(agent, top, options)
    if not edits:
        say(f"nothing to do: {options.agent} {'does not have' if options.uninstall else 'has'} longzip already.")
    for edit in edits:
        if options.dry_run:
            typer.echo(f"{edit.verb} {edit.path}\n{edit.shown}".rstrip())
        elif not edit.overwrites or options.yes or agreed(edit):
            carry_out(edit)
            say(f"{edit.verb} {edit.path}")


def wanted(agent: Agent, top: Path, options: InstallOptions) -> Sequence[Edit]:
    """What is to be done to the agent's files; nothing where they are as they should be. Raises LongzipError for one
    that cannot be understood."""
    config = top / (agent.project_config if options.project else agent.config)
    change = without_entry if options.uninstall else with_entry
    found = [change(agent, config)]
    if agent.skills:
        found.append(skill_edit(top / agent.skills / SKILL, options.uninstall))
    return [edit for edit in found if edit is not None]


def skill_edit(path: Path, uninstall: bool) -> Edit | None:
    text = resources.files("longzip").joinpath("SKILL.md").read_text(encoding="utf-8")
    present = path.read_text(encoding="utf-8") if path.is_file() else None
    if uninstall:
        return None if present is None else Edit(path, None, "", overwrites=present != text)
    return None if present == text else Edit(path, text, "the skill of longzip", overwrites=present is not None)


def agreed(edit: Edit) -> bool:
    """Raises UsageError where nobody can be asked."""
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError(f"{edit.path} has something else for longzip already; add --yes to overwrite it.")
    return typer.confirm(f"{edit.path} has something else for longzip already. {edit.verb.capitalize()} it?", err=True)


def carry_out(edit: Edit) -> None:
    """Raises LongzipError where the file cannot be written."""
    try:
        if edit.text is None:
            edit.path.unlink()
            if edit.path.parent.name == SKILL.parent.name and not any(edit.path.parent.iterdir()):
                edit.path.parent.rmdir()
            return
        edit.path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LongzipError(f"{edit.path} cannot be changed: {error.strerror}.") from None
    replace_file(edit.path, edit.text)
