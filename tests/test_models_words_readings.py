"""A context is read once, as long as the word model, its weights and its code stay the same."""

from dataclasses import dataclass

import numpy as np
import pytest

from longzip.models.words import readings as module
from longzip.models.words.readings import Readings
from longzip.models.words.word_model import Likely
from tests.test_storage_cached import Memory


@dataclass
class Lengths:
    """A word model that reads how many tokens a context has, and finds words the likelier the more there are."""

    name: str = "lengths"

    def read(self, contexts):
        return [bytes([len(context)]) for context in contexts]

    def sound(self, reading):
        return len(reading) == 1

    def answers(self, readings, asked):
        return [
            Likely(0.5, np.full(len(words), reading[0] / 256)) for reading, words in zip(readings, asked, strict=True)
        ]


def made(store, read, origin=b"x", words=None):
    def tokens(texts):
        read.extend(texts)
        return [np.arange(len(text)) for text in texts]

    return Readings(words or Lengths(), tokens, origin, store)


def test_a_context_is_read_once():
    read, store = [], Memory()
    assert made(store, read).of(["a", "bb", "a"]) == [b"\1", b"\2", b"\1"]
    assert made(store, read).of(["bb", "ccc"]) == [b"\2", b"\3"]
    assert read == ["a", "bb", "ccc"]


def test_without_a_store_nothing_is_kept():
    read = []
    assert [made(None, read).of(["a"]) for _ in range(2)] == [[b"\1"]] * 2
    assert read == ["a", "a"]


@pytest.mark.parametrize("change", [{"origin": b"y"}, {"words": Lengths("others")}])
def test_another_checkpoint_or_word_model_reads_again(change):
    read, store = [], Memory()
    made(store, read).of(["a"])
    made(store, read, **change).of(["a"])
    assert read == ["a", "a"]


def test_changed_code_of_the_word_models_reads_again(monkeypatch):
    read, store, folders = [], Memory(), []
    made(store, read).of(["a"])
    monkeypatch.setattr(module, "fingerprint_of_code", lambda folder: folders.append(folder) or b"changed")
    made(store, read).of(["a"])
    assert read == ["a", "a"]
    assert [(folder / "association.py").is_file() for folder in folders] == [True]


def test_what_is_no_reading_is_not_believed():
    read, store = [], Memory()
    made(store, read).of(["a"])
    store.spoil(lambda value: value + b"?")
    assert made(store, read).of(["a"]) == [b"\1"]
    assert read == ["a", "a"]


def test_many_contexts_are_read_in_slabs_and_stay_in_order():
    texts = ["x" * (number % 200) + str(number) for number in range(2 * module.SLICE + 1)]
    assert made(Memory(), []).of(texts) == [bytes([len(text)]) for text in texts]
