"""Awaitable twins give what the calls give, and the event loop goes on."""

from __future__ import annotations

import asyncio
import threading

import pytest

import longzip
from longzip import Compressor, Settings, Source, TextOptions, UsageError
from longzip.pools.threads import in_thread

SETTINGS = Settings(cache=False, isolated=False, model="ngram")
SOURCES = [
    Source("a.py", "def weight(mass):\n    return mass * 9.81\n"),
    Source("b.py", "def greeting(name):\n    return name\n" * 3),
]


def test_twins_say_what_the_calls_say() -> None:
    compressor = Compressor.load(settings=SETTINGS)

    async def both() -> None:
        shorter = await compressor.acompress(SOURCES, query="weight of a mass", budget=30)
        assert shorter.text == compressor.compress(SOURCES, query="weight of a mass", budget=30).text
        assert await compressor.arank(SOURCES, query="weight") == compressor.rank(SOURCES, query="weight")
        found = await compressor.acomplete(prefix="def f(x):\n    return wei", root=SOURCES, budget=90)
        assert found.text == compressor.complete(prefix="def f(x):\n    return wei", root=SOURCES, budget=90).text
        options = TextOptions(settings=SETTINGS)
        text = await longzip.acompress("We chose Redis. It is fast. " * 40, "which?", budget=40, options=options)
        assert "Redis" in text.text
        with pytest.raises(UsageError):
            await compressor.acompress(SOURCES, query=" ", budget=30)

    asyncio.run(both())


def test_every_call_of_a_compressor_that_reads_has_a_twin() -> None:
    for name in ("compress", "compress_to", "complete", "explain", "rank", "segment"):
        assert getattr(Compressor, f"a{name}").__name__ == f"a{name}"


def test_the_loop_goes_on_and_who_stops_waiting_breaks_nothing() -> None:
    begun, let_go, ended = threading.Event(), threading.Event(), threading.Event()

    def slow() -> int:
        begun.set()
        let_go.wait(10)
        ended.set()
        return 3

    async def run() -> None:
        waiting = asyncio.create_task(in_thread(slow)())
        while not begun.is_set():
            await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert not ended.is_set()
        let_go.set()

    asyncio.run(run())
    assert ended.wait(10)
