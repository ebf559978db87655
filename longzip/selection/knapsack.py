"""Which blocks to keep: the exact 0/1 knapsack.

Knows values and weights; not what they stand for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Knapsack:
    """A solved 0/1 knapsack, for its capacity and every smaller one.

    items: indices of the items that are worth taking and fit, in order.
    weights: their weights. free: indices of items that weigh nothing and are worth something.
    taken: packed bits, row i bit c: the best filling of capacity c with items 0..i takes item i.
    """

    items: tuple[int, ...]
    weights: tuple[int, ...]
    free: tuple[int, ...]
    taken: NDArray[np.uint8]
    capacity: int

    @classmethod
    def solve(cls, values: Sequence[float], weights: Sequence[int], capacity: int) -> Knapsack:
        """Dynamic programming over tokens, exact at any size: one vectorised pass over the capacities per item, one bit
        of memory per item and token.

        values: worth of each item; an item of no or negative worth is never taken. weights: tokens, at least 0.
        capacity: tokens; below 0 means 0.
        """
        free = tuple(i for i, (v, w) in enumerate(zip(values, weights, strict=True)) if v > 0 and w == 0)
        items = tuple(i for i, (v, w) in enumerate(zip(values, weights, strict=True)) if v > 0 and 0 < w <= capacity)
        capacity = min(max(capacity, 0), sum(weights[item] for item in items))
        best = np.zeros(capacity + 1)
        taken = np.zeros((len(items), capacity // 8 + 1), dtype=np.uint8)
        for row, item in enumerate(items):
            weight = weights[item]
            if weight <= capacity:
                candidate = best[: capacity + 1 - weight] + values[item]
                better = np.zeros(capacity + 1, dtype=bool)
                better[weight:] = candidate > best[weight:]
                best[weight:] = np.maximum(best[weight:], candidate)
                taken[row] = np.packbits(better)
        return cls(items, tuple(weights[item] for item in items), free, taken, capacity)

    def fill(self, capacity: int) -> list[int]:
        """Indices of the items of the best filling of ``capacity`` tokens, ascending."""
        room = min(capacity, self.capacity)
        if room < 0:
            return []
        chosen = list(self.free)
        for row in range(len(self.items) - 1, -1, -1):
            if self.taken[row, room >> 3] >> (7 - (room & 7)) & 1:
                chosen.append(self.items[row])
                room -= self.weights[row]
        return sorted(chosen)


def knapsack(values: Sequence[float], weights: Sequence[int], capacity: int) -> list[int]:
    """Indices of the items with the highest total value whose weights fit ``capacity``, ascending. Exact."""
    return Knapsack.solve(values, weights, capacity).fill(capacity)
