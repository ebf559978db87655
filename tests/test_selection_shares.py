import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from longzip.selection.shares import coarse, normalised, ranking, retention


def test_best_first_and_ties_in_order():
    assert ranking([1.0, 3.0, 3.0, 2.0]) == [1, 2, 3, 0]


def test_coarse_takes_what_fits_and_passes_over_what_does_not():
    assert coarse([0, 1, 2, 3], [50, 60, 40, 20], 100) == [0, 2]


def test_coarse_never_comes_back_empty_handed():
    assert coarse([1, 0], [10, 500], 100) == [1]
    assert coarse([], [], 100) == []


def test_coarse_passes_over_only_so_many():
    tokens = [50, 60, 70, 80, 2]
    assert coarse(range(5), tokens, 100) == [0, 4]
    assert coarse(range(5), tokens, 100, misses=3) == [0, 4]
    assert coarse(range(5), tokens, 100, misses=2) == [0]


def test_normalised():
    assert list(normalised([2.0, 4.0, 3.0])) == [0.0, 1.0, 0.5]
    assert list(normalised([7.0, 7.0])) == [0.5, 0.5]
    assert list(normalised([])) == []


def test_equal_relevance_shares_equally():
    assert retention([5.0, 5.0], [100, 300], [False, False], 200, 0.5) == pytest.approx([0.5, 0.5])


def test_relevance_biases_the_shares_as_in_equation_5():
    # R_base = 0.5; s = 1 and 0; R = 0.5 * (1 + 0.5) and 0.5 * (1 - 0.5); the sizes are equal, so nothing is rescaled.
    assert retention([9.0, 1.0], [100, 100], [False, False], 100, 0.5) == pytest.approx([0.75, 0.25])


def test_small_functions_stay_whole_and_the_others_share_the_rest():
    assert retention([1.0, 5.0, 5.0], [40, 100, 100], [True, False, False], 140, 0.0) == pytest.approx([1.0, 0.5, 0.5])


def test_a_tighter_budget_never_keeps_more():
    # In the reference code a budget below the small functions' size keeps all large ones whole.
    assert retention([1.0, 5.0], [100, 400], [True, False], 50, 0.5) == [1.0, 0.0]


@example([(0.0, 1, False), (1.0, 8, False)], 7, 0.5)  # a share above 1 that has to shrink
@example([(0.0, 1, False), (1.0, 5, False)], 4, 1.0)
@given(
    st.lists(st.tuples(st.floats(-100, 100), st.integers(1, 500), st.booleans()), max_size=12),
    st.integers(0, 3000),
    st.floats(0, 1),
)
def test_shares_use_the_budget_and_no_more(rows, budget, beta):
    relevance, tokens, whole = [r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows]
    shares = retention(relevance, tokens, whole, budget, beta)
    assert all(0 <= share <= 1 for share in shares)
    fixed = sum(size for size, keep in zip(tokens, whole, strict=True) if keep)
    free = sum(size for size, keep in zip(tokens, whole, strict=True) if not keep)
    spent = float(np.dot(shares, tokens)) if rows else 0.0
    if free and beta < 1:
        assert spent == pytest.approx(fixed + min(max(0, budget - fixed), free), abs=1.0)
    assert spent <= max(budget, fixed) + 1.0
