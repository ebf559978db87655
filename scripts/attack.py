"""Attack longzip's promises with random cases of many kinds, for as long as is said.

    python scripts/attack.py --minutes 2 --seed 1 [--only code,prose]

Prints a Markdown table (attack, cases, failures, the slowest case) and at the end one JSON line; the cases that failed
go to standard error with the seed that makes each again (``--case SEED`` with ``--only``). Exit code 1 where one did.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field

from attacks import code, commands, conversations, determinism, hostile, prose, servers, writers

Play = Callable[[random.Random], list[str]]
ATTACKS: dict[str, Play] = {
    "code": code.play,
    "commands": commands.play,
    "prose": prose.play,
    "determinism": determinism.play,
    "writers": writers.play,
    "hostile": hostile.play,
    "servers": servers.play,
    "conversations": conversations.play,
}
SHARES = {
    "code": 0.3, "commands": 0.15, "prose": 0.15, "determinism": 0.1, "writers": 0.05, "hostile": 0.1, "servers": 0.05,
    "conversations": 0.1,
}  # fmt: skip
HANG, STUCK = 10.0, 60.0  # seconds of this process's work, and in all, on a machine that others use, too


@dataclass(slots=True)
class Tally:
    """What became of one kind of attack. seconds: spent on it. slowest: seconds of one case."""

    cases: int = 0
    failures: list[str] = field(default_factory=list)
    seconds: float = 0.0
    slowest: float = 0.0


def one(name: str, seed: int, tally: Tally) -> None:
    """Play a case, and note down what was wrong with it."""
    started, worked = time.perf_counter(), time.process_time()
    try:
        said = ATTACKS[name](random.Random(seed))
    except Exception:  # noqa: BLE001 - whatever escapes is a finding
        said = [traceback.format_exc(limit=-2)]
    seconds = time.process_time() - worked
    passed = time.perf_counter() - started
    said += [f"took {seconds:.1f} s, {passed:.1f} s in all"] if seconds > HANG or passed > STUCK else []
    tally.cases += 1
    tally.seconds += passed
    tally.slowest = max(tally.slowest, seconds)
    tally.failures += [f"{name} --case {seed}: {text}" for text in said]


def attack(names: list[str], minutes: float, seed: int) -> dict[str, Tally]:
    """Cases of all kinds until the time is over, each kind with its share of it."""
    tallies = {name: Tally() for name in names}
    until, number = time.perf_counter() + 60 * minutes, 0
    while time.perf_counter() < until:
        name = min(names, key=lambda one: tallies[one].seconds / SHARES[one])
        one(name, seed * 1_000_000 + number, tallies[name])
        number += 1
    return tallies


def table(tallies: dict[str, Tally]) -> str:
    rows = [
        f"| {name} | {tally.cases:,} | {len(tally.failures):,} | {tally.slowest:.2f} |"
        for name, tally in tallies.items()
    ]
    return "\n".join(["| attack | cases | failures | slowest case (s) |", "|---|---|---|---|", *rows])


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default=",".join(ATTACKS))
    parser.add_argument("--case", type=int)
    given = parser.parse_args()
    names = given.only.split(",")
    if given.case is None:
        tallies = attack(names, given.minutes, given.seed)
    else:
        tallies = {names[0]: Tally()}
        one(names[0], given.case, tallies[names[0]])
    failures = [text for tally in tallies.values() for text in tally.failures]
    for text in failures:
        print(text, file=sys.stderr)
    print(table(tallies))
    total = sum(tally.cases for tally in tallies.values())
    numbers = {name: {"cases": tally.cases, "failures": len(tally.failures)} for name, tally in tallies.items()}
    print(json.dumps({"minutes": given.minutes, "seed": given.seed, "cases": total, "attacks": numbers}))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
