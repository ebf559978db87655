"""Tasks over processes that die."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from longzip.pools import Broken, process_pool
from tests.workers import Doubler, broken


@pytest.fixture(autouse=True)
def _nobody_stays() -> Iterator[None]:
    yield
    assert multiprocessing.active_children() == []


def test_every_task_is_done_once() -> None:
    with process_pool(Doubler, 2) as pool:
        assert dict(pool.run(range(20))) == {index: 2 * index for index in range(20)}
        assert dict(pool.run([7])) == {0: 14}
        assert list(pool.run([])) == []


def test_no_more_tasks_are_taken_than_workers_can_do() -> None:
    taken: list[int] = []

    def tasks() -> Iterator[int]:
        for number in range(10):
            taken.append(number)
            yield number

    with process_pool(Doubler, 2) as pool:
        for done, _ in enumerate(pool.run(tasks()), 1):
            assert len(taken) <= done + 2


def test_a_lost_workers_task_is_done_by_another(tmp_path: Path) -> None:
    with process_pool(Doubler, 2) as pool:
        assert dict(pool.run([1, f"die once:{tmp_path / 'died'}", 2, 3])) == {0: 2, 1: 0, 2: 4, 3: 6}
    assert (tmp_path / "died").exists()


def test_a_task_that_ends_every_worker_is_given_up_and_the_others_are_not() -> None:
    with process_pool(Doubler, 2) as pool:
        found = dict(pool.run(["die", 1, 2, 3]))
    assert found.pop(0) == Broken("LostWorker", "3 workers ended over it, the last with exit code -9")
    assert found == {1: 2, 2: 4, 3: 6}


def test_an_idle_worker_that_was_killed_is_replaced() -> None:
    with process_pool(Doubler, 1) as pool:
        ((_, number),) = pool.run(["who"])
        assert isinstance(number, int)
        os.kill(number, signal.SIGKILL)
        assert dict(pool.run([1, 2])) == {0: 2, 1: 4}


def test_what_goes_wrong_in_a_worker_is_told_in_one_line() -> None:
    with process_pool(Doubler, 1) as pool:
        assert list(pool.run(["fail", 1])) == [(0, Broken("ValueError", "it was asked to")), (1, 2)]
    with process_pool(broken, 1) as pool:
        assert list(pool.run([1])) == [(0, Broken("LookupError", "there is no doubler"))]


def test_stopping_early_ends_the_workers() -> None:
    with process_pool(Doubler, 2) as pool:
        for _, outcome in pool.run([1, "wait", "wait"]):
            assert outcome == 2
            break


def test_an_interrupt_ends_the_workers() -> None:
    timer = threading.Timer(1.5, lambda: os.kill(os.getpid(), signal.SIGINT))
    began = time.monotonic()
    timer.start()
    with pytest.raises(KeyboardInterrupt), process_pool(Doubler, 2) as pool:
        list(pool.run(["wait", "wait"]))
    assert time.monotonic() - began < 30
