"""A language model mixed with a word model of the context: the formula, and that it stays a probability."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from longzip.models.words.classes import word_classes
from longzip.models.words.mixture import ContextMixture, mixed
from longzip.models.words.unigrams import UnigramCache


def cache_of(spellings, weight=0.3):
    classes = word_classes(spellings)
    return ContextMixture(classes, UnigramCache(classes, weight))


def shares_of(mixture, context, target):
    return mixture.shares(mixture.words.read([context]), [target])


SPELLINGS = ["user", " user", "_user", "User", "name", " name", "(", "12", " ", "é", "É", "\ufffd", "x1"]


def test_words_are_classed_without_case_space_and_underscore():
    classes = cache_of(SPELLINGS).classes.tolist()
    assert classes == [0, 0, 0, 0, 1, 1, -1, -1, -1, 2, 2, -1, -1]


@given(st.lists(st.integers(0, len(SPELLINGS) - 1), max_size=12), st.floats(0.01, 0.9), st.integers(0, 1000))
def test_the_mixture_is_the_formula_and_sums_to_one(context, weight, seed):
    cache, size = cache_of(SPELLINGS, weight), len(SPELLINGS)
    row = np.random.default_rng(seed).normal(0, 4, size).astype(np.float32)
    logits = np.broadcast_to(row, (size, size))
    log_p = row.astype(np.float64) - np.logaddexp.reduce(row.astype(np.float64))
    targets = np.arange(size)
    shares = shares_of(cache, np.array(context, dtype=np.int64), targets)
    scores = cache.scores(logits, targets)
    assert scores[:, 0] == pytest.approx(log_p, abs=1e-5)
    found = np.exp(mixed(scores, shares))
    assert found.sum() == pytest.approx(1, abs=1e-5)
    plain, classes = np.exp(log_p), cache.classes
    seen = [classes[token] for token in context if classes[token] >= 0]
    for token in range(size):
        expected = plain[token]
        if classes[token] >= 0 and seen:
            share = seen.count(classes[token]) / len(seen)
            cached = plain[classes >= 0].sum() * share * plain[token] / plain[classes == classes[token]].sum()
            expected = (1 - weight) * plain[token] + weight * cached
        assert found[token] == pytest.approx(expected, rel=1e-4)


def test_the_cache_is_safe_where_a_class_has_next_to_no_probability():
    cache = cache_of(["user", "name"], 0.5)
    shares, targets = shares_of(cache, np.array([0]), np.array([0])), np.array([0])
    (found,) = mixed(cache.scores(np.array([[-500.0, 500.0]], np.float32), targets), shares)
    assert found == pytest.approx(math.log(0.5), abs=1e-3)


def test_a_sure_language_model_leaves_less_to_the_words_of_the_context():
    classes = word_classes(SPELLINGS)
    gated = ContextMixture(classes, UnigramCache(classes, 0.5), gated=True)
    sure, even, target = (
        np.zeros((1, len(SPELLINGS)), np.float32),
        np.zeros((1, len(SPELLINGS)), np.float32),
        np.array([0]),
    )
    sure[0, 0] = 20.0

    def gate(cache, logits):
        return float(cache.scores(logits, target)[0, 2])

    assert gate(gated, sure) < 1e-6
    assert gate(gated, even) == pytest.approx((math.log(len(SPELLINGS)) / 5) ** 2, rel=1e-4)
    assert gate(gated, np.zeros((1, 16384), np.float32)) == 1.0
    assert gate(cache_of(SPELLINGS), sure) == 1.0
    sure[0, 1] = -np.inf
    assert gate(gated, sure) < 1e-6
