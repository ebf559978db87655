"""Source code as a format: cut into functions, classes and statements where a grammar is known, into lines where not.

What there is to know of a source it asks an analyst, each thing once; what stands for gaps and files it says itself.
Knows no language: that is data, see ``languages``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

from longzip.formats.grammar.analysis import Analysis, Analyst, Here
from longzip.formats.grammar.embedded import region_of
from longzip.formats.grammar.languages import fence, marks
from longzip.formats.grammar.omittable import Reductions
from longzip.formats.grammar.references import Names
from longzip.types import Chunk, DataLiteral, Import, Reference, Source, Unit

REMEMBERED = 1 << 14  # sources whose analysis is kept


class CodeFormat:
    """The format of source code; implements ``longzip.protocols.Format``.

    analyst: who parses; by default in this process, which a grammar that crashes takes with it (see ``isolation``).
    """

    def __init__(self, analyst: Analyst | None = None) -> None:
        self.analyst = analyst or Here()
        self.analysis: Callable[[Source], Analysis] = lru_cache(maxsize=REMEMBERED)(self.analyst.analyse)
        self.names: Callable[[Source], Names] = lru_cache(maxsize=REMEMBERED)(self.name)
        self.reductions: Callable[[Source], Reductions] = lru_cache(maxsize=REMEMBERED)(self.reduce)

    def prepare(self, sources: Sequence[Source], tick: Callable[[int, int], None]) -> None:
        """See ``Format.prepare``."""
        with ThreadPoolExecutor(self.analyst.parallel) as pool:
            for done, _found in enumerate(pool.map(self.analysis, sources), 1):
                tick(done, len(sources))

    def split(self, source: Source) -> list[Chunk]:
        """Chunks that tile the source: functions, class heads, runs of statements; or runs of lines."""
        return list(self.analysis(source).chunks)

    def units(self, source: Source) -> list[Unit]:
        """Units that tile the source and nest in its chunks.

        Of a source that parses, any selection that is closed under ``needs``, with gaps for the rest, parses too.
        """
        return list(self.analysis(source).units)

    def gap(self, source: Source, first: Unit, lines: tuple[int, int], text: str) -> str:
        """See ``Format.gap``: a comment, behind a statement that does nothing where a body might be left empty."""
        known = self.analysis(source)
        region = region_of(known.regions, lines)
        marked = region.marks if region is not None else known.marks
        if marked is None:
            return f"{first.indent}[... {text}]"
        inside = region or known.language
        placeholder = inside.placeholder if inside is not None and first.indent else ""
        if known.language is not None and known.language.markup_marks and first.start in known.markup:
            marked = known.language.markup_marks
        comment = marked.comment(text if placeholder == "..." else f"... {text}")
        return first.indent + (f"{placeholder}  {comment}" if placeholder else comment)

    def header(self, source: Source) -> str:
        """A comment line that names the source."""
        text = f"file: {' '.join(source.name.split()) or '(unnamed)'}"
        known = marks(source)
        return known.comment(text) if known is not None else f"=== {text} ==="

    def language(self, source: Source) -> str:
        """The language's name in lower case, as Markdown fences use it; "" where it is unknown."""
        return fence(source)

    def imports(self, source: Source) -> list[int]:
        """Indices of the units that are import statements of the whole file."""
        return list(self.analysis(source).imports)

    def references(self, source: Source) -> list[Reference]:
        """See ``Format.references``."""
        return list(self.names(source).references)

    def bindings(self, source: Source) -> list[Import]:
        """See ``Format.bindings``."""
        return list(self.names(source).bindings)

    def literals(self, source: Source) -> list[DataLiteral]:
        """See ``Format.literals``."""
        return list(self.reductions(source).literals)

    def comments(self, source: Source) -> list[tuple[int, int]]:
        """See ``Format.comments``."""
        return list(self.reductions(source).comments)

    def valid(self, source: Source, text: str) -> bool:
        """See ``Analyst.valid``."""
        return self.analyst.valid(self.analysis(source), text)

    def fallback(self, source: Source) -> str | None:
        """Why the source is cut by lines; None where it is cut by its grammar, however faulty the source."""
        return self.analysis(source).reason

    def name(self, source: Source) -> Names:
        return self.analyst.name(source, self.analysis(source))

    def reduce(self, source: Source) -> Reductions:
        return self.analyst.reduce(source, self.analysis(source))
