"""The cost structure of LongCodeZip as its reference code has it, for comparison: one forward pass for each function,
and one for each line over all lines before it (arXiv 2510.00446, section III; the numbers are the same, only how often
the model is asked).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from longzip import Chunk, LanguageModel, Logprobs, Request

DIGITS = 4


def mean_surprise(values: Logprobs) -> float:
    """Mean negative log-likelihood in nats, rounded as longzip rounds it."""
    return round(-float(np.mean(values.values, dtype=np.float64)), DIGITS) if len(values.values) else 0.0


def relevance(model: LanguageModel, query: str, chunks: Sequence[Chunk]) -> list[float]:
    """AMI of each chunk, a pass each."""
    (alone,) = model.logprobs([Request("", query)])
    base = math.exp(mean_surprise(alone))
    found = []
    for chunk in chunks:
        (given,) = model.logprobs([Request(chunk.text + "\n\n", query)])
        found.append(base - math.exp(mean_surprise(given)))
    return found


def line_bits(model: LanguageModel, text: str) -> list[float | None]:
    """Mean bits per token of each line, a pass over the lines before it each; None for blank lines."""
    found: list[float | None] = []
    lines = text.split("\n")
    for number, line in enumerate(lines):
        prefix = "\n".join(lines[: number + 1])
        start = len(prefix) - len(line)
        (answer,) = model.logprobs([Request("", prefix)])
        own = answer.values[answer.ends - 1 >= start]
        found.append(
            round(-float(np.mean(own, dtype=np.float64)) / math.log(2), DIGITS) if line.strip() and len(own) else None
        )
    return found


def boundaries(bits: Sequence[float | None], alpha: float) -> set[int]:
    """Rows at which a block begins: above both neighbours that hold text by ``alpha`` standard deviations."""
    rows = [row for row, value in enumerate(bits) if value is not None]
    values = [float(value) for value in bits if value is not None]
    threshold = alpha * float(np.std(values)) if values else 0.0
    spikes = {
        rows[place] for place in range(1, len(rows) - 1)
        if threshold and min(values[place] - values[place - 1], values[place] - values[place + 1]) >= threshold
    }  # fmt: skip
    return {0, *spikes}
