"""Parsing in other processes: the same answers, and what happens to a file whose grammar does not answer."""

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from longzip import Compressor, Settings, Source
from longzip.formats.code import CodeFormat
from longzip.formats.grammar import isolation
from longzip.formats.grammar.analysis import Here
from longzip.formats.grammar.isolation import Isolated
from longzip.models import ngram
from tests.strategies import real_files

GOOD = Source("a.py", "def f():\n    return 1\n")
ISOLATED = Isolated()

# what a worker runs in these tests: a Here that does to some texts what a bad grammar does
BAD_GRAMMAR = """
import ctypes, os, sys, time
from longzip.formats.grammar import analysis
plain = analysis.Here.analyse
def analyse(self, source):
    if "crash" in source.text:
        ctypes.string_at(0)
    if "hang" in source.text:
        time.sleep(1000)
    if "memory" in source.text:
        bytearray(8 << 30)
    if "print" in source.text:
        os.write(1, b"noise")
    return plain(self, source)
analysis.Here.analyse = analyse
"""


@pytest.fixture
def bad_grammar(monkeypatch):
    monkeypatch.setattr(
        isolation,
        "START",
        isolation.START.replace(
            "from longzip.formats.grammar.worker", BAD_GRAMMAR + "\nfrom longzip.formats.grammar.worker"
        )
        .replace("sys.argv[1]); from", "sys.argv[1])\nfrom")
        .replace("; sys.path", "\nsys.path"),
    )
    return Isolated(seconds=0.1)


@pytest.mark.parametrize("source", real_files()[:40], ids=lambda source: source.name)
def test_answers_are_those_of_the_same_process(source):
    here = Here()
    known = here.analyse(source)
    assert ISOLATED.analyse(source) == known
    assert ISOLATED.name(source, known) == here.name(source, known)
    assert ISOLATED.omittable(source, known) == here.omittable(source, known)
    for text in (source.text, source.text + "\n(", ""):
        assert ISOLATED.valid(known, text) == here.valid(known, text)
    assert all(chunk.source is source for chunk in ISOLATED.analyse(source).chunks)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("crash", "its grammar crashed"),
        ("hang", "parsing took over 0.1 s"),
        ("memory", "it could not be analysed (MemoryError)"),
    ],
)
def test_a_grammar_that_does_not_answer_costs_one_file(bad_grammar, text, reason):
    form = CodeFormat(bad_grammar)
    bad = Source("b.py", f"x = 1  # {text}\n")
    form.facts.prepare([GOOD, bad, GOOD], print)
    assert form.facts.fallback(bad) == reason
    assert [chunk.kind for chunk in form.split(bad)] == ["lines"]
    assert form.facts.fallback(GOOD) is None
    assert [chunk.kind for chunk in form.split(GOOD)] == ["function"]


def test_what_a_grammar_prints_is_no_answer(bad_grammar):
    assert bad_grammar.analyse(Source("b.py", "print = 1\n")).reason is None


def test_the_report_names_the_file(bad_grammar):
    sources = [Source("b.py", "x = 1  # crash\n" * 50), Source("c.py", "def g():\n    return 2\n" * 50)]
    model = ngram.load()
    result = Compressor(model, model, Settings(), CodeFormat(bad_grammar)).compress(sources, query="crash", budget=100)
    assert [(item.path, item.reason) for item in result.report.skipped] == [
        ("b.py", "read as lines: its grammar crashed")
    ]


def test_a_process_that_is_killed_is_replaced():
    analyst = Isolated(processes=1)
    analyst.analyse(GOOD)
    analyst.idle[0].process.kill()
    analyst.idle[0].process.wait()
    assert analyst.analyse(GOOD).reason is None


def test_without_a_process_it_parses_here(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    analyst = Isolated()
    assert analyst.analyse(GOOD) == Here().analyse(GOOD)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    silent = Isolated()
    assert silent.analyse(GOOD) == Here().analyse(GOOD)
    assert not silent.available
    assert silent.valid(silent.analyse(GOOD), GOOD.text)


def test_processes_end_with_their_owner():
    analyst = Isolated(processes=2)
    CodeFormat(analyst).facts.prepare([Source(f"{n}.py", GOOD.text) for n in range(20)], print)
    processes = [worker.process for worker in analyst.idle]
    assert 1 <= len(processes) <= 2
    del analyst
    gc.collect()
    assert all(process.poll() is not None for process in processes)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_process_ends_when_its_parent_is_killed():
    code = (
        "import time; from longzip.formats.grammar.isolation import Isolated; from longzip import Source\n"
        "a = Isolated(processes=1); a.analyse(Source('a.py', 'x = 1\\n')); "
        "print(a.idle[0].process.pid, flush=True); time.sleep(100)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        child = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
    until = time.monotonic() + 20
    while time.monotonic() < until and alive(child):
        time.sleep(0.05)
    assert not alive(child)


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_has_its_own_processes():
    analyst = Isolated(processes=1)
    analyst.analyse(GOOD)
    child = os.fork()
    if child == 0:
        fine = analyst.analyse(Source("b.py", "class A:\n    pass\n")).reason is None
        os._exit(0 if fine and analyst.owner == os.getpid() else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert analyst.analyse(Source("c.py", "y = 2\n")).reason is None


def test_threads_share_it():
    analyst, found = Isolated(processes=2), []
    sources = [Source(f"{n}.py", f"def f{n}():\n    return {n}\n") for n in range(60)]
    threads = [
        threading.Thread(target=lambda part=part: found.extend(analyst.analyse(source) for source in part))
        for part in (sources[:20], sources[20:40], sources[40:])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(analysis.chunks[0].label for analysis in found) == sorted(f"f{n}" for n in range(60))
    assert len(analyst.idle) <= 2
