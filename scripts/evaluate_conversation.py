"""What the conversation window keeps, and what it costs.

    python scripts/evaluate_conversation.py --data FOLDER [--tasks arguments,strategies,drift,work,million] [--out
    FOLDER]

FOLDER holds tau_bench/airline.jsonl.gz (agent runs with tool calls, as provider messages) and
agent_sessions/sessions.jsonl.gz (Markdown transcripts of coding agents).

    arguments   a run is cut at 60 % of its messages and compacted. Of the arguments of later tool calls that stood in
    the
                part before the cut, word for word and at least three characters long: the share that the view still
                has. Tokens are the view's as a share of the part's, the system prompt left out of both; mean over runs.
    strategies  the same at 60 %, to 45 % of the tokens, for each strategy by name, and the milliseconds of a
    compaction. drift       twelve facts of six kinds, stated in passing in the first messages of a long session of
    coding agents, and
                twenty compactions: the share of the facts whose value the view has, by kind and by round.
    work        one conversation of 10,000 messages: tokens that went through summarisation, as a share of the log's.
    million     all sessions as one conversation, in one call.

Prints a table for each and one JSON line; ``--out`` gets drift.json and drift.png.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from longzip import (
    ContextCompressor,
    HeadTailSummarizer,
    Message,
    ScriptCount,
    Transcript,
    WindowOptions,
    from_dicts,
    read_messages,
)
from longzip.conversation.compaction.state import CompactionStrategy
from longzip.messages.dialects import plain
from longzip.messages.normal import count

COUNTER = ScriptCount()
CUTS = (0.6, 0.8)
LEAST_LETTERS = 3
BY_COST: tuple[CompactionStrategy, ...] = (
    "window",
    "ledger",
    "auto",
    "density",
)  # truncate keeps to t_max, not to a target
ROUNDS = 20
LIMITS = {"t_max": 8000, "t_retained": 6000}
KINDS: Mapping[str, tuple[str, str]] = {
    "decision": ("We decided to use {v} for the queue because the other one loses jobs.", "{a}Queue{n}"),
    "path": ("By the way, the settings that matter are in {v} and nowhere else.", "config/{a}/limits_{n}.yaml"),
    "number": ("The service listens on port {v}, which surprised me.", "{n}{n2}"),
    "error and fix": ("The crash was {v}: fixed by pinning the driver.", "E{n}{a_upper}Error"),
    "action": ("Dana must send the audit report {v} by Friday.", "RPT-{n}-{n2}"),
    "identifier": ("The tenant that fails is {v}, the rest are fine.", "tenant_{a}_{n}"),
}  # fmt: skip
SPEAKERS = ("user", "assistant")
NAMES = ("amber", "cobalt", "ferric", "ivory", "jade", "ochre", "pearl", "russet", "slate", "umber")


@dataclass(frozen=True, slots=True)
class Planted:
    """A fact that was said in passing, and the value that it is recognised by."""

    kind: str
    sentence: str
    value: str


def rows(path: Path) -> Iterator[dict[str, object]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def has(value: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text) is not None


def shown(messages: Sequence[Message]) -> str:
    return "\n".join(message.text for message in messages)


# Arguments of later calls


def leaves(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner)
    elif value is not None and not isinstance(value, bool):
        yield str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def wanted(after: Sequence[Message], before: str) -> set[str]:
    """The arguments of later calls that were said before; thinking and arithmetic are no calls to the world."""
    found: set[str] = set()
    for message in after:
        for call in message.calls:
            if call.name not in ("think", "calculate"):
                found |= {
                    leaf for leaf in leaves(json.loads(call.text)) if len(leaf) >= LEAST_LETTERS and has(leaf, before)
                }
    return found


Method = Callable[[Sequence[Message]], Sequence[Message]]


def compacted(share: float, summary: int, strategy: CompactionStrategy = "ledger") -> Method:
    """The window, compacted to the system prompt and ``share`` of the rest."""

    def method(before: Sequence[Message]) -> Sequence[Message]:
        options = WindowOptions(strategy=strategy)
        window = ContextCompressor(t_max=1_000_000, t_retained=999_999, t_summary=summary, options=options)
        window.extend(before)
        system = count(before[0], COUNTER)
        window.compress(system + round(share * (window.tokens - system)))
        return window.view()

    return method


def masked(before: Sequence[Message]) -> Sequence[Message]:
    """All results but the last one replaced by a word, as many agents do."""
    last = max((at for at, message in enumerate(before) if message.results), default=-1)
    return [
        plain("user", "[pruned]") if message.results and at < last else message for at, message in enumerate(before)
    ]


METHODS: tuple[tuple[str, Method], ...] = (
    ("last 6 messages", lambda before: [before[0], *before[1:][-6:]]),
    ("results but the last masked", masked),
    *((f"window, {share:.0%}, summary {summary}", compacted(share, summary)) for share, summary in ((0.35, 500),
        (0.45, 500), (0.45, 800), (0.53, 800), (0.61, 800))),
)  # fmt: skip


def strategies(data: Path) -> list[dict[str, object]]:
    """What each strategy keeps of later calls' arguments at the same size, in the order of what it costs."""
    runs = [from_dicts(row["traj"]) for row in rows(data / "tau_bench" / "airline.jsonl.gz")]  # type: ignore[arg-type]
    found = []
    for strategy in BY_COST:
        started = time.perf_counter()
        measured = measure(runs, CUTS[0], compacted(0.45, 500, strategy))
        spent = round((time.perf_counter() - started) * 1000 / max(int(str(measured["runs"])), 1), 1)
        found.append({"task": "strategies", "strategy": strategy, **measured, "milliseconds a run": spent})
    return found


