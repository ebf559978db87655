"""LLMLingua, LongLLMLingua and LLMLingua-2: the ``llmlingua`` package in an environment of its own, over a pipe.

The package needs a transformers that longzip does not work with, hence the second interpreter
(scripts/setup_llmlingua). Its language model is the embedded model's network by default, so that methods are compared
and not models.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks import assembly
from benchmarks.methods.tools import BUNDLED, Method, Tools, only
from benchmarks.values import EMPTY, Context
from longzip import LongzipError, ModelError, Source, UsageError

WORKER = Path(__file__).parent.parent / "lingua_worker.py"
TRIES = 4  # with a smaller target, until the result fits
THREADS = "2"
ENDED = "the LLMLingua process has ended; try its interpreter by hand with benchmarks/lingua_worker.py."


def llmlingua(tools: Tools, told: Mapping[str, str]) -> Method:
    return method_of(tools, told, "llmlingua")


def longllmlingua(tools: Tools, told: Mapping[str, str]) -> Method:
    return method_of(tools, told, "longllmlingua")


def llmlingua2(tools: Tools, told: Mapping[str, str]) -> Method:
    """Needs a trained token classifier: ``lingua2_model`` under [options]."""
    return method_of(tools, told, "llmlingua2")


def method_of(tools: Tools, told: Mapping[str, str], kind: str) -> Method:
    only(told)
    python = tools.option("lingua_python", kind)
    given = "lingua2_model" if kind == "llmlingua2" else "lingua_model"
    model = tools.option(given, kind) if kind == "llmlingua2" or given in tools.run.options else BUNDLED
    worker = started(python, model, kind == "llmlingua2")

    def method(sources: Sequence[Source], query: str, budgets: Sequence[int]) -> list[Context | LongzipError]:
        book = tools.open(sources)
        texts = [book.text(piece) for piece in assembly.functions(book)]
        return [fitted(tools, worker, kind, texts, query, budget) for budget in budgets]

    return method


def fitted(
    tools: Tools, worker: Worker, kind: str, texts: Sequence[str], query: str, budget: int
) -> Context | LongzipError:
    """The package treats its target as a wish; it is asked again with a smaller one until the result is in the budget,
    and once with a larger one where it used less than nine tenths."""
    target, best = budget, EMPTY
    for _ in range(TRIES):
        try:
            text = worker.compress(kind, texts, query, target)
        except LongzipError as error:
            return error
        used = tools.tokenizer.count(text)
        if used <= budget and len(text) >= len(best.text):
            best = Context(text)
        if 0.9 * budget <= used <= budget or used == 0:
            break
        target = max(1, int(target * budget / used * (0.97 if used > budget else 1.0)))
    return best


class Worker:
    """A process that answers one JSON line with one JSON line."""

    def __init__(self, python: Path, model: Path, second: bool) -> None:
        if not python.is_file():
            raise UsageError(f"there is no interpreter {python}; make it with scripts/setup_llmlingua FOLDER.")
        environment = {
            **os.environ,
            "OMP_NUM_THREADS": THREADS,
            "TOKENIZERS_PARALLELISM": "false",
            "HF_HUB_OFFLINE": "1",
        }
        environment.pop("PYTHONPATH", None)
        self.process = subprocess.Popen(
            [python, WORKER, model, BUNDLED, "2" if second else "1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True, encoding="utf-8", env=environment,
        )  # fmt: skip

    def compress(self, kind: str, texts: Sequence[str], query: str, target: int) -> str:
        """Raises ModelError with what the package said."""
        asked, answers = self.process.stdin, self.process.stdout
        if asked is None or answers is None or self.process.poll() is not None:
            raise ModelError(ENDED)
        try:
            asked.write(json.dumps({"kind": kind, "texts": texts, "query": query, "target": target}) + "\n")
            asked.flush()
            line = answers.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            self.process.wait()
            raise ModelError(ENDED)
        answer = json.loads(line)
        if "error" in answer:
            raise ModelError(str(answer["error"]))
        return str(answer["text"])


WORKERS: dict[tuple[Path, Path, bool], Worker] = {}


def started(python: Path, model: Path, second: bool) -> Worker:
    """A worker for each interpreter and model, started once."""
    key = python, model, second
    if key not in WORKERS:
        WORKERS[key] = Worker(*key)
    return WORKERS[key]


@atexit.register
def stop() -> None:
    """Ends all workers."""
    while WORKERS:
        _, worker = WORKERS.popitem()
        worker.process.kill()
        worker.process.communicate()
