"""Between a program and its model: long conversations are shortened on their way, answers come back as they are.

It knows HTTP and where in a request of OpenAI's or Anthropic's the messages stand; what is left of them is decided by
``history``. What it cannot read is passed on untouched, as is everything that is no conversation. Secrets in a
conversation are masked first, or the request is refused, as the settings say.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import anyio.to_thread
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from longzip import LongzipError, mask_secrets
from longzip.service.history import History, View
from longzip.service.limits import Bounds, Counter

if TYPE_CHECKING:
    import httpx2

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
PLACES = {"/chat/completions": "messages", "/messages": "messages", "/responses": "input"}
# What belongs to one connection and not to the message, and what is said anew for the next one.
OURS = frozenset(
    {
        "connection",
        "host",
        "content-length",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
    }
    | {"te", "trailer", "transfer-encoding", "upgrade", "x-longzip-token"}
)
CONNECT_SECONDS = 15.0


@dataclass(slots=True)
class Account:
    """What came of it so far. tokens: of messages, by an estimate. failures: of longzip's; such requests went on as
    they were."""

    requests: int = 0
    shortened: int = 0
    tokens_before: int = 0
    tokens_after: int = 0
    failures: int = 0


class Proxy:
    """Forwards requests to one upstream."""

    def __init__(self, upstream: str, history: History, bounds: Bounds, silence: float) -> None:
        """upstream: an address, to which paths are appended. silence: seconds that the upstream may be silent."""
        import httpx2

        self.upstream, self.history, self.counter = upstream.rstrip("/"), history, Counter(bounds)
        timeout = httpx2.Timeout(silence, connect=min(CONNECT_SECONDS, silence))
        limits = httpx2.Limits(max_connections=None)
        self.client = httpx2.AsyncClient(timeout=timeout, limits=limits, follow_redirects=False)
        self.account = Account()

    async def stats(self, _request: Request) -> Response:
        saved = self.account.tokens_before - self.account.tokens_after
        return JSONResponse({**asdict(self.account), "tokens_saved": saved})

    async def forward(self, request: Request) -> Response:
        import httpx2

        body, told = await request.body(), dict[str, str]()
        if request.method == "POST":
            try:
                body, masks = await self.masked(request.url.path, body)
            except LongzipError as error:
                return failure(422, str(error))
            body, told = await self.shortened(request.url.path, body)
            told |= masks
        query = f"?{request.url.query}" if request.url.query else ""
        sent = self.client.build_request(
            request.method, f"{self.upstream}{request.url.path}{query}", headers=kept(request.headers.raw), content=body
        )
        try:
            reply = await self.client.send(sent, stream=True)
        except httpx2.TimeoutException:
            return failure(504, "the upstream does not answer")
        except httpx2.HTTPError as error:
            return failure(502, f"the upstream cannot be reached ({type(error).__name__})")
        answer = StreamingResponse(passed_on(reply), reply.status_code)
        own = [(name.encode(), value.encode()) for name, value in told.items()]
        length = [pair for pair in reply.headers.raw if pair[0].lower() == b"content-length"]
        answer.raw_headers = [*kept(reply.headers.raw), *length, *own]
        return answer

    async def masked(self, path: str, body: bytes) -> tuple[bytes, dict[str, str]]:
        """The body without secrets, where it is a conversation, and the header that says how many there were. Raises
        SourceError where the settings refuse them."""
        if not any(path.endswith(ending) for ending in PLACES):
            return body, {}
        try:
            asked = json.loads(body)
        except (ValueError, RecursionError):
            return body, {}
        safe, places = await anyio.to_thread.run_sync(mask_secrets, asked, self.history.settings.secrets)
        if not places:
            return body, {}
        return json.dumps(safe, ensure_ascii=False).encode("utf-8", "replace"), {"x-longzip-masked": str(len(places))}

    async def shortened(self, path: str, body: bytes) -> tuple[bytes, dict[str, str]]:
        """The body to forward, and the headers that say what was done to it."""
        place = next((place for ending, place in PLACES.items() if path.endswith(ending)), "")
        if not place:
            return body, {}
        self.account.requests += 1
        try:
            asked = json.loads(body)
            messages = asked[place]
            if not isinstance(messages, list) or not messages:
                return body, {}
            view: View = await self.counter.do(lambda _stop: self.history.view(messages))
        except (LongzipError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            self.account.failures += 1
            return body, {"x-longzip-note": f"passed on as it was: {type(error).__name__}"}
        self.account.tokens_before += view.before
        self.account.tokens_after += view.after
        told = {"x-longzip-tokens": f"before={view.before}, after={view.after}"}
        if view.messages == messages:
            return body, told
        self.account.shortened += 1
        return json.dumps({**asked, place: view.messages}, ensure_ascii=False).encode("utf-8", "replace"), told


def kept(headers: Sequence[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Without what belongs to the connection, or is named as such."""
    named = {
        part.strip().lower().decode("latin-1")
        for name, value in headers
        if name.lower() == b"connection"
        for part in value.split(b",")
    }
    return [(name, value) for name, value in headers if name.lower().decode("latin-1") not in OURS | named]


async def passed_on(reply: httpx2.Response) -> AsyncIterator[bytes]:
    """The bytes as they come. An upstream that falls silent ends the answer there, which the client sees."""
    try:
        async for chunk in reply.aiter_raw():
            yield chunk
    finally:
        await reply.aclose()


def failure(status: int, message: str) -> Response:
    return JSONResponse({"error": {"type": "longzip_proxy_error", "message": message}}, status)


def build(upstream: str, history: History, bounds: Bounds, silence: float = 600.0) -> Starlette:
    """The app, without a guard."""
    proxy = Proxy(upstream, history, bounds, silence)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with proxy.client:
            yield

    handler: Callable[[Request], Any] = proxy.forward
    return Starlette(
        routes=[Route("/longzip/stats", proxy.stats), Route("/{path:path}", handler, methods=METHODS)],
        lifespan=lifespan,
    )
