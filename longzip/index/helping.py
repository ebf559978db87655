"""A look at many files by several processes; by this one alone where there are few, or no others can be had.

Helpers are started as programs of their own and not by ``multiprocessing``, which would run the user's main module once
more. What one of them does not deliver is done here. The result does not depend on who did what.
"""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from longzip.index.looking import Looked, Seen, Task, looked_at
from longzip.sources.scan_memory import STAMP

WORTH_IT = 6_000_000  # bytes to look at for which another process is started
MOST_PROCESSES = 4
START = f"import sys, json; sys.path[:] = json.loads(sys.argv[1]); from {__name__} import serve; serve()"


def shared(task: Task) -> list[Looked]:
    """A task done, in parts, in its order."""
    parts = [replace(task, files=files) for files in split(task.files, processes(task.files))]
    helpers = [started(part) for part in parts[1:]]
    try:
        found = [looked_at(parts[0])]
        for part, helper in zip(parts[1:], helpers, strict=True):
            found.append(delivered(helper) or looked_at(part))
    finally:
        for helper in helpers:
            end(helper)
    return found


def processes(files: Sequence[Seen]) -> int:
    """How many share the work, this one included."""
    return max(1, min(MOST_PROCESSES, os.cpu_count() or 1, sum(map(size_of, files)) // WORTH_IT + 1))


def size_of(seen: Seen) -> int:
    return int(STAMP.unpack(seen.stamp)[0])


def split(files: Sequence[Seen], parts: int) -> Iterator[Sequence[Seen]]:
    """Runs of files of about the same size each; as many as asked for, the last ones perhaps empty."""
    total, size, start, made = sum(map(size_of, files)), 0, 0, 1
    for place, seen in enumerate(files):
        if made < parts and size >= total * made / parts:
            yield files[start:place]
            start, made = place, made + 1
        size += size_of(seen)
    yield files[start:]


def started(task: Task) -> subprocess.Popen[bytes] | None:
    """A process that does a task; None where there is none to be had."""
    if not sys.executable or getattr(sys, "frozen", False):
        return None
    command = [sys.executable, "-I", "-c", START, json.dumps(sys.path)]
    try:
        helper = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except OSError:
        return None
    assert helper.stdin is not None
    try:
        with helper.stdin:
            pickle.dump(task, helper.stdin, pickle.HIGHEST_PROTOCOL)
    except OSError:  # it has ended already; what it does not deliver is done here
        pass
    return helper


def delivered(helper: subprocess.Popen[bytes] | None) -> Looked | None:
    """What a helper found; None where it ended without."""
    if helper is None or helper.stdout is None:
        return None
    try:
        found = pickle.load(helper.stdout)  # from a process that we started, over a pipe that nobody else has
    except (EOFError, OSError, pickle.UnpicklingError):
        return None
    return found if isinstance(found, Looked) else None


def end(helper: subprocess.Popen[bytes] | None) -> None:
    """Ends a helper, whatever it does."""
    if helper is None:
        return
    if helper.poll() is None:
        helper.kill()
    if helper.stdout is not None:
        with suppress(OSError):
            helper.stdout.close()
    helper.wait()


def serve() -> None:
    """The life of a helper: one task, one answer."""
    task = pickle.load(sys.stdin.buffer)  # from the process that started this one
    with suppress(BrokenPipeError):
        sys.stdout.buffer.write(pickle.dumps(looked_at(task), pickle.HIGHEST_PROTOCOL))
        sys.stdout.buffer.flush()
