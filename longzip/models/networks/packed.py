"""Rows of different lengths through a network as one long row, each token seeing only its own: nothing is padded.

The network's own layers run, with another attention function, which transformers lets one register. Whether that is
right for a network is tried on it (see ``heads``), never assumed. Torch is imported inside the functions.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from longzip.models.words.classes import Ids

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

ATTENTION = "longzip_packed"
ROWS = "packed_rows"  # the argument by which the attention function hears of the rows


@dataclass(frozen=True, slots=True, eq=False)
class PackedRows:
    """Rows laid end to end. ids, positions: int64[1, tokens]. edges: int32[rows + 1] on the device, where each row
    begins, and the end; bounds: the same here. longest: tokens of the longest row."""

    ids: torch.Tensor
    positions: torch.Tensor
    edges: torch.Tensor
    bounds: tuple[int, ...]
    longest: int

    @property
    def spans(self) -> list[tuple[int, int]]:
        """The half-open interval of each row's tokens."""
        return list(itertools.pairwise(self.bounds))


def packed_rows(rows: Sequence[Ids], device: torch.device) -> PackedRows:
    """The rows on the device."""
    import torch

    lengths = [len(row) for row in rows]
    bounds = np.concatenate([[0], np.cumsum(lengths)])
    ids = np.concatenate(rows)
    positions = np.concatenate([np.arange(length) for length in lengths])
    both = sent(np.stack([ids, positions]), device)
    edges = sent(bounds, device).to(torch.int32)
    return PackedRows(both[:1], both[1:], edges, tuple(map(int, bounds)), max(lengths))


def sent(numbers: Ids, device: torch.device) -> torch.Tensor:
    """Numbers on the device, without waiting for it."""
    import torch

    found = torch.from_numpy(np.ascontiguousarray(numbers, dtype=np.int64))
    return found.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else found.to(device)


def can_pack(network: PreTrainedModel) -> bool:
    """Whether a network may be tried with packed rows: all its layers attend to everything before, by a function that
    can be exchanged."""
    config = network.config.get_text_config()
    kinds = set(getattr(config, "layer_types", None) or ["full_attention"])
    capped = getattr(config, "attn_logit_softcapping", None) or getattr(config, "sliding_window", None)
    backend = getattr(type(network), "_supports_attention_backend", False)
    return kinds == {"full_attention"} and not capped and bool(backend)


@contextmanager
def attending(network: PreTrainedModel) -> Iterator[None]:
    """The network with the attention function for packed rows."""
    from transformers import AttentionInterface

    AttentionInterface.register(ATTENTION, attend)
    config = network.config.get_text_config()
    before = config._attn_implementation
    config._attn_implementation = ATTENTION
    try:
        yield
    finally:
        config._attn_implementation = before


def hidden_states(network: PreTrainedModel, rows: PackedRows) -> torch.Tensor:
    """Hidden states [tokens, width] after the last layer."""
    with attending(network):
        found = network.base_model(input_ids=rows.ids, position_ids=rows.positions, use_cache=False, **{ROWS: rows})
    return cast("torch.Tensor", found[0][0])


def attend(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    *,
    scaling: float | None = None,
    **given: object,
) -> tuple[torch.Tensor, None]:
    """Causal attention inside of each row. query [1, heads, tokens, width]; key and value with the heads they have.

    Returns [1, tokens, heads, width].
    """
    rows = given[ROWS]
    assert isinstance(rows, PackedRows)
    run = flash if query.device.type == "cuda" else one_by_one
    return run(query[0], key[0], value[0], rows, scaling)[None], None


def flash(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, rows: PackedRows, scaling: float | None
) -> torch.Tensor:
    """By the kernel for rows of variable length that comes with torch."""
    import torch

    found = torch.ops.aten._flash_attention_forward(
        query.transpose(0, 1),
        key.transpose(0, 1),
        value.transpose(0, 1),
        rows.edges,
        rows.edges,
        rows.longest,
        rows.longest,
        0.0,
        True,
        False,
        scale=scaling,
    )
    return cast("torch.Tensor", found[0])


def one_by_one(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, rows: PackedRows, scaling: float | None
) -> torch.Tensor:
    """Row after row."""
    import torch
    from torch.nn.functional import scaled_dot_product_attention

    grouped = query.shape[0] != key.shape[0]
    found = [
        scaled_dot_product_attention(
            query[None, :, first:last],
            key[None, :, first:last],
            value[None, :, first:last],
            is_causal=True,
            scale=scaling,
            enable_gqa=grouped,
        )[0]
        for first, last in rows.spans
    ]
    return torch.cat(found, dim=1).transpose(0, 1)
