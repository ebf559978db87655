"""An interrupt at any moment: exit code 130, the terminal left as it was, nothing half-written. Real processes, a real
terminal."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers import FakeServer, serving

HIDE, SHOW = b"\x1b[?25l", b"\x1b[?25h"
QUERY = ("-q", "what does step 7 print")


@dataclass
class Ended:
    code: int
    shown: bytes
    seconds: float


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    for part in range(40):
        code = "".join(
            f"def step_{part}_{n}(value):\n    total = value + {n}\n    print('step', total)\n    return total\n\n\n"
            for n in range(80)
        )
        (folder / f"part_{part}.py").write_text(code, encoding="utf-8")
    return folder


def interrupted(arguments: Sequence[str], folder: Path, moment: bytes | float) -> Ended:
    """Runs longzip at a terminal and interrupts it, as Ctrl-C does, so many seconds after its start or when the
    terminal shows a text."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "longzip", *arguments], cwd=folder, stdin=theirs, stdout=subprocess.DEVNULL,
        stderr=theirs, start_new_session=True,
        env=os.environ | {"TERM": "xterm", "COLUMNS": "100", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )  # fmt: skip
    os.close(theirs)
    shown, began, sent = b"", time.monotonic(), 0.0
    while process.poll() is None and time.monotonic() - began < 120:
        if not sent and (moment in shown if isinstance(moment, bytes) else time.monotonic() - began >= moment):
            sent = time.monotonic()
            os.killpg(process.pid, signal.SIGINT)
        shown += read(ours)
    shown += read(ours)
    os.close(ours)
    assert sent, f"it ended by itself with {process.returncode}: {shown!r}"
    return Ended(process.wait(10), shown, time.monotonic() - sent)


def read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536) if select.select([terminal], [], [], 0.01)[0] else b""
    except OSError:  # the other side is closed
        return b""


def assert_clean(ended: Ended) -> None:
    assert ended.code == 130, ended.shown
    assert ended.shown.count(HIDE) == ended.shown.count(SHOW)
    assert b"Traceback" not in ended.shown
    assert b"Error" not in ended.shown
    assert ended.seconds < 10


@pytest.mark.parametrize("moment", [0.2, 0.4, b"reading files", b"split", b"score"], ids=str)
def test_compress(project: Path, moment: bytes | float) -> None:
    target = project.parent / "result.txt"
    target.write_text("old", encoding="utf-8")
    assert_clean(
        interrupted(
            ["compress", ".", *QUERY, "--model", "ngram", "--budget", "4000", "-o", str(target)], project, moment
        )
    )
    assert target.read_text(encoding="utf-8") == "old"
    assert sorted(project.parent.iterdir()) == [project, target]


@pytest.mark.embedded
@pytest.mark.parametrize("moment", [0.8, b"load model", b"score"], ids=str)
def test_compress_with_the_embedded_model(project: Path, moment: bytes | float) -> None:
    assert_clean(interrupted(["compress", "part_1.py", "part_2.py", *QUERY, "--budget", "500"], project, moment))


def test_rank(project: Path) -> None:
    assert_clean(interrupted(["rank", ".", *QUERY, "--model", "ngram"], project, b"score"))


def test_waiting_for_a_server(project: Path) -> None:
    with serving(FakeServer(pause=0.5)) as url:
        ended = interrupted(
            ["compress", ".", *QUERY, "--model", f"{url}#m", "--count-for", "chars/4", "--budget", "4000"],
            project,
            b"score",
        )
    assert_clean(ended)
    assert ended.seconds < 3


def test_while_a_server_is_tried_again(project: Path) -> None:
    with serving(FakeServer(script=[503] * 99)) as url:
        ended = interrupted(
            ["compress", ".", *QUERY, "--model", f"{url}#m", "--count-for", "chars/4", "--budget", "4000"],
            project,
            b"loading model",
        )
    assert_clean(ended)
