"""How much of a text goes without a question, by kind: measured, not promised.

    python scripts/measure_savings.py --data FOLDER [--most 30]

FOLDER holds ``qmsum``, ``locomo``, ``tau_bench`` and ``agent_sessions``, each with ``*.jsonl.gz``. Documents are
Markdown and reStructuredText files and descriptions of installed packages; logs are what Python says when it is asked
to talk. Each text is compressed with ``longzip.compress`` at its default level, and ``--most`` of each kind; those that
it leaves alone (short, legal ...) are counted apart. Prints a table: the share of the tokens that went (median, and
from the 10th to the 90th percentile), and of the critical units that stayed.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import evaluate_texts
import numpy as np

import longzip
from longzip import ScriptCount, Settings, Source, TextOptions

TALKATIVE = (
    ("-v", "-c", "import json"), ("-v", "-c", "import http.server"), ("-v", "-c", "import unittest"), ("-v", "-c",
        "import asyncio"),
    ("-X", "importtime", "-c", "import asyncio"), ("-m", "compileall", "-f", "-l", "{stdlib}/email"), ("-m", "pip",
        "check", "-vvv"),
    ("-m", "trace", "--trace", "{stdlib}/this.py"), ("-m", "pytest", "-v", "-p", "no:cacheprovider",
        "tests/test_scoring_words.py"),
    ("-m", "pytest", "-v", "-p", "no:cacheprovider", "tests/test_texts.py"), ("-c", "import missing_package"),
)  # fmt: skip
SMALLEST = 2_000  # characters of a document
Given = Source | Sequence[dict[str, object]]


@dataclass(frozen=True, slots=True)
class Measured:
    """One text: the share of its tokens that went, the share of its critical units that stayed, and why it was left
    alone, or ""."""

    gone: float
    kept: float
    skipped: str


def measured(given: Given, settings: Settings) -> Measured:
    result = longzip.compress(given, options=TextOptions(settings=settings))
    assert result.digest is not None
    held = sum(kept for _, kept, _ in result.digest.retention)
    have = sum(every for _, _, every in result.digest.retention)
    gone = 1 - result.report.got / max(1, result.report.original_tokens)
    return Measured(gone, held / have if have else 1.0, result.digest.skipped)


def row(name: str, found: Sequence[Measured]) -> str:
    """A line of the table."""
    done = [one for one in found if not one.skipped]
    if not done:
        return f"| {name} | {len(found)} | {len(found)} | | | |"
    low, middle, high = np.percentile([one.gone for one in done], [10, 50, 90])
    kept = np.mean([one.kept for one in done])
    return f"| {name} | {len(found)} | {len(found) - len(done)} | {middle:.0%} | {low:.0%} to {high:.0%} | {kept:.0%} |"


def talks(data: Path, name: str) -> Iterator[Source]:
    for number, talk in enumerate(evaluate_texts.READERS[name](data / name, ScriptCount().count)):
        yield Source(f"{name}-{number}.txt", "".join(turn + "\n" for turn in talk.turns))


def runs(data: Path) -> Iterator[Given]:
    """Messages of tool-calling runs."""
    for record in evaluate_texts.rows(data / "tau_bench"):
        yield next(value for value in record.values() if isinstance(value, list) and value and "role" in value[0])


def sessions(data: Path) -> Iterator[Source]:
    for number, record in enumerate(evaluate_texts.rows(data / "agent_sessions")):
        text = max((value for value in record.values() if isinstance(value, str)), key=len)
        yield Source(f"session-{number}.md", text)


def documents() -> Iterator[Source]:
    folder = Path(sysconfig.get_paths()["purelib"])
    for path in sorted([*folder.rglob("*.md"), *folder.rglob("*.rst"), *folder.rglob("METADATA")]):
        text = path.read_text(encoding="utf-8", errors="replace")
        body = text.partition("\n\n")[2] if path.name == "METADATA" else text
        if len(body) >= SMALLEST and "licen" not in path.name.lower():
            yield Source(f"{path.parent.name}.md", body)


def logs() -> Iterator[Source]:
    for number, arguments in enumerate(TALKATIVE):
        command = [sys.executable, *(part.replace("{stdlib}", sysconfig.get_paths()["stdlib"]) for part in arguments)]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
        yield Source(f"{number}.log", done.stdout + done.stderr)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--most", type=int, default=30, help="texts of each kind")
    arguments = parser.parse_args()
    every: dict[str, Iterator[Given]] = {
        "meetings (qmsum)": talks(arguments.data, "qmsum"), "talk of friends (locomo)": talks(arguments.data, "locomo"),
        "runs of a tool-calling agent (tau_bench)": runs(arguments.data),
        "sessions of coding agents": sessions(arguments.data),
        "documents of installed packages": documents(), "logs of Python programs": logs(),
    }  # fmt: skip
    print(
        "| kind | texts | left alone | tokens gone, median | 10th to 90th percentile | critical kept "
        "|\n|---|---:|---:|---:|---:|---:|"
    )
    for name, texts in every.items():
        settings = (
            Settings(kind="conversation") if "qmsum" in name or "locomo" in name or "sessions" in name else Settings()
        )
        print(
            row(
                name,
                [
                    measured(text, settings)
                    for text in islice(texts, arguments.most)
                    if not isinstance(text, Source) or text.text
                ],
            ),
            flush=True,
        )


if __name__ == "__main__":
    main()
