import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from longzip import Logprobs, Request
from longzip.scoring.ami import SEPARATOR, ask, gain, line_surprises, mean_surprise, perplexity, relevance
from tests.fakes import WordModel


def logprobs(*values: float, ends: list[int] | None = None) -> Logprobs:
    return Logprobs(np.array(values), np.array(ends or range(1, len(values) + 1), dtype=np.int64))


def test_perplexity_is_the_exponential_of_the_mean_surprise():
    assert perplexity(logprobs(-1.0, -3.0)) == pytest.approx(math.exp(2.0))
    assert perplexity(logprobs()) == 1.0


def test_a_mean_is_rounded_far_above_what_batching_changes():
    assert mean_surprise(logprobs(-1.00001, -1.00002)) == mean_surprise(logprobs(-1.000012, -1.000018))


def test_relevance_is_the_drop_of_the_querys_perplexity():
    scores = relevance(WordModel(), "open file", ["def open ( file )", "open", "def close ( )"])
    assert scores == pytest.approx([math.exp(3) - math.exp(1), math.exp(3) - math.exp(2), 0.0])


def test_gain_is_the_logarithm_of_the_same_drop_and_ranks_alike():
    texts = ["def open ( file )", "open", "def close ( )"]
    gains, drops = gain(WordModel(), "open file", texts), relevance(WordModel(), "open file", texts)
    base = perplexity(WordModel().logprobs([Request("", "open file")])[0])
    assert gains == pytest.approx([math.log(base) - math.log(base - drop) for drop in drops], abs=1e-4)
    assert sorted(range(3), key=gains.__getitem__) == sorted(range(3), key=drops.__getitem__)


def test_relevance_asks_for_the_base_once_and_separates_by_a_blank_line():
    model = WordModel()
    relevance(model, "q", ["a", "b"])
    assert model.asked == [Request("", "q"), Request("a" + SEPARATOR, "q"), Request("b" + SEPARATOR, "q")]


def test_relevance_of_nothing_is_nothing():
    assert relevance(WordModel(), "q", []) == []


@given(st.lists(st.text("ab \n", max_size=20), max_size=12))
def test_answers_come_in_the_order_of_the_requests(texts):
    model, ticks = WordModel(), []
    requests = [Request("", text) for text in texts]
    answers = ask(model, requests, lambda done, total: ticks.append((done, total)))
    assert [len(answer.values) for answer in answers] == [len(text.split()) for text in texts]
    assert (ticks[-1] if texts else (0, 0)) == (len(texts), len(texts))


def test_a_token_counts_for_the_line_in_which_it_ends():
    text = "ab\ncd\n\nef"
    answer = logprobs(-math.log(2), -math.log(4), -math.log(16), -math.log(8), ends=[2, 3, 6, 9])
    assert line_surprises(text, answer) == [pytest.approx(1.5), pytest.approx(4.0), None, pytest.approx(3.0)]


def test_one_pass_gives_every_line_a_value():
    text = "a b\nc\n\n  d e f\n"
    values = line_surprises(text, WordModel().answer(Request("", text)))
    assert values == [pytest.approx(3 / math.log(2), abs=1e-4)] * 2 + [None] + [
        pytest.approx(3 / math.log(2), abs=1e-4),
        None,
    ]
