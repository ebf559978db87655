"""Looking without compressing: what each line says to the model, and what a compression would read."""

from __future__ import annotations

from dataclasses import dataclass

from longzip.errors import UsageError
from longzip.protocols import Request
from longzip.scoring.ami import line_surprises
from longzip.selection.spikes import spikes
from longzip.strategies.run import Engine
from longzip.types import Skipped, Source


@dataclass(frozen=True, slots=True)
class LineScore:
    """One line of a file. bits: mean bits per token, the log2 of its perplexity; None for blank lines.

    boundary: whether a block begins here. chunk: the label of the function it belongs to.
    """

    line: int
    text: str
    bits: float | None
    boundary: bool
    chunk: str

    @property
    def perplexity(self) -> float | None:
        return None if self.bits is None else float(2**self.bits)


@dataclass(frozen=True, slots=True)
class Segmentation:
    """Every line of a file, in order."""

    lines: tuple[LineScore, ...]


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a compression would read. seconds: rough scoring time on this kind of machine; None where it cannot be
    told. largest: (name, tokens) of up to ten files, the largest first. sizes: of all, in their order."""

    files: int
    chunks: int
    tokens: int
    characters: int
    seconds: float | None
    largest: tuple[tuple[str, int], ...]
    skipped: tuple[Skipped, ...]
    sizes: tuple[tuple[str, int], ...] = ()


def lines_of(source: Source, first: int, last: int) -> str:
    """Lines of a source, 1-based and inclusive. Raises UsageError where it has not so many."""
    rows = source.text.split("\n")
    if not 1 <= first <= last <= len(rows):
        raise UsageError(f"{source.name} has no lines {first}-{last}; it has {len(rows):,}.")
    return "\n".join(rows[first - 1 : last]) + "\n"


def segment(source: Source, engine: Engine) -> Segmentation:
    """Every line of a source with its perplexity, and where blocks begin."""
    chunks = engine.form.split(source)
    answers = engine.model.logprobs([Request("", chunk.text) for chunk in chunks])
    found: list[LineScore] = []
    for chunk, answer in zip(chunks, answers, strict=True):
        bits = line_surprises(chunk.text, answer)
        cuts = {0, *spikes(bits, engine.settings.alpha)}
        rows = chunk.text.split("\n")[: chunk.last_line - chunk.first_line + 1]
        found += [
            LineScore(chunk.first_line + row, text, bits[row], row in cuts, chunk.label)
            for row, text in enumerate(rows)
        ]
    return Segmentation(tuple(found))
