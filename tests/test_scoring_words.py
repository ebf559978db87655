"""Words in common, with answers that can be worked out by hand."""

import math

import numpy as np
import pytest

from longzip.scoring import words as lexical
from longzip.scoring.words import Index, missing, spread, terms, worth


def test_terms_are_folded_and_common_words_are_none():
    assert terms("The Retries are retried by HttpClient") == ["retry", "retri", "http", "client"]
    assert terms("决定使用") == ["决", "决定", "定使", "使用"]
    assert terms("") == []


def test_bm25_is_the_formula():
    index = Index.of(["cat cat dog", "dog", "bird bird"])
    rarity = math.log(1 + (3 - 1 + 0.5) / (1 + 0.5))
    norm = 1.2 * (1 - 0.75 + 0.75 * 3 / 2)
    assert index.bm25({"cat": 1.0}) == pytest.approx([rarity * 2 * 2.2 / (2 + norm), 0.0, 0.0])


def test_neighbours_inherit_less_the_further_they_are_away():
    values = np.zeros(7)
    values[3] = 1.0
    assert spread(values) == pytest.approx([1 / 4, 1 / 3, 1 / 2, 1.0, 1 / 2, 1 / 3, 1 / 4])
    assert len(spread(np.zeros(0))) == 0


def test_words_together_are_worth_more_than_apart():
    texts = ["red", "x", "y", "z", "car", "x", "y", "z", "x", "y", "red car", "z"]
    scores = worth("red car", texts)
    assert max(range(12), key=lambda index: scores[index]) == 10
    assert scores[9] > scores[3]


def test_the_passage_with_the_answer_comes_first():
    texts = ["we met at noon", "the cache is flushed at midnight", "lunch was good"]
    scores = worth("when is the cache flushed?", texts)
    assert max(range(3), key=lambda index: scores[index]) == 1
    assert scores[0] > 0
    assert worth("when is the cache flushed?", texts, 0.0)[0] == 0


def test_without_a_query_what_is_said_most_comes_first():
    texts = ["the parser reads tokens", "tokens go to the parser", "my cat sleeps", "the parser keeps tokens in a list"]
    scores = worth("", texts)
    assert min(range(4), key=lambda index: scores[index]) == 2
    assert worth("zebra", texts) == scores
    assert worth("", []) == []


def test_words_that_nobody_says_are_missing():
    assert missing("replication lag of Postgres", ["Postgres has a lag"]) == ["replication"]


def test_scores_are_rounded():
    assert all(value == round(value, lexical.DIGITS) for value in worth("a cat", ["cat nap", "cat", "dog cat"]))
