from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from longzip.selection.knapsack import Knapsack, knapsack

ITEMS = st.lists(st.tuples(st.integers(-5, 20), st.integers(0, 12)), max_size=9)


def brute_force(values, weights, capacity):
    """The highest total value of any subset within the capacity."""
    subsets = (s for n in range(len(values) + 1) for s in combinations(range(len(values)), n))
    return max(sum(values[i] for i in s) for s in subsets if sum(weights[i] for i in s) <= max(capacity, 0))


@given(ITEMS, st.integers(-3, 60))
def test_knapsack_is_as_good_as_brute_force(items, capacity):
    values, weights = [v for v, _ in items], [w for _, w in items]
    chosen = knapsack(values, weights, capacity)
    assert chosen == sorted(set(chosen))
    if capacity >= 0:
        assert sum(weights[i] for i in chosen) <= capacity
        assert sum(values[i] for i in chosen) == brute_force(values, weights, capacity)


@given(ITEMS, st.integers(0, 60))
def test_one_solution_answers_every_smaller_capacity(items, capacity):
    values, weights = [v for v, _ in items], [w for _, w in items]
    solved = Knapsack.solve(values, weights, capacity)
    for smaller in range(capacity + 1):
        assert sum(values[i] for i in solved.fill(smaller)) == brute_force(values, weights, smaller)


@given(ITEMS, st.integers(0, 60))
def test_nothing_of_no_worth_is_taken(items, capacity):
    values, weights = [v for v, _ in items], [w for _, w in items]
    assert all(values[i] > 0 for i in knapsack(values, weights, capacity))


def test_exact_far_beyond_the_reference_codes_limits():
    """Greedy by density takes item 0 and loses; the reference turns greedy above 100 items or 2,000 tokens."""
    rng = np.random.default_rng(0)
    weights = [5001, 5000, 5000, *(int(w) for w in rng.integers(6000, 7000, 300))]
    values = [5101.0, 5000.0, 5000.0, *([1.0] * 300)]
    assert knapsack(values, weights, 10_000) == [1, 2]


def test_large_instances_fit_in_memory():
    rng = np.random.default_rng(1)
    weights = [int(w) for w in rng.integers(5, 200, 2000)]
    values = [float(v) for v in rng.random(2000)]
    solved = Knapsack.solve(values, weights, 32_000)
    chosen = solved.fill(32_000)
    assert sum(weights[i] for i in chosen) <= 32_000
    greedy, room = 0.0, 32_000
    for i in sorted(range(2000), key=lambda i: -values[i] / weights[i]):
        if weights[i] <= room:
            greedy, room = greedy + values[i], room - weights[i]
    assert sum(values[i] for i in chosen) >= greedy
    assert solved.taken.nbytes <= 2000 * (32_000 // 8 + 1)


@pytest.mark.parametrize("capacity", [0, -5])
def test_no_room(capacity):
    assert knapsack([1.0], [1], capacity) == []
