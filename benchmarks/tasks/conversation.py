"""Recall from a long conversation: a probe asks, and the turns that hold the answer should be shown.

JSON lines, one conversation each:

    id        its name
    turns     [{"role": "user", "text": "..."}, ...], in order
    probes    [{"question": "...", "turns": [3, 17]}, ...], turns counted from 0

Each turn is a source named by its number and role, so that every method of the benchmark can choose among them.
"""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.config import TaskTable
from benchmarks.methods.tools import Tools
from benchmarks.tasks.data import Row, checked, rows, shuffled, string
from benchmarks.values import Example, Wanted
from longzip import Source, SourceError


def examples(tools: Tools, table: TaskTable, limit: int, seed: int) -> list[Example]:
    """One example a probe."""
    path = tools.run.place(table.data)
    found = [example for row in rows(path, id=str, turns=list, probes=list) for example in of_conversation(row, f"{path}, {row['id']}")]
    return shuffled(found, seed)[:limit]


def of_conversation(row: Row, where: str) -> list[Example]:
    turns = [checked(turn, {"role": str, "text": str}, f"{where}, turn {number}") for number, turn in enumerate(listed(row["turns"]))]
    sources = tuple(Source(f"{number:04d}-{turn['role']}", string(turn, "text").rstrip("\n") + "\n") for number, turn in enumerate(turns))
    found: list[Example] = []
    for number, item in enumerate(listed(row["probes"])):
        probe = checked(item, {"question": str, "turns": list}, f"{where}, probe {number}")
        places = tuple(place(turn, sources, f"{where}, probe {number}") for turn in listed(probe["turns"]))
        found.append(Example(f"{row['id']}:{number}", sources, string(probe, "question"), wanted=places, kind="question"))
    return found


def place(turn: object, sources: Sequence[Source], where: str) -> Wanted:
    if not isinstance(turn, int) or not 0 <= turn < len(sources):
        raise SourceError(f"{where}: there is no turn {turn}; the conversation has {len(sources)}, counted from 0.")
    return Wanted(sources[turn].name, 1, sources[turn].text.count("\n"))


def listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []
