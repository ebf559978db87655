"""The multiple-choice knapsack against trying everything."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longzip.selection import multiple_choice
from longzip.selection.multiple_choice import NOTHING, MultipleChoice, upper_hull

options = st.lists(st.tuples(st.integers(-2, 30).map(float), st.integers(0, 12)), max_size=4)
problems = st.tuples(st.lists(options, max_size=6), st.integers(-1, 40))


def brute(values: list[list[float]], weights: list[list[int]], capacity: int) -> float:
    best = 0.0
    for picks in product(*(range(NOTHING, len(row)) for row in values)):
        taken = [(c, o) for c, o in enumerate(picks) if o != NOTHING]
        if (
            all(values[c][o] > 0 and weights[c][o] > 0 for c, o in taken)
            and sum(weights[c][o] for c, o in taken) <= capacity
        ):
            best = max(best, sum(values[c][o] for c, o in taken))
    return best


def split(classes: list[list[tuple[float, int]]]) -> MultipleChoice:
    return MultipleChoice([[v for v, _ in row] for row in classes], [[w for _, w in row] for row in classes])


@settings(max_examples=400)
@given(problems)
def test_it_finds_the_best(problem: tuple[list[list[tuple[float, int]]], int]) -> None:
    classes, capacity = problem
    problem_ = split(classes)
    found = problem_.solve(capacity)
    assert found.value == pytest.approx(brute(problem_.values, problem_.weights, capacity))
    assert found.bound == found.value
    weight = sum(problem_.weights[c][o] for c, o in enumerate(found.picks) if o != NOTHING)
    assert weight <= max(capacity, 0)
    assert found.value == pytest.approx(sum(problem_.values[c][o] for c, o in enumerate(found.picks) if o != NOTHING))


@settings(max_examples=200)
@given(problems)
def test_beyond_the_exact_size_the_bound_holds(problem: tuple[list[list[tuple[float, int]]], int]) -> None:
    classes, capacity = problem
    problem_ = split(classes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(multiple_choice, "EXACT_CELLS", 60)
        found = problem_.solve(capacity)
    best = brute(problem_.values, problem_.weights, capacity)
    assert found.value <= best + 1e-9
    assert found.bound >= best - 1e-9
    weight = sum(problem_.weights[c][o] for c, o in enumerate(found.picks) if o != NOTHING)
    assert weight <= max(capacity, 0)


def test_a_larger_option_may_replace_a_smaller_one() -> None:
    choice = MultipleChoice([[3.0, 5.0], [4.0]], [[1, 4], [3]])
    assert choice.solve(4).picks == (0, 0)
    assert choice.solve(3).picks == (NOTHING, 0)
    assert choice.solve(7).picks == (1, 0)


def test_the_hull_leaves_out_what_is_never_efficient() -> None:
    assert upper_hull([1.0, 2.0, 10.0], [1, 5, 6]) == [2]
    assert upper_hull([4.0, 6.0, 7.0], [1, 2, 3]) == [0, 1, 2]


def test_many_classes_are_solved_within_a_stated_distance() -> None:
    values = [[(7 * c) % 101 + 1.0, (7 * c) % 101 + 1.5] for c in range(20_000)]
    weights = [[(13 * c) % 97 + 1, (13 * c) % 97 + 40] for c in range(20_000)]
    found = MultipleChoice(values, weights).solve(8_000)
    assert 0 <= found.bound - found.value <= 1e-3 * found.value
