"""What reads a context: a language model's likelihood of the hidden text, or one that writes an answer, here or at an endpoint.

A reader gives measures; the name of each that depends on a model ends in the reader's label.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from benchmarks.config import ReaderTable, Run
from benchmarks.values import Context, Example, Measures
from longzip import UsageError


class Reader(Protocol):
    """Reads many at once, so that it may batch, or ask in parallel."""

    def read(self, example: Example, contexts: Sequence[Context]) -> list[Measures]:
        """What the reader makes of each context. Raises LongzipError where it cannot be asked at all."""


def load(run: Run, table: ReaderTable, folder: Path) -> Reader:
    """folder: of the run's results, where recordings are kept unless the table says otherwise."""
    if table.kind == "likelihood":
        from benchmarks.readers.likelihood import Likelihood

        return Likelihood.load(run, table)
    if table.kind == "local":
        from benchmarks.readers.local import Local

        return Local.load(run, table)
    if table.kind == "endpoint":
        from benchmarks.readers.endpoint import Endpoint

        return Endpoint.load(run, table, folder)
    raise UsageError(f"there is no reader {table.kind!r}; choose among likelihood, local, endpoint.")
