"""Pieces of sources in order of preference -> a text within a budget: whole lines, in their order, a header per file.

What all methods share that choose lines, so that they differ in their choice alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.values import Context
from longzip import Format, Source, Tokenizer, Unit

GAP = "..."  # a statement in Python; elsewhere it stands in a comment
Shown = Mapping[int, frozenset[int]]


@dataclass(frozen=True, slots=True)
class Piece:
    """Lines of a source, 1-based and inclusive. source: its index."""

    source: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Book:
    """The sources, line by line. costs: each line's tokens, its end included; headers: those of its header; gaps: what
    stands for lines that are not shown."""

    sources: Sequence[Source]
    form: Format
    tokenizer: Tokenizer
    lines: Sequence[Sequence[str]]
    costs: Sequence[Sequence[int]]
    headers: Sequence[int]
    gaps: Sequence[str]

    def text(self, piece: Piece) -> str:
        return "\n".join(self.lines[piece.source][piece.first - 1 : piece.last])


def opened(sources: Sequence[Source], form: Format, tokenizer: Tokenizer) -> Book:
    lines = [lines_of(source.text) for source in sources]
    known: dict[str, int] = {}
    for line in (line for own in lines for line in own):
        if line not in known:
            known[line] = tokenizer.count(line + "\n")
    costs = [[known[line] for line in own] for own in lines]
    headers = [tokenizer.count(form.header(source) + "\n") for source in sources]
    return Book(sources, form, tokenizer, lines, costs, headers, [gap_of(form, source) for source in sources])


def gap_of(form: Format, source: Source) -> str:
    """No peer's output is to be broken by our mark."""
    return (
        GAP
        if form.facts.language(source) in ("python", "")
        else form.gap(source, Unit(0, 0, 1, 1), (1, 1), "").strip().replace("  ", " ")
    )


def lines_of(text: str) -> list[str]:
    lines = text.split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def functions(book: Book) -> list[Piece]:
    """The functions, class heads and module-level runs that the format splits the sources into; white space alone left
    out."""
    found: list[Piece] = []
    for index, source in enumerate(book.sources):
        found += [
            Piece(index, chunk.first_line, chunk.last_line) for chunk in book.form.split(source) if chunk.text.strip()
        ]
    return [piece for piece in found if piece.last <= len(book.lines[piece.source])]


def windows(book: Book, size: int, step: int) -> list[Piece]:
    """Runs of ``size`` lines, ``step`` lines apart; the last of a source ends where it ends."""
    found: list[Piece] = []
    for index, lines in enumerate(book.lines):
        starts = range(0, max(1, len(lines) - size + step), step) if lines else ()
        found += [Piece(index, start + 1, min(start + size, len(lines))) for start in starts if start < len(lines)]
    return found


def packed(book: Book, pieces: Iterable[Piece], budget: int) -> Context:
    """As many of the pieces as fit, in the order given; one that does not is passed over. Never over the budget."""
    order = list(pieces)
    taken = take(book, order, budget)
    text = rendered(book, shown(taken))
    estimate, real = cost(book, shown(taken)), book.tokenizer.count(text)
    if 0 < real < estimate and len(taken) < len(order):  # lines cost more one by one than together
        taken = take(book, order, int(budget * estimate / real))
    while taken and book.tokenizer.count(rendered(book, shown(taken))) > budget:
        taken.pop()
    return context(book, shown(taken))


def take(book: Book, pieces: Sequence[Piece], room: int) -> list[Piece]:
    """The pieces that fit by the sum of their lines' tokens, of which each counts once."""
    have: dict[int, set[int]] = {}
    taken: list[Piece] = []
    least = min((cost for own in book.costs for cost in own), default=1)
    for piece in pieces:
        if room < least:
            break
        own = have.get(piece.source)
        new = [line for line in range(piece.first, piece.last + 1) if own is None or line not in own]
        price = sum(book.costs[piece.source][line - 1] for line in new) + (
            book.headers[piece.source] if own is None else 2
        )
        if new and price <= room:
            have.setdefault(piece.source, set()).update(new)
            taken.append(piece)
            room -= price
    return taken


def cost(book: Book, lines: Shown) -> int:
    return sum(book.headers[index] + sum(book.costs[index][line - 1] for line in own) for index, own in lines.items())


def shown(pieces: Iterable[Piece]) -> Shown:
    found: dict[int, set[int]] = {}
    for piece in pieces:
        found.setdefault(piece.source, set()).update(range(piece.first, piece.last + 1))
    return {index: frozenset(lines) for index, lines in sorted(found.items())}


def rendered(book: Book, lines: Shown) -> str:
    parts: list[str] = []
    for index, own in lines.items():
        parts.append(book.form.header(book.sources[index]))
        before = 0
        for line in sorted(own):
            if line > before + 1:
                parts.append(book.gaps[index])
            parts.append(book.lines[index][line - 1])
            before = line
        if before < len(book.lines[index]):
            parts.append(book.gaps[index])
        parts.append("")
    return "\n".join(parts)


def context(book: Book, lines: Shown) -> Context:
    return Context(rendered(book, lines), {book.sources[index].name: own for index, own in lines.items()})


def full(book: Book) -> Context:
    """Everything, with its headers."""
    return context(book, {index: frozenset(range(1, len(own) + 1)) for index, own in enumerate(book.lines) if own})