def arguments(data: Path) -> list[dict[str, object]]:
    runs = [from_dicts(row["traj"]) for row in rows(data / "tau_bench" / "airline.jsonl.gz")]  # type: ignore[arg-type]
    return [
        {"task": "arguments", "cut": cut, "method": name, **measure(runs, cut, method)}
        for cut in CUTS
        for name, method in METHODS
    ]


def measure(runs: Sequence[Sequence[Message]], cut: float, method: Method) -> dict[str, object]:
    """The recall of later calls' arguments and the tokens left, over the runs that have such arguments."""
    recalls, shares, whole, hits, total = [], [], [], 0, 0
    for run in runs:
        before, after = run[: int(len(run) * cut)], run[int(len(run) * cut) :]
        values = wanted(after, shown(before))
        if not values:
            continue
        view = method(before)
        text = shown(view)
        kept = sum(has(value, text) for value in values)
        system, full, got = (sum(count(m, COUNTER) for m in part) for part in (before[:1], before, view))
        recalls.append(kept / len(values))
        shares.append((got - system) / (full - system))
        whole.append(got / full)
        hits, total = hits + kept, total + len(values)
    return {
        "runs": len(recalls), "recall": mean(recalls), "of all values": round(hits / total, 4),
        "tokens": mean(shares), "tokens with system prompt": mean(whole),
    }  # fmt: skip


def mean(values: Sequence[float]) -> float:
    return round(sum(values) / len(values), 4) if values else 0.0


# Drift over twenty compactions


def planted(seed: int, each: int = 2) -> list[Planted]:
    draw = random.Random(seed)
    found = []
    for kind, (sentence, form) in KINDS.items():
        for _ in range(each):
            name = draw.choice(NAMES)
            value = form.format(a=name.capitalize() if kind == "decision" else name, a_upper=name.capitalize(),
                n=draw.randrange(10, 99), n2=draw.randrange(10, 99))  # fmt: skip
            found.append(Planted(kind, sentence.format(v=value), value))
    return found


def session(sessions: Sequence[list[Message]], seed: int, facts: Sequence[Planted]) -> Iterator[Message]:
    """Sessions one after the other from the ``seed``-th on, with a fact in each second message of the first ones; the
    user says one half, the agent the other."""
    waiting = list(facts)
    random.Random(seed).shuffle(waiting)
    yield plain("system", "You are a careful engineer.")
    yield plain("user", "Work through the list of issues.")
    for offset in range(len(sessions)):
        for number, message in enumerate(sessions[(seed + offset) % len(sessions)]):
            if waiting and number % 2 and message.prose:
                said = waiting.pop()
                yield plain(
                    "user" if len(waiting) % 2 else "assistant",
                    f"I went through the notes of last week. {said.sentence} Let us go on.",
                )
            yield message


