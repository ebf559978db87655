"""A project to serve, and apps served by uvicorn in a thread of this process."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from longzip import Settings

FAST = Settings(model="ngram", count_for="chars/4", cache=False, isolated=False)


def function(name: str, lines: int = 8) -> str:
    body = "".join(f"    {name}_{n} = load_{name}({n}) + {n}\n" for n in range(lines))
    return f"def {name}(value):\n{body}    return {name}_0\n\n\n"


def make_project(folder: Path) -> Path:
    """Code, a conversation, a secret beside the root and a link to it from within."""
    root = folder / "project"
    (root / "app").mkdir(parents=True)
    (root / "app" / "retries.py").write_text(function("retry") + function("backoff"), encoding="utf-8")
    (root / "app" / "colours.py").write_text("".join(function(f"colour{n}") for n in range(20)), encoding="utf-8")
    (root / "talk.md").write_text(
        "User: Which store?\n\nAssistant: Postgres 15.\n\nUser: And the port?\n", encoding="utf-8"
    )
    (folder / "secret.txt").write_text("the launch code\n", encoding="utf-8")
    (root / "link.txt").symlink_to(folder / "secret.txt")
    return root


@contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    """The address of an app while the block runs."""
    door = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=5))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{door.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)
        door.close()
