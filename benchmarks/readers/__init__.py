"""What reads a context: a language model's likelihood of the hidden text, or one that writes an answer, here or at an
endpoint.

A reader gives measures; the name of each that depends on a model ends in the reader's label. "tokens" is how many the
context has for the reader's own tokenizer, where that is another than the run's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from benchmarks.config import ReaderTable, Run
from benchmarks.methods.tools import Tools, named
from benchmarks.readers.answers import Answers
from benchmarks.readers.endpoint import Endpoint
from benchmarks.readers.likelihood import Likelihood
from benchmarks.readers.local import Local
from benchmarks.values import Context, Example, Measures
from longzip import Compressor, Tokenizer, UsageError


class Reader(Protocol):
    """Reads many at once, so that it may batch, or ask in parallel."""

    def read(self, example: Example, contexts: Sequence[Context]) -> list[Measures]:
        """What the reader makes of each context. Raises LongzipError where it cannot be asked at all."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A reader, and how many tokens a context has for it."""

    reader: Reader
    tokenizer: Tokenizer
    label: str

    def read(self, example: Example, contexts: Sequence[Context]) -> list[Measures]:
        name = f"tokens {self.label}"
        found = zip(self.reader.read(example, contexts), contexts, strict=True)
        return [{**own, name: self.tokenizer.count(context.text)} if own else own for own, context in found]


def load(tools: Tools, folder: Path) -> list[Reader]:
    """All readers of the run, but for those that are named as judges of others: they judge, and do not read.

    folder: of the run's results, where recordings are kept unless a table says otherwise.
    """
    tables = {table.label: table for table in tools.run.readers}
    judges = {table.judge for table in tables.values()} - {""}
    if unknown := sorted(judges - set(tables)):
        raise UsageError(
            f"a reader names the judge {unknown[0]!r}, which is no reader; give one of [[readers]] that name."
        )
    writers = {label: writer(tools.run, table, folder) for label, table in tables.items() if table.kind != "likelihood"}
    if unfit := sorted(judges - set(writers)):
        raise UsageError(f"the reader {unfit[0]} cannot judge; name one of kind local or endpoint.")
    found: list[Reader] = []
    for label, table in tables.items():
        if table.kind == "likelihood":
            found.append(counted(tools, table))
        elif label not in judges:
            found.append(Answers(writers[label], writers[table.judge or label], tools.form))
    return found


def writer(run: Run, table: ReaderTable, folder: Path) -> Local | Endpoint:
    if table.kind == "local":
        return Local.load(run, table)
    if table.kind == "endpoint":
        return Endpoint.load(run, table, folder)
    raise UsageError(f"there is no reader {table.kind!r}; choose among likelihood, local, endpoint.")


def counted(tools: Tools, table: ReaderTable) -> Reader:
    """With its tokens, where they are not those that are counted anyway."""
    reader = Likelihood.load(tools.run, table)
    tokenizer = Compressor.load(named(tools.run, table.model)).tokenizer
    return reader if tokenizer.name == tools.tokenizer.name else Counted(reader, tokenizer, table.label)