class Rolling:
    """Plain rolling truncation: the oldest messages go until the rest fits."""

    def __init__(self) -> None:
        self.kept: list[Message] = []
        self.compactions = 0

    def append(self, message: Message) -> None:
        self.kept.append(message)
        sizes = [count(one, COUNTER) for one in self.kept]
        if sum(sizes) > LIMITS["t_max"]:
            self.compactions += 1
            while len(self.kept) > 3 and sum(sizes) > LIMITS["t_retained"]:
                del self.kept[2], sizes[2]

    def view(self) -> Sequence[Message]:
        return self.kept


class HeadTail(Rolling):
    """The same, and of what goes the first three and the last two messages in a summary of bounded length."""

    def __init__(self, summary: int) -> None:
        super().__init__()
        self.summary, self.text, self.summarize = summary, "", HeadTailSummarizer()

    def append(self, message: Message) -> None:
        before = [*self.kept, message]
        super().append(message)
        gone = [one for one in before if all(one is not kept for kept in self.kept)]
        if gone:
            words = self.summarize(Transcript(gone), self.text or None).split(" ")
            while COUNTER.count(" ".join(words)) > self.summary:
                words = words[max(1, len(words) // 20) :]
            self.text = " ".join(words)

    def view(self) -> Sequence[Message]:
        return [*self.kept[:2], plain("user", self.text), *self.kept[2:]]


class Window:
    """longzip's window behind the same two methods."""

    def __init__(self, summary: int) -> None:
        self.window = ContextCompressor(**LIMITS, t_summary=summary)  # type: ignore[arg-type]

    @property
    def compactions(self) -> int:
        return self.window.get_stats().compression_count

    def append(self, message: Message) -> None:
        self.window.append(message)
        self.window.maybe_compress()

    def view(self) -> Sequence[Message]:
        return self.window.view()


DRIFTING: Mapping[str, Callable[[], Rolling | HeadTail | Window]] = {
    "rolling truncation": Rolling,
    "head and tail, summary 500": lambda: HeadTail(500),
    "longzip, summary 500": lambda: Window(500),
    "longzip, summary 1000": lambda: Window(1000),
}


def drift(data: Path, seeds: range) -> list[dict[str, object]]:
    sessions = [read_messages(str(row["text"])) for row in rows(data / "agent_sessions" / "sessions.jsonl.gz")]
    found: list[dict[str, object]] = []
    for name, make in DRIFTING.items():
        hits: dict[tuple[int, str], list[bool]] = {}
        for seed in seeds:
            facts = planted(seed)
            compressor, seen = make(), 0
            said: list[Message] = []
            for message in session(sessions, seed * 3, facts):
                said.append(message)
                compressor.append(message)
                if compressor.compactions > seen:
                    seen = compressor.compactions
                    text = shown(compressor.view())
                    for fact in facts:
                        speaker = next((one.role for one in said if fact.value in one.text), "")
                        for group in (fact.kind, speaker) if speaker else ():
                            hits.setdefault((seen, group), []).append(has(fact.value, text))
                if seen >= ROUNDS:
                    break
        for number in range(1, ROUNDS + 1):
            groups = {group: hits.get((number, group), []) for group in (*KINDS, *SPEAKERS)}
            every = [hit for kind in KINDS for hit in groups[kind]]
            recalls = {group: mean([float(hit) for hit in found_hits]) for group, found_hits in groups.items()}
            found.append(
                {
                    "task": "drift",
                    "method": name,
                    "round": number,
                    "recall": mean([float(hit) for hit in every]),
                    **recalls,
                }
            )
    return found


def plot(found: Sequence[Mapping[str, object]], path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    panels = ["recall", *KINDS]
    figure, axes = plt.subplots(2, 4, figsize=(15, 6.5), sharex=True, sharey=True)
    for axis, panel in zip(axes.flat, panels, strict=False):
        for name in DRIFTING:
            line = [row for row in found if row["method"] == name]
            axis.plot([row["round"] for row in line], [row[panel] for row in line], marker=".", label=name)
        axis.set_title("all kinds" if panel == "recall" else panel)
        axis.set_ylim(-0.03, 1.03)
        axis.grid(alpha=0.3)
    last = axes.flat[len(panels)]
    last.axis("off")
    last.legend(*axes.flat[0].get_legend_handles_labels(), loc="center")
    figure.supxlabel("compactions")
    figure.supylabel("share of planted facts in the view")
    figure.tight_layout()
    figure.savefig(path, dpi=110)


# Work


def work(data: Path) -> list[dict[str, object]]:
    """Two logs of 10,000 messages: agent runs with tools one after the other, and the same without tools."""
    runs = [from_dicts(row["traj"]) for row in rows(data / "tau_bench" / "airline.jsonl.gz")]  # type: ignore[arg-type]
    found = []
    for name, plain_talk in (("with tools", False), ("talk alone", True)):
        for limits in ({"t_max": 8000, "t_retained": 6000, "t_summary": 500}, {"window": 128_000}):
            window = ContextCompressor(**limits)  # type: ignore[arg-type]
            started, over, log = time.perf_counter(), 0, 0
            stream = (
                m for _ in range(8) for run in runs for m in run[1:] if not plain_talk or not (m.calls or m.results)
            )
            for number, message in enumerate(stream):
                if number == 10_000:
                    break
                window.append(message)
                step = window.maybe_compress()
                log += count(message, COUNTER)
                over += step.after > window.limits.maximum or (
                    step.action != "none" and step.after > window.limits.retained
                )
            stats = window.get_stats()
            found.append({
                "task": "work", "log": name, "t_max": window.limits.maximum, "messages": stats.total_messages,
                "tokens": log,
                "read": round(stats.tokens_passed / log, 4), "read again": round(stats.tokens_repeated / log, 4),
                "in all": round((stats.tokens_passed + stats.tokens_repeated) / log, 4),
                "with the whole summary each time": round(
                    (stats.tokens_passed + stats.compression_count * window.limits.summary) / log, 4),
                "compactions per 1,000": round(stats.compression_count * 1000 / stats.total_messages, 2),
                "prunings per 1,000": round(stats.prune_count * 1000 / stats.total_messages, 2), "over a bound": over,
                "seconds": round(time.perf_counter() - started, 1),
            })  # fmt: skip
    return found


def million(data: Path) -> list[dict[str, object]]:
    messages = [
        m for row in rows(data / "agent_sessions" / "sessions.jsonl.gz") for m in read_messages(str(row["text"]))
    ]
    started = time.perf_counter()
    window = ContextCompressor(window=128_000)
    window.extend(messages)
    before = window.tokens
    window.get_current_context()
    return [{"task": "million", "messages": len(messages), "tokens": before, "after": window.tokens,
        "seconds": round(time.perf_counter() - started, 1)}]  # fmt: skip


def table(found: Sequence[Mapping[str, object]]) -> str:
    names = [name for name in found[0] if name != "task"]
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    return "\n".join([*lines, *("| " + " | ".join(str(row[name]) for name in names) + " |" for row in found)])


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--tasks", default="arguments,strategies,drift,work,million")
    parser.add_argument("--seeds", type=int, default=12, help="sessions of the drift task")
    parser.add_argument("--first", type=int, default=0, help="the first of their seeds")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    tasks: dict[str, Callable[[], list[dict[str, object]]]] = {
        "arguments": lambda: arguments(options.data),
        "strategies": lambda: strategies(options.data),
        "drift": lambda: drift(options.data, range(options.first, options.first + options.seeds)),
        "work": lambda: work(options.data),
        "million": lambda: million(options.data),
    }
    everything = []
    for task in options.tasks.split(","):
        found = tasks[task]()
        everything += found
        rounds = [row for row in found if task != "drift" or row["round"] in (1, 2, 5, 10, 15, ROUNDS)]
        print(f"\n{task}\n\n{table(rounds)}", flush=True)
        if task == "drift" and options.out is not None:
            options.out.mkdir(parents=True, exist_ok=True)
            (options.out / "drift.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
            plot(found, options.out / "drift.png")
    print(json.dumps({"command": sys.argv[1:], "results": everything}))


if __name__ == "__main__":
    main()
