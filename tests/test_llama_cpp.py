"""A real llama.cpp server, with the weights of a small random network, against the same weights in transformers.

Not run by default: it needs ``llama-cpp-python[server]``, which is compiled when it is installed, and ``gguf``. Run
``pytest -m server``.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from longzip import Compressor, ModelError, Request, Settings
from longzip.models.served.probing import LEAD
from longzip.models.served.server import ServerModel, load

pytestmark = pytest.mark.server
TOLERANCE = 1e-4  # nats, float32 on both sides, keys and values too; with float16 keys and values it is 0.01
WORDS = (
    "the",
    "def",
    "return",
    "self",
    "value",
    "where",
    "is",
    "name",
    "(",
    ")",
    ":",
    "=",
    ".",
    "_",
    "a",
    "e",
    "i",
    "n",
    "r",
    "s",
    "t",
    "x",
    "y",
)
WINDOW = 256


def vocabulary() -> tuple[list[str], list[float], list[int]]:
    """Pieces, scores and types of a SentencePiece model with byte fallback."""
    pieces = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    types = [2, 3, 3, *[6] * 256]
    letters = sorted({letter for word in WORDS for letter in word} | {"\u2581"})
    merged = [word[:stop] for word in WORDS for stop in range(2, len(word) + 1)] + [
        "\u2581" + word for word in ("the", "t", "th", "a", "is", "i")
    ]
    words = list(dict.fromkeys([*letters, *merged]))
    return pieces + words, [0.0] * len(pieces) + [float(len(word)) for word in words], types + [1] * len(words)


def network() -> Any:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(vocabulary()[0]),
        hidden_size=64,
        intermediate_size=96,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=WINDOW,
        rms_norm_eps=1e-6,
        bos_token_id=1,
        eos_token_id=2,
        tie_word_embeddings=False,
        initializer_range=0.3,
    )
    return LlamaForCausalLM(config).float().eval()


def write_gguf(model: Any, path: Path, start: bool) -> None:
    """The network in llama.cpp's format, which stores queries and keys in another order of the rotary halves."""
    import gguf

    config, pieces = model.config, vocabulary()
    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_context_length(WINDOW)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_dimension_count(config.hidden_size // config.num_attention_heads)
    writer.add_vocab_size(config.vocab_size)
    writer.add_tokenizer_model("llama")
    writer.add_token_list(pieces[0])
    writer.add_token_scores(pieces[1])
    writer.add_token_types(pieces[2])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_add_bos_token(start)
    writer.add_add_space_prefix(False)
    names = {
        "embed_tokens": "token_embd",
        "norm": "output_norm",
        "lm_head": "output",
        "q_proj": "attn_q",
        "k_proj": "attn_k",
        "v_proj": "attn_v",
        "o_proj": "attn_output",
        "gate_proj": "ffn_gate",
        "up_proj": "ffn_up",
        "down_proj": "ffn_down",
        "input_layernorm": "attn_norm",
        "post_attention_layernorm": "ffn_norm",
    }
    for name, tensor in model.state_dict().items():
        parts, weight = name.split("."), tensor.numpy().astype(np.float32)
        heads = {"q_proj": config.num_attention_heads, "k_proj": config.num_key_value_heads}.get(parts[-2])
        if heads:
            weight = weight.reshape(heads, 2, weight.shape[0] // heads // 2, -1).swapaxes(1, 2).reshape(weight.shape)
        block = f"blk.{parts[2]}." if "layers" in parts else ""
        writer.add_tensor(f"{block}{names[parts[-2]]}.weight", np.ascontiguousarray(weight))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


@dataclass
class Running:
    url: str
    process: subprocess.Popen[bytes]


def start(path: Path) -> Running:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    arguments = [
        "--model",
        str(path),
        "--port",
        str(port),
        "--n_ctx",
        str(WINDOW),
        "--logits_all",
        "true",
        "--model_alias",
        "small",
        "--n_threads",
        "1",
        "--type_k",
        "0",
        "--type_v",
        "0",
    ]
    process = subprocess.Popen(
        [sys.executable, "-m", "llama_cpp.server", *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"
    for _ in range(300):
        try:
            urllib.request.urlopen(f"{url}/v1/models", timeout=1).close()
            return Running(url, process)
        except OSError:
            assert process.poll() is None, "the server did not start"
            time.sleep(0.1)
    process.kill()
    raise AssertionError("the server did not answer")


def stop(running: Running) -> None:
    running.process.send_signal(signal.SIGKILL)
    running.process.wait()


@pytest.fixture(scope="module")
def weights() -> Any:
    for package in ("llama_cpp", "gguf"):
        if find_spec(package) is None:
            pytest.skip(f"{package} is not installed; pip install 'llama-cpp-python[server]' gguf")
    return network()


@pytest.fixture(scope="module")
def running(weights: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    path = tmp_path_factory.mktemp("gguf") / "small.gguf"
    write_gguf(weights, path, start=True)
    found = start(path)
    yield found
    stop(found)


@pytest.fixture(scope="module")
def model(running: Running) -> ServerModel:
    return load(Settings(model=f"{running.url}/v1#small"))


def tokens(running: Running, text: str) -> list[int]:
    """The server's own tokens of a text, without a start token."""
    body = json.dumps({"model": "small", "input": text}).encode()
    request = urllib.request.Request(f"{running.url}/extras/tokenize", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        found: list[int] = json.load(answer)["tokens"]
    return found[1:] if found[:1] == [1] else found


def reference(weights: Any, ids: list[int]) -> np.ndarray:
    """Log-probabilities of the ids after the start token, by transformers."""
    import torch

    with torch.inference_mode():
        logits = weights(input_ids=torch.tensor([[1, *ids]])).logits[0].log_softmax(-1)
    return logits[torch.arange(len(ids)), torch.tensor(ids)].numpy()


@pytest.mark.parametrize(("context", "target"), [
    ("", "def name(self):\n    return self.value"),
    ("def name(self): return x\n\n", "where is the name"),
    ("the x\n", "naïve: é = x\n\n日本"),
    ("class A:\n\n", "the" * 20),
])  # fmt: skip
def test_the_same_numbers_as_transformers(
    weights: Any, running: Running, model: ServerModel, context: str, target: str
) -> None:
    (found,) = model.logprobs([Request(context, target)])
    before, whole = tokens(running, context or LEAD), tokens(running, (context or LEAD) + target)
    assert whole[: len(before)] == before
    expected = reference(weights, whole)[len(before) :]
    assert len(found.values) == len(expected)
    assert found.ends[-1] == len(target)
    print("largest difference", np.abs(found.values - expected).max())
    assert found.values == pytest.approx(expected, abs=TOLERANCE)


def test_what_exceeds_the_window(model: ServerModel) -> None:
    target = "where is the name = value\n"
    long, cut, alone = model.logprobs(
        [Request("", target * 40), Request("x" * 2000 + "\n\n", target), Request("", target)]
    )
    assert long.ends[-1] == len(target) * 40
    assert cut.ends.tolist() == alone.ends.tolist()
    assert np.abs(cut.values - alone.values).max() > 0.01


def test_compressing_with_it(running: Running, tmp_path: Path) -> None:
    source = tmp_path / "a.py"
    source.write_text(
        "".join(f"def name{n}(self):\n    value = self.x + {n}\n    return value\n\n\n" for n in range(12)),
        encoding="utf-8",
    )
    chosen = Settings(model=f"{running.url}/v1#small", count_for="chars/4")
    result = Compressor.load(settings=chosen).compress(source, query="where is the value of name3", budget=100)
    assert 50 < result.report.got <= 100


def test_a_model_without_start_token_is_refused_for_its_shifted_numbers(weights: Any, tmp_path: Path) -> None:
    write_gguf(weights, tmp_path / "b.gguf", start=False)
    found = start(tmp_path / "b.gguf")
    try:
        with pytest.raises(ModelError, match="successor"):
            load(Settings(model=f"{found.url}/v1#small"))
    finally:
        stop(found)


def test_it_dies_amid_the_work(weights: Any, tmp_path: Path) -> None:
    write_gguf(weights, tmp_path / "c.gguf", start=True)
    found = start(tmp_path / "c.gguf")
    try:
        model = load(Settings(model=f"{found.url}/v1#small", server_retries=1))
        os.kill(found.process.pid, signal.SIGKILL)
        found.process.wait()
        with pytest.raises(ModelError, match="cannot be reached"):
            model.logprobs([Request("", "the name")])
    finally:
        stop(found)
