from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from longzip import Source, Unit
from longzip.units import close, lines, runs


def test_close_follows_needs_transitively():
    units = [
        Unit(0, 1, 1, 1),
        Unit(1, 2, 2, 2, needs=(0, 4)),
        Unit(2, 3, 3, 3, needs=(1,)),
        Unit(3, 4, 4, 4),
        Unit(4, 5, 5, 5, needs=(0,)),
    ]
    assert close(units, {2}) == {0, 1, 2, 4}
    assert close(units, ()) == frozenset()


def test_close_survives_circles():
    units = [Unit(0, 1, 1, 1, needs=(1,)), Unit(1, 2, 2, 2, needs=(0,))]
    assert close(units, {0}) == {0, 1}


@given(st.frozensets(st.integers(0, 19)), st.integers(0, 20))
def test_runs_tile_and_alternate(kept, count):
    found = runs(kept, count)
    assert [i for a, b, _ in found for i in range(a, b)] == list(range(count))
    assert all((i in kept) == inside for a, b, inside in found for i in range(a, b))
    assert all(left[2] != right[2] for left, right in pairwise(found))


@given(st.text("a \t\r\n\u2028\x0c", max_size=40))
def test_lines_tile_the_text(text):
    units = lines(Source("x", text))
    assert "".join(text[unit.start : unit.end] for unit in units) == text
    assert [unit.first_line for unit in units] == list(range(1, len(units) + 1))
