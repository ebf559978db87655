"""What a chunk's file says of it, with answers that can be worked out by hand."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longzip.scoring.locations import company, spaced, standard, stem_shares


def test_the_words_of_a_files_name_that_the_query_has():
    paths = ["shop/order_lines.py", "shop/orders.py", "lines/shop.go", "shop/order_lines.py", "", "..."]
    assert stem_shares("count the lines of an Order", paths) == [1.0, 1.0, 0.0, 1.0, 0.0, 0.0]
    assert stem_shares("lines", paths) == [0.5, 0.0, 0.0, 0.5, 0.0, 0.0]
    assert stem_shares("", paths) == [0.0] * 6


def test_good_chunks_of_a_file_speak_for_one_another():
    # mean 0, deviation 1: heights of 1 and 1 in file 0, of 1 in file 1, of 1 in file 2
    scores = [1.0, 1.0, -1.0, 1.0, -1.0, -1.0, 1.0, -1.0]
    files = [0, 0, 0, 1, 1, 2, 2, 3]
    half = round(1 / math.sqrt(2), 6)
    assert company(scores, files) == [1.0, 1.0, 1.0, half, half, half, half, 0.0]


def test_equal_scores_and_none_say_nothing():
    assert company([2.0, 2.0], [0, 1]) == [0.0, 0.0]
    assert company([], []) == []


def test_further_chunks_of_a_file_come_nearer_to_the_median():
    scores = [0.0, 8.0, 6.0, 7.0, 4.0, -5.0, 1.0, 0.0, -1.0]  # median 1
    files = [0, 0, 0, 1, 0, 0, 1, 2, 2]
    assert spaced(scores, files, 0.5) == [0.0, 8.0, 3.5, 7.0, 1.75, -5.0, 1.0, 0.0, -1.0]
    assert spaced(scores, files, 1.0) == scores
    assert spaced([], [], 0.5) == []


@given(st.lists(st.tuples(st.floats(-10, 10), st.integers(0, 3)), max_size=30), st.floats(0, 1))
def test_the_best_chunk_of_a_file_stays_its_best(pairs, kept):
    scores, files = [score for score, _ in pairs], [file for _, file in pairs]
    found = spaced(scores, files, kept)
    for file in set(files):
        own = [index for index, other in enumerate(files) if other == file]
        best = max(own, key=lambda index: (scores[index], -index))
        assert found[best] == scores[best] == max(found[index] for index in own)


def test_standard_deviations():
    assert standard([1.0, 3.0]) == [-1.0, 1.0]
    assert standard([2.0, 2.0]) == [0.0, 0.0]
    assert standard([]) == []


@pytest.mark.parametrize("files", [[0, 1, 2], [0, 0, 0]])
def test_a_file_is_as_good_as_its_best_at_least(files):
    assert max(company([1.0, 2.0, 6.0], files)) == 1.0
