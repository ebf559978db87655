"""What every request over HTTP passes first: the token, the name it was sent to, and its size.

It knows ASGI, and nothing of what is served.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from longzip import UsageError

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
OPEN = frozenset({"/health"})


def check_binding(host: str, token: str) -> None:
    """Raises UsageError for an address that others can reach where no token keeps them out."""
    if host not in LOOPBACK and not token:
        raise UsageError(
            f"{host} can be reached by other machines; set the variable LONGZIP_TOKEN to a secret that clients send as "
            "a bearer token, or listen on 127.0.0.1."
        )


class Refusal(Exception):
    """A request that is not let in. status: of the answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


@dataclass(frozen=True, slots=True)
class Guard:
    """The app behind a door. token: what clients send as a bearer token (or as x-longzip-token, where another server's
    key stands in that place); "" for none, which holds for clients on this machine only: then a request that a web page
    sends (it has an origin, or a host name of the page's own) is refused. most_bytes: of a request's body."""

    app: ASGIApp
    token: str
    most_bytes: int

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        try:
            self.check(scope["path"], headers)
        except Refusal as refusal:
            await answer(send, refusal)
            return
        body = Body(receive, send, self.most_bytes)
        try:
            await self.app(scope, body.receive, body.send)
        except Exception:
            if not body.refused:
                raise

    def check(self, path: str, headers: Mapping[str, str]) -> None:
        """Raises Refusal."""
        if self.token and path not in OPEN:
            bearer = headers.get("authorization", "").removeprefix("Bearer ")
            given = headers.get("x-longzip-token", bearer)
            if not hmac.compare_digest(given.encode(), self.token.encode()):
                raise Refusal(401, "the token is missing or wrong; send it as: Authorization: Bearer TOKEN")
        if not self.token:
            for name, value in (("host", f"//{headers.get('host', '')}"), ("origin", headers.get("origin", ""))):
                if value and host_of(value) not in LOOPBACK:
                    raise Refusal(403, f"requests with the {name} {value.lstrip('/')!r} are not served without a token")
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > self.most_bytes:
            raise too_large(self.most_bytes)


def host_of(address: str) -> str:
    """The host of an address or of what stands in the header of that name; "" where it has none."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


class Body:
    """A request's body, counted: where more comes than was announced, the request is refused in the app's place."""

    def __init__(self, receive: Receive, send: Send, most_bytes: int) -> None:
        self.inner_receive, self.inner_send, self.most_bytes = receive, send, most_bytes
        self.seen = 0
        self.refused = self.begun = False

    async def receive(self) -> Message:
        """Raises Refusal, when the refusal has been sent."""
        message = await self.inner_receive()
        self.seen += len(message.get("body", b""))
        if self.seen <= self.most_bytes:
            return message
        self.refused, refusal = True, too_large(self.most_bytes)
        if not self.begun:
            await answer(self.inner_send, refusal)
        raise refusal

    async def send(self, message: Message) -> None:
        """What the app makes of the refusal is not sent."""
        self.begun = True
        if not self.refused:
            await self.inner_send(message)


def too_large(most_bytes: int) -> Refusal:
    return Refusal(413, f"the request is larger than {most_bytes:,} bytes; send less, or name files instead")


async def answer(send: Send, refusal: Refusal) -> None:
    body = json.dumps({"error": {"type": "refused", "message": refusal.message}}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    headers += [(b"www-authenticate", b"Bearer")] if refusal.status == 401 else []
    # What is left of the body is not read: the connection cannot serve another request.
    headers += [(b"connection", b"close")] if refusal.status == 413 else []
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
