"""An app at an address: uvicorn, with an end that waits for the requests under way."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from longzip import LongzipError, UsageError
from longzip.service.guard import Guard, check_binding

GRACE_SECONDS = 10
MOST_BYTES = 20_000_000


def serve(
    app: ASGIApp,
    address: str,
    token: str,
    announce: Callable[[str], None],
    *,
    most_bytes: int = MOST_BYTES,
) -> None:
    """Serve until interrupted or terminated, then end the requests under way, for ten seconds at most.

    address: HOST:PORT; port 0 takes a free one. announce: told the address once it is open.
    Raises UsageError for an address that is none or needs a token, LongzipError where it cannot be opened.
    """
    host, port = parted(address)
    check_binding(host, token)
    with opened(host, port) as door:
        door.listen()  # who is told the address may ask at once
        taken = door.getsockname()[1]
        shown = f"[{host}]" if ":" in host else host
        announce(f"http://{shown}:{taken}")
        config = uvicorn.Config(
            Guard(app, token, most_bytes),
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        server = uvicorn.Server(config)
        with ending(server):
            server.run(sockets=[door])


@contextmanager
def ending(server: uvicorn.Server) -> Iterator[None]:
    """While the block runs, being terminated is an end in good order: uvicorn raises the signal once more when all
    requests are done, and then it means nothing more."""

    def end(_number: int, _frame: FrameType | None) -> None:
        server.should_exit = True

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def parted(address: str) -> tuple[str, int]:
    """Host and port. Raises UsageError."""
    host, colon, port = address.rpartition(":")
    host = host.strip("[]") if colon else ""
    if not host or not port.isdecimal() or int(port) > 65_535:
        raise UsageError(f"{address!r} is no address; write HOST:PORT, such as 127.0.0.1:8765.")
    return host, int(port)


def opened(host: str, port: int) -> socket.socket:
    """Raises LongzipError where the address is taken, or none of this machine's."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        door = socket.socket(family, kind, protocol)
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind(place)
    except OSError as error:
        raise LongzipError(f"{host}:{port} cannot be opened: {error.strerror}; choose another address.") from None
    return door
