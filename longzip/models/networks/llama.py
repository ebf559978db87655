"""Small models of the Llama architecture in plain numpy: no torch, and so none of the seconds that importing it takes.

The same numbers as transformers gives, up to rounding, for checkpoints that keep to the plain architecture (Touvron et
al. 2023, arXiv 2302.13971): root-mean-square norms, rotary positions, grouped attention, SwiGLU. The embedded model is
one. On a few million parameters numpy is as fast as torch on the CPU; larger models are ``transformers.py``'s.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from longzip.errors import ModelError
from longzip.models.networks.causal import CPU_BATCH_TOKENS, CausalModel, Setup, done, read_mixture
from longzip.models.networks.checkpoints import read_encoder, start_token
from longzip.models.networks.identity import DTYPE, WEIGHTS, full_name
from longzip.models.networks.windows import Row, padded
from longzip.models.words.classes import Ids, Values
from longzip.models.words.files import json_object
from longzip.models.words.mixture import plain_scores
from longzip.protocols import Store

SLAB_ROWS = 128  # of logits at a time: few enough to stay in a processor's cache


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of a network, as its configuration names them."""

    layers: int
    heads: int
    key_value_heads: int
    head_width: int
    window: int
    rope_theta: float
    norm_epsilon: float


def load(folder: Path, *, batch_tokens: int = CPU_BATCH_TOKENS, store: Store | None = None) -> LlamaModel:
    """A model from a directory that ``suits``. store: see ``Setup``. Raises ModelError where a file does not
    fit."""
    config = json_object(folder / "config.json")
    encoder = read_encoder(folder)
    network = Llama(shape_of(config), read_weights(folder / WEIGHTS))
    check_network(network, folder)
    setup = Setup(
        encoder,
        full_name(str(folder), folder, DTYPE),
        start_token(folder, encoder),
        min(batch_tokens, CPU_BATCH_TOKENS),
        mixture=read_mixture(folder, encoder, network.vocabulary),
        words_only=config.get("context_through") == "words",
        store=store,
    )
    return LlamaModel(network, setup)


def check_network(network: Llama, folder: Path) -> None:
    """Raises ModelError where the weights do not fit together, or give no numbers."""
    try:
        with np.errstate(all="ignore"):
            sound = bool(np.isfinite(network.logits(network.hidden(np.zeros((1, 2), np.int64)))).all())
    except (ArithmeticError, LookupError, ValueError):
        sound = False
    if not sound:
        raise ModelError(f"the weights in {folder} do not fit its config.json, or are damaged; fetch it again.")


