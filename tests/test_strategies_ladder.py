"""The detail ladder: signatures, blocks and whole functions in one knapsack, and what kept code uses."""

from __future__ import annotations

from dataclasses import replace

import pytest

from longzip import Compressor, Settings, Source
from longzip.models import ngram
from longzip.pipeline.stages import begin
from longzip.protocols import Evidence
from longzip.strategies.ladder import Ladder, Rung, solve
from longzip.strategies.run import Division, Job, Run, Scores, silent
from tests.fakes import CharacterCount

FILLER = "".join(
    f"def filler_{number}(value):\n"
    + "".join(f"    value = value * {row} + order_{number}_customer_{row}\n" for row in range(6))
    + "    return value\n\n\n"
    for number in range(8)
)
ORDERS = (
    '''import json
import os
from shop.stock import reserve_items

from colorsys import hls_to_rgb, hsv_to_rgb, rgb_to_hls, rgb_to_hsv, rgb_to_yiq, yiq_to_rgb


def place_order(customer, items):
    """Place the order of a customer: reserve its items and send the invoice."""
    reserved = reserve_items(items)
    invoice = json.dumps({"customer": customer, "order": reserved})
    send_invoice(customer, invoice)
    return invoice


def send_invoice(address, text):
    """Post it."""
    connection = open_connection(address)
    connection.write(text)
    connection.flush()
    connection.wait(60)
    connection.close()
    return connection


'''
    + FILLER
)
STOCK = (
    '''def reserve_items(things):
    """Set them aside."""
    shelf = find_shelf(things)
    shelf.lock()
    for thing in things:
        shelf.take(thing)
        shelf.note(thing, "taken")
    shelf.unlock()
    return shelf


'''
    + FILLER
)
QUERY = "how is the order of a customer placed?"


def compressed(settings: Settings, budget: int) -> str:
    compressor = Compressor(ngram.load(), CharacterCount(), replace(settings, marker_names=0))
    sources = [Source("shop/orders.py", ORDERS), Source("shop/stock.py", STOCK)]
    return compressor.compress(sources, query=QUERY, budget=budget).text


def test_what_is_asked_for_is_whole() -> None:
    text = compressed(Settings(), 330)
    assert '    invoice = json.dumps({"customer": customer, "order": reserved})\n' in text
    assert "    return invoice\n" in text


def test_imports_that_kept_code_uses_stay_and_others_go() -> None:
    text = compressed(Settings(), 700)
    assert "from shop.stock import reserve_items\n" in text
    assert "from colorsys import" not in text


@pytest.mark.parametrize("closure", [True, False])
def test_signatures_of_what_kept_code_calls_are_shown(closure: bool) -> None:
    text = compressed(Settings(closure=closure), 260)
    assert "def place_order(" in text
    assert ("def reserve_items(" in text or "def send_invoice(" in text) == closure


def test_greedy_takes_what_is_worth_most_for_a_token() -> None:
    small, large = Rung(frozenset({1}), 4, 5.0), Rung(frozenset({2}), 10, 9.0)
    assert solve({1: [small], 2: [large]}, 10, exact=True) == {2: large}
    assert solve({1: [small], 2: [large]}, 10, exact=False) == {1: small}
    assert "place_order" in compressed(Settings(exact=False), 260)


def test_a_signature_brings_its_short_doc_comment() -> None:
    text = compressed(Settings(), 300)
    for signature, said in (
        ("def reserve_items(things):\n", '    """Set them aside."""\n'),
        ("def send_invoice(address, text):\n", '    """Post it."""\n'),
    ):
        assert signature + said in text or signature not in text
    assert '    """Set them aside."""\n' in text or '    """Post it."""\n' in text


def test_the_strategies_of_before_remain() -> None:
    assert "def place_order(" in compressed(Settings(strategy="shares"), 260)
    assert "def place_order(" in compressed(Settings(strategy="longcodezip"), 300)


def test_blocks_by_statement_take_no_pass_of_the_model() -> None:
    sources = [Source("shop/orders.py", ORDERS), Source("shop/stock.py", STOCK)]
    calls = {}
    for blocks in ("perplexity", "statements"):
        compressor = Compressor(ngram.load(), CharacterCount(), Settings(blocks=blocks))
        result = compressor.compress(sources, query=QUERY, budget=330)
        (segment,) = [stage for stage in result.report.stages if stage.name == "segment"]
        calls[blocks] = segment.model_calls
        assert result.report.got <= 330
        assert "def place_order(" in result.text
    assert calls["statements"] < calls["perplexity"]


def run_over_files() -> Run:
    """Over a file of orders and eight others; the last function of each stands out, less so the later the file."""
    others = [Source(f"part_{number}.py", FILLER.replace("filler_", f"part_{number}_")) for number in range(8)]
    compressor = Compressor(ngram.load(), CharacterCount(), Settings(isolated=False), evidence=Evidence())
    run = begin(Job((Source("orders.py", ORDERS), *others), "orders"), compressor._engine(silent))
    pages = run.corpus.page_of
    last = {page: index for index, page in enumerate(pages)}
    preferences = [5.0 - 0.2 * page if last[page] == index else 0.0 for index, page in enumerate(pages)]
    order = sorted(range(len(pages)), key=lambda index: -preferences[index])
    return replace(run, scores=Scores("orders", preferences=preferences, order=order))


def test_a_broader_choice_shows_more_files_in_the_same_room() -> None:
    run = run_over_files()
    narrow = Ladder(run.corpus, run.scores, Division(), run.engine.settings, 400)
    broad = replace(narrow, files=2.0)
    assert len(broad.choose(400).kept) > len(narrow.choose(400).kept)
    assert run.corpus.page_of[run.scores.order[0]] in broad.choose(400).kept


def test_the_best_chunk_of_each_file_stands_for_it_and_later_files_for_less() -> None:
    run = run_over_files()
    ladder = Ladder(run.corpus, run.scores, Division(), run.engine.settings, 4000, files=6.0)
    pages = [run.corpus.page_of[index] for index in ladder.firsts]
    assert pages == list(dict.fromkeys(run.corpus.page_of[index] for index in run.scores.order))
    assert list(ladder.firsts.values()) == pytest.approx([6.0 / (1 + place / 5) for place in range(9)])
    assert not replace(ladder, files=0.0).firsts


def test_what_stands_far_below_the_best_keeps_a_weight_by_its_place() -> None:
    run = run_over_files()
    ladder = Ladder(run.corpus, run.scores, Division(), run.engine.settings, 4000)
    floored = replace(ladder, floor=0.3)
    order = run.scores.order
    assert all(new >= old for new, old in zip(floored.weights, ladder.weights, strict=True))
    assert floored.weights[order[8]] == pytest.approx(0.3 / 1.4**2)
    assert floored.weights[order[0]] == 1.0
    assert floored.weights[order[9]] == ladder.weights[order[9]] < 1e-6
