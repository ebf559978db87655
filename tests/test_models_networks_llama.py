"""The numpy run time against transformers: the same checkpoint, the same numbers; and no torch."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longzip import Compressor, ModelError, Settings
from longzip.models.networks import identity, llama, transformers
from longzip.models.networks.identity import BUNDLED
from longzip.protocols import Request
from tests.test_models_networks_transformers import TEXTS, make

SHAPES = {
    "grouped": {},
    "one group": {"num_key_value_heads": 4},
    "one key": {"num_key_value_heads": 1, "head_dim": 16},
    "tied": {"tie_word_embeddings": True},
    "theta": {"rope_parameters": {"rope_type": "default", "rope_theta": 100.0}, "rms_norm_eps": 1e-3},
}


@pytest.fixture(scope="module", params=SHAPES, ids=str)
def pair(request, tmp_path_factory):
    """The same checkpoint in both run times."""
    folder = tmp_path_factory.mktemp("llama")
    make(folder, "Llama", **SHAPES[request.param])
    return llama.load(folder), transformers.load(str(folder), device="cpu")


REQUESTS = [
    Request("", TEXTS[0]),
    Request(TEXTS[1], TEXTS[2]),
    Request(TEXTS[0] * 3, "user"),
    Request("", ""),
    Request("", TEXTS[1] * 9),
]


def test_log_probabilities_are_those_of_transformers(pair):
    ours, theirs = (model.logprobs(REQUESTS) for model in pair)
    for one, other in zip(ours, theirs, strict=True):
        assert np.array_equal(one.ends, other.ends)
        assert one.values == pytest.approx(other.values, abs=2e-4)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.text("ab(_ )\né", max_size=120), st.text("ab(_ )\né", max_size=40)), min_size=1, max_size=6),
    st.integers(70, 300),
)
def test_a_batch_changes_nothing(pair_of_embedded, texts, batch_tokens):
    model, other = pair_of_embedded
    other._batch_tokens = batch_tokens
    requests = [Request(*text) for text in texts]
    for alone, together in zip(
        (model.logprobs([request])[0] for request in requests), other.logprobs(requests), strict=True
    ):
        assert alone.values == pytest.approx(together.values, abs=1e-4)


@pytest.fixture(scope="module")
def pair_of_embedded():
    return llama.load(BUNDLED), llama.load(BUNDLED)


def test_the_embedded_model_gives_what_it_gives_with_torch():
    code = (BUNDLED.parent / "networks" / "llama.py").read_text()
    requests = [Request("", code[:9000]), Request(code, "rotary positions of a model"), Request("", "read the weights")]
    ours, theirs = (
        llama.load(BUNDLED).logprobs(requests),
        transformers.load(str(BUNDLED), device="cpu").logprobs(requests),
    )
    for one, other in zip(ours, theirs, strict=True):
        assert one.values == pytest.approx(other.values, abs=2e-3)
        assert float(one.values.mean()) == pytest.approx(float(other.values.mean()), abs=5e-5)


def test_compressing_with_the_embedded_model_loads_no_torch():
    code = (
        "import sys; from longzip import Compressor, Source\n"
        "text = ''.join(f'def f{n}(path):\\n    return open(path).read({n})\\n\\n' for n in range(60))\n"
        "result = Compressor.load().compress(Source('a.py', text), query='read a file', budget=300)\n"
        "assert 0 < result.report.got <= 300 and result.report.model.startswith('embedded@')\n"
        "assert not {'torch', 'transformers', 'huggingface_hub'} & set(sys.modules), sorted(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("change", "suits"), [
    ({}, True), ({"model_type": "qwen2"}, False), ({"attention_bias": True}, False), ({"context_through": None}, False),
    ({"rope_parameters": {"rope_type": "yarn", "rope_theta": 1.0}}, False), ({"hidden_act": "gelu"}, False),
])  # fmt: skip
def test_only_the_plain_architecture_is_run_here(tmp_path, change, suits):
    folder = shutil.copytree(BUNDLED, tmp_path / "model")
    config = json.loads((folder / "config.json").read_text()) | change
    (folder / "config.json").write_text(json.dumps(config))
    assert identity.runs_in_numpy(folder, "auto") is suits


def test_its_name_is_told_without_loading_it():
    assert identity.foretold(str(BUNDLED), "auto") == llama.load(BUNDLED).name
    assert identity.foretold(str(BUNDLED), "cuda") != llama.load(BUNDLED).name


def test_what_is_no_checkpoint_does_not_suit(tmp_path):
    assert not identity.runs_in_numpy(tmp_path, "cpu")
    (tmp_path / "model.safetensors").write_bytes(b"x")
    assert not identity.runs_in_numpy(tmp_path, "cpu")
    (tmp_path / "config.json").write_text("{")
    assert not identity.runs_in_numpy(tmp_path, "cpu")


def test_damaged_files_are_named(tmp_path):
    folder = shutil.copytree(BUNDLED, tmp_path / "model")
    (folder / "model.safetensors").write_bytes(b"\x10" + b"\0" * 40)
    with pytest.raises(ModelError, match=r"model\.safetensors cannot be read"):
        Compressor.load(str(folder)).model.logprobs([Request("", "x")])
    config = json.loads((folder / "config.json").read_text())
    del config["num_hidden_layers"]
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError, match="num_hidden_layers"):
        Compressor.load(str(folder)).model.logprobs([Request("", "x")])


def test_weights_that_lack_a_tensor_are_refused(tmp_path):
    tensors = {"model.embed_tokens.weight": np.zeros((4, 8), np.float32)}
    shape = llama.shape_of({"num_attention_heads": 2, "num_hidden_layers": 1, "hidden_size": 8, "rms_norm_eps": 1e-6})
    with pytest.raises(ModelError, match="is missing"):
        llama.Llama(shape, tensors)


def test_a_device_of_its_own_is_torch(tmp_path):
    with pytest.raises(ModelError, match="cuda"):
        Compressor.load(settings=Settings(device="cuda")).model.logprobs([Request("", "x")])


@pytest.mark.parametrize(
    ("parameters", "able", "dtype"), [(10**6, True, "float32"), (10**9, True, "bfloat16"), (10**9, False, "float32")]
)
def test_a_processor_without_bfloat16_computes_in_float32(monkeypatch, parameters, able, dtype):
    monkeypatch.setattr(identity, "computes_bfloat16", lambda: able)
    assert identity.cpu_dtype(parameters) == dtype
