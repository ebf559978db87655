"""The context's own words: counts that can be done by hand."""

import numpy as np
import pytest

from longzip.models.words.unigrams import UnigramCache

CLASSES = np.array([0, 0, 1, -1, 2])  # of five tokens, the fourth of which is no word


def test_a_word_is_as_likely_as_it_is_frequent():
    words = UnigramCache(CLASSES, 0.3)
    readings = words.read([np.array([0, 3, 1, 2]), np.array([3, 3]), np.array([4])])
    some, none, one = words.answers(readings, [np.array([0, 1, 2]), np.array([0]), np.array([2, 2])])
    assert some.trust == one.trust == 0.3
    assert some.shares == pytest.approx([2 / 3, 1 / 3, 0])
    assert one.shares == pytest.approx([1, 1])
    assert (none.trust, none.shares.tolist()) == (0.0, [0.0])


def test_a_reading_is_sound_and_what_is_none_is_not():
    words = UnigramCache(CLASSES, 0.3)
    readings = words.read([np.array([0, 1, 2]), np.zeros(0, np.int64)])
    assert all(map(words.sound, readings))
    numbers = [
        b"\0",
        *(np.array(spoilt, "<i4").tobytes() for spoilt in ([0, 3, 1, 1], [1, 0, 1, 1], [-1, 0, 1, 1], [0, 1, 0, 1])),
    ]
    assert not any(map(words.sound, numbers))


def test_another_weight_has_another_name():
    assert UnigramCache(CLASSES, 0.3).name != UnigramCache(CLASSES, 0.4).name
