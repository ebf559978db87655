"""longzip for agents: an MCP server with five tools, over standard input and output or over HTTP.

It knows the protocol's SDK; what a tool does, takes and gives is said in ``work``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from inspect import Parameter, Signature
from typing import Annotated, Any, TypeVar

import anyio.from_thread
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import CallToolResult, TextContent, ToolAnnotations
from pydantic import Field

from longzip import LongzipError, __version__
from longzip.service.limits import Bounds, Counter, Stop
from longzip.service.values import (
    CodeRequest,
    Expanded,
    ExpandRequest,
    Ranking,
    RankRequest,
    RecallRequest,
    Remembered,
    Shortened,
    TextRequest,
    Value,
)
from longzip.service.work import Progress, Work

Request = TypeVar("Request", bound=Value)
Answer = TypeVar("Answer", bound=Value)
INSTRUCTIONS = """longzip shortens code and text to what matters for a question, word for word, within a token budget.
Call compress_code before reading a folder or large files, with the question you have; call expand with the FILE:LINES
that a gap marker names ("... 12 lines (31-42)") where you need what it hides; call rank to see where things are done;
call compress_text with long logs, notes and outputs; call recall for a message that a summary of a session refers to.
It does not answer the question: the result is material for your answer. Nothing is changed, nothing is sent away."""
READ_ONLY = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)


def build(work: Work, bounds: Bounds) -> MCPServer[Any]:
    """The server, not running yet."""
    server: MCPServer[Any] = MCPServer(
        "longzip", title="longzip", instructions=INSTRUCTIONS, version=__version__, log_level="WARNING"
    )
    desk = Desk(server, Counter(bounds))
    desk.offer(
        work.compress_code, CodeRequest, Shortened, shown=lambda found: found.text,
        means="The part of files and folders that matters for a question, never more than the token budget.",
    )  # fmt: skip
    desk.offer(
        work.expand, ExpandRequest, Expanded,
        shown=lambda found: "\n".join(f"{one.place}\n{one.text}" for one in found.places),
        means="The lines that a gap marker hides, word for word.",
    )  # fmt: skip
    desk.offer(
        work.rank, RankRequest, Ranking, shown=as_list,
        means="The functions and classes of files and folders, the most relevant to a question first, without code.",
    )  # fmt: skip
    desk.offer(
        work.compress_text, TextRequest, Shortened, shown=lambda found: found.text,
        means="Any text (a log, notes, a session), shortened to what is critical or what a question needs.",
    )  # fmt: skip
    desk.offer(
        work.recall, RecallRequest, Remembered,
        shown=lambda found: "\n\n".join(f"#{one.number} {one.role}: {one.text}" for one in found.messages),
        means="Messages of a conversation, whole, by their number in a summary or by words.",
    )  # fmt: skip
    return server


def as_list(found: Ranking) -> str:
    return "\n".join(f"{one.path}:{one.start_line}-{one.end_line} {one.name}".rstrip() for one in found.functions)


class Desk:
    """Where calls of tools become work, and its results become what the SDK sends."""

    def __init__(self, server: MCPServer[Any], counter: Counter) -> None:
        self.server, self.counter = server, counter

    def offer(
        self, act: Callable[[Request, Progress], Answer], takes: type[Request], gives: type[Answer], *,
        shown: Callable[[Answer], str], means: str,
    ) -> None:  # fmt: skip
        """One more tool, with the name of ``act``, the fields of ``takes`` as parameters, and the schema of ``gives``.

        shown: the text that a model reads. means: what the tool is for.
        """

        async def call(context: Context[Any, Any], **values: Any) -> CallToolResult:
            found = await self.done(context, act, takes(**values))
            text = TextContent(type="text", text=shown(found))
            return CallToolResult(content=[text], structured_content=found.model_dump(mode="json"))

        parameters = [Parameter("context", Parameter.KEYWORD_ONLY, annotation=Context[Any, Any]), *parameters_of(takes)]
        returns = Annotated[CallToolResult, gives]
        call.__signature__ = Signature(parameters, return_annotation=returns)  # type: ignore[attr-defined]
        call.__annotations__ = {**{one.name: one.annotation for one in parameters}, "return": returns}
        self.server.add_tool(call, name=act.__name__, description=means, annotations=READ_ONLY, structured_output=True)

    async def done(
        self, context: Context[Any, Any], act: Callable[[Request, Progress], Answer], request: Request
    ) -> Answer:
        """What the work gives, its progress told to the client. Raises ToolError with longzip's own words."""

        def in_thread(stop: Stop) -> Answer:
            return act(request, partial(tell, context, stop, Told()))

        try:
            return await self.counter.do(in_thread)
        except LongzipError as error:
            raise ToolError(str(error)) from None
        except OSError as error:
            raise ToolError(error.strerror or "the file cannot be read.") from None


def parameters_of(request: type[Value]) -> list[Parameter]:
    """The fields of a request as the parameters of a function; those without a default come first, as they must."""
    found = []
    for name, info in request.model_fields.items():
        default = Parameter.empty if info.is_required() else info.get_default(call_default_factory=True)
        annotation: Any = Annotated[(info.annotation, *info.metadata, Field(description=info.description))]
        found.append(Parameter(name, Parameter.KEYWORD_ONLY, annotation=annotation, default=default))
    return found


class Told:
    """What was last told of the progress: a client is not to be flooded, and numbers must rise."""

    def __init__(self) -> None:
        self.stage, self.step = "", 0.0


def tell(context: Context[Any, Any], stop: Stop, told: Told, stage: str, done: int, total: int) -> None:
    """Tell the client of a new stage, and of each tenth of one. Raises Abandoned where it has left."""
    stop(stage, done, total)
    step = int(told.step) + (stage != told.stage) + min(done / total if total else 0.0, 0.9)
    if stage != told.stage or step >= told.step + 0.1:
        told.stage, told.step = stage, step
        anyio.from_thread.run(context.report_progress, step, None, stage)
