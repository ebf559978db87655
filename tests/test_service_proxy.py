"""The proxy before a model that is a server of this process: what is forwarded, what stays the same, what fails."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import anyio
import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from longzip.service.history import History, Limits
from longzip.service.limits import Bounds
from longzip.service.proxy import build
from tests.services import FAST, served

Json = dict[str, Any]
WORDS = "alpha beta gamma delta epsilon zeta eta theta "
EVENTS = [f'data: {{"delta": "{word}"}}\n\n'.encode() for word in ("a", "ü", "b")] + [b"data: [DONE]\n\n"]


class Upstream:
    """Notes what it gets, and answers as the path's last part says."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.headers: list[Mapping[str, str]] = []
        self.closed = threading.Event()

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/{path:path}", self.answer, methods=["GET", "POST"])])

    async def answer(self, request: Request) -> Response:
        self.bodies.append(await request.body())
        self.headers.append(dict(request.headers))
        mode = request.query_params.get("mode", "")
        if mode == "stall":
            await anyio.sleep(30)
        if mode == "error":
            return Response(b'{"error": "overloaded"}', 529, {"retry-after": "7", "x-request-id": "r1"})
        if mode == "garbage":
            return Response(b"\xff\x00not json", 200, {"content-type": "application/json"})
        return StreamingResponse(self.stream(mode), 200, {"x-request-id": "r1"}, "text/event-stream")

    async def stream(self, mode: str) -> AsyncIterator[bytes]:
        try:
            for event in EVENTS:
                yield event
                await anyio.sleep(0.01)
            while mode == "endless":
                yield EVENTS[0]
                await anyio.sleep(0.01)
            if mode == "halt":
                await anyio.sleep(30)
        finally:
            self.closed.set()

    @property
    def messages(self) -> list[list[Json]]:
        return [json.loads(body)["messages"] for body in self.bodies]


@pytest.fixture
def upstream() -> Upstream:
    return Upstream()


@pytest.fixture
def address(upstream: Upstream) -> Iterator[str]:
    limits = Limits(window=3_000, result=400)
    with served(upstream.app()) as behind, served(build(behind, History(limits, FAST), Bounds(), 1.0)) as found:
        yield found


def openai_turn(number: int, lines: int = 12) -> list[Json]:
    call = {"id": f"c{number}", "type": "function", "function": {"name": "query", "arguments": f'{{"page": {number}}}'}}
    listed = "".join(f"order_{number}_{line} is late {WORDS}\n" for line in range(lines))
    return [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": f"c{number}", "content": listed},
        {"role": "assistant", "content": f"On page {number} all orders are late."},
        {"role": "user", "content": f"And on page {number + 1}?"},
    ]


def anthropic_turn(number: int, lines: int = 12) -> list[Json]:
    listed = "".join(f"order_{number}_{line} is late {WORDS}\n" for line in range(lines))
    use = {"type": "tool_use", "id": f"t{number}", "name": "query", "input": {"page": number}}
    result = {"type": "tool_result", "tool_use_id": f"t{number}", "content": [{"type": "text", "text": listed}]}
    return [
        {"role": "assistant", "content": [use]},
        {"role": "user", "content": [result]},
        {"role": "assistant", "content": [{"type": "text", "text": f"On page {number} all are late."}]},
        {"role": "user", "content": [{"type": "text", "text": f"And on page {number + 1}?"}]},
    ]


def talk(turns: int, lines: int = 12, turn: Any = openai_turn) -> list[Json]:
    opening = [{"role": "user", "content": "Which orders are late?"}]
    return [*opening, *(message for number in range(turns) for message in turn(number, lines))]


def send(address: str, messages: Sequence[Json], path: str = "/v1/chat/completions", **fields: Any) -> httpx2.Response:
    body = {"model": "m", "stream": True, "temperature": 0.5, "messages": messages, **fields}
    return httpx2.post(f"{address}{path}", json=body, headers={"Authorization": "Bearer key"}, timeout=60)


def test_what_is_short_passes_byte_for_byte(address: str, upstream: Upstream) -> None:
    body = b'{ "messages":[{"role":"user","content":"h\\u00e9llo"}],  "model" : "m"}'
    reply = httpx2.post(
        f"{address}/v1/chat/completions?a=1&b=%20", content=body, headers={"Authorization": "Bearer key", "X-Own": "1"}
    )
    assert upstream.bodies == [body]
    assert upstream.headers[0]["authorization"] == "Bearer key"
    assert upstream.headers[0]["x-own"] == "1"
    assert upstream.headers[0]["host"] not in address
    assert reply.content == b"".join(EVENTS)
    assert reply.headers["x-request-id"] == "r1"
    assert reply.headers["content-type"].startswith("text/event-stream")


