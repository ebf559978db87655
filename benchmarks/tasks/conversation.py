"""Recall from a long conversation: a probe asks, and the turns that hold the answer should be shown, or at least the
answer.

JSON lines, one conversation each:

    id        its name
    turns     [{"role": "user", "text": "..."}, ...], in order
    probes    [{"question": "...", "turns": [3, 17], "answer": "..."}, ...], turns counted from 0; the answer may be
    left out

or LoCoMo's JSON (kind ``locomo``): samples with ``conversation`` (session_1, session_2, ...) and ``qa`` with evidence.

Each turn is a source named by its number and role, so that every method of the benchmark can choose among them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from benchmarks.config import TaskTable
from benchmarks.methods.tools import Tools
from benchmarks.metrics import says, shown_measures, words_kept
from benchmarks.tasks.data import Row, checked, listed, parsed, rows, shuffled, string, text_of
from benchmarks.values import Context, Example, Measures, Wanted
from longzip import Source, SourceError

SESSION = re.compile(r"session_(\d+)")
TURN = re.compile(r"D\d+:\d+")
UNANSWERABLE = 5  # LoCoMo's category of questions that the conversation does not answer


def examples(tools: Tools, table: TaskTable, limit: int, seed: int) -> list[Example]:
    """One example a probe."""
    path = tools.run.place(table.data)
    found = [example for row in rows(path, id=str, turns=list, probes=list) for example in of_conversation(row)]
    return shuffled(found, seed)[:limit]


def of_conversation(row: Row) -> Iterator[Example]:
    turns = [(string(turn, "role"), string(turn, "text")) for turn in row.items("turns", role=str, text=str)]
    sources = sources_of(turns)
    for number, probe in enumerate(row.items("probes", question=str, turns=list)):
        places = tuple(place(turn, sources, probe.where) for turn in listed(probe["turns"]))
        yield probed(
            f"{row['id']}:{number}", sources, string(probe, "question"), places, str(probe.get("answer") or "")
        )


def probed(key: str, sources: tuple[Source, ...], question: str, places: tuple[Wanted, ...], answer: str) -> Example:
    return Example(key, sources, question, prefix=question, hidden=answer, wanted=places, kind="recall")


def sources_of(turns: Sequence[tuple[str, str]]) -> tuple[Source, ...]:
    return tuple(Source(f"{number:04d}-{role}", text.rstrip("\n") + "\n") for number, (role, text) in enumerate(turns))


def place(turn: object, sources: Sequence[Source], where: str) -> Wanted:
    if not isinstance(turn, int) or not 0 <= turn < len(sources):
        raise SourceError(f"{where}: there is no turn {turn}; the conversation has {len(sources)}, counted from 0.")
    return Wanted(sources[turn].name, 1, sources[turn].text.count("\n"))


def locomo(tools: Tools, table: TaskTable, limit: int, seed: int) -> list[Example]:
    """LoCoMo's questions, but for those that the conversation does not answer."""
    path = tools.run.place(table.data)
    found: list[Example] = []
    for number, item in enumerate(samples(text_of(path), str(path))):
        row = checked(item, {"conversation": dict, "qa": list}, f"{path}, sample {number}")
        found += of_sample(row, str(row.get("sample_id", number)))
    return shuffled(found, seed)[:limit]


def samples(text: str, where: str) -> list[object]:
    """Of a JSON list, or of JSON lines."""
    if text.lstrip().startswith("["):
        return listed(parsed(text, where))
    return [parsed(line, f"{where}, line {number}") for number, line in enumerate(text.split("\n"), 1) if line.strip()]


def of_sample(row: Row, name: str) -> Iterator[Example]:
    talk = checked(row["conversation"], {}, f"{row.where}, conversation")
    sessions = sorted((int(match[1]), key) for key in talk.values if (match := SESSION.fullmatch(key)))
    turns: list[tuple[str, str]] = []
    numbers: dict[str, int] = {}
    for _, session in sessions:
        when = str(talk.get(f"{session}_date_time") or "")
        for turn in talk.items(session, speaker=str, dia_id=str, text=str):
            numbers[string(turn, "dia_id")] = len(turns)
            turns.append((string(turn, "speaker"), f"[{when}] {turn['text']}" if when else string(turn, "text")))
    sources = sources_of(turns)
    for number, probe in enumerate(row.items("qa", question=str)):
        named = [
            numbers[turn]
            for item in listed(probe.get("evidence"))
            for turn in TURN.findall(str(item))
            if turn in numbers
        ]
        if named and probe.get("category") != UNANSWERABLE:
            places = tuple(place(turn, sources, probe.where) for turn in dict.fromkeys(named))
            yield probed(f"{name}:{number}", sources, string(probe, "question"), places, str(probe.get("answer") or ""))


def recall_measures(example: Example, context: Context, _tools: Tools) -> Measures:
    """What is shown of the turns that hold the answer, and of the answer: whether it stands there word for word
    (answer), and the share of its words that do (words)."""
    found = shown_measures(example, context)
    if example.hidden:
        found |= {
            "answer": float(says(context.text, example.hidden)),
            "words": words_kept(context.text, example.hidden),
        }
    return found
