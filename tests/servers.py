"""Servers in this process that speak the documented protocols, and misbehave when told to.

The model behind them: words, single other characters, and runs of line ends with the letter after them, are tokens. A
token costs its length plus a hundredth of what stands before it (its token ids' sum, modulo 50), in nats: it depends on
all tokens before, and on no later one.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOKENS = re.compile(r"\n+[a-z]?|[a-z]+|[^a-z\n]")
GENERATED = "!"


def split(text: str) -> list[str]:
    return TOKENS.findall(text)


def number_of(token: str) -> int:
    return sum(token.encode("utf-8", "replace"))


def cost(before: list[int], token: int) -> float:
    return -(1 + token % 7 + 0.01 * (sum(before) % 50))


def best(before: list[int]) -> float:
    return -0.01 * (sum(before) % 50)


@dataclass
class FakeServer:
    """dialect: "echo", "prompt", or "none" (log-probabilities of generated tokens only, as llama-server).

    script: what to do with the first requests for a completion instead of answering, one a request: a number is an HTTP
    status, "die" closes the connection amid the answer, "slow" waits two seconds, "garbage" answers no JSON, and a
    function makes the answer from the right one. spell: from a token id to its text, for prompts of ids. window:
    tokens, or None.
    """

    dialect: str = "echo"
    script: list[object] = field(default_factory=list)
    models: tuple[str, ...] = ("m",)
    key: str = ""
    window: int | None = None
    spell: Callable[[int], str] | None = None
    misaligned: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    bodies: list[dict[str, object]] = field(default_factory=list)
    under_way: int = 0
    most_under_way: int = 0
    pause: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def complete(self, body: dict[str, object]) -> tuple[int, object]:
        prompt = body["prompt"]
        if isinstance(prompt, list):
            if self.spell is None:
                return 422, {"error": {"message": "prompt: Input should be a valid string"}}
            ids, texts = list(prompt), [self.spell(number) for number in prompt]
        else:
            texts = split(str(prompt))
            ids = [number_of(text) for text in texts]
        if self.window is not None and len(ids) + 1 > self.window:
            said = (
                f"This model's maximum context length is {self.window} tokens, however you requested "
                f"{len(ids) + 1} tokens"
            )
            return 400, {"error": {"message": said, "code": "context_length_exceeded"}}
        places = [(ids[: place + self.misaligned], ids[place]) for place in range(len(ids))]
        values = [None, *(cost(*place) for place in places[1:])]
        usage = {"prompt_tokens": len(ids), "completion_tokens": 1}
        if self.dialect == "prompt":
            tables = [
                None,
                *(
                    {str(i): {"logprob": v, "rank": 1, "decoded_token": t}}
                    for i, v, t in zip(ids[1:], values[1:], texts[1:], strict=True)
                ),
            ]
            return 200, {
                "choices": [
                    {
                        "text": GENERATED,
                        "logprobs": None,
                        "prompt_logprobs": tables if "prompt_logprobs" in body else None,
                    }
                ],
                "usage": usage,
            }
        tops = [None, *({"?": best(before)} for before, _ in places[1:])]
        logprobs = {
            "tokens": [*texts, GENERATED],
            "token_logprobs": [*values, -1.0],
            "top_logprobs": [*tops, {"!": -1.0}],
            "text_offset": [],
        }
        if self.dialect == "none" or not body.get("echo"):
            logprobs = {name: value[-1:] for name, value in logprobs.items()}
        return 200, {"choices": [{"text": GENERATED, "logprobs": logprobs}], "usage": usage}


@contextmanager
def serving(fake: FakeServer) -> Iterator[str]:
    """The server's address while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *arguments: object) -> None:
            pass

        def answer(self, status: int, content: bytes) -> None:
            self.send_response(status)
            for name, value in fake.headers.items() if status >= 400 else ():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_GET(self) -> None:
            listed = [
                {"id": name, "object": "model"} | ({"max_model_len": fake.window} if fake.window else {})
                for name in fake.models
            ]
            self.answer(200, json.dumps({"object": "list", "data": listed}).encode())

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with fake.lock:
                fake.bodies.append(body)
                fake.under_way += 1
                fake.most_under_way = max(fake.most_under_way, fake.under_way)
                act = fake.script.pop(0) if fake.script else None
            try:
                self.act(body, act)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True
            finally:
                with fake.lock:
                    fake.under_way -= 1

        def act(self, body: dict[str, object], act: object) -> None:
            time.sleep(fake.pause)
            if fake.key and self.headers.get("Authorization") != f"Bearer {fake.key}":
                self.answer(401, b'{"error": {"message": "Invalid API key"}}')
                return
            status, answer = fake.complete(body)
            if isinstance(act, int):
                status, answer = act, {"error": {"message": f"scripted {act}"}}
            if callable(act):
                answer = act(answer)
            if act == "slow":
                time.sleep(2)
            content = b"<html>gateway</html>" if act == "garbage" else json.dumps(answer).encode()
            if act == "die":
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content[: len(content) // 2])
                self.close_connection = True
                return
            self.answer(status, content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
