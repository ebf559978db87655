"""RUN.toml, validated. Knows the file's words, not what they mean to tasks and methods.

Paths are relative to the file; ``$NAME`` in one stands for an environment variable.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from benchmarks.values import Budget
from longzip import UsageError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Table = TypeVar("Table", bound=DataclassInstance)
else:
    Table = TypeVar("Table")

RATE = re.compile(r"\d+(?:\.\d+)?x")


@dataclass(frozen=True, slots=True)
class TaskTable:
    """A ``[[tasks]]`` of RUN.toml.

    kind: see ``benchmarks.tasks``. name: what the tables call it. data: file or folder. methods, budgets, limit: in
        place of the run's. measure: what methods are compared by. clones: folder of the repositories that the data
        speaks of (swebench, repoeval as published). size: tokens of code around a needle (repoqa); 0 for the whole
        repository.
    """

    kind: str
    data: str = ""
    name: str = ""
    methods: tuple[str, ...] = ()
    budgets: tuple[Budget, ...] = ()
    limit: int = 0
    measure: str = ""
    clones: str = ""
    size: int = 0

    @property
    def label(self) -> str:
        return self.name or self.kind


@dataclass(frozen=True, slots=True)
class ReaderTable:
    """A ``[[readers]]`` of RUN.toml.

    kind: "likelihood", "local" or "endpoint". model: "embedded", "ngram", a directory, or the endpoint's name for it.
    plain: the network of a checkpoint by itself, without longzip's model of words (likelihood).
    url: of an OpenAI-compatible endpoint. key: name of the environment variable that holds its key. record: file of its
        answers, which is read instead where it has them. replay: ask nothing that is not in the record.
    input_price, output_price: dollars for a million tokens. cap: dollars that a call of the run may spend.
    judge: name of the reader that judges its documentations; that one judges only, and does not read. "": it judges
    itself.
    """

    kind: str
    model: str = "embedded"
    name: str = ""
    url: str = ""
    key: str = ""
    record: str = ""
    replay: bool = False
    plain: bool = False
    judge: str = ""
    input_price: float = 0.0
    output_price: float = 0.0
    cap: float = 0.0
    new_tokens: int = 128
    concurrency: int = 4

    @property
    def label(self) -> str:
        return self.name or self.model


@dataclass(frozen=True, slots=True)
class Run:
    """All of RUN.toml.

    model: what longzip scores with. count_for: whose tokens are counted; the same for all methods.
    reference: the method that the others are compared with.
    share_scores: whether methods share what the model said of a text. Faster; seconds then mean nothing and are not
    shown.
    settings: of longzip in all its methods, where a method's label does not say otherwise.
    million_price, second_price: dollars for a million input tokens of the reader and for a second of this machine;
        where given, and scores are not shared, the tables say from which length of context on compression pays.
    options: what single methods need, by name: see ``benchmarks.methods``.
    """

    name: str
    tasks: tuple[TaskTable, ...]
    methods: tuple[str, ...] = ("none", "full", "head", "longzip")
    budgets: tuple[Budget, ...] = (1000, 2000, 4000)
    readers: tuple[ReaderTable, ...] = ()
    model: str = "embedded"
    count_for: str = "embedded"
    reference: str = "longzip"
    seed: int = 1
    limit: int = 100
    share_scores: bool = True
    million_price: float = 0.0
    second_price: float = 0.0
    settings: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    options: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    folder: Path = Path()

    def place(self, text: str) -> Path:
        """The path that RUN.toml means. Raises UsageError for an environment variable that is not set."""
        filled = os.path.expandvars(text)
        if missing := re.search(r"\$\{?(\w+)", filled):
            raise UsageError(f"{text}: set the environment variable {missing[1]} to a folder.")
        return Path(
            os.path.normpath(Path.cwd() / self.folder / Path(filled).expanduser())
        )  # links stay: an interpreter is one


def load(path: Path) -> Run:
    """Raises UsageError, with the file and the field, for what is no run."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read ({error.strerror}); name a RUN.toml, such as configs/benchmarks/smoke.toml."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is no TOML: {error}.") from None
    tasks = tuple(
        filled(TaskTable, row, f"{path}, [[tasks]] {number}")
        for number, row in enumerate(rows(table, "tasks", path), 1)
    )
    readers = tuple(
        filled(ReaderTable, row, f"{path}, [[readers]] {number}")
        for number, row in enumerate(rows(table, "readers", path), 1)
    )
    if not tasks:
        raise UsageError(f"{path} has no [[tasks]]; add one with kind and data.")
    run = filled(Run, {**table, "tasks": tasks, "readers": readers, "folder": path.parent}, str(path))
    check(run, path)
    return run


