"""Any causal language model of the Hugging Face layout, behind the ``LanguageModel`` seam. The embedded model too.

Knows nothing of queries, code or budgets. Torch and transformers are imported inside the functions: importing this
module is cheap. The forward pass is computed for whole batches, the vocabulary only where a target's token is
predicted.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from longzip.errors import ModelError
from longzip.models.networks.causal import CPU_BATCH_TOKENS, CausalModel, Setup, read_mixture
from longzip.models.networks.checkpoints import Encoder, find, quiet, read_encoder, reason, start_token
from longzip.models.networks.heads import Head, rows_of_table
from longzip.models.networks.identity import cpu_dtype, full_name
from longzip.models.networks.windows import Row, padded
from longzip.models.words.classes import Values, word_classes
from longzip.models.words.mixture import ContextMixture, plain_scores
from longzip.models.words.unigrams import UnigramCache
from longzip.protocols import Store

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel


# ------------------------------------------------------------------------------------------------------ loading


def load(
    name_or_path: str,
    *,
    device: str = "auto",
    trust_remote_code: bool = False,
    batch_tokens: int = 16384,
    store: Store | None = None,
) -> TransformersModel:
    """A model from a local directory or the hub.

    device: "auto" (CUDA, then MPS, then the CPU), "cpu", "mps", "cuda" or "cuda:N".
    trust_remote_code: whether the model may run Python code that it brings. Off unless you trust its author.
    batch_tokens: at most so many tokens, padding included, in one forward pass, but always one whole row. The CPU takes
        no more than 4096: larger batches leave its caches and run slower.

    The weights are held in float32 on the CPU up to 100 million parameters and in bfloat16 above, where it is twice as
    fast on processors that compute in it (float32 on others); in bfloat16 on CUDA (float16 where that is missing) and
    in float16 on MPS. Raises ModelError where the model cannot be found, read, trusted or held in memory; the message
    says what to do.
    """
    place = choose_device(device)
    folder = find(name_or_path, weights=True, code=trust_remote_code)
    encoder = read_encoder(folder, trust_remote_code)
    network = read_network(name_or_path, folder, trust_remote_code)
    dtype = choose_dtype(place, sum(weight.numel() for weight in network.parameters()))
    try:
        network = move(network, place, dtype)
    except (RuntimeError, MemoryError) as error:
        raise load_error(name_or_path, error) from None
    name = full_name(name_or_path, folder, str(dtype).removeprefix("torch."))
    tokens = min(batch_tokens, CPU_BATCH_TOKENS) if place.type == "cpu" else batch_tokens
    config, vocabulary = network.config.get_text_config(), rows_of_table(network.get_input_embeddings())
    mixture = read_mixture(folder, encoder, vocabulary)
    words_only = mixture is not None and getattr(config, "context_through", "") == "words"
    if mixture is None:
        mixture = unigram_mixture(encoder, vocabulary, getattr(config, "context_cache_weight", None) or 0.0)
    setup = Setup(encoder, name, start_token(folder, encoder), tokens, mixture, words_only, store)
    return TransformersModel(network, setup)


def unigram_mixture(encoder: Encoder, vocabulary: int, weight: float) -> ContextMixture | None:
    """A ``UnigramCache`` for a checkpoint that brings no word model; None, and no token spelled, where its weight is 0.
    Raises ModelError for a weight outside of [0, 1)."""
    if not 0 <= weight < 1:
        raise ModelError(f"context_cache_weight is {weight} in config.json; it must be at least 0 and below 1.")
    if not weight:
        return None
    classes = word_classes(encoder.spell(range(vocabulary)))
    return ContextMixture(classes, UnigramCache(classes, weight))


def choose_device(device: str) -> torch.device:
    """The device a setting means. Raises ModelError for one that is unknown or absent."""
    import torch

    cuda, mps = torch.cuda.is_available(), torch.backends.mps.is_available()
    if device == "auto":
        return torch.device("cuda" if cuda else "mps" if mps else "cpu")
    kind, _, number = device.partition(":")
    if kind not in ("cpu", "cuda", "mps") or (number and not (kind == "cuda" and number.isdecimal())):
        raise ModelError(f"The device {device!r} is unknown; choose auto, cpu, cuda, cuda:N or mps.")
    if (kind == "cuda" and not cuda) or (kind == "mps" and not mps):
        raise ModelError(f"The device {device} is not usable on this machine; choose auto or cpu.")
    if number and int(number) >= torch.cuda.device_count():
        raise ModelError(
            f"There is no {device}: this machine has {torch.cuda.device_count()} CUDA devices; choose cuda."
        )
    return torch.device(device)


def choose_dtype(device: torch.device, parameters: int) -> torch.dtype:
    import torch

    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    if device.type == "mps":
        return torch.float16
    return torch.float32 if cpu_dtype(parameters) == "float32" else torch.bfloat16


def move(network: PreTrainedModel, device: torch.device, dtype: torch.dtype) -> PreTrainedModel:
    """The network ready to score. Called by class: the library's own wrappers of these methods carry no types."""
    import torch

    torch.nn.Module.train(network, False)
    return torch.nn.Module.to(network, device=device, dtype=dtype)


