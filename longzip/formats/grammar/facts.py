"""What an analyst says of sources, each thing asked once.

Knows no language (that is data, see ``languages``), and nothing of gaps and headers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

from longzip.formats.grammar.analysis import Analysis, Analyst
from longzip.formats.grammar.languages import fence
from longzip.formats.grammar.omittable import Omittable
from longzip.formats.grammar.references import Names
from longzip.types import DataLiteral, Import, Reference, Source

REMEMBERED = 1 << 14  # sources whose analysis is kept


class GrammarFacts:
    """The facts of source code; implements ``longzip.protocols.CodeFacts``."""

    def __init__(self, analyst: Analyst) -> None:
        self._analyst = analyst
        self.analysis: Callable[[Source], Analysis] = lru_cache(maxsize=REMEMBERED)(analyst.analyse)
        self._names: Callable[[Source], Names] = lru_cache(maxsize=REMEMBERED)(self._name)
        self._omittable: Callable[[Source], Omittable] = lru_cache(maxsize=REMEMBERED)(self._omit)

    def prepare(self, sources: Sequence[Source], tick: Callable[[int, int], None]) -> None:
        """See ``CodeFacts.prepare``."""
        with ThreadPoolExecutor(self._analyst.parallel) as pool:
            for done, _found in enumerate(pool.map(self.analysis, sources), 1):
                tick(done, len(sources))

    def language(self, source: Source) -> str:
        """The language's name in lower case, as Markdown fences use it; "" where it is unknown."""
        return fence(source)

    def fallback(self, source: Source) -> str | None:
        """Why the source is cut by lines; None where it is cut by its grammar, however faulty the source."""
        return self.analysis(source).reason

    def imports(self, source: Source) -> list[int]:
        """Indices of the units that are import statements of the whole file."""
        return list(self.analysis(source).imports)

    def references(self, source: Source) -> list[Reference]:
        """See ``CodeFacts.references``."""
        return list(self._names(source).references)

    def bindings(self, source: Source) -> list[Import]:
        """See ``CodeFacts.bindings``."""
        return list(self._names(source).bindings)

    def literals(self, source: Source) -> list[DataLiteral]:
        """See ``CodeFacts.literals``."""
        return list(self._omittable(source).literals)

    def comments(self, source: Source) -> list[tuple[int, int]]:
        """See ``CodeFacts.comments``."""
        return list(self._omittable(source).comments)

    def valid(self, source: Source, text: str) -> bool:
        """See ``Analyst.valid``."""
        return self._analyst.valid(self.analysis(source), text)

    def _name(self, source: Source) -> Names:
        return self._analyst.name(source, self.analysis(source))

    def _omit(self, source: Source) -> Omittable:
        return self._analyst.omittable(source, self.analysis(source))
