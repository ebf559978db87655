"""The association model against its formula written out, and that a file which does not fit is refused."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from longzip.errors import ModelError
from longzip.models.association import FILE, HEAD_WORDS, TRUST, Association, read_association

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
        k: math.log1p(context.count(k)) + math.log1p(math.exp(t["head"])) * (k in context[:HEAD_WORDS]) for k in set(context)
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
