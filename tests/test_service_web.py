"""The HTTP service, asked over sockets: what it answers, what it refuses, and many at once."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import anyio
import httpx2
import jsonschema
import pytest

from longzip.service.guard import Guard
from longzip.service.limits import Bounds
from longzip.service.roots import Roots
from longzip.service.web import build
from longzip.service.work import Work
from tests.services import FAST, make_project, served

LOG = "".join(f"2026-01-01 12:00:{n:02} INFO fine {n}\n" for n in range(60))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_project(tmp_path)


@pytest.fixture
def address(project: Path) -> Iterator[str]:
    with served(Guard(build(Work(Roots([project]), FAST), Bounds()), "", 1_000_000)) as found:
        yield found


def post(address: str, path: str, **body: object) -> tuple[int, Any]:
    reply = httpx2.post(f"{address}{path}", json=body, timeout=60)
    return reply.status_code, reply.json()


def test_each_path_answers_as_its_schema_says(address: str) -> None:
    document = httpx2.get(f"{address}/openapi.json").json()
    asked: dict[str, dict[str, object]] = {
        "/compress": {"query": "how are retries done?", "budget": 150},
        "/rank": {"query": "backoff", "paths": ["app"], "top": 1},
        "/expand": {"places": ["app/retries.py:1-2"]},
        "/compress/messages": {"messages": [{"role": "user", "content": LOG}, {"role": "user", "content": "Why?"}]},
        "/recall": {"session": "talk.md", "reference": "#2"},
    }
    assert document["paths"].keys() == {*asked, "/health"}
    answers = {}
    for path, body in asked.items():
        status, answers[path] = post(address, path, **body)
        assert status == 200, answers[path]
        told = document["paths"][path]["post"]["responses"]["200"]["content"]["application/json"]["schema"]
        jsonschema.validate(answers[path], {**told, "components": document["components"]})
    assert 0 < answers["/compress"]["tokens"] <= 150
    assert answers["/rank"]["functions"][0]["name"] == "backoff"
    assert answers["/expand"]["places"][0]["text"].startswith("def retry(value):\n")
    assert answers["/compress/messages"]["messages"][-1] == {"role": "user", "content": "Why?"}
    assert answers["/recall"]["messages"][0]["text"] == "Postgres 15."
    assert httpx2.get(f"{address}/health").json()["status"] == "ok"


def test_a_text(address: str) -> None:
    status, answer = post(address, "/compress", text=f"{LOG}2026-01-01 13:00:00 ERROR disk full\n", budget=120)
    assert status == 200
    assert "ERROR disk full" in answer["text"]


@pytest.mark.parametrize(
    ("path", "body", "status", "said"),
    [
        ("/compress", {"query": "x", "paths": ["../secret.txt"]}, 422, "no '../secret.txt'"),
        ("/compress", {"query": "x", "paths": ["link.txt"]}, 422, "no 'link.txt'"),
        ("/expand", {"places": ["/etc/passwd:1-1"]}, 422, "no '/etc/passwd'"),
        ("/compress", {"query": "x", "budget": 0}, 422, "budget"),
        ("/compress", {"query": "x", "budgets": 5}, 422, "budgets"),
        ("/compress", {"query": "x", "keep": ["app/retries.py"], "budget": 5}, 422, "raise the budget"),
        ("/compress", {"text": "x", "path": "talk.md"}, 422, "either text or path"),
        ("/rank", {}, 422, "query"),
        ("/nothing", {}, 404, ""),
    ],
)
def test_what_makes_no_sense(address: str, path: str, body: dict[str, object], status: int, said: str) -> None:
    reply = httpx2.post(f"{address}{path}", json=body)
    assert reply.status_code == status
    assert said in reply.text


def test_what_is_no_json(address: str) -> None:
    headers = {"Content-Type": "application/json"}
    for body in (b"", b"[1]", b'{"query": ', b"\xff", b"[" * 100_000):
        assert httpx2.post(f"{address}/rank", content=body, headers=headers).status_code == 400
    assert httpx2.post(f"{address}/rank", content=b"{}").status_code == 415
    assert httpx2.get(f"{address}/rank").status_code == 405


def test_too_much(address: str) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(200):
            yield b" " * 100_000

    headers = {"Content-Type": "application/json"}
    host = address.removeprefix("http://")
    for send in ({"content": endless()}, {"content": b"x" * 1_000_001}):
        with suppress(httpx2.TransportError):  # the connection may be closed before all of it is sent
            assert httpx2.post(f"{address}/rank", headers=headers, **send).status_code == 413  # type: ignore[arg-type]
    with socket.create_connection((host.partition(":")[0], int(host.partition(":")[2]))) as line:
        line.sendall(b"POST /rank HTTP/1.1\r\nHost: localhost\r\nContent-Length: 200000000\r\n\r\n{")
        assert line.recv(100).startswith(b"HTTP/1.1 413 ")
    assert httpx2.get(f"{address}/health").status_code == 200


def test_web_pages_are_refused(address: str) -> None:
    body = {"places": ["app/retries.py:1-1"]}
    for name, value in (("Host", "evil.example"), ("Origin", "https://evil.example"), ("Origin", "null")):
        assert httpx2.post(f"{address}/expand", json=body, headers={name: value}).status_code == 403
    assert httpx2.post(f"{address}/expand", json=body, headers={"Origin": "http://localhost:3000"}).status_code == 200


def test_the_token(project: Path) -> None:
    with served(Guard(build(Work(Roots([project]), FAST), Bounds()), "s3cret", 1_000_000)) as address:
        body = {"places": ["app/retries.py:1-1"]}
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic s3cret"}):
            reply = httpx2.post(f"{address}/expand", json=body, headers=headers)
            assert reply.status_code == 401
            assert "s3cret" not in reply.text
        reply = httpx2.post(f"{address}/expand", json=body, headers={"Authorization": "Bearer s3cret"})
        assert reply.status_code == 200
        assert httpx2.get(f"{address}/health").status_code == 200


def test_two_hundred_clients_get_each_their_own(address: str) -> None:
    async def one(client: httpx2.AsyncClient, number: int, wrong: list[int]) -> None:
        text = f"{LOG[:600]}2026-01-01 13:00:00 ERROR disk{number} full\n"
        reply = await client.post("/compress", json={"text": text, "budget": 60 + number})
        answer = reply.json()
        if reply.status_code != 200 or answer["budget"] != 60 + number or f"disk{number} full" not in answer["text"]:
            wrong.append(number)

    async def go() -> list[int]:
        wrong: list[int] = []
        limits = httpx2.Limits(max_connections=None)
        async with (
            httpx2.AsyncClient(base_url=address, timeout=120, limits=limits) as client,
            anyio.create_task_group() as group,
        ):
            for number in range(200):
                group.start_soon(one, client, number, wrong)
        return wrong

    assert anyio.run(go) == []


class Slow(Work):
    """Takes its time, and looks whether somebody waits."""

    def __init__(self, project: Path, seconds: float) -> None:
        super().__init__(Roots([project]), FAST)
        self.seconds, self.begun, self.abandoned = seconds, threading.Event(), threading.Event()

    def expand(self, request: Any, progress: Any) -> Any:
        self.begun.set()
        ends = time.monotonic() + self.seconds
        try:
            while time.monotonic() < ends:
                progress("expand", 0, 0)
                time.sleep(0.01)
        except Exception:
            self.abandoned.set()
            raise
        return super().expand(request, progress)


def test_a_full_queue_says_when_to_come_again(project: Path) -> None:
    work = Slow(project, 1.0)
    with (
        served(build(work, Bounds(workers=1, queue=1))) as address,
        ThreadPoolExecutor(5) as pool,
    ):
        body = {"places": ["app/retries.py:1-1"]}
        replies = list(pool.map(lambda _: httpx2.post(f"{address}/expand", json=body, timeout=30), range(5)))
        statuses = sorted(reply.status_code for reply in replies)
        assert statuses == [200, 200, 503, 503, 503]
        assert {reply.headers["retry-after"] for reply in replies if reply.status_code == 503} == {"2"}


def test_time_is_limited(project: Path) -> None:
    work = Slow(project, 30.0)
    with served(build(work, Bounds(seconds=0.3))) as address:
        assert post(address, "/expand", places=["app/retries.py:1-1"])[0] == 504
        assert work.abandoned.wait(5)


def test_a_client_that_vanishes_ends_the_work(project: Path) -> None:
    work = Slow(project, 30.0)
    with served(build(work, Bounds())) as address:
        with pytest.raises(httpx2.ReadTimeout):
            httpx2.post(f"{address}/expand", json={"places": ["app/retries.py:1-1"]}, timeout=0.5)
        assert work.begun.is_set()
        assert work.abandoned.wait(5)
        assert httpx2.get(f"{address}/health").json()["waiting"] == 0


def test_the_command_serves_and_ends_in_order(project: Path) -> None:
    command = [sys.executable, "-m", "longzip", "serve", str(project), "--model", "ngram", "--no-cache"]
    refused = subprocess.run(
        [*command, "--address", "0.0.0.0:0"], capture_output=True, text=True, timeout=60, check=False
    )
    assert refused.returncode == 2
    assert "LONGZIP_TOKEN" in refused.stderr
    with subprocess.Popen([*command, "--address", "127.0.0.1:0"], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        address = process.stderr.readline().split()[-1]
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(post, address, "/compress", query="how are retries done?", budget=150)
            while httpx2.get(f"{address}/health").json()["waiting"] == 0 and not answer.done():
                time.sleep(0.01)
            process.send_signal(signal.SIGTERM)
            assert json.loads(json.dumps(answer.result(60)))[0] == 200
        assert process.wait(30) == 0
