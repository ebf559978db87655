"""The student, which is the encoder: token vectors weighted and pooled by field, and a small network behind.

longzip/models/vectors/encoder.py says what it computes and does the same without torch.
"""

from __future__ import annotations

import math

import torch
from torch import nn
from torch.nn import functional

PATH, NAME, DOC, BODY = 8, 8, 56, 176
LONGEST = PATH + NAME + DOC + BODY
QUERY = 128
SPAN = 16  # tokens of a body that share a weight of place
NEAR = 8  # tokens of a query, likewise
OFTEN = 4  # first, second, third, later occurrence in a field

FIELD = torch.tensor([0] * PATH + [1] * NAME + [2] * DOC + [3] * BODY)
GROUP = torch.tensor([0] * (PATH + NAME) + [1] * DOC + [2] * BODY)
PLACE = torch.tensor([0] * (PATH + NAME + DOC) + [column // SPAN for column in range(BODY)])


class Student(nn.Module):
    """entries: of the vocabulary; width: of the vectors; hidden: inner width of the network."""

    FIELD: torch.Tensor
    GROUP: torch.Tensor
    PLACE: torch.Tensor

    def __init__(self, entries: int, width: int = 320, hidden: int = 512) -> None:
        super().__init__()
        self.width = width
        self.table = nn.Parameter(torch.randn(entries, width) / math.sqrt(width))
        self.code_weight = nn.Parameter(torch.zeros(entries))
        self.query_weight = nn.Parameter(torch.zeros(entries))
        self.field = nn.Parameter(torch.tensor([-1.0, 1.0, 0.3, 0.0]))
        self.place = nn.Parameter(torch.zeros(BODY // SPAN))
        self.often = nn.Parameter(torch.tensor([0.0, -0.5, -1.0, -1.5]))
        self.near = nn.Parameter(torch.zeros(2, QUERY // NEAR))
        self.query_often = nn.Parameter(torch.tensor([0.0, -0.5, -1.0, -1.5]))
        self.mode = nn.Parameter(torch.zeros(2, hidden))
        self.code_up = nn.Parameter(torch.randn(4 * width, hidden) / math.sqrt(width))
        self.code_up_bias = nn.Parameter(torch.zeros(hidden))
        self.code_down = nn.Parameter(torch.zeros(hidden, width))
        self.code_turn = nn.Parameter(torch.eye(width))
        self.query_up = nn.Parameter(torch.randn(width, hidden) / math.sqrt(width))
        self.query_down = nn.Parameter(torch.zeros(hidden, width))
        self.query_turn = nn.Parameter(torch.eye(width))
        self.scale = nn.Parameter(torch.tensor(math.log(20.0)))
        self.teacher_scale = nn.Parameter(torch.tensor(math.log(20.0)))
        self.meant = nn.Parameter(torch.eye(width) * 4)
        self.meant_bias = nn.Parameter(torch.zeros(entries))
        self.rank_scale = nn.Parameter(torch.tensor(-1.0))
        for name, tensor in (("FIELD", FIELD), ("GROUP", GROUP), ("PLACE", PLACE)):
            self.register_buffer(name, tensor.clone(), persistent=False)

    def code(self, tokens: torch.Tensor, keep: torch.Tensor, often: torch.Tensor) -> torch.Tensor:
        """tokens, keep, often: [n, LONGEST]. float[n, width], of length 1."""
        rows, columns = keep.nonzero(as_tuple=True)
        flat = tokens[rows, columns].long()
        logits = (
            self.code_weight[flat]
            + self.field[self.FIELD[columns]]
            + self.place[self.PLACE[columns]]
            + self.often[often[rows, columns].long()]
        )
        weights = torch.exp(logits.clamp(max=8))
        groups = torch.bincount(rows * 3 + self.GROUP[columns], minlength=3 * len(tokens))
        starts = groups.cumsum(0) - groups
        pooled = functional.embedding_bag(flat, self.table, starts, mode="sum", per_sample_weights=weights).view(
            len(tokens), 3, self.width
        )
        whole = pooled.sum(1)
        size = whole.norm(dim=1, keepdim=True).clamp(min=1e-6)
        inner = torch.cat([pooled.flatten(1), whole], 1) / size
        unit = whole / size
        found = (
            unit @ self.code_turn
            + functional.gelu(inner @ self.code_up + self.code_up_bias, approximate="tanh") @ self.code_down
        )
        return functional.normalize(found, dim=1)

    def query(self, tokens: torch.Tensor, keep: torch.Tensor, often: torch.Tensor, mode: torch.Tensor) -> torch.Tensor:
        """tokens, keep, often: [n, QUERY]; mode: int[n], 1 where it is code. float[n, width], of length 1."""
        rows, columns = keep.nonzero(as_tuple=True)
        flat = tokens[rows, columns].long()
        place = keep.cumsum(1) - 1
        place = torch.where(mode[:, None] > 0, keep.sum(1, keepdim=True) - 1 - place, place).clamp(0, QUERY - 1) // NEAR
        logits = (
            self.query_weight[flat]
            + self.near[mode[rows], place[rows, columns]]
            + self.query_often[often[rows, columns].long()]
        )
        weights = torch.exp(logits.clamp(max=8))
        counts = torch.bincount(rows, minlength=len(tokens))
        pooled = functional.embedding_bag(
            flat, self.table, counts.cumsum(0) - counts, mode="sum", per_sample_weights=weights
        )
        unit = functional.normalize(pooled, dim=1, eps=1e-6)
        found = (
            unit @ self.query_turn
            + functional.gelu(unit @ self.query_up + self.mode[mode], approximate="tanh") @ self.query_down
        )
        return functional.normalize(found, dim=1)

    def word_logits(self, vectors: torch.Tensor) -> torch.Tensor:
        """Unnormalised ln p(token | chunk): float[n, entries]."""
        dtype = torch.bfloat16 if vectors.is_cuda else torch.float32
        return ((vectors @ self.meant).to(dtype) @ self.table.to(dtype).T).float() + self.meant_bias
