"""What a grammar says of a source: where it may be cut, what its names refer to, what it could do without.

All that parses, behind one seam: ``Analyst``. Knows no language (that is data, see ``languages``) and nothing of gaps
and headers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import PurePosixPath
from typing import Protocol

from tree_sitter import Node, Query, QueryCursor, Tree

from longzip.formats.grammar import omittable, references
from longzip.formats.grammar.damage import placed
from longzip.formats.grammar.diffs import cut_diff
from longzip.formats.grammar.embedded import Region, graft, sound
from longzip.formats.grammar.items import item_finder
from longzip.formats.grammar.languages import (
    Language,
    Marks,
    closer_query,
    error_query,
    find,
    marks,
    plain_name,
    query,
)
from longzip.formats.grammar.lines import Lines, cut_by_lines, lines_of
from longzip.formats.grammar.nesting import nest
from longzip.formats.grammar.omittable import Omittable
from longzip.formats.grammar.parsing import best_tree
from longzip.formats.grammar.recovery import Recovered, recover
from longzip.formats.grammar.references import Names
from longzip.formats.grammar.syntax import UnusableTreeError, captures, faults
from longzip.formats.grammar.tiling import Tiling
from longzip.types import Chunk, Import, Source, Unit

LONG_LINE = 100_000  # bytes; a text of one such line cannot be cut, and so need not be parsed
SECONDS = 4.0
MOST_WRONG = 0.5  # of a text; what defines nothing, and has so many errors or one unit so large, is in no such language
LEAST_SECONDS, SECONDS_PER_BYTE = 1.0, 2e-5


@dataclass(frozen=True, slots=True)
class Analysis:
    """All there is to know of a source. markup: where its units in markup start. reason: why it is cut by lines, or
    None.
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


@dataclass(frozen=True, slots=True)
class Text:
    """What was parsed, and its tree. recovered: how it differs from the source; None where it does not."""

    data: bytes
    tree: Tree
    recovered: Recovered | None = None


class Analyst(Protocol):
    """Who parses. ``known`` is what ``analyse`` said of the source. parallel: how many sources at once, at least 1."""

    @property
    def parallel(self) -> int: ...

    def analyse(self, source: Source) -> Analysis:
        """By its grammar; by lines, with the reason, where that cannot be done."""

    def name(self, source: Source, known: Analysis) -> Names:
        """What the source's names refer to; nothing where it is cut by lines."""

    def omittable(self, source: Source, known: Analysis) -> Omittable:
        """What a reader of the source can do without; nothing where it is cut by lines."""

    def valid(self, known: Analysis, text: str) -> bool:
        """Whether ``text`` parses in the known source's language; True where the source does not, or has no grammar.

        So do the texts embedded in it, where those of the source in their language did.
        """


