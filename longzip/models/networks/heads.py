"""Logits where a token is predicted, and nowhere else. Torch is imported inside the functions."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from longzip.errors import ModelError
from longzip.models.networks.checkpoints import quiet

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

SLAB_BYTES, CACHED_BYTES = (
    128 * 2**20,
    8 * 2**20,
)  # of logits at once, at most; and as many as stay in a processor's cache
LEAST_ROWS = 128  # for which reading the output embeddings is worth it
PROBE_TOLERANCE = 0.02


class Head:
    """From token ids to logits at chosen positions, without ever projecting another position to the vocabulary.

    The network's body is run and its output embeddings are applied to the chosen positions, with the scaling that the
    configuration names. Where that does not reproduce the network's own logits on a probe, its own forward pass is
    used.
    """

    def __init__(self, network: PreTrainedModel, name: str) -> None:
        self.network = network
        self.vocabulary = rows_of_table(network.get_input_embeddings())
        self.output = cast("torch.nn.Module | None", network.get_output_embeddings())  # type: ignore[no-untyped-call]
        self.keeps = "logits_to_keep" in inspect.signature(network.forward).parameters
        self.separable = self.probe(name)

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
        """Logits, float32[n, vocabulary], at ``ids[lines, places]``, in order, in slabs of at most 128 MiB."""
        row = 4 * self.vocabulary
        height = max(1, min(SLAB_BYTES // row, max(LEAST_ROWS, CACHED_BYTES // row)))
        if self.separable:
            chosen = self.body(ids)[lines, places]
            for first in range(0, len(chosen), height):
                yield self.project(chosen[first : first + height])
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


def rows_of_table(embedding: torch.nn.Module) -> int:
    """How many tokens an embedding knows."""
    return int(cast("torch.Tensor", embedding.weight).shape[0])


def close(one: torch.Tensor, other: torch.Tensor) -> bool:
    """Whether two tensors are the same up to the rounding of a 16-bit type."""
    return one.shape == other.shape and bool((one - other).abs().max() <= PROBE_TOLERANCE * (one.abs().max() + 1e-6))
