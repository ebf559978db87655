"""Token sequences cut to a model's window and packed into batches. Numbers only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from longzip.models.words.classes import Ids

ENOUGH_TOKENS, LEAST_SHARE = 512, 0.8  # of a batch that need not grow; of its longest row that another has to have


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One sequence through the model; the tokens from ``first`` on are predicted, and at least one stands before
    them."""

    ids: Ids
    first: int

    @property
    def predicted(self) -> int:
        return len(self.ids) - self.first


def rows_of(start: int | None, context: Ids, target: Ids, window: int) -> list[Row]:
    """The rows whose predicted tokens, joined, are ``target``; without its first token where nothing stands before it.

    Where both exceed the window, the context loses its start. A target that exceeds it alone is read without context,
    in windows that overlap by half: each token has half a window of history or all there is.
    """
    before = np.array([] if start is None else [start], dtype=np.int64)
    room = window - len(before)
    if len(target) <= room:
        kept = kept_context(start, context, target, window)
        return [Row(np.concatenate([before, kept, target]), max(1, len(before) + len(kept)))]
    stride = room // 2
    rows = [Row(np.concatenate([before, target[:room]]), 1)]
    for done in range(room, len(target), stride):
        stop = min(done + stride, len(target))
        part = target[max(0, stop - room) : stop]
        rows.append(Row(np.concatenate([before, part]), len(before) + len(part) - (stop - done)))
    return rows


def kept_context(start: int | None, context: Ids, target: Ids, window: int) -> Ids:
    """What is left of the context before ``target`` in a window, see ``rows_of``."""
    room = window - (start is not None) - len(target)
    return context[max(0, len(context) - room) :] if room >= 0 else context[:0]


def padded(rows: Sequence[Row]) -> Ids:
    """The rows as int64[rows, length], padded on the right, where a causal model does not look."""
    ids = np.zeros((len(rows), max(len(row.ids) for row in rows)), dtype=np.int64)
    for row, line in zip(rows, ids, strict=True):
        line[: len(row.ids)] = row.ids
    return ids


def pack(rows: Sequence[Row], tokens: int) -> Iterator[list[int]]:
    """Indices of ``rows`` in batches of at most ``tokens``, padding included; the longest rows first.

    A batch that is large enough takes in no row that is much shorter than its longest: that would be mostly padding.
    """
    batch: list[int] = []
    for index in sorted(range(len(rows)), key=lambda index: (-len(rows[index].ids), index)):
        longest = len(rows[batch[0]].ids) if batch else 0
        padded = len(rows[index].ids) < LEAST_SHARE * longest and len(batch) * longest >= ENOUGH_TOKENS
        if batch and (padded or (len(batch) + 1) * longest > tokens):
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def pack_evenly(rows: Sequence[Row], tokens: int) -> Iterator[list[int]]:
    """Indices of ``rows``, in order, in batches of about equal size and at most ``tokens``, which count no padding; a
    longer row is a batch."""
    total = sum(len(row.ids) for row in rows)
    share = total / max(1, -(-total // tokens))
    batch: list[int] = []
    size = 0
    for index, row in enumerate(rows):
        if batch and (size + len(row.ids) > tokens or size >= share):
            yield batch
            batch, size = [], 0
        batch.append(index)
        size += len(row.ids)
    if batch:
        yield batch
