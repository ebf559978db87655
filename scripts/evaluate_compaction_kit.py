"""What survives five rounds of compaction, by the public compaction-conformance-kit (of PyPI; for measuring only).

    pip install compaction-conformance-kit
    python -m scripts.evaluate_compaction_kit [--budgets 0.1,0.2,0.3] [--seeds 1,2,3,4]

Twenty statements (rules, constraints, facts, the state of the work, preferences) are planted in a session of 131
messages; each budget is a share of the session's characters, which the view may have, the system prompt and the first
request in it. Prints one JSON line a budget: the share of the statements whose words all stand in the view after the
last round, and that by type.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Protocol

from longzip import BudgetTooSmall, ContextCompressor, WindowOptions

MISSING = "the kit is not installed: pip install compaction-conformance-kit"
SHARE, LEFT = 0.9, 0.97  # what of the budget the summary may take; what of it is used, for the names of the roles
ROLES = ("system", "user", "assistant")


class Turn(Protocol):
    """A turn of the kit's sessions."""

    role: str
    text: str


def written(turns: Sequence[tuple[str, str]]) -> str:
    """Turns as the kit counts them."""
    return "\n".join(f"[{role}] {text}" for role, text in turns)


def compacted(turns: Sequence[Turn], budget: int | None) -> str:
    """The view of a window with so many characters; the end of the text where that is too little for what must stay."""
    whole = written([(turn.role, turn.text) for turn in turns])
    if budget is None or len(whole) <= budget:
        return whole
    room = int(budget * LEFT)
    window = ContextCompressor(
        tokenizer=len,
        t_max=room + 1,
        t_retained=room,
        t_summary=int(room * SHARE),
        keep_recent=2,
        options=WindowOptions(),
    )
    window.extend([{"role": turn.role if turn.role in ROLES else "user", "content": turn.text} for turn in turns])
    try:
        window.compress()
    except BudgetTooSmall:
        return whole[-budget:]
    return written([(message.role, message.text) for message in window.view()])[:budget]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--budgets", default="0.1,0.2,0.3")
    parser.add_argument("--seeds", default="1,2,3,4")
    asked = parser.parse_args(arguments)
    try:
        from compaction_kit.benchmark import run_budget_benchmark
        from compaction_kit.compacted import CompactedContext
    except ImportError:
        print(MISSING, file=sys.stderr)
        return 3

    class Longzip:
        name = "longzip"

        def compact(self, turns: Sequence[Turn], round_num: int = 1, budget_chars: int | None = None) -> object:
            return CompactedContext(compacted(turns, budget_chars), self.name, round_num)

    budgets = tuple(float(budget) for budget in asked.budgets.split(","))
    seeds = tuple(int(seed) for seed in asked.seeds.split(","))
    found = run_budget_benchmark({"longzip": Longzip}, budgets=budgets, seeds=seeds)
    for entry in found["entries"]:
        random = entry["randomized"]
        print(
            json.dumps(
                {
                    "budget": entry["budget_fraction"],
                    "within": entry["budget_compliant"],
                    "survival": random["overall_final_survival"],
                    "by_type": random["final_median_by_type"],
                    "superseded": random["supersession"],
                }
            )
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
