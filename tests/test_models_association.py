"""The association model against its formula written out, and that a file which does not fit is refused."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from longzip.errors import ModelError
from longzip.models.words.association import FILE, HEAD_WORDS, TRUST, Association, read_association, unpacked
from longzip.models.words.readings import Readings

WORDS, WIDTH = 7, 4


def tensors(seed: int) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    shapes = {
        "weight": (WORDS,), "attention": (WORDS,), "reads": (WORDS, WIDTH), "writes": (WORDS, WIDTH), "bias": (WORDS,),
        "inner.weight": (2 * WIDTH, WIDTH), "inner.bias": (2 * WIDTH,), "outer.weight": (WIDTH, 2 * WIDTH), "outer.bias": (WIDTH,),
        "scale": (), "head": (), "share": (),
    }  # fmt: skip
    return {name: random.normal(0, 1, shape).astype(np.float32) for name, shape in shapes.items()}


def written_out(t: dict[str, np.ndarray], context: list[int]) -> tuple[float, list[float]]:
    """λ and p(k | c) of every class, word by word, in double precision."""
    amounts = {
        k: math.log1p(context.count(k)) + math.log1p(math.exp(t["head"])) * (k in context[:HEAD_WORDS])
        for k in set(context)
    }
    weights = {k: amount * math.exp(t["weight"][k]) for k, amount in amounts.items()}
    mass = sum(weights.values())
    x = sum(amount * math.exp(t["attention"][k]) * t["reads"][k].astype(float) for k, amount in amounts.items())
    x = x / np.linalg.norm(x)
    z = x + t["outer.weight"] @ np.maximum(t["inner.weight"] @ x + t["inner.bias"], 0) + t["outer.bias"]
    logits = math.exp(t["scale"]) * t["writes"] @ z + t["bias"]
    meant = np.exp(logits - logits.max())
    meant /= meant.sum()
    share = 1 / (1 + math.exp(-t["share"]))
    mixed = [(1 - share) * weights.get(k, 0.0) / mass + share * meant[k] for k in range(WORDS)]
    return TRUST, mixed


@given(st.lists(st.integers(0, WORDS - 1), min_size=1, max_size=30), st.integers(0, 100))
def test_it_is_the_formula_and_sums_to_one(context, seed):
    found = tensors(seed)
    ((trust, values),) = Association(found).probabilities([np.array(context)], [np.arange(WORDS)])
    expected_trust, expected = written_out(found, context)
    assert trust == pytest.approx(expected_trust, rel=1e-4)
    assert values == pytest.approx(expected, rel=1e-3, abs=1e-7)
    assert float(values.sum()) == pytest.approx(1, abs=1e-5)


def test_a_context_without_words_is_not_trusted():
    ((trust, values),) = Association(tensors(0)).probabilities([np.zeros(0, np.int64)], [np.array([1, 2])])
    assert trust == 0.0
    assert np.isfinite(values).all()


def test_many_contexts_are_as_one_by_one():
    model, random = Association(tensors(1)), np.random.default_rng(0)
    contexts = [random.integers(0, WORDS, random.integers(1, 20)) for _ in range(150)]
    together = model.probabilities(contexts, [np.arange(WORDS)] * len(contexts))
    for context, (trust, values) in zip(contexts, together, strict=True):
        ((alone_trust, alone),) = model.probabilities([context], [np.arange(WORDS)])
        assert trust == alone_trust
        assert values == pytest.approx(alone, abs=1e-6)


def test_files_that_do_not_fit_are_refused(tmp_path):
    assert read_association(tmp_path, WORDS) is None
    save_file(tensors(0), tmp_path / FILE)
    assert read_association(tmp_path, WORDS) is not None
    with pytest.raises(ModelError, match="do not belong together"):
        read_association(tmp_path, WORDS + 1)
    (tmp_path / FILE).write_bytes(b"\0" * 16)
    with pytest.raises(ModelError, match="cannot be read"):
        read_association(tmp_path, WORDS)


def test_summaries_come_back_as_they_were_and_what_is_none_does_not():
    model, random = Association(tensors(3)), np.random.default_rng(0)
    contexts = [random.integers(0, WORDS, length) for length in (0, 1, 5, 30)]
    asked = np.array([3, 1, 3, 0])
    for context, summary in zip(contexts, model.summaries(contexts), strict=True):
        again = unpacked(summary.packed(), WORDS, WIDTH)
        assert again is not None
        ((_, before),), ((_, after),) = model.answers([summary], [asked]), model.answers([again], [asked])
        assert np.array_equal(before, after)
        ((_, whole),) = model.probabilities([context], [asked])
        assert np.array_equal(before, whole)
    data = summary.packed()
    for spoilt in (
        b"",
        data[:-1],
        data + b"\0",
        b"\xff" + data[1:],
        data[:4] + b"\xff" * 8 + data[12:],
        data[:-4] + b"\xff" * 4,
    ):
        assert unpacked(spoilt, WORDS, WIDTH) is None
    assert unpacked(data, 2, WIDTH) is None


class Store:
    """A store that is a dictionary."""

    def __init__(self):
        self.known = {}

    def get(self, _shelf, keys):
        return [self.known.get(key) for key in keys]

    def put(self, _shelf, entries):
        self.known.update(entries)


def test_a_context_is_read_once():
    def reading(texts):
        read.extend(texts)
        return [np.array([len(text) % WORDS]) for text in texts]

    read, store, model = [], Store(), Association(tensors(4))
    first = Readings(model, reading, b"x", store).of(["a", "bb", "a"])
    again = Readings(model, reading, b"x", store).of(["bb", "ccc"])
    assert read == ["a", "bb", "ccc"]
    assert first[1].packed() == again[0].packed()
    assert first[0].packed() == first[2].packed()
    Readings(model, reading, b"y", store).of(["a"])
    Readings(model, reading, b"x", None).of(["a"])
    assert read[3:] == ["a", "a"]
