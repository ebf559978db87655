from hypothesis import given
from hypothesis import strategies as st

from longzip import Unit
from longzip.selection.spikes import blocks, spikes


def unit(first: int, last: int) -> Unit:
    return Unit(start=0, end=0, first_line=first, last_line=last)


def test_a_line_far_above_both_neighbours_begins_a_block():
    assert spikes([1.0, 1.0, 9.0, 1.0, 1.0], alpha=1.0) == [2]


def test_a_plateau_is_no_spike():
    assert spikes([1.0, 9.0, 9.0, 1.0], alpha=0.5) == []


def test_a_rise_on_one_side_is_no_spike():
    assert spikes([1.0, 1.0, 5.0, 9.0, 9.0, 9.0], alpha=0.5) == []


def test_blank_lines_are_looked_over():
    assert spikes([1.0, None, 9.0, None, 1.0, 1.0], alpha=1.0) == [2]


def test_even_lines_have_no_spikes():
    assert spikes([2.0] * 10, alpha=0.1) == []
    assert spikes([], alpha=1.0) == spikes([1.0], alpha=1.0) == spikes([1.0, 5.0], alpha=1.0) == []


@given(st.lists(st.one_of(st.none(), st.floats(0, 20)), max_size=60), st.floats(0.1, 3))
def test_a_higher_alpha_cuts_no_more(values, alpha):
    assert set(spikes(values, alpha * 2)) <= set(spikes(values, alpha))
    assert all(0 < row < len(values) - 1 and values[row] is not None for row in spikes(values, alpha))


def test_a_boundary_inside_a_unit_moves_to_its_nearer_edge():
    units = [unit(1, 1), unit(2, 9), unit(10, 10)]
    assert blocks(units, [3]) == [(0, 1), (1, 3)]
    assert blocks(units, [8]) == [(0, 2), (2, 3)]
    assert blocks(units, [2]) == [(0, 1), (1, 3)]
    assert blocks(units, []) == [(0, 3)]
    assert blocks([], [1]) == []


@given(st.lists(st.integers(1, 5), min_size=1, max_size=20), st.lists(st.integers(1, 120), max_size=20))
def test_blocks_tile_their_units(heights, boundaries):
    units, line = [], 1
    for height in heights:
        units.append(unit(line, line + height - 1))
        line += height
    found = blocks(units, boundaries)
    assert [index for first, last in found for index in range(first, last)] == list(range(len(units)))
    assert all(first < last for first, last in found)
