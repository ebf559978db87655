"""Prose, logs and conversations as texts: never over the budget, whatever is in them, and the same bytes again."""

from __future__ import annotations

import random

import longzip
from attacks.material import NOISE, QUESTIONS, samples
from longzip import BudgetTooSmall, Settings, TextOptions

SENTENCES = (
    "We decided to use Redis.", "The build failed with exit code 1.", "Please add a test!", "It costs $5.", "Why?",
    "user: hello there", "12:00:01 ERROR job 17 failed", "- [ ] write the docs", "# Title", "| a | b |",
    "我们决定使用 Redis。",
)  # fmt: skip


def play(chance: random.Random) -> list[str]:
    """One text, and what was wrong with its result."""
    parts = [chance.choice([*SENTENCES, chance.choice(NOISE), chance.choice(samples()).text[:300]]) for _ in range(60)]
    text = "".join(part + chance.choice(["\n", " ", "\n\n", ""]) for part in parts)
    budget = chance.choice([5, 40, 200, 1000])
    kind = chance.choice(["auto", "conversation", "research", "document", "log"])
    layout = chance.choice(["plain", "plain", "protocol", "contextzip", "retrospective"])
    options = TextOptions(
        settings=Settings(kind=kind, layout=layout, cache=False, count_for="chars/4", force=True)  # type: ignore[arg-type]
    )
    question = chance.choice([None, *QUESTIONS])
    try:
        result = longzip.compress(text, question, budget=budget, options=options)
    except BudgetTooSmall as error:
        return [] if error.needed > budget else [f"refused although {budget} is enough: {error}"]
    except longzip.LongzipError:
        return []
    said = [f"over budget: {len(result.text) / 4} of {budget}"] if len(result.text) > 4 * budget + 3 else []
    if longzip.compress(text, question, budget=budget, options=options).text != result.text:
        said.append("other bytes the second time")
    return said