def read_network(name: str, folder: Path, trust_remote_code: bool) -> PreTrainedModel:
    """The network on the CPU in the checkpoint's own dtype. Raises ModelError, for missing weights too."""
    from transformers import AutoModelForCausalLM

    try:
        with quiet():
            loaded = AutoModelForCausalLM.from_pretrained(
                str(folder),
                dtype="auto",
                trust_remote_code=trust_remote_code,
                local_files_only=True,
                output_loading_info=True,
            )
    except (OSError, ValueError, ImportError, RuntimeError, MemoryError, KeyError, AttributeError, TypeError) as error:
        raise load_error(name, error, trust_remote_code) from None
    network, report = cast("tuple[PreTrainedModel, dict[str, set[str]]]", loaded)
    missing = sorted(report["missing_keys"])
    if missing:
        raise ModelError(f"{name} is no complete causal language model: it lacks {missing[0]}; choose another model.")
    return network


def load_error(name: str, error: Exception, trust_remote_code: bool = False) -> ModelError:
    text = str(error).lower()
    if isinstance(error, MemoryError) or "out of memory" in text or "can't allocate memory" in text:
        return ModelError(f"{name} does not fit into memory; choose a smaller model, or device cpu.")
    return ModelError(f"{name} cannot be loaded: {reason(error, trust_remote_code)}")


# --------------------------------------------------------------------------------------------------- the model


class TransformersModel(CausalModel):
    """A causal language model of the transformers library."""

    def __init__(self, network: PreTrainedModel, setup: Setup) -> None:
        """network: on its device, in evaluation mode."""
        config, vocabulary = network.config.get_text_config(), rows_of_table(network.get_input_embeddings())
        super().__init__(setup, vocabulary=vocabulary, window=getattr(config, "max_position_embeddings", None))
        self._network, self._head = network, Head(network, setup.name)

    def _batch(self, rows: list[Row]) -> list[Values]:
        """As ``_scores``, in one forward pass, or in smaller ones where the device's memory does not do."""
        import torch

        try:
            return self._forward(rows)
        except torch.OutOfMemoryError:
            if len(rows) == 1:
                raise ModelError(
                    f"The memory does not hold {len(rows[0].ids):,} tokens of {self.name}; choose device cpu."
                ) from None
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        half = len(rows) // 2
        return self._batch(rows[:half]) + self._batch(rows[half:])

    def _forward(self, rows: Sequence[Row]) -> list[Values]:
        import torch

        device, lengths = self._network.device, [row.predicted for row in rows]
        lines = torch.from_numpy(np.repeat(np.arange(len(rows)), lengths)).to(device)
        places = torch.from_numpy(np.concatenate([np.arange(row.first, len(row.ids)) for row in rows])).to(device)
        tokens = torch.from_numpy(padded(rows)).to(device)
        targets, found, at = tokens[lines, places], [np.zeros((0, 3), np.float32)], 0
        with torch.inference_mode():
            for logits in self._head.logits(tokens, lines, places - 1):
                wanted = targets[at : at + len(logits)]
                found.append(self._weighed(logits, wanted))
                at += len(logits)
        flat = np.concatenate(found)
        if not np.isfinite(flat).all():
            raise ModelError(f"{self.name} gives numbers that are not finite on {device}; choose device cpu.")
        return np.split(flat, np.cumsum(lengths)[:-1])

    def _weighed(self, logits: torch.Tensor, targets: torch.Tensor) -> Values:
        """Scores of the targets; without a mixture the logits never leave the device."""
        if self._mixture is not None:
            return self._mixture.scores(logits.cpu().numpy(), targets.cpu().numpy())
        values = logits.gather(1, targets[:, None]).squeeze(1) - logits.logsumexp(1)
        return plain_scores(values.clamp(max=0.0).cpu().numpy())
