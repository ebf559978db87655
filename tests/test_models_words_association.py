"""The association model against its formula written out, and that a file which does not fit is refused."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from longzip.errors import ModelError
from longzip.models.words.association import HEAD_WORDS, TRUST, Association, read_association

WORDS, WIDTH = 7, 4
CLASSES = np.arange(WORDS)  # of a tokenizer each of whose tokens is a word of its own


def tensors(seed: int) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    shapes = {
        "weight": (WORDS,),
        "attention": (WORDS,),
        "reads": (WORDS, WIDTH),
        "writes": (WORDS, WIDTH),
        "bias": (WORDS,),
        "inner.weight": (2 * WIDTH, WIDTH),
        "inner.bias": (2 * WIDTH,),
        "outer.weight": (WIDTH, 2 * WIDTH),
        "outer.bias": (WIDTH,),
        "scale": (),
        "head": (),
        "share": (),
    }
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


def model(seed: int) -> Association:
    return Association(tensors(seed), CLASSES)


def asked(model: Association, contexts: list[np.ndarray], words: np.ndarray):
    return model.answers(model.read(contexts), [words] * len(contexts))


@given(st.lists(st.integers(0, WORDS - 1), min_size=1, max_size=30), st.integers(0, 100))
def test_it_is_the_formula_and_sums_to_one(context, seed):
    ((trust, values),) = asked(model(seed), [np.array(context)], CLASSES)
    expected_trust, expected = written_out(tensors(seed), context)
    assert trust == pytest.approx(expected_trust, rel=1e-4)
    assert values == pytest.approx(expected, rel=1e-3, abs=1e-7)
    assert float(values.sum()) == pytest.approx(1, abs=1e-5)


def test_a_context_without_words_is_not_trusted():
    ((trust, values),) = asked(model(0), [np.zeros(0, np.int64)], np.array([1, 2]))
    assert trust == 0.0
    assert np.isfinite(values).all()


def test_tokens_that_are_no_words_are_not_read():
    some = Association(tensors(2), np.array([*CLASSES, -1]))
    with_others, without = (some.read([np.array(context)]) for context in ([7, 3, 7, 1, 7], [3, 1]))
    assert with_others == without


def test_many_contexts_are_as_one_by_one():
    random = np.random.default_rng(0)
    contexts = [random.integers(0, WORDS, random.integers(1, 20)) for _ in range(150)]
    for context, (trust, values) in zip(contexts, asked(model(1), contexts, CLASSES), strict=True):
        ((alone_trust, alone),) = asked(model(1), [context], CLASSES)
        assert trust == alone_trust
        assert values == pytest.approx(alone, abs=1e-6)


def test_each_reading_is_asked_its_own_words():
    contexts, words = (
        [np.array([0, 1]), np.array([2]), np.array([3, 4])],
        [np.array([1]), np.array([5, 0]), np.array([1])],
    )
    together = model(5).answers(model(5).read(contexts), words)
    for context, wanted, found in zip(contexts, words, together, strict=True):
        ((_, alone),) = asked(model(5), [context], wanted)
        assert found.shares == pytest.approx(alone, abs=1e-6)


def test_files_that_do_not_fit_are_refused(tmp_path):
    path = tmp_path / "association.safetensors"
    save_file(tensors(0), path)
    assert read_association(path, CLASSES).size == WORDS
    with pytest.raises(ModelError, match="do not belong together"):
        read_association(path, np.arange(WORDS + 1))
    path.write_bytes(b"\0" * 16)
    with pytest.raises(ModelError, match="cannot be read"):
        read_association(path, CLASSES)


def test_readings_are_sound_and_what_is_none_is_not():
    some, random = model(3), np.random.default_rng(0)
    readings = some.read([random.integers(0, WORDS, length) for length in (0, 1, 5, 30)])
    assert all(map(some.sound, readings))
    data = readings[-1]
    for spoilt in (
        b"",
        data[:-1],
        data + b"\0",
        b"\xff" + data[1:],
        data[:4] + b"\xff" * 8 + data[12:],
        data[:-4] + b"\xff" * 4,
    ):
        assert not some.sound(spoilt)
    fewer = {name: value[:2] if value.shape[:1] == (WORDS,) else value for name, value in tensors(3).items()}
    assert not Association(fewer, np.arange(2)).sound(data)
