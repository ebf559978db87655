"""Source code as a format: cut into functions, classes and statements where a grammar is known, into lines where not.

Knows no language: that is data, see ``languages``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath

from longzip.formats.embedding import Region, graft, region_of, sound
from longzip.formats.items import item_finder
from longzip.formats.languages import Language, Marks, fence, find, marks, query
from longzip.formats.layout import Layout
from longzip.formats.lines import cut_by_lines, lines_of
from longzip.formats.outline import draw
from longzip.formats.parsing import best_tree
from longzip.formats.syntax import UnusableTreeError, captures
from longzip.types import Chunk, Source, Unit

REMEMBERED = 256  # sources whose analysis is kept


@dataclass(frozen=True, slots=True)
class Analysis:
    """All there is to know of a source. reason: why it is cut by lines, or None. clean: whether it parses as it stands.

    regions, faulty: see ``Graft``.
    """

    chunks: tuple[Chunk, ...]
    units: tuple[Unit, ...]
    language: Language | None
    marks: Marks | None
    imports: tuple[int, ...] = ()
    reason: str | None = None
    clean: bool = False
    regions: tuple[Region, ...] = ()
    faulty: frozenset[str] = frozenset()


class CodeFormat:
    """The format of source code; implements ``longzip.protocols.Format``.

    seconds: how long parsing one source may take before it is cut by lines instead; above 0.
    """

    def __init__(self, seconds: float = 5.0) -> None:
        self.seconds = seconds
        self.analysis = lru_cache(maxsize=REMEMBERED)(self.analyse)

    def split(self, source: Source) -> list[Chunk]:
        """Chunks that tile the source: functions, class heads, runs of statements; or runs of lines."""
        return list(self.analysis(source).chunks)

    def units(self, source: Source) -> list[Unit]:
        """Units that tile the source and nest in its chunks.

        Of a source that parses, any selection that is closed under ``needs``, with gaps for the rest, parses too.
        """
        return list(self.analysis(source).units)

    def gap(self, source: Source, first: Unit, lines: tuple[int, int], hidden: int) -> str:
        """See ``Format.gap``: a comment, behind a statement that does nothing where a body might be left empty."""
        known = self.analysis(source)
        text = describe(lines, hidden)
        region = region_of(known.regions, lines)
        marked = region.marks if region is not None else known.marks
        if marked is None:
            return f"{first.indent}[... {text}]"
        inside = region or known.language
        placeholder = inside.placeholder if inside is not None and first.indent else ""
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

    def valid(self, source: Source, text: str) -> bool:
        """Whether ``text`` parses in the source's language; True where the source does not, or has no grammar.

        So do the texts embedded in it, where those of the source in their language did.
        """
        known = self.analysis(source)
        if known.language is None or not known.clean:
            return True
        lines = lines_of(text)
        try:
            _data, tree = best_tree(b"\n".join(lines.rows) + b"\n", known.language, self.seconds)
        except UnusableTreeError:
            return True
        if tree.root_node.has_error or not known.regions:
            return not tree.root_node.has_error
        found = captures(query(known.language), tree.root_node)
        return sound(lines, found, known.faulty, self.seconds)

    def fallback(self, source: Source) -> str | None:
        """Why the source is cut by lines; None where it is cut by its grammar, however faulty the source."""
        return self.analysis(source).reason

    def analyse(self, source: Source) -> Analysis:
        language = find(source)
        if language is None:
            return by_lines(source, language, f"no grammar for {kind_of(source)}")
        try:
            return self.by_grammar(source, language)
        except ImportError:
            return by_lines(source, language, f"the grammar for {language.name} is not installed")
        except UnusableTreeError as error:
            return by_lines(source, language, str(error))

    def by_grammar(self, source: Source, language: Language) -> Analysis:
        """Raises ImportError without the grammar's package, and UnusableTreeError."""
        lines = lines_of(source.text)
        data, tree = best_tree(b"\n".join(lines.rows) + b"\n", language, self.seconds)
        found = captures(query(language), tree.root_node)
        bodies, items = item_finder(lines, data.split(b"\n")[:-1], language, found).find()
        whole = graft(lines, bodies, items, found, self.seconds)
        layout = Layout(source, lines, whole.items, draw(whole.bodies, whole.items, whole.captures))
        pieces = layout.pieces()
        units, chunks = layout.units_and_chunks(pieces)
        return Analysis(
            chunks,
            units,
            language,
            language.marks,
            layout.imports(pieces),
            clean=not tree.root_node.has_error,
            regions=whole.regions,
            faulty=whole.faulty,
        )


def by_lines(source: Source, language: Language | None, reason: str) -> Analysis:
    chunks, units = cut_by_lines(source, lines_of(source.text))
    return Analysis(chunks, units, language, marks(source), reason=reason)


def describe(lines: tuple[int, int], hidden: int) -> str:
    """How many lines are hidden, and which: "12 lines (31-42)", "1 line (31)"."""
    first, last = lines
    return f"{hidden} {'line' if hidden == 1 else 'lines'} ({first if first == last else f'{first}-{last}'})"


def kind_of(source: Source) -> str:
    if source.language is not None:
        return source.language
    path = PurePosixPath(source.name)
    return path.suffix or path.name or "text without a name"
