"""Calls with code of all languages: never over the budget, lines verbatim, the same bytes again, needed is enough."""

from __future__ import annotations

import random

from attacks.material import QUESTIONS, settings, some
from longzip import BudgetTooSmall, Compressor, Source
from longzip.models import ngram

MODEL = ngram.load()


def play(chance: random.Random) -> list[str]:
    """One call, and what was wrong with its result."""
    sources, wanted, question = some(chance), settings(chance), chance.choice(QUESTIONS)
    compressor = Compressor(MODEL, MODEL, wanted)
    whole = sum(MODEL.count(source.text) for source in sources)
    budget = max(1, int(whole * chance.choice([0.0, 0.02, 0.1, 0.3, 0.8, 2.0])) + chance.randint(-20, 20))
    pins = [f"{sources[0].name}:1-2"] if chance.random() < 0.2 and sources[0].text.strip() else []
    try:
        result = compressor.compress(sources, query=question, budget=budget, pins=pins)
    except BudgetTooSmall as error:
        budget = error.needed
        try:
            result = compressor.compress(sources, query=question, budget=budget, pins=pins)
        except BudgetTooSmall as again:
            return [f"needed {error.needed} is not enough: {again}"]
    said = [f"over budget: {MODEL.count(result.text)} of {budget}"] if MODEL.count(result.text) > budget else []
    said += not_verbatim(sources, result.text)
    if chance.random() < 0.1:
        again_text = Compressor(MODEL, MODEL, wanted).compress(sources, query=question, budget=budget, pins=pins).text
        said += ["other bytes the second time"] if again_text != result.text else []
    return said


def not_verbatim(sources: list[Source], text: str) -> list[str]:
    """Lines of the result that stand in no source and are neither marker nor header nor frame."""
    known = {line.strip() for source in sources for line in source.text.split("\n")}
    joined = "\n".join(source.text for source in sources)
    odd = [line.strip() for line in text.split("\n") if line.strip() and line.strip() not in known]
    strange = [line for line in odd if not spoken_by_us(line, sources) and line not in joined]
    return [f"not verbatim: {strange[0][:80]!r}"] if strange else []


def spoken_by_us(line: str, sources: list[Source]) -> bool:
    ours = ("...", "<file", "</file", "]]>", "```", "##", "Answer briefly.", *QUESTIONS)
    return any(part in line for part in ours) or any(source.name in line for source in sources)
