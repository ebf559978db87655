"""The chunks that the coarse stage chooses -> blocks and their values.

Section III-D of the published algorithm (arXiv 2510.00446): cut where perplexity spikes, or at every statement; then
each block is valued as the chunks were. Knows no budget but the one it is given, and no way to choose among blocks.
"""

from __future__ import annotations

from collections.abc import Sequence

from longzip.protocols import Request
from longzip.scoring.ami import ask, line_surprises
from longzip.selection.knapsack import Knapsack
from longzip.selection.price import Balance, balance
from longzip.selection.shares import coarse, normalised
from longzip.selection.spikes import blocks, spikes
from longzip.strategies.corpus import Corpus
from longzip.strategies.ranking import worth_of
from longzip.strategies.run import CodeBlock, Divided, Division, Run


def divided(run: Run, budget: int) -> Division:
    """Coarse choice under B / R_fine; the chosen chunks cut into blocks, each block valued."""
    if not run.scores.related or not run.approach.divides:
        return Division()
    corpus, settings, misses = run.corpus, run.engine.settings, run.approach.misses
    chosen = coarse(run.scores.order, corpus.tokens, budget / settings.fine_ratio, misses)
    price = fine_price(run, chosen, budget) if settings.fine == "auto" else None
    fine = price.pays if price is not None else settings.fine == "on"
    if not fine:
        chosen = coarse(run.scores.order, corpus.tokens, budget, misses)
    large = [index for index in chosen if fine and is_large(corpus, index, settings.small_lines)]
    spans = {index: split_at(corpus, index, rows) for index, rows in zip(large, edges(run, large), strict=True)}
    texts = [corpus.text_of(index, span) for index in large for span in spans[index]]
    valued = iter(worth_of(run, run.scores.query, texts, "value blocks"))
    chunks = {
        index: with_blocks(corpus, index, spans[index], [next(valued) for _ in spans[index]])
        if spans.get(index)
        else Divided(index)
        for index in chosen
    }
    return Division(chunks, fine, () if price is None else (str(price),))


def fine_price(run: Run, chosen: Sequence[int], budget: int) -> Balance:
    """What it costs and saves here to cut the chosen chunks inside."""
    corpus, settings = run.corpus, run.engine.settings
    passes = 2 if settings.blocks == "perplexity" or not corpus.structured else 1
    large = [index for index in chosen if is_large(corpus, index, settings.small_lines)]
    characters = passes * sum(len(corpus.chunks[index].text) for index in large)
    needed = min(sum(corpus.tokens), int(budget / settings.fine_ratio))  # tokens that show as much, uncut
    return balance(characters, run.scores.seconds_per_character, needed - budget, settings)


def is_large(corpus: Corpus, index: int, small_lines: int) -> bool:
    chunk = corpus.chunks[index]
    return chunk.last_line - chunk.first_line + 1 >= small_lines and len(corpus.unit_range(index)) > 1


def edges(run: Run, large: Sequence[int]) -> list[Sequence[int]]:
    """Of each of these chunks, the rows at which a block begins."""
    engine, settings = run.engine, run.engine.settings
    texts = [run.corpus.chunks[index].text for index in large]
    if run.corpus.structured and settings.blocks == "statements":
        return [range(1, text.count("\n") + 1) for text in texts]
    requests = [Request("", text) for text in texts]
    answers = ask(engine.model, requests, lambda done, total: engine.progress("segment", done, total))
    return [spikes(line_surprises(text, answer), settings.alpha) for text, answer in zip(texts, answers, strict=True)]


def split_at(corpus: Corpus, index: int, rows: Sequence[int]) -> list[tuple[int, int]]:
    """The chunk's blocks, as half-open ranges of units, cut at these rows of its text."""
    own = corpus.unit_range(index)
    units = corpus.pages[corpus.page_of[index]].units[own.start : own.stop]
    first_line = corpus.chunks[index].first_line
    return [(own.start + first, own.start + last) for first, last in blocks(units, [first_line + row for row in rows])]


def with_blocks(corpus: Corpus, index: int, spans: Sequence[tuple[int, int]], worth: Sequence[float]) -> Divided:
    """The chunk with its blocks' values normalised to [0, 1], and its knapsack solved for every allowance."""
    head, count = corpus.head_of(index), corpus.tokenizer.count
    own = [
        CodeBlock(span, float(value), count(corpus.text_of(index, span)), pinned=head.issuperset(range(*span)))
        for span, value in zip(spans, normalised(worth), strict=True)
    ]
    solved = Knapsack.solve(
        [0.0 if block.pinned else block.value for block in own], [block.tokens for block in own], corpus.tokens[index]
    )
    return Divided(index, head, corpus.tokens_of(index, head), tuple(own), solved)
