"""Work that takes seconds, for many who ask at once: a few threads, a queue that says no when it is full, a time limit,
and an end to the work when nobody waits for it any more."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import anyio
import anyio.to_thread

from longzip import LongzipError

Answer = TypeVar("Answer")


class Busy(LongzipError):
    """So many wait already that this would wait too long."""


class OutOfTime(LongzipError):
    """The time for one request is over."""


class Abandoned(LongzipError):
    """Nobody waits for the result any more."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """workers: requests at work at once. queue: how many more may wait. seconds: for one, the wait included."""

    workers: int = 2
    queue: int = 256
    seconds: float = 300.0


class Counter:
    """Where requests wait their turn."""

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self.waiting = 0
        self.limiter = anyio.CapacityLimiter(bounds.workers)

    async def do(self, work: Callable[[Stop], Answer]) -> Answer:
        """The result of the work, done in a thread. It is told to stop when the caller has left or time is over.

        Raises Busy, OutOfTime, and what the work raises.
        """
        if self.waiting >= self.bounds.workers + self.bounds.queue:
            raise Busy("too many requests are waiting; ask again in a few seconds.")
        stop = Stop()
        self.waiting += 1
        try:
            with anyio.fail_after(self.bounds.seconds):
                return await anyio.to_thread.run_sync(work, stop, abandon_on_cancel=True, limiter=self.limiter)
        except TimeoutError:
            raise OutOfTime(
                f"this took longer than {self.bounds.seconds:g} s; name fewer files, or raise the limit."
            ) from None
        finally:
            self.waiting -= 1
            stop.set()


class Stop:
    """Whether work is to end. Handed to it as its progress: it looks when it has something to tell."""

    def __init__(self) -> None:
        self.event = threading.Event()
        self.set = self.event.set

    def __call__(self, _stage: str, _done: int, _total: int) -> None:
        """Raises Abandoned where nobody waits."""
        if self.event.is_set():
            raise Abandoned("the request was given up.")
