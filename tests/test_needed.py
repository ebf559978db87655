"""What a refusal says is needed is enough: with it, and with everything around the code, the call succeeds."""

from __future__ import annotations

from itertools import product

import pytest

from longzip import BudgetTooSmall, Compressor, Settings, Source
from longzip.models import ngram

CODE = "import os\n\n\n" + "".join(
    f"def load_{n}(path: str) -> str:\n    text = open(path).read()\n"
    f"    if not text:\n        return {n}\n    return text\n\n\n"
    for n in range(12)
)
SOURCES = [Source("src/a.py", CODE), Source("src/b.go", "package b\n\nfunc Load() int {\n\treturn 1\n}\n" * 6)]
MODEL = ngram.load()


@pytest.mark.parametrize(("output", "strategy"), list(product(["text", "markdown", "xml"], ["default", "longcodezip"])))
def test_needed_is_enough(output, strategy):
    refused = 0
    for instruction, prompt, query, pins in product(
        ["", "Answer with the name of a function and say why you think so."],
        [False, True],
        ["where is a file loaded?", "quantum chromodynamics of gluons and quarks"],
        [(), ("src/a.py:load_3",), ("src/b.go", "src/a.py")],
    ):
        settings = Settings(
            instruction=instruction, prompt=prompt, format=output, strategy=strategy, cache=False, isolated=False
        )
        compressor = Compressor(MODEL, MODEL, settings)
        budget = 1
        with pytest.raises(BudgetTooSmall) as error:
            compressor.compress(SOURCES, query=query, budget=budget, pins=pins)
        refused += 1
        needed = error.value.needed
        result = compressor.compress(SOURCES, query=query, budget=needed, pins=pins)
        assert 0 < MODEL.count(result.text) <= needed
        for smaller in (needed // 2,):
            try:
                compressor.compress(SOURCES, query=query, budget=smaller, pins=pins)
            except BudgetTooSmall as again:
                assert again.needed <= needed
    assert refused == 24


@pytest.mark.parametrize("output", ["text", "markdown", "xml"])
def test_needed_is_enough_at_a_cursor(output):
    compressor = Compressor(MODEL, MODEL, Settings(format=output, cache=False, isolated=False))
    with pytest.raises(BudgetTooSmall) as error:
        compressor.complete(prefix=CODE[:400], suffix=CODE[400:], path="src/a.py", root=SOURCES, budget=2)
    result = compressor.complete(
        prefix=CODE[:400], suffix=CODE[400:], path="src/a.py", root=SOURCES, budget=error.value.needed + 60
    )
    assert MODEL.count(result.text) <= error.value.needed + 60
