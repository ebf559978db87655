"""What a text is worth to the query, from log-probabilities; and how surprising each line of a text is.

Knows the language-model seam and nothing of chunks, files or budgets. Log-probabilities are averaged in float64 and the
mean is rounded to 1e-4 nats, far above what batching and threads change, so that the same input gives the same ranks.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from longzip.protocols import LanguageModel, Logprobs, Request, remembers

SEPARATOR = "\n\n"
DIGITS = 4
SLICE_CHARACTERS = 400_000

Tick = Callable[[int, int], None]
Answer = TypeVar("Answer")


def mean_surprise(logprobs: Logprobs) -> float:
    """Mean negative log-likelihood per token, in nats, rounded; 0.0 for no tokens."""
    if len(logprobs.values) == 0:
        return 0.0
    return round(-float(np.mean(logprobs.values, dtype=np.float64)), DIGITS)


def perplexity(logprobs: Logprobs) -> float:
    """exp of the mean negative log-likelihood per token; at least 1.0."""
    return math.exp(mean_surprise(logprobs))


def relevance(model: LanguageModel, query: str, texts: Sequence[str], tick: Tick | None = None) -> list[float]:
    """AMI(c, q) = PPL(q) − PPL(q | c) for each text c (arXiv 2510.00446, Eq. 1), in perplexity.

    The context is the text and a blank line. Positive where the text makes the query more likely. The query's tokens
    are the same in both terms.
    """
    base, given = surprises(model, query, texts, tick)
    return [math.exp(base) - math.exp(value) for value in given]


def gain(model: LanguageModel, query: str, texts: Sequence[str], tick: Tick | None = None) -> list[float]:
    """ln PPL(q) − ln PPL(q | c) for each text c: AMI on a logarithmic scale, in nats per token of the query.

    It ranks as ``relevance`` does. As a value it is saner: where q is rare, a single text that repels it has an AMI of
    minus tens of thousands, beside which all others look alike. Times the number of tokens it is the pointwise mutual
    information of text and query under the model.
    """
    base, given = surprises(model, query, texts, tick)
    return [round(base - value, DIGITS) for value in given]


def surprises(
    model: LanguageModel, query: str, texts: Sequence[str], tick: Tick | None = None
) -> tuple[float, list[float]]:
    """The query's mean surprise alone and after each text, in nats per token."""
    (base,) = mean_surprises(model, [Request("", query)])
    return base, in_slices([Request(text + SEPARATOR, query) for text in texts], partial(mean_surprises, model), tick)


def mean_surprises(model: LanguageModel, requests: Sequence[Request]) -> list[float]:
    """``mean_surprise`` of each answer; a model that remembers keeps that number only."""
    if remembers(model):
        return model.measured(requests, mean_surprise, "mean surprise")
    return [mean_surprise(answer) for answer in model.logprobs(requests)]


def ask(model: LanguageModel, requests: Sequence[Request], tick: Tick | None = None) -> list[Logprobs]:
    """The model's answers in the order of the requests."""
    return in_slices(requests, model.logprobs, tick)


def in_slices(
    requests: Sequence[Request], ask: Callable[[Sequence[Request]], Sequence[Answer]], tick: Tick | None = None
) -> list[Answer]:
    """What ``ask`` answers, in the order of the requests, asked by length in large slices so that progress can be
    shown."""
    order = sorted(range(len(requests)), key=lambda index: len(requests[index].context) + len(requests[index].target))
    answers: dict[int, Answer] = {}
    at = 0
    while at < len(order):
        stop, characters = at, 0
        while stop < len(order) and (stop == at or characters < SLICE_CHARACTERS):
            characters += len(requests[order[stop]].context) + len(requests[order[stop]].target)
            stop += 1
        batch = order[at:stop]
        answers.update(zip(batch, ask([requests[index] for index in batch]), strict=True))
        at = stop
        if tick is not None:
            tick(at, len(order))
    return [answers[index] for index in range(len(requests))]


def line_surprises(text: str, logprobs: Logprobs) -> list[float | None]:
    """Mean bits per token of each line of ``text``: log2 of the line's perplexity; None for lines without text.

    A token belongs to the line in which it ends. One forward pass over the text gives every line's value.
    """
    lines = text.split("\n")
    starts = np.cumsum([0] + [len(line) + 1 for line in lines])
    rows = np.searchsorted(starts, np.maximum(logprobs.ends - 1, 0), side="right") - 1
    sums = np.bincount(rows, weights=-np.asarray(logprobs.values, dtype=np.float64), minlength=len(lines))
    counts = np.bincount(rows, minlength=len(lines))
    bits: NDArray[np.float64] = sums / np.maximum(counts, 1) / math.log(2)
    return [round(float(bits[row]), DIGITS) if line.strip() and counts[row] else None for row, line in enumerate(lines)]
