"""Calls of the command line, most of which make sense: an exit code that is documented, no traceback, no terminal
codes, and never more than the budget."""

from __future__ import annotations

import contextlib
import io
import os
import random
import re
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from attacks.judging import over
from attacks.material import NOISE, QUESTIONS, samples, word
from longzip.cli import main

CODES = (0, 1, 2, 3)
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1a\x1b\x7f\x80-\x9f]")
TALK = "".join(
    f'{{"role": "{role}", "content": "step {n}: the build of module_{n} failed with exit code {n}"}}\n'
    for n in range(30) for role in ("user", "assistant")
)  # fmt: skip
FLAGS = (
    ("--format", "markdown"), ("--format", "xml"), ("--format", "json"), ("--format", "md"), ("--line-numbers",),
    ("--quiet",), ("--prompt",), ("--strategy", "shares"), ("--strategy", "longcodezip"), ("--fine", "off"),
    ("--no-cache",), ("--ext", "py"), ("--include", "*.py"), ("--exclude", "tests/"), ("--hidden",),
    ("--level", "light"), ("--rate", "0.2"), ("--target", "rate=0.3"), ("--keep", "sample.py:1-3"),
    ("--drop", "sample.go:1-9"), ("--secrets", "skip"), ("--kind", "document"), ("--layout", "protocol"),
    ("--dry-run",), ("--tree",), ("--model", "nothing"), ("--nonsense",), ("--budget", "2,000"), ("--budget", "0"),
    ("--budget", "-5"), ("--rate", "7"), ("--marker", "… {count}"), ("-q", "@no"),
)  # fmt: skip


@cache
def folder() -> str:
    """A folder with the samples, files of odd names, and a conversation; as long as this process lives."""
    place = tempfile.mkdtemp(prefix="longzip-attack-")
    for source in samples():
        Path(place, source.name).write_text(source.text, encoding="utf-8", errors="replace")
    for name in ("\x1b[31mred.py", "a\nb.py", "tab\t.go", "-q.py", "ünï.js", "empty.py", "@x.txt"):
        Path(place, name).write_text("" if "empty" in name else f"x = '{name!r}'\n", encoding="utf-8")
    Path(place, "talk.jsonl").write_text(TALK, encoding="utf-8")
    Path(place, "run.log").write_text("12:00:01 ERROR job failed\n\x1b[2J12:00:02 INFO fine\n" * 40, encoding="utf-8")
    return place


def play(chance: random.Random) -> list[str]:
    """One call in this process, and what was wrong with what it printed."""
    arguments, budget = line(chance)
    code, out, err = called(arguments, chance.choice(["", "", TALK, "\x1b[2J" + chance.choice(NOISE)]))
    shown = " ".join(arguments)[:200]
    said = [f"exit {code}: {shown}"] if code not in CODES else []
    said += [f"traceback: {shown}: {err[-300:]}"] if "Traceback" in err else []
    said += [f"terminal codes {CONTROLS.findall(err)[:3]}: {shown}"] if CONTROLS.search(err) else []
    said += [f"nothing was said: {shown}"] if code and not err.strip() else []
    if code == 0 and budget and "--format json" not in shown and "--tree" not in shown and "--dry-run" not in shown:
        said += [f"{text}: {shown}" for text in over(out, budget)]
    return said


def line(chance: random.Random) -> tuple[list[str], int]:
    """A command line, and the budget of the last --budget that it has alone."""
    command = chance.choice(["compress"] * 5 + ["rank", "explain", "expand", "segment", "chat", "advise", "config"])
    place = chance.choice(
        [".", "sample.py", "sample.rs", "run.log", "talk.jsonl", "sample.md", "nowhere", "-", "-q.py"]
    )
    question = chance.choice([*QUESTIONS, "", "@sample.md", f"why {chance.choice(NOISE)}?".replace("\0", "")])
    if command in ("chat", "advise"):
        return [
            command,
            chance.choice(["talk.jsonl", "sample.py", "nowhere"]),
            "--window",
            chance.choice(["1k", "9k", "x"]),
        ], 0
    if command == "config":
        return [command, *chance.choice([(), ("--profile", word(chance, 3))])], 0
    if command == "expand":
        return [command, f"{place}:{chance.randint(0, 40)}-{chance.randint(0, 80)}"], 0
    if command == "segment":
        return [command, place, "--model", "ngram"], 0
    budget = chance.choice([30, 200, 1000, 5000])
    flags = [flag for flags in chance.sample(FLAGS, chance.randint(0, 3)) for flag in flags]
    arguments = [command, *([place] if chance.random() < 0.95 else []), "-q", question, "--model", "ngram", *flags]
    if command == "rank":
        return arguments, 0
    alone = not {"--budget", "--rate", "--level", "--target"} & set(flags)
    counted = budget if alone and command == "compress" else 0
    return [*arguments, *(["--budget", str(budget)] if alone or chance.random() < 0.3 else [])], counted


def called(arguments: list[str], given: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of ``longzip`` in the folder."""
    out, err = Bytes(), Bytes()
    with settled(given), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(arguments)
        out.flush()
        err.flush()
    return code, out.said, err.said


class Bytes(io.TextIOWrapper):
    """A stream whose bytes can be read afterwards."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", errors="surrogateescape", newline="")

    @property
    def said(self) -> str:
        buffer: io.BytesIO = self.buffer  # type: ignore[assignment]
        return buffer.getvalue().decode("utf-8", "replace")


@contextlib.contextmanager
def settled(given: str) -> Iterator[None]:
    """In the folder, with a standard input and without settings of the environment."""
    before, stream, known = Path.cwd(), sys.stdin, dict(os.environ)
    for name in [name for name in os.environ if name.startswith("LONGZIP_")]:
        del os.environ[name]
    os.environ |= {
        "LONGZIP_COUNT_FOR": "chars/4",
        "LONGZIP_ISOLATED": "false",
        "LONGZIP_CACHE_DIR": f"{folder()}.cache",
    }
    os.chdir(folder())
    sys.stdin = io.TextIOWrapper(io.BytesIO(given.encode("utf-8", "replace")))
    try:
        yield
    finally:
        os.chdir(before)
        sys.stdin = stream
        os.environ.clear()
        os.environ.update(known)
