"""longzip itself: the default, the published LongCodeZip, and every part of the default taken out.

What has a setting is switched off by it (``"longzip closure=off"``). What has none is replaced through the seams: a
model that knows words only instead of AMI, a model that is surprised by blank lines instead of the perplexity of lines.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from benchmarks.assembly import Piece, packed
from benchmarks.lexical import Index
from benchmarks.methods.tools import Method, Tools, only, whole_number
from benchmarks.values import Context
from longzip import (
    BudgetTooSmall,
    Chunk,
    Compressed,
    Compressor,
    LanguageModel,
    Logprobs,
    LongzipError,
    Request,
    Source,
)

Maker = Callable[[Sequence[Source]], Compressor]
HIGHEST = 1000.0  # no BM25 score is higher; a log-probability is at most 0
SPIKE = 10.0  # nats


def longzip(tools: Tools, told: Mapping[str, str]) -> Method:
    return always(tools.compressor(told))


def longcodezip(tools: Tools, told: Mapping[str, str]) -> Method:
    """The published strategy, under the same hard budget."""
    return always(tools.compressor({"strategy": "longcodezip", **told}))


def lexical(tools: Tools, told: Mapping[str, str]) -> Method:
    """BM25 in place of AMI; all else as it is."""
    settings = {"blocks": "statements", **told}
    tools.compressor(settings)  # what it is told is checked now, not at the first example
    return method_of(lambda sources: tools.compressor(settings, ByWords(tools, sources)))


def blank_lines(tools: Tools, told: Mapping[str, str]) -> Method:
    """Blocks begin after blank lines."""
    return always(tools.compressor({"blocks": "perplexity", **told}, Paragraphs(tools.model)))


def fixed_blocks(tools: Tools, told: Mapping[str, str]) -> Method:
    """Blocks of so many lines, 5 unless told otherwise (size=8)."""
    size = whole_number(told, "size", 5)
    rest = {name: value for name, value in told.items() if name != "size"}
    return always(tools.compressor({"blocks": "perplexity", **rest}, Paragraphs(tools.model, size)))


def greedy(tools: Tools, told: Mapping[str, str]) -> Method:
    """longzip's ranking, whole functions taken in its order while they fit: no ladder, no knapsack, no closure."""
    compressor = tools.compressor(told)

    def method(sources: Sequence[Source], query: str, budgets: Sequence[int]) -> list[Context]:
        book = tools.open(sources)
        places = {source.name: index for index, source in enumerate(sources)}
        chunks = [scored.chunk for scored in compressor.rank(list(sources), query=query)]
        order = [
            Piece(
                places[chunk.source.name], chunk.first_line, last_of(chunk, len(book.lines[places[chunk.source.name]]))
            )
            for chunk in chunks
        ]
        return [packed(book, order, budget) for budget in budgets]

    return method


def last_of(chunk: Chunk, lines: int) -> int:
    return min(chunk.last_line, lines)


def always(compressor: Compressor) -> Method:
    return method_of(lambda _sources: compressor)


def method_of(make: Maker) -> Method:
    def method(sources: Sequence[Source], query: str, budgets: Sequence[int]) -> list[Context | LongzipError]:
        compressor = make(sources)
        return [contextual(found) for found in results(compressor, sources, query, budgets)]

    return method


def results(
    compressor: Compressor, sources: Sequence[Source], query: str, budgets: Sequence[int]
) -> list[Compressed | BudgetTooSmall]:
    """Of each budget the result, or why there is none."""
    try:
        return list(compressor.compress_to(list(sources), query=query, budgets=budgets))
    except BudgetTooSmall as error:
        if len(budgets) == 1:
            return [error]
    return [found for budget in budgets for found in results(compressor, sources, query, [budget])]


def contextual(found: Compressed | BudgetTooSmall) -> Context | LongzipError:
    if isinstance(found, BudgetTooSmall):
        return found
    lines = {
        excerpt.path: frozenset(line for span in excerpt.spans for line in range(span.start_line, span.end_line + 1))
        for excerpt in found.sources
    }  # fmt: skip
    stages = found.report.stages
    return Context(
        found.text, lines, sum(stage.model_calls for stage in stages), sum(stage.texts_scored for stage in stages)
    )


# ------------------------------------------------------------------------------------------- models of one part each


class ByWords:
    """A language model by the seam alone: its surprise at a query falls by the BM25 score of the context."""

    name = "bm25"

    def __init__(self, tools: Tools, sources: Sequence[Source]) -> None:
        self.texts = [chunk.text for source in sources for chunk in tools.form.split(source)]

    def logprobs(self, requests: Sequence[Request]) -> list[Logprobs]:
        contexts = [request.context.removesuffix("\n\n") for request in requests]
        if not any(contexts):
            return [one_token(0.0, request.target) for request in requests]
        known = set(self.texts)
        texts = [*self.texts, *(text for text in dict.fromkeys(contexts) if text not in known)]
        scores = dict(zip(texts, Index(texts).scores(requests[0].target), strict=True))
        return [
            one_token(float(scores[text]), request.target) for text, request in zip(contexts, requests, strict=True)
        ]


class Paragraphs:
    """The model, but for the perplexity of lines: there each line after a blank one, or each ``size``-th, is a
    spike."""

    def __init__(self, model: LanguageModel, size: int = 0) -> None:
        self.model, self.size = model, size

    @property
    def name(self) -> str:
        return self.model.name

    def logprobs(self, requests: Sequence[Request]) -> list[Logprobs]:
        return [
            spiky(request.target, self.size) if not request.context and "\n" in request.target
            else self.model.logprobs([request])[0]
            for request in requests
        ]  # fmt: skip


def one_token(score: float, target: str) -> Logprobs:
    return Logprobs(np.array([score - HIGHEST]), np.array([len(target)], dtype=np.int64))


def spiky(text: str, size: int) -> Logprobs:
    """One token per line; a spike where a block is to begin."""
    lines = text.split("\n")
    ends = np.cumsum([len(line) + 1 for line in lines])
    ends[-1] -= 1
    begins = [row % size == 0 if size else not lines[row - 1].strip() for row in range(1, len(lines))]
    return Logprobs(np.array([0.0, *(-SPIKE if begin else 0.0 for begin in begins)]), ends.astype(np.int64))


# --------------------------------------------------------------------------------------------------------- boundaries


def boundaries(tools: Tools, told: Mapping[str, str]) -> Method:
    """The lines at which perplexity says that a block begins; ``alpha`` as in the settings."""
    compressor = tools.compressor(told)

    def method(sources: Sequence[Source], query: str, budgets: Sequence[int]) -> list[Context]:
        found = {
            source.name: [line for line in compressor.segment(source).lines if line.boundary] for source in sources
        }
        text = "\n".join(line.text for own in found.values() for line in own)
        return [Context(text, {name: frozenset(line.line for line in own) for name, own in found.items()})] * len(
            budgets
        )

    return method


def blank_line_boundaries(tools: Tools, told: Mapping[str, str]) -> Method:
    """The lines after blank ones: what needs no model."""
    only(told)

    def method(sources: Sequence[Source], query: str, budgets: Sequence[int]) -> list[Context]:
        found: dict[str, frozenset[int]] = {}
        for source in sources:
            lines = source.text.split("\n")
            found[source.name] = frozenset(
                row + 1 for row in range(1, len(lines)) if lines[row].strip() and not lines[row - 1].strip()
            )  # fmt: skip
        return [Context("", found)] * len(budgets)

    return method
