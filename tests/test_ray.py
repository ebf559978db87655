"""Models and jobs on a real local Ray cluster with two workers, one of them killed in mid-run.

Not run by default: it needs ``ray`` (80 MB to download, 240 MB installed) and about 1.5 GB of memory. Run ``pytest -m
ray``.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from longzip import Compressor, ModelError, Request, Settings, Source
from longzip.models import ngram
from longzip.pools import Broken, ray_pool
from tests.test_batch import CODE, LONG, begin, results_of, wait_for_lines, write
from tests.workers import Doubler, broken

# Ray leaves sockets and files for the interpreter to close.
pytestmark = [
    pytest.mark.ray,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """A cluster with four cores, whatever this machine has, so that no worker waits for one."""
    ray = pytest.importorskip("ray", reason="ray is not installed; pip install 'longzip[ray]'")
    ray.init(address="local", num_cpus=4, log_to_driver=False, include_dashboard=False, logging_level="error")
    yield "auto"
    ray.shutdown()


def test_a_killed_actors_task_is_done_by_another(cluster: str, tmp_path: Path) -> None:
    with ray_pool(Doubler, 2, cluster) as pool:
        assert dict(pool.run([1, f"die once:{tmp_path / 'died'}", 2, 3])) == {0: 2, 1: 0, 2: 4, 3: 6}
        found = dict(pool.run(["die", 1, "fail"]))
    assert isinstance(found[0], Broken)
    assert found[0].kind == "LostWorker"
    assert (found[1], found[2]) == (2, Broken("ValueError", "it was asked to"))
    with ray_pool(broken, 1, cluster) as pool:
        assert list(pool.run([1])) == [(0, Broken("LookupError", "there is no doubler"))]


def test_there_are_no_more_actors_than_cores(cluster: str) -> None:
    with ray_pool(Doubler, 99, cluster) as pool:
        assert pool.workers == 4
        assert dict(pool.run(range(9))) == {index: 2 * index for index in range(9)}


def test_the_model_on_the_cluster_is_the_model_here(cluster: str) -> None:
    model = Compressor.load(settings=Settings(model="ngram", ray=cluster, ray_actors=2)).model
    requests = [Request(CODE[start : start + 9000], f"step {start % 7}") for start in range(0, len(CODE), 100)] + [
        Request("", "")
    ]
    assert model.logprobs([]) == []
    own = ngram.load()
    for found, expected in zip(model.logprobs(requests), own.logprobs(requests), strict=True):
        assert np.array_equal(found.values, expected.values)
        assert np.array_equal(found.ends, expected.ends)
    assert model.name == own.name


def test_compressing_with_it_gives_the_same_bytes(cluster: str) -> None:
    source = Source("a.py", CODE)
    texts = [
        Compressor.load(settings=Settings(model="ngram", ray=address))
        .compress(source, query="what does step 7 print", budget=300)
        .text
        for address in (cluster, "")
    ]
    assert texts[0] == texts[1]


def test_a_model_that_cannot_be_loaded_is_one_line(cluster: str) -> None:
    model = Compressor.load(settings=Settings(model="./absent", count_for="chars/4", ray=cluster)).model
    with pytest.raises(ModelError, match=r"There is no directory \./absent"):
        model.logprobs([])


def descendants(number: int) -> list[int]:
    children = [
        int(child) for task in Path(f"/proc/{number}/task").glob("*/children") for child in task.read_text().split()
    ]
    return children + [deeper for child in children for deeper in descendants(child)]


def actors_of(number: int) -> list[int]:
    """The processes of the actors that a process began; Ray names them so."""
    return [
        child for child in descendants(number) if Path(f"/proc/{child}/cmdline").read_bytes().startswith(b"ray::Worker")
    ]


def test_a_batch_with_a_killed_worker_loses_nothing(tmp_path: Path) -> None:
    pytest.importorskip("ray", reason="ray is not installed; pip install 'longzip[ray]'")
    jobs = [job | {"id": f"{part}{job['id']}"} for part in "ab" for job in LONG]
    write(tmp_path / "jobs", jobs)
    process = begin(tmp_path, tmp_path / "results", "--ray", "local")
    wait_for_lines(tmp_path / "results", 2)
    actors = actors_of(process.pid)
    assert len(actors) == 2
    os.kill(actors[0], signal.SIGKILL)
    _, said = process.communicate(timeout=200)
    assert process.returncode == 0, said
    found = results_of(tmp_path / "results")
    assert set(found) == {str(job["id"]) for job in jobs}
    here = Compressor.load(settings=Settings(model="ngram"))
    for job in LONG[:2]:
        source = Source("a.py", json.loads(json.dumps(job))["sources"][0]["text"])
        expected = here.compress(source, query=str(job["query"]), budget=int(str(job["budget"])))
        assert found[f"a{job['id']}"]["text"] == found[f"b{job['id']}"]["text"] == expected.text


def test_an_interrupt_leaves_whole_lines_and_no_process(tmp_path: Path) -> None:
    pytest.importorskip("ray", reason="ray is not installed; pip install 'longzip[ray]'")
    write(tmp_path / "jobs", LONG)
    process = begin(tmp_path, tmp_path / "results", "--ray", "local")
    wait_for_lines(tmp_path / "results", 1)
    began = descendants(process.pid)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said.strip()) == (130, "")
    assert 1 <= len(results_of(tmp_path / "results")) < len(LONG)
    for _ in range(100):
        if not (alive := [child for child in began if Path(f"/proc/{child}").exists()]):
            break
        time.sleep(0.1)
    assert not alive
