"""``longzip cache``: what is kept for the next run, and how to get rid of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Annotated

import typer

import longzip
from longzip.cli.console import say
from longzip.cli.options import CACHE_HELP, OTHER, SettingsOptions, list_format, load_settings, positive, takes
from longzip.cli.output import as_json, print_exactly, published

if TYPE_CHECKING:
    from longzip import Cache, CacheInfo

MEGABYTE = 1_000_000

EXIT_USAGE = 2

cache = typer.Typer(name="cache")


@cache.callback(invoke_without_command=True, help="Show, shrink or empty the cache of what was computed before.")
def start(context: typer.Context) -> None:
    """What ``longzip cache`` does before, or without, a command."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(EXIT_USAGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheOptions(SettingsOptions):
    """What every ``longzip cache`` command takes."""

    cache_dir: Annotated[
        str | None,
        typer.Option("--cache", metavar="DIR", help=CACHE_HELP, show_default=False, rich_help_panel=OTHER),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InfoOptions(CacheOptions):
    """What ``longzip cache info`` takes."""

    listing: Annotated[str, list_format("a table", "an object")] = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class PruneOptions(CacheOptions):
    """What ``longzip cache prune`` takes."""

    to: Annotated[
        str | None,
        typer.Option(
            metavar="MB",
            help=r"Megabytes that the cache may keep. \[default: the setting cache_megabytes]",
            show_default=False,
        ),
    ] = None


@takes(InfoOptions)
def info(options: InfoOptions) -> None:
    """Show where the cache is, how large it is, and what it holds.

    Example: longzip cache info
    """
    store = opened(options)
    found = store.info()
    say(*(f"note: {note}" for note in store.notes))
    print_exactly(as_json(published("cache", as_object(found))) if options.listing == "json" else table(found))


@takes(CacheOptions)
def clear(options: CacheOptions) -> None:
    """Remove everything that is in the cache.

    Example: longzip cache clear
    """
    say(f"freed {megabytes(opened(options).clear())}")


@takes(PruneOptions)
def prune(options: PruneOptions) -> None:
    """Remove what was not used for the longest time until the cache is small enough.

    Example: longzip cache prune --to 500
    """
    store = opened(options)
    freed = store.prune(None if options.to is None else positive("--to", options.to) * MEGABYTE)
    say(*(f"note: {note}" for note in store.notes), f"freed {megabytes(freed)}")


for command in (info, clear, prune):
    cache.command()(command)


def opened(options: CacheOptions) -> Cache:
    """The cache that the settings name, switched off or not."""
    found = longzip.open_cache(replace(load_settings(options).settings, cache=True))
    assert found is not None
    return found


def as_object(found: CacheInfo) -> Mapping[str, object]:
    """What ``--format json`` prints."""
    return {**asdict(found), "path": str(found.path)}


def table(found: CacheInfo) -> str:
    rows = [f"{shelf.name:<12}{shelf.entries:>12,}{megabytes(shelf.size):>12}" for shelf in found.shelves]
    head = [f"{found.path}", f"{megabytes(found.size)} of at most {megabytes(found.limit)}"]
    return "\n".join([*head, *(["", f"{'what':<12}{'entries':>12}{'size':>12}", *rows] if rows else [])]) + "\n"


def megabytes(size: int) -> str:
    return f"{size / MEGABYTE:,.1f} MB"
