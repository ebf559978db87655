"""The scorer on a GPU against the CPU. Not run by default, for most machines have none: pytest -m cuda."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

from longzip.errors import ModelError
from longzip.models.networks import llama, transformers
from longzip.models.networks.identity import BUNDLED
from longzip.protocols import Request
from longzip.scoring.ami import gain
from tests.test_models_networks_transformers import make

pytestmark = pytest.mark.cuda

SHAPE = {"hidden_size": 128, "num_attention_heads": 2, "num_key_value_heads": 1, "max_position_embeddings": 1024}
QUERY = "where is the user's name returned"


def functions():
    """Functions of longzip itself, of many lengths."""
    for path in sorted((Path(transformers.__file__).parent).glob("*.py")):
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                yield ast.get_source_segment(text, node) or ""


@pytest.fixture(scope="module")
def texts():
    found = [text[:1500] for text in functions()]
    assert len(found) > 50
    return found


@pytest.fixture(scope="module", params=["Qwen2", "Llama"])
def folder(request, tmp_path_factory):
    return make(tmp_path_factory.mktemp(f"cuda-{request.param}"), request.param, **SHAPE)


@pytest.fixture(scope="module")
def here(folder):
    return transformers.load(str(folder), device="cuda")


@pytest.fixture(scope="module")
def there(folder):
    return transformers.load(str(folder), device="cpu")


def answers(model, texts):
    return [found.values for found in model.logprobs([Request(text, QUERY) for text in texts])]


def spearman(one, other):
    return np.corrcoef(np.argsort(np.argsort(one)), np.argsort(np.argsort(other)))[0, 1]


def test_it_runs_in_bfloat16_with_packed_rows(here):
    assert here.name.endswith("/bfloat16")
    assert here._network.device.type == "cuda"
    assert here._head.packs


def test_the_numbers_and_the_ranks_are_the_processors(here, there, texts):
    found, wanted = answers(here, texts), answers(there, texts)
    assert np.mean(np.abs(np.concatenate(found) - np.concatenate(wanted))) < 0.05
    assert spearman(gain(here, QUERY, texts), gain(there, QUERY, texts)) > 0.97


def test_in_float32_they_are_equal(folder, there, texts):
    import torch

    model = transformers.load(str(folder), device="cuda")
    transformers.move(model._network, torch.device("cuda"), torch.float32)
    model._head.packs = False  # the kernel for packed rows has no float32
    for found, wanted in zip(answers(model, texts), answers(there, texts), strict=True):
        assert np.allclose(found, wanted, atol=2e-3)


def test_packed_rows_are_padded_rows(here, texts, monkeypatch):
    packed = np.concatenate(answers(here, texts))
    monkeypatch.setattr(here._head, "packs", False)
    padded = np.concatenate(answers(here, texts))
    assert np.mean(np.abs(packed - padded)) < 0.05


def test_groups_change_nothing(here, texts, monkeypatch):
    whole = np.concatenate(answers(here, texts))
    monkeypatch.setattr(here, "_batch_tokens", 2000)
    assert len(here._groups([Request(text, QUERY) for text in texts])) > 3
    assert np.mean(np.abs(np.concatenate(answers(here, texts)) - whole)) < 0.05


def test_texts_beyond_the_window_are_read_in_windows(here, there, texts):
    long = "".join(texts)[:9000]
    found, wanted = (model.logprobs([Request("", long)])[0] for model in (here, there))
    assert np.array_equal(found.ends, wanted.ends)
    assert np.mean(np.abs(found.values - wanted.values)) < 0.05


def test_a_batch_that_does_not_fit_is_halved_and_stays_small(folder, texts):
    import torch

    model = transformers.load(str(folder), device="cuda", batch_tokens=1 << 20)
    expected = np.concatenate(answers(model, texts))
    torch.cuda.empty_cache()
    total = torch.cuda.mem_get_info()[1]
    model._batch_tokens, many = 1 << 20, texts * 60
    torch.cuda.set_per_process_memory_fraction((torch.cuda.memory_allocated() + 400 * 2**20) / total)
    try:
        found = answers(model, [text + str(index) for index, text in enumerate(many)])
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    assert len(found) == len(many)
    assert model._batch_tokens < 1 << 20
    again = np.concatenate(answers(model, texts))
    assert np.mean(np.abs(again - expected)) < 0.05


def test_the_embedded_model_ranks_as_in_numpy(texts):
    query = "tokens packed into batches by length"
    found = gain(transformers.load(str(BUNDLED), device="cuda"), query, texts)
    wanted = gain(llama.load(BUNDLED), query, texts)
    assert spearman(found, wanted) > 0.99


def test_numbers_that_are_none_are_refused(folder, texts):
    import torch

    model = transformers.load(str(folder), device="cuda")
    with torch.no_grad():
        model._network.get_output_embeddings().weight[5] = float("nan")
    with pytest.raises(ModelError, match="not finite"):
        answers(model, texts[:3])


def test_a_device_that_is_not_there_is_named(folder):
    with pytest.raises(ModelError, match="cuda:99"):
        transformers.load(str(folder), device="cuda:99")