def rows(table: Mapping[str, object], name: str, path: Path) -> list[Mapping[str, object]]:
    found = table.get(name, [])
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise UsageError(f"{path}: {name} is no list of tables; write [[{name}]].")
    return found


def filled(kind: type[Table], values: Mapping[str, object], where: str) -> Table:
    """The dataclass ``kind`` with these values; lists become tuples. Raises UsageError for a wrong name or type."""
    known = {knob.name: knob for knob in fields(kind)}
    if unknown := sorted(set(values) - set(known)):
        raise UsageError(f"{where}: {unknown[0]!r} is no field; the fields are {', '.join(known)}.")
    if absent := [name for name, knob in known.items() if name not in values and no_default(knob)]:
        raise UsageError(f"{where}: {absent[0]} is missing.")
    ready = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    for name, value in ready.items():
        default = None if no_default(known[name]) else default_of(known[name])
        wanted: type = str if default is None and name in ("name", "kind") else type(default)
        fits = (
            isinstance(value, wanted)
            or (wanted is float and isinstance(value, int))
            or (wanted is MappingProxyType and isinstance(value, dict))
        )
        if (
            default is not None
            and (not fits or (isinstance(value, bool) and wanted is not bool))
            and not isinstance(value, Path)
        ):
            raise UsageError(f"{where}: {name} is {value!r}; give a value of type {wanted.__name__}.")
        if wanted is str and not isinstance(value, str):
            raise UsageError(f"{where}: {name} is {value!r}; give a text.")
    return kind(**ready)


def no_default(knob: Field[object]) -> bool:
    return knob.default is MISSING and knob.default_factory is MISSING


def default_of(knob: Field[object]) -> object:
    return knob.default if knob.default_factory is MISSING else knob.default_factory()


def check(run: Run, path: Path) -> None:
    if not re.fullmatch(r"[\w.-]+", run.name):
        raise UsageError(f"{path}: name is {run.name!r}; use letters, digits, dots and dashes: it becomes a folder.")
    if run.limit < 1:
        raise UsageError(f"{path}: limit is {run.limit}; it must be at least 1.")
    for budget in (*run.budgets, *(budget for task in run.tasks for budget in task.budgets)):
        good = (isinstance(budget, int) and budget > 0) or (
            isinstance(budget, str) and RATE.fullmatch(budget) and float(budget[:-1]) >= 1
        )
        if isinstance(budget, bool) or not good:
            raise UsageError(f'{path}: budget {budget!r} is neither a number of tokens nor a rate such as "5.6x".')
    for methods in (run.methods, *(task.methods for task in run.tasks)):
        if repeated := sorted({name for name in methods if methods.count(name) > 1}):
            raise UsageError(f"{path}: the method {repeated[0]!r} is named twice.")
    known = {*run.methods, *(method for task in run.tasks for method in task.methods)}
    if run.reference not in known:
        raise UsageError(
            f"{path}: the reference {run.reference!r} is none of the methods; name one of {', '.join(sorted(known))}."
        )
    for kind, labels in (
        ("tasks", [task.label for task in run.tasks]),
        ("readers", [reader.label for reader in run.readers]),
    ):
        if len(set(labels)) < len(labels):
            raise UsageError(f"{path}: two {kind} have the same name; give each a name of its own.")


def tokens_of(budget: Budget, original: int) -> int:
    """A budget in tokens, given the tokens of the full context; at least 1."""
    return budget if isinstance(budget, int) else max(1, int(original / float(budget[:-1])))
