"""What formats of prose know of code: nothing. Knows no source."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from longzip.types import DataLiteral, Import, Reference, Source


@dataclass(frozen=True, slots=True)
class NoFacts:
    """The facts of what is no code; implements ``longzip.protocols.CodeFacts``."""

    def prepare(self, sources: Sequence[Source], tick: Callable[[int, int], None]) -> None:
        """See ``CodeFacts.prepare``: there is nothing to find out."""
        tick(len(sources), len(sources))

    def language(self, source: Source) -> str:
        return ""

    def fallback(self, source: Source) -> str | None:
        return None

    def imports(self, source: Source) -> list[int]:
        return []

    def references(self, source: Source) -> list[Reference]:
        return []

    def bindings(self, source: Source) -> list[Import]:
        return []

    def literals(self, source: Source) -> list[DataLiteral]:
        return []

    def comments(self, source: Source) -> list[tuple[int, int]]:
        return []

    def valid(self, source: Source, text: str) -> bool:
        return True


NO_FACTS = NoFacts()
