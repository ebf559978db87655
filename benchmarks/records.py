"""The record of a run: one JSON line per example, method and budget, and what the run was made with.

A run goes on where it was stopped: what is in the record is not done again.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.config import Run
from benchmarks.values import Budget, Outcome
from longzip import UsageError

FILE, ABOUT = "outcomes.jsonl", "run.json"
PACKAGES = ("longzip", "numpy", "torch", "transformers", "tokenizers", "tree-sitter", "bm25s")
Key = tuple[str, str, str, Budget]


def key_of(outcome: Outcome) -> Key:
    return outcome.task, outcome.example, outcome.method, outcome.budget


class Record:
    """The file of outcomes in a folder. ``fresh`` begins it again."""

    def __init__(self, folder: Path, fresh: bool = False) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / FILE
        if fresh:
            self.path.unlink(missing_ok=True)
        self.outcomes: dict[Key, Outcome] = {key_of(outcome): outcome for outcome in read(self.path)}

    def __contains__(self, key: Key) -> bool:
        return key in self.outcomes

    def add(self, found: Iterable[Outcome]) -> None:
        """Writes them, all or, where the process dies, some whole lines and at most one torn one."""
        with self.path.open("a", encoding="utf-8") as lines:
            for outcome in found:
                lines.write(json.dumps(asdict(outcome), ensure_ascii=False) + "\n")
                self.outcomes[key_of(outcome)] = outcome


def read(path: Path) -> list[Outcome]:
    """The outcomes in a record; a torn last line is cut off. Raises UsageError for another line that is none."""
    if not path.exists():
        return []
    text = path.read_text(encoding="utf-8")
    lines = text.split("\n")
    if lines[-1]:
        lines.pop()
        path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    names = {knob.name for knob in fields(Outcome)}
    found: list[Outcome] = []
    for number, line in enumerate(filter(None, lines), 1):
        try:
            values = json.loads(line)
        except json.JSONDecodeError:
            values = None
        if not isinstance(values, dict) or set(values) != names:
            raise UsageError(
                f"{path}, line {number}: no outcome of this version; move the folder away, or use --fresh."
            )
        found.append(Outcome(**values))
    return found


def recorded(folder: Path) -> bool:
    """Whether a folder holds outcomes."""
    return (folder / FILE).exists()


def about(run: Run, command: str, model: str) -> Mapping[str, object]:
    """What a run was made with. No path of the machine: data stands as RUN.toml has it."""
    settings = {key: value for key, value in asdict_of(run).items() if key != "folder"}
    return {
        "name": run.name, "commit": commit(), "command": command, "settings": settings, "model": model,
        "device": device(),
        "seed": run.seed, "versions": {"python": platform.python_version()} | {name: found for name in PACKAGES
            if (found := installed(name))},
    }  # fmt: skip


def asdict_of(run: Run) -> dict[str, object]:
    return {
        knob.name: [asdict(item) for item in value] if knob.name in ("tasks", "readers") else dict(value)
        if knob.name in ("options", "settings") else value
        for knob in fields(run)
        for value in [getattr(run, knob.name)]
    }  # fmt: skip


def write_about(folder: Path, found: Mapping[str, object]) -> None:
    (folder / ABOUT).write_text(json.dumps(found, indent=1, default=str) + "\n", encoding="utf-8")


def gone_on(folder: Path, found: Mapping[str, object]) -> Mapping[str, object]:
    """What a run is made with, and the other commits that part of it was made with. Raises UsageError where the folder
    holds
    outcomes of a run that cannot be gone on with: other model, settings, seed or data."""
    try:
        before = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError):
        return found
    if not recorded(folder):
        return found
    now = json.loads(json.dumps(found, default=str))
    for name in ("model", "count_for", "seed", "settings", "readers"):
        old, new = (about["settings"].get(name) for about in (before, now))
        if (plain(old) != plain(new)) if name == "readers" else ((old or None) != (new or None)):
            raise UsageError(f"{folder} holds a run with other {name}; give this one another name, or use --fresh.")
    if before["model"] != now["model"]:
        raise UsageError(
            f"{folder} holds a run with the model {before['model']}, and this is {now['model']}; give "
            "it another name, or use --fresh."
        )
    tasks = {task["name"] or task["kind"]: (task["kind"], task["data"]) for task in before["settings"]["tasks"]}
    for task in now["settings"]["tasks"]:
        label = task["name"] or task["kind"]
        if tasks.get(label, (task["kind"], task["data"])) != (task["kind"], task["data"]):
            raise UsageError(
                f"{folder} holds a task {label} with other data; give the run another name, or use --fresh."
            )
    commits = dict.fromkeys([*before.get("earlier_commits", ()), before["commit"]])
    return {**found, "earlier_commits": [commit for commit in commits if commit != found["commit"]]}


def plain(readers: Sequence[Mapping[str, object]]) -> list[Mapping[str, object]]:
    """Readers without fields that say nothing, so that one that came later is no difference."""
    return [{name: value for name, value in reader.items() if value} for reader in readers or ()]


def commit() -> str:
    """The commit of the checkout, with "+" where files were changed; "" outside one."""

    def git(*words: str) -> str:
        done = subprocess.run(
            ["git", *words], cwd=Path(__file__).parent, capture_output=True, text=True, timeout=20, check=False
        )
        return done.stdout.strip() if done.returncode == 0 else ""

    try:
        head = git("rev-parse", "--short=12", "HEAD")
        return head + "+" * bool(head and git("status", "--porcelain", "--untracked-files=no"))
    except OSError:
        return ""


def device() -> str:
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        return f"cuda ({torch.cuda.get_device_name()})"
    return (
        f"cpu ({platform.machine()}, "
        f"{len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count()} cores)"
    )


def installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
