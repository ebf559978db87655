"""What is kept of the turns that answer a question, by way of choosing and share of tokens.

    python scripts/evaluate_texts.py --data FOLDER [--sets qmsum,locomo] [--every 1] [--ami-every 8] [--model embedded]

FOLDER holds ``qmsum/*.jsonl.gz`` (meetings, questions with the spans that answer them) and ``locomo/*.jsonl.gz``
(conversations, questions with the turns that are evidence; those without an answer left out). Turns are taken best
first until the share of the tokens is spent; recall is the share of the gold turns that are taken, averaged over
questions.

    random, head, tail, head+tail   without looking
    bm25                            each turn for itself
    bm25 + window                   each turn inherits from its neighbours: what longzip does with prose
    ami, ami + window               the language model, the same way (only every ``--ami-every`` th question)
    fusion                          the sum of both with windows, in standard deviations
    longzip.compress                the result itself: gap markers and speakers' names count, a turn shown in part
    counts as that part

Prints a row for each set and method, and one JSON line.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import longzip
from longzip import LanguageModel, Settings, Source, TextOptions
from longzip.loading import load_model, load_tokenizer
from longzip.scoring import words
from longzip.scoring.ami import gain

RATES = (0.05, 0.10, 0.20, 0.30, 0.50)
SHOWN_RATE = 0.20
UNANSWERABLE = 5
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    gold: frozenset[int]


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation. turns: ``speaker: text``, a line each. sizes: their tokens."""

    turns: tuple[str, ...]
    sizes: Array
    questions: tuple[Question, ...]


