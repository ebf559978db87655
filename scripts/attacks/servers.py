"""Servers that answer what no server should, or do not answer: an error of longzip's or a result, soon, and no key sent
elsewhere."""

from __future__ import annotations

import gzip
import json
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from longzip import ContextCompressor, LongzipError, OpenAICompatible, Request, Settings
from longzip.models.served import server
from longzip.transport import requests

KEY = "key-that-only-the-first-server-may-see"
BOMBS: list[bytes] = []
ODD = (
    "-10**400", "NaN", "Infinity", "-Infinity", "null", "true", '"x"', "[]", "{}", "1e999", "-1e999",
    "1" * 5000, "-0.0", "5",
)  # fmt: skip


def answer(chance: random.Random, value: str, path: str) -> bytes:
    """An answer of the right shape with an odd value somewhere in it."""
    value = "-" + "1" + "0" * 400 if value == "-10**400" else value
    if path.endswith("/models"):
        return f'{{"data": [{{"id": "m", "max_model_len": {value}}}]}}'.encode()
    if path.endswith("/chat/completions"):
        return f'{{"choices": [{{"message": {{"content": {value}}}}}]}}'.encode()
    tokens = json.dumps(["\n", "The", " quick", " brown", " fox", "!"])
    values = [value if chance.random() < 0.4 else "-1.5" for _ in range(6)]
    listed = f'{{"tokens": {tokens}, "token_logprobs": [{", ".join(values)}]}}'
    told = f'[null, {{"7": {{"logprob": {value}, "decoded_token": "x"}}}}]'
    shapes = (
        f'{{"choices": [{{"text": "!", "logprobs": {listed}}}]}}', f'{{"choices": [{{"prompt_logprobs": {told}}}]}}',
        f'{{"choices": {value}}}', f'{{"choices": [{value}]}}', value,
    )  # fmt: skip
    return chance.choice(shapes).encode()


def reply(status: int, body: bytes, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def replies(chance: random.Random) -> Callable[[str], bytes]:
    """What a server sends, by the path that it is asked."""
    kind = chance.choice(
        ["odd", "odd", "odd", "status", "garbage", "redirect", "bomb", "cut", "none", "deep", "long", "lies"]
    )
    value, status = chance.choice(ODD), chance.choice([204, 301, 400, 401, 404, 413, 422, 429, 500, 503, 599, 999])
    seed = chance.random()

    def made(path: str) -> bytes:
        own = random.Random(seed)
        if kind == "status":
            return reply(status, b'{"error": {"message": "\x1b[31mno\\u001b[2J"}}', "Retry-After: 0")
        if kind == "garbage":
            return own.randbytes(200)
        if kind == "redirect":
            return reply(307, b"", "Location: http://127.0.0.1:9/elsewhere")
        if kind == "bomb":
            return reply(200, bomb(), "Content-Encoding: gzip", "Content-Type: application/json")
        if kind == "cut":
            whole = reply(200, answer(own, "-1", path))
            return whole[: own.randrange(len(whole))]
        if kind == "none":
            return b""
        if kind == "deep":
            return reply(200, b"[" * 100_000)
        if kind == "long":
            return reply(200, b'{"choices": [{"text": "' + b"x" * 3_000_000 + b'"}]}')
        if kind == "lies":
            return reply(200, answer(own, "-1", path)).replace(b"Content-Length: ", b"Content-Length: 9")
        return reply(200, answer(own, value, path))

    return made


def bomb() -> bytes:
    """A megabyte that unpacks to one gigabyte of blanks."""
    if not BOMBS:
        BOMBS.append(gzip.compress(b" " * 1_000_000_000, 1))
    return BOMBS[0]


@contextmanager
def serving(made: Callable[[str], bytes]) -> Iterator[str]:
    """The address of a server that sends these bytes."""
    door = socket.create_server(("127.0.0.1", 0))
    door.settimeout(0.2)
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            try:
                line, _ = door.accept()
            except (TimeoutError, OSError):
                continue
            with line:
                line.settimeout(1.0)
                try:
                    head = line.recv(65_536).decode("latin-1")
                    line.sendall(made(head.split(" ")[1] if " " in head else ""))
                except OSError:
                    continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{door.getsockname()[1]}/v1"
    finally:
        over.set()
        thread.join(2)
        door.close()


def play(chance: random.Random) -> list[str]:
    """One server, asked for log-probabilities or for a summary."""
    requests.FIRST_PAUSE = requests.LONGEST_PAUSE = 0.01
    started = time.monotonic()
    with serving(replies(chance)) as url:
        said = as_model(url) if chance.random() < 0.6 else as_summarizer(url)
    seconds = time.monotonic() - started
    return said + ([f"took {seconds:.1f} s"] if seconds > 20 else [])


def as_model(url: str) -> list[str]:
    settings = Settings(model=f"{url}#m", server_timeout=2.0, server_retries=1)
    try:
        found = server.load(settings, KEY).logprobs([Request("a", "The quick brown fox"), Request("", "The quick")])
    except LongzipError as error:
        said = str(error)
        return ["the key is in the error"] if KEY in said else []
    return ["numbers that are none"] if any(not (one.values <= 0).all() for one in found) else []


def as_summarizer(url: str) -> list[str]:
    window = ContextCompressor(OpenAICompatible(url, "m", KEY, timeout=2.0, retries=1), window=800, trigger=0.7)
    window.extend(
        {"role": ("user", "assistant")[n % 2], "content": f"step {n}: " + "work is done " * 12} for n in range(30)
    )
    window.get_current_context()
    return ["the window is over its bound"] if window.tokens > window.limits.maximum else []
