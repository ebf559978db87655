"""The teacher: BERT as all-MiniLM-L6-v2 is one, in plain torch."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

HEADS = 12


class Bert(nn.Module):
    """Token numbers to unit vectors. Parameters in float32, arithmetic in ``dtype``."""

    def __init__(self, tensors: dict[str, torch.Tensor], dtype: torch.dtype) -> None:
        super().__init__()
        prefix = next(name for name in tensors if name.endswith("word_embeddings.weight")).split("embeddings.word")[0]
        own = {
            name[len(prefix) :]: tensor.float()
            for name, tensor in tensors.items()
            if tensor.is_floating_point() and "pooler" not in name
        }
        self.dtype = dtype
        self.layers = 1 + max(int(name.split(".")[2]) for name in own if name.startswith("encoder.layer."))
        weights = {
            "word": own["embeddings.word_embeddings.weight"],
            "position": own["embeddings.position_embeddings.weight"][:256]
            + own["embeddings.token_type_embeddings.weight"][:1],
            "norm.w": own["embeddings.LayerNorm.weight"],
            "norm.b": own["embeddings.LayerNorm.bias"],
        }
        for layer in range(self.layers):
            at = f"encoder.layer.{layer}."
            for part in ("weight", "bias"):
                weights[f"{layer}.qkv.{part[0]}"] = torch.cat(
                    [own[f"{at}attention.self.{name}.{part}"] for name in ("query", "key", "value")]
                )
                for new, old in (
                    ("out", "attention.output.dense"),
                    ("norm1", "attention.output.LayerNorm"),
                    ("up", "intermediate.dense"),
                    ("down", "output.dense"),
                    ("norm2", "output.LayerNorm"),
                ):
                    weights[f"{layer}.{new}.{part[0]}"] = own[f"{at}{old}.{part}"]
        self.names = {name: name.replace(".", "_") for name in weights}
        self.weights = nn.ParameterDict(
            {self.names[name]: nn.Parameter(tensor.clone()) for name, tensor in weights.items()}
        )

    def get(self, name: str) -> torch.Tensor:
        weight: torch.Tensor = self.weights[self.names[name]]
        return weight.to(self.dtype)

    def forward(self, ids: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """ids: int[n, longest], zero behind each row's length. float32[n, width], of length 1."""
        rows, longest = ids.shape
        mask = torch.arange(longest, device=ids.device)[None] < lengths[:, None]
        hidden = functional.embedding(ids, self.weights["word"]).to(self.dtype) + self.get("position")[:longest]
        width = hidden.shape[-1]
        hidden = functional.layer_norm(hidden, (width,), self.get("norm.w"), self.get("norm.b"), 1e-12)
        seen = mask[:, None, None, :].expand(rows, 1, longest, longest)
        for layer in range(self.layers):
            qkv = functional.linear(hidden, self.get(f"{layer}.qkv.w"), self.get(f"{layer}.qkv.b"))
            query, key, value = qkv.view(rows, longest, 3, HEADS, width // HEADS).permute(2, 0, 3, 1, 4)
            mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=seen)
            mixed = mixed.transpose(1, 2).reshape(rows, longest, width)
            mixed = functional.linear(mixed, self.get(f"{layer}.out.w"), self.get(f"{layer}.out.b"))
            hidden = functional.layer_norm(
                hidden + mixed, (width,), self.get(f"{layer}.norm1.w"), self.get(f"{layer}.norm1.b"), 1e-12
            )
            inner = functional.gelu(functional.linear(hidden, self.get(f"{layer}.up.w"), self.get(f"{layer}.up.b")))
            inner = functional.linear(inner, self.get(f"{layer}.down.w"), self.get(f"{layer}.down.b"))
            hidden = functional.layer_norm(
                hidden + inner, (width,), self.get(f"{layer}.norm2.w"), self.get(f"{layer}.norm2.b"), 1e-12
            )
        pooled = (hidden * mask[..., None]).float().sum(1) / lengths.clamp(min=1)[:, None]
        return functional.normalize(pooled, dim=1)

    def bucketed(self, ids: torch.Tensor, lengths: torch.Tensor, buckets: int = 4) -> torch.Tensor:
        """``forward`` in groups of like length, so that little is padding; rows in their order."""
        order = torch.argsort(lengths)
        found = []
        for group in order.chunk(buckets):
            longest = min(ids.shape[1], (int(lengths[group[-1]]) + 7) // 8 * 8)
            found.append(self(ids[group, :longest], lengths[group]))
        back = torch.empty_like(order)
        back[order] = torch.arange(len(order), device=order.device)
        return torch.cat(found)[back]