def rows(folder: Path) -> Iterator[dict[str, object]]:
    for path in sorted(folder.glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            yield from (json.loads(line) for line in lines)


def line(speaker: object, text: object) -> str:
    return " ".join(f"{speaker}: {text}".split())


def meetings(folder: Path, count: Callable[[str], int]) -> list[Talk]:
    found = []
    for row in rows(folder):
        turns = tuple(line(turn["speaker"], turn["content"]) for turn in as_list(row["meeting_transcripts"]))
        questions = []
        for query in as_list(row["specific_query_list"]):
            spans = [(int(first), min(int(last), len(turns) - 1)) for first, last in query["relevant_text_span"]]
            gold = frozenset(turn for first, last in spans for turn in range(first, last + 1))
            questions += [Question(str(query["query"]), gold)] if gold else []
        found.append(Talk(turns, sizes(turns, count), tuple(questions)))
    return found


def conversations(folder: Path, count: Callable[[str], int]) -> list[Talk]:
    found = []
    for row in rows(folder):
        talk = row["conversation"]
        assert isinstance(talk, dict)
        turns: list[str] = []
        places: dict[str, int] = {}
        for number in range(1, len(talk)):
            for turn in talk.get(f"session_{number}", ()):
                places[turn["dia_id"]] = len(turns)
                caption = f" [{turn['blip_caption']}]" if "blip_caption" in turn else ""
                turns.append(line(turn["speaker"], turn["text"] + caption))
        questions = []
        for item in as_list(row["qa"]):
            evidence = [part for entry in item["evidence"] for part in re.split(r"[;\s]+", entry)]
            gold = frozenset(places[part] for part in evidence if part in places)
            questions += [Question(str(item["question"]), gold)] if gold and item["category"] != UNANSWERABLE else []
        found.append(Talk(tuple(turns), sizes(turns, count), tuple(questions)))
    return found


def as_list(value: object) -> list[dict[str, Any]]:
    assert isinstance(value, list)
    return value


def sizes(turns: Sequence[str], count: Callable[[str], int]) -> Array:
    return np.array([count(turn + "\n") for turn in turns], dtype=np.float64)


def recall(scores: Sequence[float] | Array, talk: Talk, gold: frozenset[int], rate: float) -> float:
    """Share of the gold turns among the best that fit the rate; ones that do not fit are passed over."""
    room, taken = rate * talk.sizes.sum(), 0
    for index in sorted(range(len(talk.turns)), key=lambda place: (-scores[place], place)):
        if talk.sizes[index] <= room:
            room -= talk.sizes[index]
            taken += index in gold
    return taken / len(gold)


def standard(values: Sequence[float] | Array) -> Array:
    array = np.asarray(values, dtype=np.float64)
    return np.asarray((array - array.mean()) / (array.std() or 1.0))


def scored(talk: Talk, question: str, model: LanguageModel | None, seed: int) -> dict[str, Sequence[float] | Array]:
    """The turns' scores by each method."""
    places = np.arange(len(talk.turns), dtype=np.float64)
    window = words.worth(question, talk.turns)
    found: dict[str, Sequence[float] | Array] = {
        "random": np.array(random.Random(seed).sample(range(len(talk.turns)), len(talk.turns)), dtype=np.float64),
        "head": -places, "tail": places, "head+tail": np.abs(places - places.mean()),
        "bm25": words.worth(question, talk.turns, 0.0), "bm25 + window": window,
    }  # fmt: skip
    if model is not None:
        values = standard(gain(model, question, talk.turns))
        spread = words.spread(np.maximum(values, 0.0))
        found |= {"ami": values, "ami + window": spread, "fusion": standard(window) + standard(spread)}
    return found


def shown(talk: Talk, question: Question, settings: Settings) -> tuple[float, float]:
    """Recall in the result of ``longzip.compress``, and the share of its budget that it used."""
    text = "".join(turn + "\n" for turn in talk.turns)
    result = longzip.compress(
        Source("talk", text), question.text, rate=SHOWN_RATE, options=TextOptions(settings=settings)
    )
    kept: dict[int, int] = defaultdict(int)
    whole: dict[int, int] = defaultdict(int)
    for row in result.digest.rows if result.digest is not None else ():
        whole[row.start_line] += row.tokens
        kept[row.start_line] += row.tokens if row.status == "kept" else 0
    assert result.report.got <= result.report.asked
    return float(
        np.mean([kept[turn + 1] / max(1, whole[turn + 1]) for turn in question.gold])
    ), result.report.got / result.report.asked


def evaluate(
    name: str, talks: Sequence[Talk], arguments: argparse.Namespace, settings: Settings
) -> dict[str, dict[str, float]]:
    model = load_model(settings) if arguments.ami_every else None
    found: dict[str, dict[float, list[float]]] = defaultdict(lambda: defaultdict(list))
    number = 0
    for talk in talks:
        for question in talk.questions:
            number += 1
            if number % arguments.every:
                continue
            asked = model if model is not None and number // arguments.every % arguments.ami_every == 0 else None
            compressed = number // arguments.every % arguments.shown_every == 0
            subsets = [*(["ami"] if asked is not None else []), *(["longzip.compress"] if compressed else [])]
            for method, scores in scored(talk, question.text, asked, number).items():
                for rate in RATES:
                    found[method][rate].append(recall(scores, talk, question.gold, rate))
                    for subset in subsets if method == "bm25 + window" else ():
                        found[f"{method}, questions of {subset}"][rate].append(found[method][rate][-1])
            if compressed:
                found["longzip.compress"][SHOWN_RATE].append(shown(talk, question, settings)[0])
    print(f"\n| {name} | questions | {' | '.join(f'{rate:.0%}' for rate in RATES)} |\n|---|---:|{'---:|' * len(RATES)}")
    result: dict[str, dict[str, float]] = {}
    for method, by_rate in found.items():
        result[method] = {str(rate): round(float(np.mean(values)), 4) for rate, values in by_rate.items()}
        cells = " | ".join(f"{np.mean(by_rate[rate]):.2f}" if by_rate.get(rate) else "" for rate in RATES)
        print(f"| {method} | {max(len(values) for values in by_rate.values()):,} | {cells} |", flush=True)
    return result


READERS = {"qmsum": meetings, "locomo": conversations}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sets", default="qmsum,locomo")
    parser.add_argument("--every", type=int, default=1, help="only every so manieth question")
    parser.add_argument("--ami-every", type=int, default=8, help="questions that the model reads, too; 0 for none")
    parser.add_argument("--shown-every", type=int, default=4, help="questions for which the text itself is compressed")
    parser.add_argument("--model", default="embedded")
    arguments = parser.parse_args()
    settings = Settings(model=arguments.model, kind="conversation")
    count = load_tokenizer(settings).count
    started = time.perf_counter()
    results = {
        name: evaluate(name, READERS[name](arguments.data / name, count), arguments, settings)
        for name in arguments.sets.split(",")
    }
    print(json.dumps({"model": arguments.model, "every": arguments.every, "ami_every": arguments.ami_every,
                      "seconds": round(time.perf_counter() - started), "recall": results}))  # fmt: skip


if __name__ == "__main__":
    main()