def shape_of(config: Mapping[str, object]) -> Shape:
    """Raises ModelError where the configuration lacks a size."""
    rope = config.get("rope_parameters")
    theta = rope.get("rope_theta") if isinstance(rope, Mapping) else config.get("rope_theta")
    try:
        heads = int(str(config["num_attention_heads"]))
        return Shape(
            layers=int(str(config["num_hidden_layers"])),
            heads=heads,
            key_value_heads=int(str(config.get("num_key_value_heads") or heads)),
            head_width=int(str(config.get("head_dim") or int(str(config["hidden_size"])) // heads)),
            window=int(str(config.get("max_position_embeddings") or 0)),
            rope_theta=float(str(theta or 10_000.0)),
            norm_epsilon=float(str(config["rms_norm_eps"])),
        )
    except (KeyError, ValueError) as error:
        raise ModelError(f"config.json does not describe a Llama model ({error}); choose another model.") from None


def read_weights(path: Path) -> dict[str, Values]:
    """The tensors of a safetensors file in float32, bfloat16 ones included. Raises ModelError where it cannot be
    read."""
    from safetensors import SafetensorError, deserialize

    kinds = {"F32": np.float32, "F16": np.float16, "BF16": np.uint16}
    tensors: dict[str, Values] = {}
    try:
        for name, tensor in deserialize(path.read_bytes()):  # type: ignore[no-untyped-call]
            flat = np.frombuffer(tensor["data"], dtype=kinds[tensor["dtype"]])
            if tensor["dtype"] == "BF16":
                flat = (flat.astype(np.uint32) << 16).view(np.float32)
            tensors[name] = flat.astype(np.float32).reshape(tensor["shape"])
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise ModelError(f"{path} cannot be read ({error}); fetch it again, or choose another model.") from None
    return tensors


class Llama:
    """The network: token ids to logits."""

    def __init__(self, shape: Shape, tensors: Mapping[str, Values]) -> None:
        """tensors: by the names of the transformers library. Raises ModelError where one is missing."""
        self.shape = shape
        try:
            self.embedding = tensors["model.embed_tokens.weight"]
            self.layers = [LlamaLayer(shape, tensors, f"model.layers.{index}.") for index in range(shape.layers)]
            self.norm = tensors["model.norm.weight"]
        except KeyError as error:
            raise ModelError(f"the weights are not complete: {error} is missing; choose another model.") from None
        self.output = np.ascontiguousarray(tensors.get("lm_head.weight", self.embedding).T)
        steps = np.arange(max(shape.window, 1), dtype=np.float64)
        frequencies = shape.rope_theta ** (-np.arange(0, shape.head_width, 2) / shape.head_width)
        angles = np.outer(steps, frequencies)
        self.rotation = np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)

    @property
    def vocabulary(self) -> int:
        return len(self.embedding)

    def hidden(self, ids: Ids) -> Values:
        """States after the last layer: ids int64[rows, length] to float32[rows, length, width]."""
        cosine, sine = (part[: ids.shape[1]] for part in self.rotation)
        future = np.triu(np.full((ids.shape[1], ids.shape[1]), -np.inf, np.float32), 1)
        states = self.embedding[ids]
        for layer in self.layers:
            states = layer.forward(states, cosine, sine, future)
        return normed(states, self.norm, self.shape.norm_epsilon)

    def logits(self, hidden: Values) -> Values:
        """float32[n, width] to float32[n, vocabulary]."""
        found: Values = hidden @ self.output
        return found


class LlamaLayer:
    """Attention and feed-forward, each added to what it read."""

    def __init__(self, shape: Shape, tensors: Mapping[str, Values], prefix: str) -> None:
        """Raises KeyError for a missing tensor."""
        self.shape = shape
        attention, forward = prefix + "self_attn.", prefix + "mlp."
        self.before, self.between = (
            tensors[prefix + "input_layernorm.weight"],
            tensors[prefix + "post_attention_layernorm.weight"],
        )
        parts = [tensors[f"{attention}{name}_proj.weight"] for name in "qkv"]
        self.edges = np.cumsum([len(part) for part in parts])[:-1]
        self.queries_keys_values = np.ascontiguousarray(np.concatenate(parts).T)
        self.out = np.ascontiguousarray(tensors[attention + "o_proj.weight"].T)
        self.gate_up = np.ascontiguousarray(
            np.concatenate([tensors[forward + "gate_proj.weight"], tensors[forward + "up_proj.weight"]]).T
        )
        self.down = np.ascontiguousarray(tensors[forward + "down_proj.weight"].T)

    def forward(self, states: Values, cosine: Values, sine: Values, future: Values) -> Values:
        """float32[rows, length, width] to the same. future: what is added to a position's scores, −inf for later
        ones."""
        states = states + self.attend(normed(states, self.before, self.shape.norm_epsilon), cosine, sine, future)
        gate, up = np.split(normed(states, self.between, self.shape.norm_epsilon) @ self.gate_up, 2, axis=-1)
        with np.errstate(over="ignore"):  # exp of a large number: the gate is shut
            added: Values = (gate / (1 + np.exp(-gate)) * up) @ self.down
        return states + added

    def attend(self, states: Values, cosine: Values, sine: Values, future: Values) -> Values:
        rows, length, _width = states.shape
        shape = self.shape
        parts = np.split(states @ self.queries_keys_values, self.edges, axis=-1)
        queries, keys, values = (
            part.reshape(rows, length, -1, shape.head_width).transpose(0, 2, 1, 3) for part in parts
        )  # each [rows, heads, length, head width]
        group = shape.heads // shape.key_value_heads
        queries = rotated(queries, cosine, sine) / math.sqrt(shape.head_width)
        queries = queries.reshape(rows, shape.key_value_heads, group, length, shape.head_width)
        scores = queries @ rotated(keys, cosine, sine)[:, :, None].swapaxes(-1, -2)
        scores += future
        scores -= scores.max(-1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(-1, keepdims=True)
        mixed = (scores @ values[:, :, None]).reshape(rows, shape.heads, length, shape.head_width)
        found: Values = mixed.transpose(0, 2, 1, 3).reshape(rows, length, -1) @ self.out
        return found


def normed(states: Values, weight: Values, epsilon: float) -> Values:
    """Each state divided by its root mean square, times ``weight``."""
    found: Values = states / np.sqrt(np.mean(np.square(states), -1, keepdims=True) + np.float32(epsilon)) * weight
    return found


def rotated(states: Values, cosine: Values, sine: Values) -> Values:
    """Rotary positions (Su et al. 2021, arXiv 2104.09864), the two halves of a head's width as the plane's
    coordinates."""
    first, second = np.split(states, 2, axis=-1)
    return np.concatenate([first * cosine - second * sine, second * cosine + first * sine], -1)


class LlamaModel(CausalModel):
    """A ``Llama`` with its tokenizer."""

    def __init__(self, network: Llama, setup: Setup) -> None:
        super().__init__(setup, vocabulary=network.vocabulary, window=network.shape.window)
        self._network = network

    def _started(self, rows: list[Row]) -> Callable[[], list[Values]]:
        hidden = self._network.hidden(padded(rows))
        before = np.concatenate([hidden[line, row.first - 1 : len(row.ids) - 1] for line, row in enumerate(rows)])
        targets = np.concatenate([row.ids[row.first :] for row in rows])
        slabs = [slice(at, at + SLAB_ROWS) for at in range(0, len(targets), SLAB_ROWS)]
        found = np.concatenate([self._weighed(before[slab], targets[slab]) for slab in slabs])
        if not np.isfinite(found).all():
            raise ModelError(f"{self.name} gives numbers that are not finite; choose another model.")
        return done(np.split(found, np.cumsum([row.predicted for row in rows])[:-1]))

    def _weighed(self, hidden: Values, targets: Ids) -> Values:
        logits = self._network.logits(hidden)
        if self._mixture is not None:
            return self._mixture.scores(logits, targets)
        top = logits.max(1)
        totals = np.exp(logits - top[:, None]).sum(1)
        return plain_scores(np.minimum(logits[np.arange(len(targets)), targets] - top - np.log(totals), 0.0))
