"""The same call in another thread, with a cold cache, a warm one, sources isolated or not, and in another process with
other hashes: the same bytes."""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path

from attacks.material import QUESTIONS, settings, some
from longzip import BudgetTooSmall, Compressor, Settings, Source

OTHER = """
import hashlib, json, sys
from longzip import Compressor, Settings, Source
given = json.load(sys.stdin)
lists = ((name, value) for name, value in given["settings"].items())
given["settings"] = {name: tuple(value) if isinstance(value, list) else value for name, value in lists}
compressor = Compressor.load(settings=Settings(**given["settings"]))
result = compressor.compress([Source(*pair) for pair in given["sources"]], query=given["query"], budget=given["budget"])
print(hashlib.sha256(result.text.encode("utf-8", "surrogatepass")).hexdigest())
"""
PROCESSES = 0.1  # the share of cases in which another process is asked, too


def play(chance: random.Random) -> list[str]:
    """One call, made in several ways."""
    sources, question = some(chance), chance.choice(QUESTIONS)
    plain = replace(settings(chance), count_for="chars/4", model=chance.choice(["ngram", "ngram", "embedded"]))
    budget = max(20, int(sum(len(source.text) for source in sources) / 4 * chance.choice([0.05, 0.2, 0.5])))
    first = told(plain, sources, question, budget)
    with tempfile.TemporaryDirectory() as folder:
        cached = replace(plain, cache=True, cache_dir=folder)
        ways = {
            "a cold cache": told(cached, sources, question, budget),
            "a warm cache": told(cached, sources, question, budget),
            "another order of sizes": told(replace(plain, batch_tokens=512), sources, question, budget),
        }
    with ThreadPoolExecutor(3) as pool:
        ways |= {
            f"thread {n}": text
            for n, text in enumerate(pool.map(lambda _: told(plain, sources, question, budget), range(3)))
        }
    if chance.random() < PROCESSES:
        ways["another process"] = elsewhere(chance, plain, sources, question, budget)
    return [f"other bytes with {way}" for way, text in ways.items() if text != first]


def told(wanted: Settings, sources: list[Source], question: str, budget: int) -> str:
    try:
        text = Compressor.load(settings=wanted).compress(sources, query=question, budget=budget).text
    except BudgetTooSmall as error:
        return f"needs {error.needed}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def elsewhere(chance: random.Random, wanted: Settings, sources: list[Source], question: str, budget: int) -> str:
    """The same of a process with another seed for its hashes."""
    given = {
        "settings": asdict(wanted), "query": question, "budget": budget,
        "sources": [(source.name, source.text) for source in sources],
    }  # fmt: skip
    environment = {
        **os.environ, "PYTHONHASHSEED": str(chance.randrange(1000)), "PYTHONPATH": str(Path(__file__).parents[2]),
    }  # fmt: skip
    found = subprocess.run(
        [sys.executable, "-c", OTHER], input=json.dumps(given), capture_output=True, text=True, env=environment,
        timeout=120, check=False,
    )  # fmt: skip
    if "BudgetTooSmall" in found.stderr:
        return "needs " + found.stderr.rpartition("needs ")[2].split()[0].replace(",", "")
    return found.stdout.strip() or found.stderr[-300:]
