"""A second reading: a large model reads the best of what a small one and the other signals have put in order.

How many it reads follows from the time it may take and from its speed on this machine, which is measured once and kept
in the store. What is long it reads by its head and by the statements nearest to the query's words.
"""

from __future__ import annotations

import os
import platform
import struct
import time
from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean, pstdev

from longzip.pipeline.shortlist import fitting
from longzip.protocols import LanguageModel, Request, Store, Tokenizer, remembers
from longzip.scoring.terms import terms
from longzip.storage.keys import fingerprint
from longzip.strategies.corpus import Corpus
from longzip.strategies.ranking import in_order, worth_of
from longzip.strategies.run import Run

MOST_READ = 64  # chunks, however much time there is
EXCERPT_TOKENS = 512
WEIGHT = 1.0  # of its word beside all others together, on what it reads: as much as theirs; not fitted yet
SAMPLE = tuple(
    f"def convert_{name}(value: str, default: int = {number}) -> int:\n"
    f'    """The {name} that the text names; the default where it names none."""\n'
    f"    found = PATTERN_{number}.match(value.strip())\n"
    f"    return int(found.group({number % 3})) if found else default\n"
    for number, name in enumerate(("hour", "minute", "second", "month", "weekday", "year", "quarter", "zone"))
)


def read_again(run: Run) -> Run:
    """The run with what its engine's second model says of the best chunks; as it was where there is none, or where
    nothing has to do with the query."""
    reader, scores = run.engine.reader, run.scores
    if reader is None or not scores.related or not run.approach.structured:
        return run
    speed = tokens_per_second(reader, run.engine.tokenizer, run.engine.store)
    settings = run.engine.settings
    limit = int(settings.max_seconds * speed) if settings.max_seconds else sum(run.corpus.tokens)
    limit = min(limit, settings.score_tokens or limit)
    asked = run.engine.tokenizer.count(scores.query)
    lengths = [min(tokens, EXCERPT_TOKENS) + asked for tokens in run.corpus.tokens]
    read = fitting(scores.order[:MOST_READ], lengths, limit) if scores.order else []
    if len(read) < 2:
        note = (
            f"{reader.name} read nothing: at {speed:,.0f} tokens a second here it needs more than --max-seconds allows"
        )
        return replace(run, scores=replace(scores, notes=(*scores.notes, note))) if len(scores.order) > 1 else run
    texts = [excerpt(run.corpus, index, scores.query, EXCERPT_TOKENS) for index in read]
    second = replace(run, engine=replace(run.engine, model=reader))
    said = worth_of(second, scores.query, texts, "read again")
    preferences = list(scores.preferences)
    values = steps([preferences[index] for index in read], said)
    for index, value in zip(read, values, strict=True):
        preferences[index] += value
    spread = pstdev(scores.relevance) or 1.0
    signal = [0.0] * len(preferences)
    for index, value in zip(read, values, strict=True):
        signal[index] = value / spread
    note = (
        f"{reader.name} read the best {len(read):,} of {len(preferences):,} functions, about "
        f"{sum(lengths[index] for index in read):,} tokens; it reads {speed:,.0f} tokens a second here, and "
        "--max-seconds says how long it may"
    )
    return replace(
        run,
        scores=replace(
            scores,
            signals={**scores.signals, "second reading": signal},
            preferences=tuple(preferences),
            order=tuple(in_order(run.corpus, preferences)),
            notes=(*scores.notes, note),
        ),
    )


def steps(before: Sequence[float], said: Sequence[float]) -> list[float]:
    """By how much each of some preferences changes for what was said of it: in the spread of these preferences, 0 on
    the average, so that what was read neither gains nor loses by having been read. Where the others have no opinion,
    its word decides."""
    spread, mean = pstdev(said), fmean(said)
    unit = WEIGHT * (pstdev(before) or 1.0) / spread if spread else 0.0
    return [unit * (value - mean) for value in said]


def excerpt(corpus: Corpus, index: int, query: str, limit: int) -> str:
    """A chunk, or of a longer one the head and the statements that share most words with the query, in their order."""
    chunk = corpus.chunks[index]
    if corpus.tokens[index] <= limit:
        return chunk.text
    head, wanted = corpus.head_of(index), set(terms(query))
    units = list(corpus.unit_range(index))
    texts = {unit: corpus.text_of(index, (unit, unit + 1)) for unit in units}
    shared = {unit: len(wanted.intersection(terms(text))) for unit, text in texts.items()}
    kept: set[int] = set()
    left = limit
    for unit in sorted(units, key=lambda unit: (unit not in head, -shared[unit], unit)):
        left -= corpus.tokenizer.count(texts[unit])
        if left < 0 and kept:
            break
        kept.add(unit)
    return "".join(texts[unit] for unit in units if unit in kept)


def tokens_per_second(model: LanguageModel, tokenizer: Tokenizer, store: Store | None) -> float:
    """The speed of a model on this machine, to two digits: measured when first asked for, kept where there is a
    store."""
    key = fingerprint("speed", model.name, platform.machine(), str(os.cpu_count()))
    if store is not None:
        (data,) = store.get("scores", [key])
        if data is not None and len(data) == 8 and 0 < (known := float(struct.unpack("<d", data)[0])) < 1e9:
            return known
    speed = rounded(measured(model.inner if remembers(model) else model, tokenizer))
    if store is not None:
        store.put("scores", [(key, struct.pack("<d", speed))])
    return speed


def measured(model: LanguageModel, tokenizer: Tokenizer) -> float:
    """Tokens a second, of contexts and queries."""
    query = "convert a text to the month that it names"
    model.logprobs([Request(SAMPLE[0], "warm up")])
    requests = [Request(text, query) for text in SAMPLE]
    began = time.perf_counter()
    model.logprobs(requests)
    seconds = time.perf_counter() - began
    return sum(tokenizer.count(request.context + request.target) for request in requests) / max(seconds, 1e-6)


def rounded(speed: float) -> float:
    """To two digits, so that a second measurement would mostly say the same."""
    return max(1.0, float(f"{speed:.1e}"))
