"""Logits where a token is predicted, and nowhere else. Torch is imported inside the functions."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

import numpy as np

from longzip.errors import ModelError
from longzip.models.networks.checkpoints import quiet
from longzip.models.networks.packed import PackedRows, can_pack, hidden_states, packed_rows

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

SLAB_BYTES, CACHED_BYTES = (
    128 * 2**20,
    8 * 2**20,
)  # of logits at once, at most; and as many as stay in a processor's cache
LEAST_ROWS = 128  # for which reading the output embeddings is worth it
GPU_SLAB_BYTES = 2 * 2**30  # at most, and an eighth of the free memory
PROBE_TOLERANCE = 0.02


class Head:
    """From token ids to logits at chosen positions, without ever projecting another position to the vocabulary.

    The network's body is run and its output embeddings are applied to the chosen positions, with the scaling that the
    configuration names. Where that does not reproduce the network's own logits on a probe, its own forward pass is
    used. On a GPU rows are packed (see ``packed``), where another probe shows that this gives what they give alone.
    """

    def __init__(self, network: PreTrainedModel, name: str) -> None:
        self.network = network
        self.vocabulary = rows_of_table(network.get_input_embeddings())
        self.output = cast("torch.nn.Module | None", network.get_output_embeddings())  # type: ignore[no-untyped-call]
        self.keeps = "logits_to_keep" in inspect.signature(network.forward).parameters
        self.separable = self.probe(name)
        self.packs = self.separable and network.device.type == "cuda" and self.probe_packed()
        self.height = self.slab_height()

    def probe(self, name: str) -> bool:
        """Whether body and output embeddings give the network's logits. Raises ModelError where it is not causal."""
        import torch

        ids = torch.arange(8, device=self.network.device)[None] % self.vocabulary
        other = ids.clone()
        other[:, 4:] = ids[:, :4]
        with torch.inference_mode(), quiet():
            own = self.network(input_ids=ids, use_cache=False).logits[0].float()
            changed = self.network(input_ids=other, use_cache=False).logits[0].float()
            if not close(own[:4], changed[:4]):
                raise ModelError(
                    f"{name} is not causal (a token's prediction depends on later ones); choose a causal model."
                )
            if self.network.base_model is self.network or self.output is None:
                return False
            hidden = self.body(ids)[0]
            width = getattr(self.output, "in_features", hidden.shape[-1])
            return hidden.shape[-1] == width and close(own, self.project(hidden))

    def probe_packed(self) -> bool:
        """Whether rows that are packed get the hidden states that each gets alone."""
        import torch

        if not can_pack(self.network):
            return False
        rows = [np.arange(first, last) % self.vocabulary for first, last in ((3, 40), (0, 5), (7, 71))]
        packed = packed_rows(rows, self.network.device)
        with torch.inference_mode(), quiet():
            try:
                found = hidden_states(self.network, packed)
            # Kernels and networks say in many ways that they cannot; rows that are padded do for all of them.
            except (RuntimeError, TypeError, ValueError, KeyError, AttributeError, NotImplementedError):
                return False
            alone = torch.cat([self.body(packed.ids[:, first:last])[0] for first, last in packed.spans])
        return close(found.float(), alone.float())

    def slab_height(self) -> int:
        """Positions whose logits are computed at once."""
        import torch

        row = 4 * self.vocabulary
        if self.network.device.type == "cuda":
            free, _ = torch.cuda.mem_get_info(self.network.device)
            return max(1, min(GPU_SLAB_BYTES, free // 8) // row)
        return max(1, min(SLAB_BYTES // row, max(LEAST_ROWS, CACHED_BYTES // row)))

    def body(self, ids: torch.Tensor) -> torch.Tensor:
        """Hidden states [rows, length, width] after the last layer."""
        return cast("torch.Tensor", self.network.base_model(input_ids=ids, use_cache=False)[0])

    def project(self, hidden: torch.Tensor) -> torch.Tensor:
        """Logits in float32, scaled as Granite, Cohere and Gemma do."""
        assert self.output is not None
        config = self.network.config.get_text_config()
        logits: torch.Tensor = self.output(hidden).float()
        logits = (
            logits / (getattr(config, "logits_scaling", None) or 1.0) * (getattr(config, "logit_scale", None) or 1.0)
        )
        cap = getattr(config, "final_logit_softcapping", None)
        return logits if not cap else cap * (logits / cap).tanh()

    def logits(self, ids: torch.Tensor, lines: torch.Tensor, places: torch.Tensor) -> Iterator[torch.Tensor]:
        """Logits, float32[n, vocabulary], at ``ids[lines, places]``, in order, in slabs."""
        if self.separable:
            yield from self.slabs(self.body(ids)[lines, places])
            return
        # Row by row: all of a batch's logits at once could take gigabytes.
        for line in range(len(ids)):
            wanted = places[lines == line]
            if self.keeps:
                yield (
                    self.network(input_ids=ids[line : line + 1], use_cache=False, logits_to_keep=wanted)
                    .logits[0]
                    .float()
                )
            else:
                yield self.network(input_ids=ids[line : line + 1], use_cache=False).logits[0, wanted].float()

    def packed_logits(self, rows: PackedRows, places: torch.Tensor) -> Iterator[torch.Tensor]:
        """Logits, float32[n, vocabulary], at ``rows.ids[0, places]``, in order, in slabs."""
        yield from self.slabs(hidden_states(self.network, rows)[places])

    def slabs(self, hidden: torch.Tensor) -> Iterator[torch.Tensor]:
        for first in range(0, len(hidden), self.height):
            yield self.project(hidden[first : first + self.height])


def rows_of_table(embedding: torch.nn.Module) -> int:
    """How many tokens an embedding knows."""
    return int(cast("torch.Tensor", embedding.weight).shape[0])


def close(one: torch.Tensor, other: torch.Tensor) -> bool:
    """Whether two tensors are the same up to the rounding of a 16-bit type."""
    return one.shape == other.shape and bool((one - other).abs().max() <= PROBE_TOLERANCE * (one.abs().max() + 1e-6))
