"""What ``rank`` and ``compress`` deliver for a question, and outcomes of it. A failure is an outcome, too."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.instruments.values import OWN, RANK, Bench, Question
from benchmarks.values import Measures, Outcome
from longzip import BudgetTooSmall, Chunk, Compressed, LongzipError, Repository

Lines = Mapping[str, frozenset[int]]  # by path, 1-based


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of an instrument, asked of a repository. task: the instrument's name."""

    task: str
    bench: Bench
    repository: Repository
    question: Question

    def ranked(self, measure: Callable[[Sequence[Chunk]], Measures]) -> Outcome:
        """The ranking, measured. measure: of all chunks, best first, and of none."""
        began, error = time.perf_counter(), ""
        chunks: list[Chunk] = []
        try:
            found = self.bench.compressor.rank(list(self.repository.sources), query=self.question.query)
            chunks = [scored.chunk for scored in found]
        except LongzipError as failure:
            error = said(failure)
        seconds = round(time.perf_counter() - began, 4)
        return Outcome(self.task, self.question.key, OWN, RANK, 0, 0, 0, seconds, measures=measure(chunks), error=error)

    def delivered(self, sizes: Sequence[int], measure: Callable[[Lines], Measures]) -> list[Outcome]:
        """What is shown at budgets, measured; the sources are read and scored once."""
        if not sizes:
            return []
        began = time.perf_counter()
        results = self.results(sizes)
        seconds = round((time.perf_counter() - began) / len(sizes), 4)
        return [self.outcome(size, result, seconds, measure) for size, result in zip(sizes, results, strict=True)]

    def results(self, sizes: Sequence[int]) -> list[Compressed | LongzipError]:
        try:
            return list(self.bench.compressor.compress_to(self.repository, query=self.question.query, budgets=sizes))
        except BudgetTooSmall as error:
            return [error] if len(sizes) == 1 else [found for size in sizes for found in self.results([size])]
        except LongzipError as error:
            return [error] * len(sizes)

    def outcome(
        self, size: int, result: Compressed | LongzipError, seconds: float, measure: Callable[[Lines], Measures]
    ) -> Outcome:
        made = None if isinstance(result, LongzipError) else result
        got, original = (made.report.got, made.report.original_tokens) if made else (0, 0)
        measures = {**measure(shown_of(made) if made else {}), **self.bench.counted(made.text if made else "")}
        error = said(result) if isinstance(result, LongzipError) else ""
        return Outcome(
            self.task, self.question.key, OWN, size, size, got, original, seconds, measures=measures, error=error
        )


def shown_of(result: Compressed) -> Lines:
    """The lines that were kept, as the result itself says."""
    found = {
        excerpt.path: frozenset(line for span in excerpt.spans for line in range(span.start_line, span.end_line + 1))
        for excerpt in result.sources
    }  # fmt: skip
    return {path: lines for path, lines in found.items() if lines}


def said(error: LongzipError) -> str:
    return f"{type(error).__name__}: {error}"


def sizes_of(budgets: Sequence[int | str]) -> list[int]:
    """Those in tokens."""
    return [budget for budget in budgets if isinstance(budget, int)]
