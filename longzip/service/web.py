"""longzip over HTTP: requests and answers in JSON, and an OpenAPI document made of the same values.

It knows Starlette; what is done is done by ``work``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import anyio
from pydantic import ValidationError
from pydantic.json_schema import models_json_schema
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from longzip import BudgetTooSmall, LongzipError, ModelError, SourceError, UsageError, __version__
from longzip.service.limits import Abandoned, Bounds, Busy, Counter, OutOfTime
from longzip.service.values import (
    CodeRequest,
    Expanded,
    ExpandRequest,
    MessagesRequest,
    MessagesShortened,
    Ranking,
    RankRequest,
    RecallRequest,
    Remembered,
    Shortened,
    TextRequest,
    Value,
)
from longzip.service.work import Progress, Work

STATUSES: tuple[tuple[type[LongzipError], int], ...] = (
    (Busy, 503),
    (OutOfTime, 504),
    (Abandoned, 499),
    (UsageError, 422),
    (BudgetTooSmall, 422),
    (SourceError, 422),
    (ModelError, 500),
    (LongzipError, 500),
)


@dataclass(frozen=True, slots=True)
class Call:
    """One path of the service. takes: the first whose mark is in the body, or the last."""

    path: str
    summary: str
    takes: tuple[type[Value], ...]
    gives: type[Value]
    act: Callable[[Any, Progress], Value]


def calls(work: Work) -> list[Call]:
    def either(request: CodeRequest | TextRequest, progress: Progress) -> Shortened:
        if isinstance(request, TextRequest):
            return work.compress_text(request, progress)
        return work.compress_code(request, progress)

    return [
        Call("/compress", "Files for a query, or any text", (TextRequest, CodeRequest), Shortened, either),
        Call("/rank", "Functions by relevance", (RankRequest,), Ranking, work.rank),
        Call("/expand", "What gap markers hide", (ExpandRequest,), Expanded, work.expand),
        Call("/compress/messages", "A conversation", (MessagesRequest,), MessagesShortened, work.compress_messages),
        Call("/recall", "Messages of a conversation", (RecallRequest,), Remembered, work.recall),
    ]


def build(work: Work, bounds: Bounds) -> Starlette:
    """The app, without a guard."""
    counter, known = Counter(bounds), calls(work)

    async def health(_request: Request) -> Response:
        return JSONResponse({"status": "ok", "version": __version__, "waiting": counter.waiting})

    async def document(_request: Request) -> Response:
        return JSONResponse(openapi(known))

    routes = [Route("/health", health), Route("/openapi.json", document)]
    routes += [Route(call.path, endpoint(call, counter), methods=["POST"]) for call in known]
    return Starlette(routes=routes)


def endpoint(call: Call, counter: Counter) -> Callable[[Request], Any]:
    async def respond(request: Request) -> Response:
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            return failure(415, "UsageError", "send JSON, with the header Content-Type: application/json")
        body = await request.body()
        try:
            asked = read(call, body)
        except ValidationError as error:
            return failure(422, "UsageError", in_words(error))
        except (ValueError, RecursionError):
            return failure(400, "UsageError", "the body is no JSON object")
        return await waited_for(request, call, asked, counter)

    return respond


def read(call: Call, body: bytes) -> Value:
    """The body as the value that it is. Raises ValidationError, ValueError."""
    given = json.loads(body)
    if not isinstance(given, dict):
        raise ValueError("no object")  # noqa: TRY004 - as for what is no JSON
    kind = call.takes[-1]
    if len(call.takes) > 1 and not {"text", "path"}.isdisjoint(given):
        kind = call.takes[0]
    return kind.model_validate(given)


async def waited_for(request: Request, call: Call, asked: Value, counter: Counter) -> Response:
    """The answer; the work ends where the client does not wait for it."""
    answers: list[Response] = []

    async def until_gone() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        group.cancel_scope.cancel()

    async with anyio.create_task_group() as group:
        group.start_soon(until_gone)
        try:
            found = await counter.do(lambda stop: call.act(asked, stop))
            answers.append(Response(found.model_dump_json(), media_type="application/json"))
        except LongzipError as error:
            answers.append(refusal(error))
        except OSError as error:
            answers.append(failure(500, "OSError", error.strerror or "a file cannot be read"))
        group.cancel_scope.cancel()
    return answers[0] if answers else Response(status_code=499)


def refusal(error: LongzipError) -> Response:
    status = next(status for kind, status in STATUSES if isinstance(error, kind))
    return failure(status, type(error).__name__, str(error))


def failure(status: int, kind: str, message: str) -> Response:
    headers = {"Retry-After": "2"} if status == 503 else None
    return JSONResponse({"error": {"type": kind, "message": message}}, status, headers)


def in_words(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, first['loc'])) or 'the body'}: {first['msg']}"


def openapi(known: list[Call]) -> dict[str, object]:
    """The document that says what can be asked for."""
    values = {kind for call in known for kind in (*call.takes, call.gives)}
    ordered = sorted(values, key=lambda kind: kind.__name__)
    _, schemas = models_json_schema(
        [(kind, "validation") for kind in ordered], ref_template="#/components/schemas/{model}"
    )

    def content(*kinds: type[Value]) -> dict[str, object]:
        links = [{"$ref": f"#/components/schemas/{kind.__name__}"} for kind in kinds]
        return {"application/json": {"schema": links[0] if len(links) == 1 else {"anyOf": links}}}

    paths = {
        call.path: {
            "post": {
                "summary": call.summary,
                "operationId": call.path.strip("/").replace("/", "_"),
                "requestBody": {"required": True, "content": content(*call.takes)},
                "responses": {"200": {"description": "Done", "content": content(call.gives)}},
            }
        }
        for call in known
    }
    health = {"get": {"summary": "Whether it runs", "responses": {"200": {"description": "It does"}}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "longzip", "version": __version__},
        "paths": {**paths, "/health": health},
        "components": {"schemas": schemas["$defs"]},
    }
