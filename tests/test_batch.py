"""Jobs, results, and runs that are interrupted."""

from __future__ import annotations

import errno
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from longzip import Compressor, Layer, LongzipError, Settings, Source, UsageError
from longzip.batch import BatchJob, Mistake, Results, Worker, failure_of, read_jobs
from longzip.cli import main

CODE = "".join(
    f"def step_{n}(value):\n    total = value + {n}\n    print('step', total)\n    return total\n\n\n"
    for n in range(60)
)
LAYER = Layer("test", {"model": "ngram"})


@pytest.fixture(autouse=True)
def _back_to_this_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker goes to the folder of its jobs; pytest goes back."""
    monkeypatch.chdir(Path.cwd())


def write(path: Path, jobs: Sequence[object]) -> Path:
    path.write_text("".join(f"{job if isinstance(job, str) else json.dumps(job)}\n" for job in jobs), encoding="utf-8")
    return path


def job(**changes: object) -> dict[str, object]:
    return {"sources": [{"name": "a.py", "text": CODE}], "query": "what does step 7 print", "budget": 200} | changes


def results_of(path: Path) -> dict[str, dict[str, object]]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n")[:-1]]
    found = {row["id"]: row for row in rows}
    assert len(found) == len(rows)
    return found


# ------------------------------------------------------------------------------------------------------------ reading


def test_a_job_has_a_number_for_a_name_and_the_settings_of_all(tmp_path: Path) -> None:
    path = write(tmp_path / "jobs", [job(), "", job(id="b", rate=0.5, settings={"alpha": 2.0}) | {"budget": None}])
    first, second = read_jobs(path, [LAYER])
    assert isinstance(first, BatchJob)
    assert isinstance(second, BatchJob)
    assert (first.id, first.line, first.budget, first.settings) == ("1", 1, 200, Settings(model="ngram"))
    assert (second.id, second.line, second.rate, second.settings) == ("b", 3, 0.5, Settings(model="ngram", alpha=2.0))
    assert first.sources == (Source("a.py", CODE),)


def test_the_key_changes_with_the_job_and_its_settings_only(tmp_path: Path) -> None:
    keys = [read_jobs(write(tmp_path / "jobs", [one]), layers)[0].key for one, layers in [
        (job(), [LAYER]), (job(query="other"), [LAYER]), (job(id="a"), [LAYER]), (job(),
            [LAYER, Layer("x", {"alpha": 2.0})]),
    ]]  # fmt: skip
    assert len(set(keys)) == 4
    assert read_jobs(write(tmp_path / "jobs", [job()]), [LAYER, Layer("x", {"ray": "auto"})])[0].key == keys[0]


@pytest.mark.parametrize(("line", "message"), [
    ("nonsense", "no JSON"),
    ("[1]", "no JSON object"),
    ("{" * 5000, "no JSON"),
    (job(query=" "), '"query" must be text'),
    (job(query=3), '"query" must be text'),
    (job(budget=0), '"budget" must be a whole number'),
    (job(budget=True), '"budget" must be a whole number'),
    (job(rate=0.5), 'either "budget" or "rate"'),
    (job(budget=None), 'either "budget" or "rate"'),
    (job(budget=None, rate=2), '"rate" must be'),
    (job(paths=["a"]), 'either "paths" or "sources"'),
    (job(sources=[{"name": "a"}]), '"sources" must be a list'),
    (job(sources="a"), '"sources" must be a list'),
    (job(pins="a"), '"pins" must be a list of texts'),
    (job(color="red"), "a job has no 'color'"),
    (job(settings={"alpha": -1}), "line 1: alpha is -1"),
    (job(settings={"alfa": 1}), "line 1 sets 'alfa', which is no setting"),
    (job(settings=[]), '"settings" must be an object'),
])  # fmt: skip
def test_a_line_that_is_no_job_says_why(tmp_path: Path, line: object, message: str) -> None:
    (found,) = read_jobs(write(tmp_path / "jobs", [line]), [LAYER])
    assert isinstance(found, Mistake)
    assert message in found.message
    assert "\n" not in found.message


def test_files_that_hold_no_jobs(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_jobs(tmp_path / "absent", [])
    with pytest.raises(UsageError, match="holds no jobs"):
        read_jobs(write(tmp_path / "jobs", ["", " "]), [])
    with pytest.raises(UsageError, match="1 ids stand at several jobs, such as 'a'"):
        read_jobs(write(tmp_path / "jobs", [job(id="a"), job(id="a", query="b")]), [])


# ------------------------------------------------------------------------------------------------------------ results


def test_a_result_is_what_compress_gives(tmp_path: Path) -> None:
    (one,) = read_jobs(write(tmp_path / "jobs", [job()]), [LAYER])
    assert isinstance(one, BatchJob)
    row = json.loads(Worker(str(tmp_path))(one))
    result = Compressor.load(settings=Settings(model="ngram")).compress(one.sources[0], query=one.query, budget=200)  # type: ignore[arg-type]
    assert (row["text"], row["tokens"], row["budget"]) == (result.text, result.report.got, 200)
    assert [file["path"] for file in row["files"]] == ["a.py"]


def test_a_worker_keeps_its_model_for_other_settings(tmp_path: Path) -> None:
    worker = Worker(str(tmp_path))
    first = worker.compressor(Settings(model="ngram"))
    second = worker.compressor(Settings(model="ngram", alpha=2.0))
    assert second.model is first.model
    assert second.settings.alpha == 2.0
    assert worker.compressor(Settings(model="ngram", count_for="chars/4")).tokenizer.name == "chars/4"


def test_a_torn_last_line_is_taken_out(tmp_path: Path) -> None:
    path = tmp_path / "results"
    mistake = Mistake(1, "1", "k", "no")
    whole = failure_of(mistake, "UsageError", "no") + "\n"
    for torn in (whole[:-1], whole[:7], '{"id"', "\xe9"):
        path.write_text(whole + torn, encoding="utf-8")
        with Results(path) as results:
            assert results.known == {"k": "1: no"}
        assert path.read_text(encoding="utf-8") == whole
    with Results(path, forget_failures=True) as results:
        assert results.known == {}
    assert path.read_bytes() == b""


@pytest.mark.parametrize("content", ["hello\n", "[]\n", '{"id": 1}\n', '{"text": "a"}\n', "\x00\n"])
def test_a_file_of_something_else_is_left_alone(tmp_path: Path, content: str) -> None:
    path = tmp_path / "results"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match="no file of results"):
        Results(path)
    assert path.read_text(encoding="utf-8") == content


class FullDisk(io.FileIO):
    """Takes five bytes and then says that there is no room."""

    def write(self, content: bytes) -> int:  # type: ignore[override]
        super().write(content[:5])
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_is_one_line_and_leaves_whole_lines(tmp_path: Path) -> None:
    line = failure_of(Mistake(1, "1", "k", "no"), "UsageError", "no")
    with Results(tmp_path / "results") as results:
        results.add(line)
        results.file.close()
        results.file = FullDisk(results.path, "a")
        with pytest.raises(LongzipError, match="cannot be written: No space left"):
            results.add(line)
    assert results.path.read_text(encoding="utf-8") == line + "\n"


# -------------------------------------------------------------------------------------------------------- the command


def test_bad_jobs_are_results_and_the_exit_code_is_1(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    jobs = write(
        tmp_path / "jobs", [job(), job(sources=[{"name": "a.py", "text": ""}]), "nonsense", job(budget=1, id="small")]
    )
    target = tmp_path / "results"
    command = ["batch", str(jobs), "-o", str(target), "--model", "ngram"]
    assert main(command) == 1
    rows = results_of(target)
    assert {name: row.get("error", {}).get("kind") for name, row in rows.items()} == {  # type: ignore[attr-defined]
        "1": None, "2": "SourceError", "3": "UsageError", "small": "BudgetTooSmall",
    }  # fmt: skip
    said = capfd.readouterr()
    assert said.out == ""
    assert said.err.split("\n")[0] == "4 jobs: 4 done now, 0 were there, 3 of all failed"
    before = target.read_bytes()
    assert main(command) == 1
    assert target.read_bytes() == before
    assert "0 done now, 4 were there" in capfd.readouterr().err
    assert main([*command, "--retry-failed", "--quiet"]) == 1
    assert results_of(target) == rows


def test_what_is_there_is_not_done_again(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    jobs, target = write(tmp_path / "jobs", [job(id=str(n), query=f"step {n}") for n in range(3)]), tmp_path / "results"
    command = ["batch", str(jobs), "-o", str(target), "--model", "ngram"]
    assert main(command) == 0
    complete = results_of(target)
    kept = target.read_text(encoding="utf-8").split("\n")[0]
    target.write_text(kept + "\n" + kept[:50], encoding="utf-8")
    capfd.readouterr()
    assert main(command) == 0
    assert results_of(target) == complete
    assert capfd.readouterr().err == "3 jobs: 2 done now, 1 were there, 0 of all failed\n"


@pytest.mark.parametrize(("arguments", "message"), [
    ([], "say where the results go"),
    (["-o", "jobs"], "-o is the file of jobs"),
    (["-o", "no/where"], "there is no folder"),
    (["-o", "r", "--workers", "0"], "--workers is '0'"),
    (["-o", "r", "--config", "absent.toml"], "cannot be read as TOML"),
])  # fmt: skip
def test_usage_errors(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "jobs", [job()])
    assert main(["batch", "jobs", *arguments]) == 2
    said = capfd.readouterr().err
    assert message in said
    assert said.count("\n") == 1
    assert not (tmp_path / "r").exists()


LONG = [
    {"id": str(n), "sources": [{"name": "a.py", "text": CODE * 6}], "query": f"step {n}", "budget": 300 + n}
    for n in range(8)
]


def begin(folder: Path, target: Path, *options: str) -> subprocess.Popen[str]:
    """A run with two workers, as a group of processes of its own."""
    command = [
        sys.executable,
        "-m",
        "longzip",
        "batch",
        str(folder / "jobs"),
        "-o",
        str(target),
        "--model",
        "ngram",
        "--workers",
        "2",
        *options,
    ]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)


def exit_code(process: subprocess.Popen[str]) -> int:
    process.communicate(timeout=120)
    return process.returncode


def wait_for_lines(target: Path, count: int) -> None:
    for _ in range(1200):
        if target.exists() and target.read_bytes().count(b"\n") >= count:
            return
        time.sleep(0.02)
    raise AssertionError("no results came")


def workers_of(number: int) -> list[int]:
    """The processes that a process began as workers."""
    children = Path(f"/proc/{number}/task/{number}/children").read_text().split()
    return [int(child) for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="there is no /proc")
def test_a_killed_worker_and_an_interrupt_lose_nothing(tmp_path: Path) -> None:
    write(tmp_path / "jobs", LONG)
    undisturbed, target = tmp_path / "undisturbed", tmp_path / "results"
    assert exit_code(begin(tmp_path, undisturbed)) == 0

    killed = begin(tmp_path, tmp_path / "killed")
    wait_for_lines(tmp_path / "killed", 1)
    first = workers_of(killed.pid)
    assert len(first) == 2
    os.kill(first[0], signal.SIGKILL)
    assert exit_code(killed) == 0
    assert results_of(tmp_path / "killed") == results_of(undisturbed)

    interrupted = begin(tmp_path, target)
    wait_for_lines(target, 1)
    began, workers = time.monotonic(), workers_of(interrupted.pid)
    os.killpg(interrupted.pid, signal.SIGINT)  # as a terminal does
    _, said = interrupted.communicate(timeout=60)
    assert (interrupted.returncode, said.strip()) == (130, "")
    assert time.monotonic() - began < 10
    assert not any(Path(f"/proc/{worker}").exists() for worker in workers)
    part = results_of(target)
    assert 1 <= len(part) < len(LONG)
    assert exit_code(begin(tmp_path, target)) == 0
    assert results_of(target) == results_of(undisturbed)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="there is no /proc")
def test_a_killed_run_leaves_no_worker_and_goes_on(tmp_path: Path) -> None:
    write(tmp_path / "jobs", LONG)
    target = tmp_path / "results"
    process = begin(tmp_path, target)
    wait_for_lines(target, 1)
    workers = workers_of(process.pid)
    assert len(workers) == 2
    process.kill()
    process.communicate()
    for _ in range(600):
        if not any(Path(f"/proc/{worker}").exists() for worker in workers):
            break
        time.sleep(0.05)
    assert not any(Path(f"/proc/{worker}").exists() for worker in workers)
    before = target.read_bytes()
    assert exit_code(begin(tmp_path, target)) == 0
    assert target.read_bytes().startswith(before[: before.rfind(b"\n") + 1])
    assert len(results_of(target)) == len(LONG)