@pytest.mark.parametrize(
    ("turn", "path"),
    [(openai_turn, "/v1/chat/completions"), (anthropic_turn, "/v1/messages")],
    ids=["openai", "anthropic"],
)
def test_a_conversation_that_grows_keeps_its_prefix(address: str, upstream: Upstream, turn: Any, path: str) -> None:
    """Each request begins with what the one before it was, byte for byte, but where the window was full; and what is
    sent stays near the bound."""
    whole = talk(24, turn=turn)
    ends = [at for at, message in enumerate(whole) if message["role"] == "assistant"]
    for end in ends:
        assert send(address, whole[:end], path).status_code == 200
    sent = upstream.messages
    changed = sum(earlier != later[: len(earlier)] for earlier, later in pairwise(sent))
    assert 1 <= changed <= 6
    counter = History(Limits(), FAST)
    assert counter.count(sent[-1]) < 0.5 * counter.count(whole[: ends[-1]])
    assert sent[-1][0] == whole[0]
    assert sent[-1][-1] == whole[ends[-1] - 1]
    stats = httpx2.get(f"{address}/longzip/stats").json()
    assert stats["requests"] == len(ends)
    assert stats["tokens_saved"] > 0
    assert stats["failures"] == 0


def test_the_same_in_another_process_and_after_branches() -> None:
    whole = talk(20)
    limits = Limits(window=3_000, result=400)
    one, other = History(limits, FAST), History(limits, FAST)
    ends = [at for at, message in enumerate(whole) if message["role"] == "assistant"]
    for end in ends:
        one.view(whole[:end])
    branch = [
        *whole[: ends[-3]],
        {"role": "assistant", "content": "Another answer."},
        {"role": "user", "content": "Why?"},
    ]
    one.view(branch)
    assert one.view(whole).messages == other.view(whole).messages
    assert one.view(branch).messages == History(limits, FAST).view(branch).messages


def test_marks_for_the_cache_change_nothing() -> None:
    whole = talk(16, turn=anthropic_turn)
    marked = json.loads(json.dumps(whole))
    marked[-1]["content"][-1]["cache_control"] = {"type": "ephemeral"}
    history = History(Limits(window=3_000, result=400), FAST)
    plain, with_mark = (
        history.view(whole).messages,
        History(Limits(window=3_000, result=400), FAST).view(marked).messages,
    )
    assert with_mark[-1]["content"][-1]["cache_control"] == {"type": "ephemeral"}
    assert [json.dumps(message) for message in with_mark[:-1]] == [json.dumps(message) for message in plain[:-1]]


def test_a_long_result_is_shortened_once_and_for_all(address: str, upstream: Upstream) -> None:
    lines = "".join(f"line {n}: {WORDS}\n" for n in range(200))
    first: list[Json] = [
        {"role": "user", "content": "Where does it fail?"},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "c", "type": "function", "function": {"name": "run", "arguments": "{}"}}],
        },
        {"role": "tool", "tool_call_id": "c", "content": f"{lines}ERROR: it fails in parse()\n{lines}"},
    ]
    send(address, first)
    send(
        address,
        [*first, {"role": "assistant", "content": "In parse()."}, {"role": "user", "content": "Thanks. And why?"}],
    )
    short = upstream.messages[0][2]
    assert "ERROR: it fails in parse()" in short["content"]
    assert len(short["content"]) < 4_000
    assert upstream.messages[1][:3] == upstream.messages[0]


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"not json", b'{"messages": 5}', b'{"messages": [5]}', b'{"messages": [{"role": 7}]}', b"[" * 99_999],
)
def test_what_cannot_be_read_passes_untouched(address: str, upstream: Upstream, body: bytes) -> None:
    assert httpx2.post(f"{address}/v1/messages", content=body).status_code == 200
    assert upstream.bodies == [body]


def test_errors_and_garbage_come_back_as_they_are(address: str) -> None:
    reply = send(address, talk(1), "/v1/messages?mode=error")
    assert (reply.status_code, reply.content) == (529, b'{"error": "overloaded"}')
    assert (reply.headers["retry-after"], reply.headers["x-request-id"]) == ("7", "r1")
    assert send(address, talk(1), "/v1/messages?mode=garbage").content == b"\xff\x00not json"
    assert httpx2.get(f"{address}/v1/models").status_code == 200


def test_an_upstream_that_stalls(address: str) -> None:
    assert send(address, talk(1), "/v1/messages?mode=stall").status_code == 504
    with pytest.raises(httpx2.RemoteProtocolError):
        send(address, talk(1), "/v1/messages?mode=halt")


def test_no_upstream() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        free = door.getsockname()[1]
    with served(build(f"http://127.0.0.1:{free}", History(Limits(), FAST), Bounds())) as address:
        assert send(address, talk(1)).status_code == 502


def test_the_answer_is_streamed_and_ends_with_its_client(address: str, upstream: Upstream) -> None:
    with httpx2.stream("POST", f"{address}/v1/messages?mode=endless", json={"messages": talk(1)}, timeout=10) as reply:
        assert next(reply.iter_raw()).startswith(EVENTS[0])
    assert upstream.closed.wait(10)
