"""Is cutting functions worth its seconds? The sum, and that the settings decide by it."""

import pytest

from longzip import Compressor, Settings, Source
from longzip.selection.price import balance
from tests.fakes import CharacterCount, WordModel

BODY = "".join(f"    value_{number} = parse(value_{number}, {number})\n" for number in range(30))
SOURCES = [Source(f"{name}.py", f"def {name}(value):\n{BODY}") for name in ("parse", "render", "store", "fetch")]


def test_the_sum():
    found = balance(2_000_000, 1e-6, 500_000, Settings(price_in=3.0, price_second=0.5))
    assert (found.seconds, found.tokens, found.cost, found.saving, found.pays) == (2.0, 500_000, 1.0, 1.5, True)
    assert (
        str(found)
        == "fine stage: 2 s at a price of 1, 500,000 tokens less to read at a price of 1.5; functions were cut inside"
    )
    assert not balance(2_000_000, 1e-6, 300_000, Settings(price_in=3.0, price_second=0.5)).pays
    assert balance(1, 1.0, -5, Settings()).tokens == 0


def run(**settings):
    return Compressor(WordModel(), CharacterCount(), Settings(outline=False, **settings)).compress(
        SOURCES, query="parse the value", budget=400
    )


@pytest.mark.parametrize(
    ("prices", "like"),
    [({"price_in": 1e9, "price_second": 1e-9}, "on"), ({"price_in": 0.0, "price_second": 1.0}, "off")],
)
def test_auto_does_what_pays(prices, like):
    found = run(fine="auto", **prices)
    assert found.text == run(fine=like).text
    assert found.report.notes[0].startswith("fine stage: ")
    assert run(fine="on").text != run(fine="off").text


def test_whole_functions_only_where_it_does_not_pay():
    reasons = {chunk.reason for chunk in run(fine="auto", price_in=0.0).report.chunks}
    assert "part" not in reasons
