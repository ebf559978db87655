"""Calls with code of all languages, with every format, strategy, option, pin and cut: never over the budget, lines
verbatim, what parsed parses, markup is well-formed, the same bytes again, and what was said to be needed is enough."""

from __future__ import annotations

import random

from attacks.judging import broken, ill_formed, not_verbatim, over
from attacks.material import QUESTIONS, settings, some
from longzip import BudgetTooSmall, Compressed, Compressor, LongzipError, Settings, Source, load_tokenizer
from longzip.models import ngram

MODEL = ngram.load()
INSTRUCTION = "Answer briefly."


def play(chance: random.Random) -> list[str]:
    """One call, and what was wrong with its result."""
    sources, wanted, question = some(chance), settings(chance), chance.choice(QUESTIONS)
    counter = load_tokenizer("chars/4")
    whole = sum(counter.count(source.text) for source in sources)
    budget = max(1, int(whole * chance.choice([0.0, 0.02, 0.1, 0.3, 0.8, 2.0])) + chance.randint(-20, 20))
    pins, drops = places(chance, sources, 0.25), places(chance, sources, 0.15)

    def call(most: int) -> Compressed:
        compressor = Compressor(MODEL, counter, wanted)
        return compressor.compress(sources, query=question, budget=most, pins=pins, drops=drops)

    try:
        result = call(budget)
    except BudgetTooSmall as error:
        budget = error.needed
        try:
            result = call(budget)
        except BudgetTooSmall as again:
            return [f"needed {error.needed} is not enough: {again}"]
    except LongzipError as error:
        return [] if pins or drops else [f"refused: {error}"]
    said = over(result.text, budget) + judged(sources, result, wanted)
    if chance.random() < 0.1 and call(budget).text != result.text:
        said.append("other bytes the second time")
    return said


def judged(sources: list[Source], result: Compressed, wanted: Settings) -> list[str]:
    said = []
    changed = wanted.line_numbers or wanted.drop_comments or wanted.shorten_literals or wanted.merge_imports
    if not changed:
        said += not_verbatim(sources, result.text, [INSTRUCTION, *QUESTIONS])
    framed = wanted.prompt or wanted.instruction
    if not framed:
        said += ill_formed(wanted.format, result.text, len(sources))
    plain = wanted.format == "text" and not framed and not wanted.line_numbers
    if len(sources) == 1 and plain and result.text.strip() and wanted.strategy != "longcodezip":
        said += broken(sources[0], result.text)  # the published algorithm cuts where it cuts
    return said


def places(chance: random.Random, sources: list[Source], share: float) -> list[str]:
    """Perhaps a few lines of one of the sources, as a pin or cut names them."""
    source = chance.choice(sources)
    lines = source.text.count("\n")
    if chance.random() > share or lines < 1 or not source.text.strip():
        return []
    first = chance.randint(1, lines)
    return [f"{source.name}:{first}-{min(lines, first + chance.randint(0, 12))}"]
