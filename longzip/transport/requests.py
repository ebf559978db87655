"""JSON over HTTP with patience: time-outs, and another try where one may help.

Knows nothing of models. httpx2 is imported late.
"""

from __future__ import annotations

import asyncio
import json
import random
import ssl
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from longzip.errors import ModelError
from longzip.transport.answers import BUSY, advice, message_in, retry_after

if TYPE_CHECKING:
    import httpx2

Answer = TypeVar("Answer")
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 8.0
SHOWN = 200
MOST_BYTES = 32_000_000  # of an answer: log-probabilities of 100,000 tokens are a third of that
MOST_COMPLAINT = 100_000


class Refused(ModelError):
    """The server understood and said no. status: of the HTTP answer. text: what it said."""

    def __init__(self, message: str, status: int, text: str) -> None:
        super().__init__(message)
        self.status, self.text = status, text


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server and how patiently it is asked.

    url: without a slash at its end. key: sent as a bearer token where it is not empty, and shown nowhere.
    timeout: seconds after which a try counts as failed. retries: tries after the first.
    concurrency: requests under way at once.
    """

    url: str
    key: str
    timeout: float
    retries: int
    concurrency: int

    def __repr__(self) -> str:
        return f"Endpoint({self.url!r})"

    def client(self) -> httpx2.AsyncClient:
        """What sends the requests. The caller closes it."""
        import httpx2

        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        limits = httpx2.Limits(max_connections=self.concurrency)
        return httpx2.AsyncClient(headers=headers, timeout=None, limits=limits, verify=certificates())


@cache
def certificates() -> ssl.SSLContext:
    """The certificate authorities to trust, read once: that takes longer than many a request."""
    import httpx2

    return httpx2.create_ssl_context()


def checked(url: str) -> str:
    """The URL without a slash at its end. Raises ModelError for one that is none, or that holds a password."""
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        valid, parts = False, urlsplit("")
    if "@" in parts.netloc:
        raise ModelError(
            "The model's address holds a user name or password; put the API key into an environment variable."
        )
    if not valid or parts.query:
        raise ModelError(f"{url!r} is no address of a server; write it like http://localhost:8000/v1#model-name.")
    return url.rstrip("/")


def run(work: Coroutine[object, object, Answer]) -> Answer:
    """What the coroutine returns, also where this thread has an event loop at work already (a notebook, a web
    server)."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


async def all_of(tasks: Sequence[Callable[[], Awaitable[Answer]]], limit: int) -> list[Answer]:
    """The results of all tasks, in order, ``limit`` of them at a time. The first error ends the others and is
    raised."""
    gate = asyncio.Semaphore(limit)

    async def guarded(task: Callable[[], Awaitable[Answer]]) -> Answer:
        async with gate:
            return await task()

    try:
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(guarded(task)) for task in tasks]
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return [task.result() for task in running]


async def ask(endpoint: Endpoint, client: httpx2.AsyncClient, path: str, body: object, seed: int = 0) -> object:
    """The server's JSON answer to a POST of ``body``, or to a GET where that is None.

    A connection that fails or dies, a time-out, a busy or failing server and an answer that is no JSON are tried again
    after a pause that doubles each time (or is what the header Retry-After says). seed: of the pauses' random part,
    which keeps requests that failed together from returning together.
    Raises Refused for an answer that another try would not change, ModelError where no try was left.
    """
    import httpx2

    pauses, url = random.Random(seed), f"{endpoint.url}{path}"
    for attempt in range(endpoint.retries + 1):
        wanted: float | None = None
        try:
            # A time limit of our own: httpx2 counts from byte to byte, and a server may drip.
            async with asyncio.timeout(endpoint.timeout):
                status, content, wanted = await answered(client, url, body)
            if status == 200:
                return json.loads(content)
            text = content.decode("utf-8", "replace")
            complaint = f"answers {status}: {message_in(text)[:SHOWN]}"
            if status not in BUSY:
                raise Refused(f"{url} {complaint}; {advice(status)}.", status, text)
        except TimeoutError:
            complaint = f"does not answer within {endpoint.timeout:g} s"
        except httpx2.TransportError as error:
            complaint = f"cannot be reached ({type(error).__name__})"
        except (httpx2.DecodingError, httpx2.StreamError):
            complaint = "answers with something that cannot be unpacked"
        except (ValueError, RecursionError):
            complaint = "answers with something that is no JSON"
        if attempt < endpoint.retries:
            pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2**attempt) * (0.5 + 0.5 * pauses.random())
            await asyncio.sleep(pause if wanted is None else wanted)
    tries = "" if endpoint.retries == 0 else f", {endpoint.retries + 1} times in a row"
    raise ModelError(f"{url} {complaint}{tries}; check that the server runs and is not overloaded.")


async def answered(client: httpx2.AsyncClient, url: str, body: object) -> tuple[int, bytes, float | None]:
    """The status, the unpacked content and the seconds after which to come again. Raises ModelError for more content
    than any answer has: of a failure only its beginning is read."""
    asked = client.stream("GET", url) if body is None else client.stream("POST", url, json=body)
    async with asked as response:
        found, size = [], 0
        most = MOST_BYTES if response.status_code == 200 else MOST_COMPLAINT
        async for part in response.aiter_bytes():
            found.append(part)
            size += len(part)
            if size > MOST_BYTES:
                raise ModelError(f"{url} answers with more than {MOST_BYTES:,} bytes; check the address.")
            if size > most:
                break
        return response.status_code, b"".join(found), retry_after(response.headers.get("retry-after"))
