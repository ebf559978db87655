"""What the attacks are made of: the samples of all languages, questions, and noise. Knows no promise."""

from __future__ import annotations

import random
import string
from functools import cache
from pathlib import Path

from longzip import Settings, Source

SAMPLES = Path(__file__).parents[2] / "tests" / "samples"
QUESTIONS = (
    "where is the cache cleared?",
    "parse",
    "why does it fail?",
    "quantum gluons",
    "x = 1",
    "日本語 ünïcode?",
    "def run():",
)
NOISE = (
    "\0",
    "\r",
    "\x0c",
    "\x1b[2J",
    "\u2028",
    "\ufeff",
    "😀",
    "\ud7ff",
    "]]>",
    "```",
    "</file>",
    "&" * 40,
    "((((",
    "\t",
)


@cache
def samples() -> tuple[Source, ...]:
    """One source for each file of the samples."""
    found = [path for path in sorted(SAMPLES.rglob("*")) if path.is_file() and path.stat().st_size < 60_000]
    texts = [(path, path.read_bytes()) for path in found]
    return tuple(Source(path.name, data.decode("utf-8", "replace")) for path, data in texts)


def some(chance: random.Random, most: int = 4) -> list[Source]:
    """A few sources, now and then damaged."""
    chosen = chance.sample(samples(), chance.randint(1, most))
    return [damaged(chance, source) if chance.random() < 0.3 else source for source in chosen]


def damaged(chance: random.Random, source: Source) -> Source:
    """The source with a piece cut out, doubled, or noise put in."""
    at, size = chance.randrange(len(source.text) + 1), chance.randrange(200)
    middle = chance.choice(["", chance.choice(NOISE) * chance.randint(1, 30), source.text[at : at + size] * 2])
    return Source(source.name, source.text[:at] + middle + source.text[at + size :])


def settings(chance: random.Random) -> Settings:
    """Any harmless ones."""
    return Settings(
        model="ngram",
        cache=False,
        isolated=False,
        format=chance.choice(["text", "text", "markdown", "xml"]),
        strategy=chance.choice(["default", "default", "shares", "longcodezip", "passages"]),
        fine=chance.choice(["on", "off", "auto"]),
        blocks=chance.choice(["perplexity", "statements"]),
        alpha=chance.choice([0.2, 1.5]),
        beta=chance.choice([0.0, 0.5, 1.0]),
        fine_ratio=chance.choice([0.3, 1.0]),
        exact=chance.random() < 0.3,
        small_lines=chance.choice([1, 5, 50]),
        line_numbers=chance.random() < 0.1,
        drop_comments=chance.random() < 0.1,
        shorten_literals=chance.random() < 0.1,
        merge_imports=chance.random() < 0.1,
        demote_tests=chance.random() < 0.7,
        mentions=chance.random() < 0.7,
        closure=chance.random() < 0.7,
        prompt=chance.random() < 0.2,
        instruction=chance.choice(["", "", "", "Answer briefly."]),
        marker=chance.choice([Settings().marker, "... {count}", "... {count} {names} ({range})"]),
        marker_names=chance.choice([0, 3]),
    )


def word(chance: random.Random, size: int) -> str:
    return "".join(chance.choices(string.ascii_letters + string.digits, k=size))
