"""Where examples come from: one kind of data each, from local files.

examples           what ``bench make`` writes: functions hidden in a repository, questions about one
repoeval           RepoEval's function bodies; with the functions that each calls (gold callees)
infile             one long file with a hole (DevEval's targets)
cosqa              web query -> function
conversation, locomo       probes over long conversations, see ``conversation``
boundaries         functions of a folder, and where their statements begin
lcc, repobench, crosscodeeval, lca      the published formats, see ``formats``
repoqa             description -> function, in a repository or in so many tokens of it
swebench           issue -> file and function, in local clones
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.config import Run, TaskTable
from benchmarks.methods.tools import Tools
from benchmarks.metrics import boundary_measures, location_measures, selection_measures
from benchmarks.tasks import boundaries, completion, conversation, formats, own, repoqa, retrieval, swebench
from benchmarks.values import Context, Example, Measures
from longzip import UsageError

Score = Callable[[Example, Context, Tools], Measures]
Loader = Callable[[Tools, TaskTable, int, int], Sequence[Example]]  # tools, table, limit, seed


@dataclass(frozen=True, slots=True)
class Task:
    """examples: of a table, at most ``limit``, picked with the seed. score: what a context is worth. measure: the one
    that methods are compared by, unless RUN.toml names another."""

    examples: Loader
    score: Score = selection_measures
    measure: str = "names"


TASKS: Mapping[str, Task] = {
    "examples": Task(own.examples),
    "repoeval": Task(completion.repoeval, measure="callee"),
    "infile": Task(completion.in_file),
    "cosqa": Task(retrieval.cosqa, measure="whole"),
    "conversation": Task(conversation.examples, conversation.recall_measures, "whole"),
    "locomo": Task(conversation.locomo, conversation.recall_measures, "whole"),
    "boundaries": Task(boundaries.examples, boundary_measures, "f1"),
    "lcc": Task(formats.lcc),
    "repobench": Task(formats.repobench),
    "crosscodeeval": Task(formats.crosscodeeval),
    "repoqa": Task(repoqa.examples, measure="whole"),
    "swebench": Task(swebench.examples, location_measures, "callee"),
    "lca": Task(formats.module_summaries, measure="score"),
}


def task_of(table: TaskTable) -> Task:
    """Raises UsageError for a kind that there is not."""
    if table.kind not in TASKS:
        raise UsageError(f"there is no task {table.kind!r}; choose among {', '.join(TASKS)}.")
    return TASKS[table.kind]


def examples_of(run: Run, tools: Tools, table: TaskTable) -> Sequence[Example]:
    """Raises UsageError or SourceError where the data is missing, broken or has nothing to ask."""
    found = task_of(table).examples(tools, table, table.limit or run.limit, run.seed)
    if not found:
        raise UsageError(f"the task {table.label} has no examples; check its data.")
    keys = [example.key for example in found]
    if len(set(keys)) < len(keys):
        twice = next(key for key in keys if keys.count(key) > 1)
        raise UsageError(f"the task {table.label} has two examples {twice!r}; their ids must differ.")
    return found
