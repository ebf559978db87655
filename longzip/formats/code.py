"""Source code as a format: cut into functions, classes and statements where a grammar is known, into lines where not.

What there is to know of a source its facts say; what stands for gaps and files it says itself. Knows no language: that
is data, see ``languages``.
"""

from __future__ import annotations

from longzip.formats.grammar.analysis import Analyst, Here
from longzip.formats.grammar.embedded import region_of
from longzip.formats.grammar.facts import GrammarFacts
from longzip.formats.grammar.languages import marks
from longzip.types import Chunk, Source, Unit


class CodeFormat:
    """The format of source code; implements ``longzip.protocols.Format``.

    analyst: who parses; by default in this process, which a grammar that crashes takes with it (see ``isolation``).
    """

    def __init__(self, analyst: Analyst | None = None) -> None:
        self.facts = GrammarFacts(analyst or Here())

    def split(self, source: Source) -> list[Chunk]:
        """Chunks that tile the source: functions, class heads, runs of statements; or runs of lines."""
        return list(self.facts.analysis(source).chunks)

    def units(self, source: Source) -> list[Unit]:
        """Units that tile the source and nest in its chunks.

        Of a source that parses, any selection that is closed under ``needs``, with gaps for the rest, parses too.
        """
        return list(self.facts.analysis(source).units)

    def gap(self, source: Source, first: Unit, lines: tuple[int, int], text: str) -> str:
        """See ``Format.gap``: a comment, behind a statement that does nothing where a body might be left empty."""
        known = self.facts.analysis(source)
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
