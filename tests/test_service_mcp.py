"""The MCP server, asked by the SDK's own client: over standard input and output, over HTTP, and within this process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import jsonschema
import pytest
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.types import CallToolResult, TextContent

from longzip.service.limits import Bounds
from longzip.service.mcp_server import build
from longzip.service.roots import Roots
from longzip.service.work import Work
from tests.services import FAST, make_project

TOOLS = {"compress_code", "expand", "rank", "compress_text", "recall"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_project(tmp_path)


def server(project: Path, bounds: Bounds = Bounds()) -> Any:  # noqa: B008 - frozen
    return build(Work(Roots([project]), FAST), bounds)


def ask(project: Path, tool: str, **arguments: object) -> CallToolResult:
    async def go() -> CallToolResult:
        async with Client(server(project)) as client:
            return await client.call_tool(tool, arguments)

    return anyio.run(go)


def text(result: CallToolResult) -> str:
    (block,) = result.content
    assert isinstance(block, TextContent)
    return block.text


def test_the_tools_and_their_schemas(project: Path) -> None:
    async def go() -> None:
        async with Client(server(project)) as client:
            tools = {tool.name: tool for tool in (await client.list_tools()).tools}
            assert tools.keys() == TOOLS
            for tool in tools.values():
                assert tool.description
                assert tool.output_schema
                assert tool.annotations is not None
                assert tool.annotations.read_only_hint
                assert "context" not in tool.input_schema["properties"]
            result = await client.call_tool("compress_code", {"query": "how are retries done?", "budget": 150})
            jsonschema.validate(result.structured_content, tools["compress_code"].output_schema or {})
            assert result.structured_content is not None
            assert 0 < result.structured_content["tokens"] <= 150
            assert "def retry(value):" in text(result)
            assert result.structured_content["files"][0]["path"] == "app/retries.py"

    anyio.run(go)


def test_expand_takes_the_names_that_a_result_gives(project: Path) -> None:
    assert text(ask(project, "expand", places=["app/retries.py:1-2"])).endswith(
        "def retry(value):\n    retry_0 = load_retry(0) + 0\n"
    )
    found = ask(project, "rank", query="backoff", paths=["app"], top=1).structured_content
    assert found is not None
    assert [(one["path"], one["name"]) for one in found["functions"]] == [("app/retries.py", "backoff")]


@pytest.mark.parametrize(
    "name", ["../secret.txt", "link.txt", "/etc/passwd", "app/../../secret.txt", "C:\\x.py", "", "a\0b"]
)
def test_nothing_outside_the_root_is_read(project: Path, name: str) -> None:
    for result in (
        ask(project, "expand", places=[f"{name}:1-1"]),
        ask(project, "compress_code", query="code", paths=[name]),
        ask(project, "compress_text", path=name),
        ask(project, "recall", session=name, query="code"),
    ):
        assert result.is_error
        assert "launch" not in text(result)
        assert "root" not in text(result), "and nobody learns whether it is there"


def test_bad_calls_are_told_what_is_wrong(project: Path) -> None:
    assert "budget" in text(ask(project, "compress_code", query="x", budget=0))
    assert "either text or path" in text(ask(project, "compress_text"))
    assert "no lines 900-901" in text(ask(project, "expand", places=["app/retries.py:900-901"]))
    assert ask(project, "recall", session="talk.md", reference="ref:9").is_error


def test_texts_and_conversations(project: Path) -> None:
    log = (
        "".join(f"2026-01-01 12:00:{n:02} INFO fine {n}\n" for n in range(60)) + "2026-01-01 13:00:00 ERROR disk full\n"
    )
    assert "ERROR disk full" in text(ask(project, "compress_text", text=log, query="what failed?", budget=120))
    assert text(ask(project, "recall", session="talk.md", reference="#2")) == "#2 assistant: Postgres 15."
    assert text(ask(project, "recall", session="talk.md", query="postgres")).startswith("#2")


def test_progress_is_told(project: Path) -> None:
    told: list[tuple[float, str | None]] = []

    async def hear(progress: float, _total: float | None, message: str | None) -> None:
        told.append((progress, message))

    async def go() -> None:
        async with Client(server(project)) as client:
            await client.call_tool("rank", {"query": "retries"}, progress_callback=hear)

    anyio.run(go)
    assert told
    assert told[0][1] == "reading files"
    assert [step for step, _ in told] == sorted({step for step, _ in told})


def test_a_client_that_gives_up_ends_the_work(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ended, begun = threading.Event(), threading.Event()

    def slow(_self: Work, _request: object, progress: Any) -> None:
        begun.set()
        try:
            for _ in range(1_000):
                progress("score", 0, 0)
                time.sleep(0.01)
        finally:
            ended.set()

    monkeypatch.setattr(Work, "rank", slow)
    slow.__name__ = "rank"

    async def go() -> None:
        async with Client(server(project)) as client:
            with anyio.move_on_after(0.3):
                await client.call_tool("rank", {"query": "retries"})
            assert begun.is_set()
            await anyio.to_thread.run_sync(ended.wait, 5)
            assert not (await client.call_tool("expand", {"places": ["app/retries.py:1-1"]})).is_error

    anyio.run(go)
    assert ended.is_set()


def command(project: Path) -> list[str]:
    return [sys.executable, "-m", "longzip", "mcp", str(project), "--model", "ngram", "--no-cache"]


def test_over_standard_input_and_output(project: Path) -> None:
    """One process, as an agent starts it: it answers, ignores the project's own settings where they are risky, and goes
    when its client does."""
    program, *arguments = command(project)

    async def go() -> None:
        parameters = StdioServerParameters(command=program, args=arguments, env=dict(os.environ))
        async with Client(stdio_client(parameters)) as client:
            assert client.server_info is not None
            assert client.server_info.name == "longzip"
            result = await client.call_tool("compress_code", {"query": "how are retries done?", "budget": 200})
            assert "def retry(value):" in text(result)
            assert (await client.call_tool("expand", {"places": ["../secret.txt:1-1"]})).is_error

    anyio.run(go)


def test_a_client_that_vanishes(project: Path) -> None:
    said = b'{"jsonrpc": "2.0", "id": 1, "method": "nonsense"\n\xff\n'
    done = subprocess.run(command(project), input=said, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr


@pytest.fixture
def address(project: Path) -> Iterator[str]:
    with subprocess.Popen([*command(project), "--http", "127.0.0.1:0"], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        yield process.stderr.readline().strip()
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def test_two_clients_over_http(address: str) -> None:
    async def one(name: str, seen: list[str]) -> None:
        async with Client(address) as client:
            seen += [text(await client.call_tool("rank", {"query": name, "top": 1})) for _ in range(3)]

    async def go() -> None:
        first: list[str] = []
        second: list[str] = []
        async with anyio.create_task_group() as group:
            group.start_soon(one, "retry", first)
            group.start_soon(one, "colour7", second)
        assert [place.split()[-1] for place in first] == ["retry"] * 3
        assert [place.split()[-1] for place in second] == ["colour7"] * 3

    anyio.run(go)
