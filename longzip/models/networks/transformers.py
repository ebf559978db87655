"""Any causal language model of the Hugging Face layout, behind the ``LanguageModel`` seam. The embedded model too.

Knows nothing of queries, code or budgets. Torch and transformers are imported inside the functions: importing this
module is cheap. The forward pass is computed for whole batches, the vocabulary only where a target's token is
predicted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from longzip.errors import ModelError
from longzip.models.networks import identity
from longzip.models.networks.causal import CPU_BATCH_TOKENS, CausalModel, Setup, read_mixture
from longzip.models.networks.checkpoints import Encoder, find, quiet, read_encoder, reason, start_token
from longzip.models.networks.heads import Head, rows_of_table
from longzip.models.networks.identity import full_name
from longzip.models.networks.packed import packed_rows, sent
from longzip.models.networks.windows import Row, pack, pack_evenly, padded
from longzip.models.words.classes import Values, word_classes
from longzip.models.words.mixture import ContextMixture, plain_scores
from longzip.models.words.unigrams import UnigramCache
from longzip.protocols import Request, Store

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

CHARACTERS_PER_TOKEN = 2.5  # of code, a little less than usual, so that a group fits a batch
LARGEST_BATCH_TOKENS = 1 << 20
LEAST_BATCH_TOKENS = 256  # to which running out of memory shrinks a batch
WORKING_BYTES = 500_000_000  # beside the weights, on the CPU
GPU_SHARE = 0.5  # of the free memory for what a batch needs while it is read


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
        no more than 4096: larger batches leave its caches and run slower. A GPU takes no more than its free memory
        holds, and less after it ran out of it.

    The weights are held in float32 on the CPU up to 100 million parameters and in bfloat16 above, where it is twice as
    fast on processors that compute in it (float32 on others); in bfloat16 on CUDA (float16 where that is missing) and
    in float16 on MPS. Raises ModelError where the model cannot be found, read, trusted or held in memory; the message
    says what to do.
    """
    place = choose_device(device)
    if place.type == "cuda":
        import torch

        torch.backends.cuda.enable_cudnn_sdp(False)  # fails on some shapes ("mha_graph.execute"); others are as fast
    folder = find(name_or_path, weights=True, code=trust_remote_code)
    encoder = read_encoder(folder, trust_remote_code)
    check_memory(name_or_path, identity.parameters(folder), memory_free() if place.type == "cpu" else None)
    network = read_network(name_or_path, folder, trust_remote_code)
    dtype = choose_dtype(place, sum(weight.numel() for weight in network.parameters()))
    try:
        network = move(network, place, dtype)
    except (RuntimeError, MemoryError) as error:
        raise load_error(name_or_path, error) from None
    name = full_name(name_or_path, folder, str(dtype).removeprefix("torch."))
    tokens = min(batch_tokens, fitting_tokens(network))
    config, vocabulary = network.config.get_text_config(), rows_of_table(network.get_input_embeddings())
    mixture = read_mixture(folder, encoder, vocabulary)
    words_only = mixture is not None and getattr(config, "context_through", "") == "words"
    if mixture is None:
        mixture = unigram_mixture(encoder, vocabulary, getattr(config, "context_cache_weight", None) or 0.0)
    setup = Setup(encoder, name, start_token(folder, encoder), tokens, mixture, words_only, store)
    return TransformersModel(network, setup)


def memory_free() -> int | None:
    """Bytes of memory that are free; None where the system does not say."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), None)


def check_memory(name: str, parameters: int | None, free: int | None) -> None:
    """Raises ModelError, before any weight is read, where so many parameters do not fit into so much free memory."""
    if parameters is None or free is None:
        return
    size = 4 if identity.cpu_dtype(parameters) == "float32" else 2
    if parameters * size + WORKING_BYTES > free:
        most = max(0, free - WORKING_BYTES) // size
        raise ModelError(
            f"{name} has {parameters / 1e9:.1f} billion parameters and needs about "
            f"{(parameters * size + WORKING_BYTES) / 1e9:.1f} GB of memory, of which {free / 1e9:.1f} GB are free; "
            f"choose a model of at most {most / 1e9:.1f} billion parameters, a GPU, or a model on a server."
        )


def fitting_tokens(network: PreTrainedModel) -> int:
    """The most tokens of one forward pass: on the CPU what its caches profit from, on a GPU what its free memory
    holds."""
    import torch

    if network.device.type != "cuda":
        return CPU_BATCH_TOKENS if network.device.type == "cpu" else LARGEST_BATCH_TOKENS
    config, size = network.config.get_text_config(), torch.finfo(network.dtype).bits // 8
    wide = getattr(config, "intermediate_size", None) or 4 * config.hidden_size
    free, _ = torch.cuda.mem_get_info(network.device)
    return max(LEAST_BATCH_TOKENS, int(GPU_SHARE * free / (size * (4 * wide + 16 * config.hidden_size))))


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
    return torch.float32 if identity.cpu_dtype(parameters) == "float32" else torch.bfloat16


def move(network: PreTrainedModel, device: torch.device, dtype: torch.dtype) -> PreTrainedModel:
    """The network ready to score. Called by class: the library's own wrappers of these methods carry no types."""
    import torch

    torch.nn.Module.train(network, False)
    return torch.nn.Module.to(network, device=device, dtype=dtype)


