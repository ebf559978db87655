"""Vectors that are kept: made once, the same afterwards, and made anew where the store is damaged."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from longzip.models.vectors.encoder import ENTRIES, WEIGHTS
from longzip.models.vectors.stored import StoredEncoder, joined, packed, unpacked
from longzip.protocols import Passage
from tests.fakes import LetterEncoder

PASSAGES = [Passage("a.py", "read", "", "file"), Passage("b.py", "", "count lines", "")]


class Memory:
    """A store in a dictionary."""

    def __init__(self):
        self.kept = {}

    def get(self, shelf, keys):
        assert shelf == "vectors"
        return [self.kept.get(key) for key in keys]

    def put(self, shelf, entries):
        self.kept.update(entries)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / WEIGHTS).write_bytes(b"weights")
    (tmp_path / ENTRIES).write_text("entries", encoding="utf-8")
    return tmp_path


def test_a_second_question_encodes_no_code(folder):
    store, inner = Memory(), LetterEncoder()
    first = StoredEncoder(folder, lambda _: inner, store).passages(PASSAGES)
    assert np.array_equal(first, LetterEncoder().passages(PASSAGES))
    again = StoredEncoder(folder, lambda _: inner, store)
    assert np.array_equal(again.passages([*PASSAGES[::-1], Passage(name="new")])[:2], first[::-1])
    assert inner.read == [*PASSAGES, Passage(name="new")]
    assert np.array_equal(again.question("read", False), inner.question("read", False))


def test_what_was_asked_before_loads_no_encoder(folder):
    store, inner = Memory(), LetterEncoder()
    own = StoredEncoder(folder, lambda _: inner, store)
    first = own.passages(PASSAGES), own.question("read", False)
    again = StoredEncoder(folder, lambda _: pytest.fail("it was loaded"), store)
    assert np.array_equal(again.passages(PASSAGES), first[0])
    assert np.array_equal(again.question("read", False), first[1])


def test_other_weights_have_other_keys(folder):
    store, inner = Memory(), LetterEncoder()
    StoredEncoder(folder, lambda _: inner, store).passages(PASSAGES)
    (folder / WEIGHTS).write_bytes(b"others")
    StoredEncoder(folder, lambda _: inner, store).passages(PASSAGES)
    assert inner.read == PASSAGES * 2


def test_a_damaged_entry_is_made_anew(folder):
    store, inner = Memory(), LetterEncoder()
    first = StoredEncoder(folder, lambda _: inner, store).passages(PASSAGES)
    whole = dict(store.kept)
    for lost in (1, 2, 3):
        store.kept = {key: data[:-lost] for key, data in whole.items()}
        assert np.array_equal(StoredEncoder(folder, lambda _: inner, store).passages(PASSAGES), first)


def test_without_a_store_it_encodes_each_time(folder):
    inner = LetterEncoder()
    own = StoredEncoder(folder, lambda _: inner, None)
    assert np.array_equal(own.passages(PASSAGES), own.passages(PASSAGES))
    assert inner.read == PASSAGES * 2


@given(st.lists(st.integers(-4096, 4096), min_size=1, max_size=20))
def test_packing_loses_nothing(numbers):
    vector = (np.array(numbers) / 4096).astype(np.float32)
    assert np.array_equal(unpacked(packed(vector)), vector)


def test_fields_are_told_apart():
    assert joined(Passage("a", "b")) != joined(Passage("ab")) != joined(Passage("", "ab"))
