"""``longzip mcp`` and ``longzip serve``: the services, over standard input and output or at an address."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from longzip import MissingExtra, UsageError
from longzip.cli.console import say
from longzip.cli.options import OTHER, Options, SecretsChoice, load_settings, takes, token_budget

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from longzip.service.limits import Bounds
    from longzip.service.work import Work

TOKEN = "LONGZIP_TOKEN"
ADDRESS = "127.0.0.1:8765"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceOptions(Options):
    """What both take."""

    roots: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ROOT",
            help=r"Folders whose files may be read, and nothing outside of them. \[default: the current one]",
            show_default=False,
        ),
    ] = None
    secrets: SecretsChoice = None
    workers: Annotated[
        int, typer.Option(metavar="N", min=1, help="Requests at work at once; others wait.", rich_help_panel=OTHER)
    ] = 2
    queue: Annotated[
        int, typer.Option(metavar="N", min=0, help="How many may wait; more are refused.", rich_help_panel=OTHER)
    ] = 256
    limit: Annotated[
        float,
        typer.Option(metavar="S", min=1, help="Seconds for one request, waiting included.", rich_help_panel=OTHER),
    ] = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class McpOptions(ServiceOptions):
    """What ``longzip mcp`` takes."""

    http: Annotated[
        str | None,
        typer.Option(
            metavar="HOST:PORT",
            help="Serve at http://HOST:PORT/mcp (streamable HTTP), not over standard input and output.",
        ),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeOptions(ServiceOptions):
    """What ``longzip serve`` takes."""

    address: Annotated[str, typer.Option(metavar="HOST:PORT", help="Where to listen; port 0 takes a free one.")] = (
        ADDRESS
    )
    megabytes: Annotated[int, typer.Option(metavar="N", min=1, help="The largest request.", rich_help_panel=OTHER)] = 20
    proxy: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Stand between a program and the model at this address, such as https://api.anthropic.com: long "
            "conversations are shortened on their way, answers come back as they are; see /longzip/stats.",
        ),
    ] = None
    window: Annotated[
        str,
        typer.Option(
            metavar="N", help="For --proxy: tokens of a conversation above which old messages are summarised."
        ),
    ] = "100k"
    tool_tokens: Annotated[
        str,
        typer.Option(metavar="N", help="For --proxy: the most tokens of one result of a tool; 0 for any number."),
    ] = "6k"


@takes(McpOptions)
def mcp(options: McpOptions) -> None:
    """Serve agents over the Model Context Protocol: compress_code, expand, rank, compress_text, recall.

    An agent starts it by itself: longzip install AGENT writes it into the agent's settings. With --http it serves
    several at once; beyond this machine only with a secret in the variable LONGZIP_TOKEN.

    Example: longzip mcp . ../library
    """
    work, bounds = prepared(options, "mcp")
    from longzip.service import mcp_server

    server = mcp_server.build(work, bounds)
    if options.http is None:
        server.run()
        return
    from longzip.service.serving import parted, serve

    host, _ = parted(options.http)
    serve(server.streamable_http_app(host=host), options.http, os.environ.get(TOKEN, ""), lambda at: say(f"{at}/mcp"))


@takes(ServeOptions)
def serve(options: ServeOptions) -> None:
    """Serve programs over HTTP: /compress, /rank, /expand, /compress/messages, /recall, /health, /openapi.json.

    Beyond this machine only with a secret in the variable LONGZIP_TOKEN, which clients send as a bearer token, and of
    --proxy as the header x-longzip-token.

    Example: longzip serve src --address 127.0.0.1:8765

    Example: longzip serve --proxy https://api.openai.com --window 60k
    """
    work, bounds = prepared(options, "server")
    from longzip.service import serving

    token = os.environ.get(TOKEN, "")
    serving.serve(
        app_of(options, work, bounds), options.address, token, lambda at: say(f"longzip serves at {at}"),
        most_bytes=options.megabytes * 1_000_000,
    )  # fmt: skip


def app_of(options: ServeOptions, work: Work, bounds: Bounds) -> Starlette:
    """The service, or the proxy. Raises UsageError for an address that is none."""
    from longzip.service import history, proxy, web

    if options.proxy is None:
        return web.build(work, bounds)
    if not re.fullmatch(r"https?://[^\s?#@]+", options.proxy):
        raise UsageError(f"--proxy is {options.proxy!r}; give an address, such as https://api.openai.com.")
    result = 0 if options.tool_tokens.strip() == "0" else token_budget(options.tool_tokens, "--tool-tokens")
    limits = history.Limits(token_budget(options.window, "--window"), result)
    return proxy.build(options.proxy, history.History(limits, work.settings), bounds)


def prepared(options: ServiceOptions, extra: str) -> tuple[Work, Bounds]:
    """Raises MissingExtra, UsageError, SettingsError."""
    try:
        import pydantic  # noqa: F401
        import starlette  # noqa: F401
        import uvicorn  # noqa: F401

        if extra == "mcp":
            import mcp  # noqa: F401
    except ImportError as error:
        raise MissingExtra(str(error.name), extra) from None
    from longzip.service.limits import Bounds
    from longzip.service.roots import Roots
    from longzip.service.work import Work

    settings = load_settings(options).settings
    if settings.prompt or settings.instruction:
        raise UsageError("prompt and instruction are settings for people; leave them out of a service's.")
    return Work(Roots(options.roots or ["."]), settings), Bounds(options.workers, options.queue, options.limit)