@dataclass(frozen=True, slots=True)
class Here:
    """The analyst that parses in this process. seconds: how long parsing one source may take; above 0."""

    seconds: float = SECONDS
    parallel: int = 1

    def analyse(self, source: Source) -> Analysis:
        language = find(source)
        if language is None and plain_name(source) in ("diff", "patch"):
            chunks, units = cut_diff(source, lines_of(source.text))
            return Analysis(chunks, units, None, marks(source))
        if language is None:
            return by_lines(source, f"no grammar for {kind_of(source)}")
        try:
            return self.by_grammar(source, language)
        except ImportError:
            return by_lines(source, missing(language))
        except UnusableTreeError as error:
            return by_lines(source, str(error))

    def by_grammar(self, source: Source, language: Language) -> Analysis:
        """Raises ImportError without the grammar's package, and UnusableTreeError."""
        lines = lines_of(source.text)
        whole = b"\n".join(lines.rows) + b"\n"
        if len(lines) == 1 and len(whole) > LONG_LINE:
            raise UnusableTreeError("it is one long line")
        data, tree = best_tree(whole, language, seconds_for(len(whole), self.seconds))
        known = self.structured(source, lines, language, Text(data, tree))
        if tree.root_node.has_error and not language.prose:
            found = recover(data, language, tree.root_node, self.seconds)
            if found is not None:
                mended = self.structured(source, lines, language, Text(found.data, found.tree, found))
                if found.sound or defined(mended) >= defined(known):
                    known = replace(mended, clean=False)
            wrong = faults(tree.root_node, error_query(language)) > MOST_WRONG * len(data)
            lump = max((unit.end - unit.start for unit in known.units), default=0) > MOST_WRONG * len(source.text)
            if not defined(known) and (wrong or lump) and not (found is not None and found.sound):
                raise UnusableTreeError(f"it is not {language.name}")
        return known

    def structured(self, source: Source, lines: Lines, language: Language, text: Text) -> Analysis:
        """What the tree of a text says."""
        found = captures(query(language), text.tree.root_node)
        rows = text.data.split(b"\n")[:-1]
        finder = item_finder(lines, rows, language, found)
        bodies, items = finder.find()
        inner = finder.captures
        if text.recovered is not None:
            bodies, items, definitions = placed(text.recovered, lines, bodies, items, inner.definitions)
            inner = replace(inner, definitions=definitions)
        grafted = graft(lines, bodies, items, inner, self.seconds, rows)
        tiling = Tiling(source, lines, grafted.items, nest(grafted.bodies, grafted.items, grafted.captures))
        stretches = tiling.stretches()
        units, chunks = tiling.units_and_chunks(stretches)
        return Analysis(
            chunks,
            units,
            language,
            language.marks,
            imports=tiling.imports(stretches),
            markup=tiling.inside_markup(stretches, grafted.bodies),
            clean=not text.tree.root_node.has_error,
            regions=grafted.regions,
            faulty=grafted.faulty,
        )

    def name(self, source: Source, known: Analysis) -> Names:
        """See ``Analyst.name``; another parse."""
        parsed = self.parsed_again(source, known, references.CAPTURES)
        if parsed is None:
            return Names(bindings=tuple(Import(unit, (), ()) for unit in known.imports))
        matches = (match for _pattern, match in QueryCursor(parsed.query).matches(parsed.root))
        return references.read_names(parsed.data, matches, known.units, known.imports)

    def omittable(self, source: Source, known: Analysis) -> Omittable:
        """See ``Analyst.omittable``; another parse, and one for each kind of it."""
        parsed = self.parsed_again(source, known, omittable.CAPTURES)
        if parsed is None:
            return Omittable()
        found = QueryCursor(parsed.query).captures(parsed.root)
        return omittable.find_omittable(source, parsed.language, found, partial(self.valid, known))

    def valid(self, known: Analysis, text: str) -> bool:
        """See ``Analyst.valid``."""
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

    def parsed_again(self, source: Source, known: Analysis, wanted: frozenset[str]) -> Parsed | None:
        """The source's tree; None where it is cut by lines or nothing is known to ask of the tree."""
        asked = closer_query(known.language, wanted) if known.language is not None and known.reason is None else None
        if known.language is None or asked is None:
            return None
        try:
            data, tree = best_tree(b"\n".join(lines_of(source.text).rows) + b"\n", known.language, self.seconds)
        except UnusableTreeError:
            return None
        return Parsed(known.language, asked, data, tree.root_node)


def defined(known: Analysis) -> int:
    """How many functions and classes are chunks of their own."""
    return sum(chunk.kind in ("function", "class") for chunk in known.chunks)


def seconds_for(size: int, most: float) -> float:
    """How long parsing a text of so many bytes may take: in proportion to its size, and no longer than ``most``."""
    return min(most, LEAST_SECONDS + SECONDS_PER_BYTE * size)


def by_lines(source: Source, reason: str) -> Analysis:
    chunks, units = cut_by_lines(source, lines_of(source.text))
    return Analysis(chunks, units, find(source), marks(source), reason=reason)


def missing(language: Language) -> str:
    """Why there is no grammar, and what to do."""
    remedy = f"; pip install 'longzip[{language.extra}]'" if language.extra else ""
    return f"the grammar for {language.name} is not installed{remedy}"


def kind_of(source: Source) -> str:
    if source.language is not None:
        return source.language
    path = PurePosixPath(source.name)
    return path.suffix or path.name or "text without a name"