def read_network(name: str, folder: Path, trust_remote_code: bool) -> PreTrainedModel:
    """The network on the CPU in the checkpoint's own dtype. Raises ModelError, for missing weights too."""
    from safetensors import SafetensorError
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
    except (
        OSError, ValueError, ImportError, RuntimeError, MemoryError, KeyError, AttributeError, TypeError,
        SafetensorError,
    ) as error:  # fmt: skip
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
        self._apart = network.device.type == "cuda" and setup.mixture is None

    def _groups(self, requests: list[Request]) -> list[list[Request]]:
        """On a GPU about a batch in each, by the lengths of the texts."""
        return in_groups(requests, int(CHARACTERS_PER_TOKEN * self._batch_tokens)) if self._apart else [requests]

    def _packed(self, rows: Sequence[Row]) -> Iterator[list[int]]:
        return pack_evenly(rows, self._batch_tokens) if self._head.packs else pack(rows, self._batch_tokens)

    def _started(self, rows: list[Row]) -> Callable[[], list[Values]]:
        """Begins one forward pass, or smaller ones where the device's memory does not do, then and from then on."""
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
        self._batch_tokens = max(LEAST_BATCH_TOKENS, min(self._batch_tokens, sum(len(row.ids) for row in rows)) // 2)
        half = len(rows) // 2
        first, second = self._started(rows[:half]), self._started(rows[half:])
        return lambda: first() + second()

    def _forward(self, rows: Sequence[Row]) -> Callable[[], list[Values]]:
        import torch

        found: list[torch.Tensor] = []
        at = 0
        with torch.inference_mode():
            slabs, targets = self._read_packed(rows) if self._head.packs else self._read_padded(rows)
            for logits in slabs:
                found.append(self._weighed(logits, targets[at : at + len(logits)]))
                at += len(logits)
        return partial(self._finished, found, [row.predicted for row in rows])

    def _read_packed(self, rows: Sequence[Row]) -> tuple[Iterator[torch.Tensor], torch.Tensor]:
        """Logits where tokens are predicted, in slabs; and these tokens."""
        packed = packed_rows([row.ids for row in rows], self._network.device)
        places = [np.arange(first + row.first, last) for (first, last), row in zip(packed.spans, rows, strict=True)]
        at = sent(np.concatenate(places), self._network.device)
        return self._head.packed_logits(packed, at - 1), packed.ids[0, at]

    def _read_padded(self, rows: Sequence[Row]) -> tuple[Iterator[torch.Tensor], torch.Tensor]:
        """As ``_read_packed``."""
        device = self._network.device
        lines = sent(np.repeat(np.arange(len(rows)), [row.predicted for row in rows]), device)
        places = sent(np.concatenate([np.arange(row.first, len(row.ids)) for row in rows]), device)
        tokens = sent(padded(rows), device)
        return self._head.logits(tokens, lines, places - 1), tokens[lines, places]

    def _weighed(self, logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Of each target its log-probability; with a mixture its scores. The logits leave the device for those only."""
        import torch

        if self._mixture is not None:
            return torch.from_numpy(self._mixture.scores(logits.cpu().numpy(), targets.cpu().numpy()))
        values = logits.gather(1, targets[:, None]).squeeze(1) - logits.logsumexp(1)
        return values.clamp(max=0.0)

    def _finished(self, found: Sequence[torch.Tensor], lengths: Sequence[int]) -> list[Values]:
        """The scores of each row, once the device has them."""
        import torch

        values = torch.cat(list(found)).cpu().numpy() if found else np.zeros(0, np.float32)
        flat = values if values.ndim > 1 else plain_scores(values)
        if not np.isfinite(flat).all():
            raise ModelError(
                f"{self.name} gives numbers that are not finite on {self._network.device}; choose device cpu, or "
                "another model."
            )
        return np.split(flat, np.cumsum(lengths)[:-1])


def in_groups(requests: Sequence[Request], characters: int) -> list[list[Request]]:
    """The requests, the longest first, in groups of about so many characters."""
    found: list[list[Request]] = []
    size = characters
    for request in sorted(requests, key=lambda request: -len(request.context) - len(request.target)):
        if size >= characters:
            found.append([])
            size = 0
        found[-1].append(request)
        size += len(request.context) + len(request.target)
    return found
