"""Tasks spread over workers that may die: each is done once more elsewhere, and none is lost.

    processes.py   workers are processes of this machine
    ray.py         workers are actors of a Ray cluster
    threads.py     awaitable twins of calls: for who waits, not for many tasks

A worker is made by a factory, in its own process, and then called with one task after the other. Knows nothing of what
the tasks are.
"""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from longzip.pools.processes import Process
    from longzip.pools.ray import Actor

Task = TypeVar("Task")
Given = TypeVar("Given", contravariant=True)
Answer = TypeVar("Answer")
Hand = TypeVar("Hand")
Make = Callable[[], Callable[[Task], Answer]]


@dataclass(frozen=True, slots=True)
class Broken:
    """What a task came to instead of an answer. kind: the error's class, or "LostWorker". message: in one line."""

    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class Gone:
    """A worker ended before it answered. how: in a few words."""

    how: str


class Crew(Protocol[Given, Answer, Hand]):
    """Where workers come from, and how they are spoken to."""

    def hire(self) -> Hand:
        """A new worker."""

    def give(self, hand: Hand, task: Given) -> None:
        """Let an idle worker begin. Nothing happens where it has ended; ``wait`` tells."""

    def wait(self, busy: Sequence[Hand]) -> list[tuple[Hand, Answer | Broken | Gone]]:
        """Waits until at least one of the workers has answered or ended, and tells which."""

    def dismiss(self, hand: Hand) -> None:
        """End a worker, at work or not."""


class Pool(Generic[Task, Answer, Hand]):
    """A number of workers, hired when there is work, kept until ``close``. For use by one thread at a time."""

    def __init__(self, crew: Crew[Task, Answer, Hand], workers: int, tries: int = 3) -> None:
        """workers: the most at once. tries: how many workers may end over a task before it counts as broken."""
        self.crew, self.workers, self.tries = crew, workers, tries
        self.idle: list[Hand] = []

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[int, Answer | Broken]]:
        """For each task its index and what it came to, in the order in which they are done.

        A task is taken from ``tasks`` when a worker is free for it, so that no more are under way than there are
        workers. A caller that stops early, or an interrupt, leaves no worker at work.
        """
        fresh, again = enumerate(tasks), deque[tuple[int, Task]]()
        busy: dict[int, tuple[Hand, int, Task]] = {}
        lost: Counter[int] = Counter()
        try:
            while True:
                while (
                    len(busy) < self.workers
                    and (following := again.popleft() if again else next(fresh, None)) is not None
                ):
                    hand = self.idle.pop() if self.idle else self.crew.hire()
                    busy[id(hand)] = (hand, *following)
                    self.crew.give(hand, following[1])
                if not busy:
                    return
                for hand, outcome in self.crew.wait([hand for hand, _, _ in busy.values()]):
                    _, index, task = busy.pop(id(hand))
                    if not isinstance(outcome, Gone):
                        self.idle.append(hand)
                        yield index, outcome
                        continue
                    self.crew.dismiss(hand)
                    lost[index] += 1
                    if lost[index] < self.tries:
                        again.append((index, task))
                    else:
                        yield index, Broken("LostWorker", f"{self.tries} workers ended over it, the last {outcome.how}")
        finally:
            for hand, _, _ in busy.values():
                self.crew.dismiss(hand)

    def close(self) -> None:
        """End all workers."""
        while self.idle:
            self.crew.dismiss(self.idle.pop())

    def __enter__(self) -> Pool[Task, Answer, Hand]:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Worker(Generic[Task, Answer]):
    """What runs on the other side: the worker itself, made when the first task comes."""

    def __init__(self, make: Make[Task, Answer]) -> None:
        self.make = make
        self.work: Callable[[Task], Answer] | None = None

    def do(self, task: Task) -> Answer | Broken:
        """What the worker answers, or what went wrong."""
        try:
            if self.work is None:
                self.work = self.make()
            return self.work(task)
        # The edge of a process: whatever goes wrong in here is told on the other side.
        except Exception as error:  # noqa: BLE001
            return Broken(type(error).__name__, " ".join(str(error).split()))


def process_pool(make: Make[Task, Answer], workers: int) -> Pool[Task, Answer, Process]:
    """A pool of processes that share this machine's cores."""
    from longzip.pools.processes import Processes

    return Pool(Processes(make, max(1, (os.cpu_count() or 1) // workers)), workers)


def ray_pool(make: Make[Task, Answer], workers: int | None, address: str) -> Pool[Task, Answer, Actor]:
    """A pool of actors in the Ray cluster at ``address``, see ``ray.Actors``; by default one for each of its cores, and
    never more."""
    from longzip.pools.ray import Actors, cores

    crew = Actors(make, address)
    return Pool(crew, min(workers or cores(), cores()))
