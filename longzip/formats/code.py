"""Source code as a format: cut into functions, classes and statements where a grammar is known, into lines where not.

Knows no language: that is data, see ``languages``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import PurePosixPath

from tree_sitter import Node, Query, QueryCursor

from longzip.formats import reductions, references
from longzip.formats.embedding import Region, graft, region_of, sound
from longzip.formats.items import item_finder
from longzip.formats.languages import Language, Marks, closer_query, fence, find, marks, query
from longzip.formats.layout import Layout
from longzip.formats.lines import cut_by_lines, lines_of
from longzip.formats.outline import draw
from longzip.formats.parsing import best_tree
from longzip.formats.reductions import Reductions
from longzip.formats.references import Names
from longzip.formats.syntax import UnusableTreeError, captures
from longzip.types import Chunk, DataLiteral, Import, Reference, Source, Unit

REMEMBERED = 256  # sources whose analysis is kept
LONG_LINE = 100_000  # bytes; a text of one such line cannot be cut, and so need not be parsed


@dataclass(frozen=True, slots=True)
class Analysis:
    """All there is to know of a source. markup: where its units in markup start. reason: why it is cut by lines, or None.
    clean: whether it parses as it stands.

    regions, faulty: see ``Graft``.
    """

    chunks: tuple[Chunk, ...]
    units: tuple[Unit, ...]
    language: Language | None
    marks: Marks | None
    imports: tuple[int, ...] = ()
    markup: frozenset[int] = frozenset()
    reason: str | None = None
    clean: bool = False
    regions: tuple[Region, ...] = ()
    faulty: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Parsed:
    """A tree, what it was parsed from, and the query that tells what is asked of few sources only."""

    language: Language
    query: Query
    data: bytes
    root: Node


class CodeFormat:
    """The format of source code; implements ``longzip.protocols.Format``.

    seconds: how long parsing one source may take before it is cut by lines instead; above 0.
    """

    def __init__(self, seconds: float = 5.0) -> None:
        self.seconds = seconds
        self.analysis = lru_cache(maxsize=REMEMBERED)(self.analyse)
        self.names = lru_cache(maxsize=REMEMBERED)(self.name)
        self.reductions = lru_cache(maxsize=REMEMBERED)(self.reduce)

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
            return by_lines(source, language, missing(language))
        except UnusableTreeError as error:
            return by_lines(source, language, str(error))

    def by_grammar(self, source: Source, language: Language) -> Analysis:
        """Raises ImportError without the grammar's package, and UnusableTreeError."""
        lines = lines_of(source.text)
        whole = b"\n".join(lines.rows) + b"\n"
        if len(lines) == 1 and len(whole) > LONG_LINE:
            raise UnusableTreeError("it is one long line")
        data, tree = best_tree(whole, language, self.seconds)
        found = captures(query(language), tree.root_node)
        finder = item_finder(lines, data.split(b"\n")[:-1], language, found)
        bodies, items = finder.find()
        grafted = graft(lines, bodies, items, finder.captures, self.seconds)
        layout = Layout(source, lines, grafted.items, draw(grafted.bodies, grafted.items, grafted.captures))
        pieces = layout.pieces()
        units, chunks = layout.units_and_chunks(pieces)
        return Analysis(
            chunks, units, language, language.marks, layout.imports(pieces), layout.inside_markup(pieces, grafted.bodies),
            clean=not tree.root_node.has_error, regions=grafted.regions, faulty=grafted.faulty,
        )  # fmt: skip

    def name(self, source: Source) -> Names:
        """What the source's names refer to; another parse."""
        known, parsed = self.analysis(source), self.parsed_again(source, references.CAPTURES)
        if parsed is None:
            return Names(bindings=tuple(Import(unit, (), ()) for unit in known.imports))
        matches = (match for _pattern, match in QueryCursor(parsed.query).matches(parsed.root))
        return references.read_names(parsed.data, matches, known.units, known.imports)

    def reduce(self, source: Source) -> Reductions:
        """What a reader of the source can do without; another parse, and one for each kind of it."""
        parsed = self.parsed_again(source, reductions.CAPTURES)
        if parsed is None:
            return Reductions()
        found = QueryCursor(parsed.query).captures(parsed.root)
        return reductions.reduce(source, parsed.language, found, partial(self.valid, source))

    def parsed_again(self, source: Source, wanted: frozenset[str]) -> Parsed | None:
        """The source's tree; None where it is cut by lines or nothing is known to ask of the tree."""
        known = self.analysis(source)
        asked = closer_query(known.language, wanted) if known.language is not None and known.reason is None else None
        if known.language is None or asked is None:
            return None
        try:
            data, tree = best_tree(b"\n".join(lines_of(source.text).rows) + b"\n", known.language, self.seconds)
        except UnusableTreeError:
            return None
        return Parsed(known.language, asked, data, tree.root_node)


def by_lines(source: Source, language: Language | None, reason: str) -> Analysis:
    chunks, units = cut_by_lines(source, lines_of(source.text))
    return Analysis(chunks, units, language, marks(source), reason=reason)


def missing(language: Language) -> str:
    """Why there is no grammar, and what to do."""
    remedy = f"; pip install 'longzip[{language.extra}]'" if language.extra else ""
    return f"the grammar for {language.name} is not installed{remedy}"


def kind_of(source: Source) -> str:
    if source.language is not None:
        return source.language
    path = PurePosixPath(source.name)
    return path.suffix or path.name or "text without a name"
