"""Workers that are processes of this machine, each made anew (spawn) and spoken to through a pipe of its own."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Generic

from longzip.pools import Answer, Broken, Gone, Make, Task, Worker

GRACE = 2.0
THREADS = "OMP_NUM_THREADS"


@dataclass(frozen=True, slots=True, eq=False)
class Process:
    """A worker and this side of its pipe."""

    process: SpawnProcess
    pipe: Connection


class Processes(Generic[Task, Answer]):
    """A ``Crew`` of processes.

    make: makes a worker; a function of a module, or a ``partial`` of one, so that it can be pickled. threads: for
    numerical libraries in each process; together they should not be more than there are cores.
    """

    def __init__(self, make: Make[Task, Answer], threads: int) -> None:
        self.make, self.threads = make, threads
        self.context = multiprocessing.get_context("spawn")

    def hire(self) -> Process:
        ours, theirs = self.context.Pipe()
        process = self.context.Process(target=serve, args=(theirs, self.make), daemon=True)
        with threads_for_children(self.threads):
            process.start()
        theirs.close()  # so that the pipe ends when the worker does
        return Process(process, ours)

    def give(self, hand: Process, task: Task) -> None:
        with suppress(OSError):
            hand.pipe.send(task)

    def wait(self, busy: Sequence[Process]) -> list[tuple[Process, Answer | Broken | Gone]]:
        ready = set(wait([thing for hand in busy for thing in (hand.pipe, hand.process.sentinel)]))
        return [(hand, self.receive(hand)) for hand in busy if hand.pipe in ready or hand.process.sentinel in ready]

    def receive(self, hand: Process) -> Answer | Broken | Gone:
        """What a worker sent; an answer that was cut short is none."""
        try:
            if hand.pipe.poll():
                found: Answer | Broken = hand.pipe.recv()
                return found
        except (EOFError, OSError):
            pass
        hand.process.join(GRACE)
        return Gone(f"with exit code {hand.process.exitcode}")

    def dismiss(self, hand: Process) -> None:
        hand.pipe.close()
        hand.process.terminate()
        hand.process.join(GRACE)
        if hand.process.exitcode is None:
            hand.process.kill()
            hand.process.join()
        hand.process.close()


@contextmanager
def threads_for_children(threads: int) -> Iterator[None]:
    """Processes that begin in the block compute with so many threads, unless the environment says otherwise already.

    It is a matter of the environment: the libraries read it when they are imported, before a worker's own code runs.
    """
    if THREADS in os.environ:
        yield
        return
    os.environ[THREADS] = str(threads)
    try:
        yield
    finally:
        del os.environ[THREADS]


def serve(pipe: Connection, make: Make[Task, Answer]) -> None:
    """The life of a worker: it ends when the other side of its pipe does."""
    # An interrupt goes to the whole group of processes of a terminal; the one that began the work decides what becomes
    # of it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    worker = Worker(make)
    with suppress(EOFError, OSError):
        while True:
            pipe.send(worker.do(pipe.recv()))
