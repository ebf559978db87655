"""What is known of sources, kept between runs: no text is parsed twice, as long as longzip and the grammars stay the
same.

An analyst around another one and a store. What is read from the store is plain JSON, and checked: it must fit the text,
or it counts as not there. Knows how analyses are written down, not how they are made.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, TypeVar, get_args

from longzip.formats.grammar.analysis import Analysis, Analyst, kind_of
from longzip.formats.grammar.embedded import Region
from longzip.formats.grammar.languages import Marks, find, languages, marks, named, plain_name
from longzip.formats.grammar.omittable import Omittable
from longzip.formats.grammar.references import Names
from longzip.protocols import Shelf, Store
from longzip.storage.keys import fingerprint, fingerprint_of_code
from longzip.types import Chunk, ChunkKind, DataLiteral, Import, Reference, ReferenceKind, Source, Unit

PASSING = ("its grammar crashed", "it could not be analysed")  # reasons that need not hold another time
KINDS: tuple[ChunkKind, ...] = get_args(ChunkKind)
REFERENCE_KINDS: tuple[ReferenceKind, ...] = get_args(ReferenceKind)
MOST_BYTES = 1 << 28
Found = TypeVar("Found")
Plain = list[Any]  # what JSON gives


class UnfitRecordError(Exception):
    """A record that does not fit its text. Never leaves the module."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """The analyst that looks into ``store`` before it asks ``inner``. Safe to share between threads where that is."""

    inner: Analyst
    store: Store

    @property
    def parallel(self) -> int:
        return self.inner.parallel

    def analyse(self, source: Source) -> Analysis:
        """See ``Analyst.analyse``."""
        language = find(source)
        key = fingerprint(
            "analysis", version(), language.name if language else "", plain_name(source), kind_of(source), source.text
        )
        known = self.recalled("analyses", key, lambda rows: analysis_of(rows, source))
        if known is None:
            known = self.inner.analyse(source)
            if not (known.reason or "").startswith(PASSING):
                self.store.put("analyses", [(key, written(rows_of_analysis(known)))])
        return known

    def name(self, source: Source, known: Analysis) -> Names:
        """See ``Analyst.name``."""
        if known.language is None or known.reason is not None:
            return self.inner.name(source, known)
        key = fingerprint("names", version(), known.language.name, source.text)
        return self.kept(
            "names", key, lambda rows: names_of(rows, known), rows_of_names, lambda: self.inner.name(source, known)
        )

    def omittable(self, source: Source, known: Analysis) -> Omittable:
        """See ``Analyst.omittable``."""
        if known.language is None or known.reason is not None:
            return self.inner.omittable(source, known)
        key = fingerprint("omittable", version(), known.language.name, source.text)
        return self.kept(
            "omittable",
            key,
            lambda rows: omittable_of(rows, source),
            rows_of_omittable,
            lambda: self.inner.omittable(source, known),
        )

    def valid(self, known: Analysis, text: str) -> bool:
        """See ``Analyst.valid``."""
        if known.language is None or not known.clean:
            return self.inner.valid(known, text)
        key = fingerprint(
            "valid", version(), known.language.name, str(bool(known.regions)), *sorted(known.faulty), text
        )
        return self.kept("analyses", key, verdict_of, lambda found: [found], lambda: self.inner.valid(known, text))

    def kept(
        self,
        shelf: Shelf,
        key: bytes,
        read: Callable[[Plain], Found],
        rows: Callable[[Found], Plain],
        ask: Callable[[], Found],
    ) -> Found:
        """What the store has, if it is sound; otherwise the answer, which it then has."""
        found = self.recalled(shelf, key, read)
        if found is None:
            found = ask()
            self.store.put(shelf, [(key, written(rows(found)))])
        return found

    def recalled(self, shelf: Shelf, key: bytes, read: Callable[[Plain], Found]) -> Found | None:
        """What the store has, if it is sound."""
        (data,) = self.store.get(shelf, [key])
        if data is None:
            return None
        try:
            return read(plain(data))
        except (UnfitRecordError, ValueError, TypeError, IndexError, KeyError, RecursionError, zlib.error):
            return None


@cache
def version() -> bytes:
    """Changes with the code of the formats and with the grammars that are installed."""
    return fingerprint(fingerprint_of_code(Path(__file__).parent), *grammar_versions())


def grammar_versions() -> Iterator[str]:
    for module in sorted({"tree_sitter", *(language.grammar[0] for language in languages())}):
        try:
            yield f"{module} {metadata.version(module.replace('_', '-'))}"
        except metadata.PackageNotFoundError:
            yield module


def written(rows: Plain) -> bytes:
    return zlib.compress(json.dumps(rows, separators=(",", ":")).encode(), 1)


def plain(data: bytes) -> Plain:
    inflating = zlib.decompressobj()
    found = json.loads(inflating.decompress(data, MOST_BYTES))
    if not isinstance(found, list):
        raise UnfitRecordError
    return found


def require(holds: bool) -> None:
    if not holds:
        raise UnfitRecordError


# ------------------------------------------------------------------------------------------------------------ analyses


def rows_of_analysis(known: Analysis) -> Plain:
    """Units by column, since there are many; their starts are the ends before them."""
    units, chunks = known.units, known.chunks
    return [
        known.language.name if known.language else None,
        [known.marks.open, known.marks.close] if known.marks else None,
        known.reason,
        known.clean,
        list(known.imports),
        sorted(known.markup),
        sorted(known.faulty),
        [[one.first_line, one.last_line, one.marks.open, one.marks.close, one.placeholder] for one in known.regions],
        [
            [unit.end for unit in units],
            [unit.first_line for unit in units],
            [unit.last_line for unit in units],
            [unit.indent for unit in units],
            [unit.needs for unit in units],
            [unit.head for unit in units],
            [unit.depth for unit in units],
            [unit.guards for unit in units],
        ],
        [
            [
                one.start,
                one.end,
                one.first_line,
                one.last_line,
                one.label,
                KINDS.index(one.kind),
                one.first_unit,
                one.last_unit,
                one.parent,
            ]
            for one in chunks
        ],
    ]


def analysis_of(rows: Plain, source: Source) -> Analysis:
    """Raises UnfitRecordError, and whatever JSON of another shape leads to."""
    language, mark, reason, clean, imports, markup, faulty, regions, columns, chunks = rows
    units = units_of(columns, len(source.text))
    require(all(type(unit) is int and 0 <= unit < len(units) for unit in imports))
    require(type(clean) is bool and (reason is None or type(reason) is str))
    require(mark is None or Marks(*mark) == marks(source))
    return Analysis(
        chunks_of(chunks, source, units),
        units,
        named(language) if language is not None else None,
        marks(source) if mark is not None else None,
        tuple(imports),
        frozenset(map(int, markup)),
        reason,
        clean,
        tuple(
            Region(first, last, Marks(opening, closing), placeholder)
            for first, last, opening, closing, placeholder in regions
        ),
        frozenset(map(str, faulty)),
    )


def units_of(columns: Plain, length: int) -> tuple[Unit, ...]:
    ends, first_lines, last_lines, indents, needs, heads, depths, guards = columns
    require(ends == sorted(ends) and (ends[-1] if ends else 0) == length)
    require(
        all(type(end) is int for end in ends) and set(map(type, indents)) <= {str} and set(map(type, heads)) <= {bool}
    )
    require(all(type(line) is int for lines in (first_lines, last_lines, depths) for line in lines))
    require(all(type(need) is int and 0 <= need < len(ends) for own in (*needs, *guards) for need in own))
    starts = [0, *ends[:-1]] if ends else []
    bonds = (map(tuple, needs), heads, depths, map(tuple, guards))
    return tuple(Unit(*row) for row in zip(starts, ends, first_lines, last_lines, indents, *bonds, strict=True))


def chunks_of(rows: Plain, source: Source, units: Sequence[Unit]) -> tuple[Chunk, ...]:
    at = unit_at = 0
    for start, end, _first, _last, label, _kind, first_unit, last_unit, parent in rows:
        require(start == at and first_unit == unit_at and unit_at <= last_unit <= len(units))
        require(type(label) is str and type(parent) is str and type(end) is int)
        at, unit_at = end, last_unit
    require(at == len(source.text) and unit_at == len(units))
    return tuple(
        Chunk(source, start, end, first, last, label, KINDS[kind], first_unit, last_unit, parent)
        for start, end, first, last, label, kind, first_unit, last_unit, parent in rows
    )


def verdict_of(rows: Plain) -> bool:
    (found,) = rows
    require(type(found) is bool)
    return bool(found)


# --------------------------------------------------------------------------------------------------- names, omittable


def rows_of_names(found: Names) -> Plain:
    return [
        [[one.unit, one.name, REFERENCE_KINDS.index(one.kind), one.qualifier] for one in found.references],
        [[one.unit, one.names, one.modules] for one in found.bindings],
    ]


def names_of(rows: Plain, known: Analysis) -> Names:
    references, bindings = rows
    own = range(len(known.units))
    require(
        all(unit in own and type(name) is str and type(qualifier) is str for unit, name, _kind, qualifier in references)
    )
    require(all(set(map(type, (*names, *modules))) <= {str} for _unit, names, modules in bindings))
    require([unit for unit, _names, _modules in bindings] == list(known.imports))
    return Names(
        tuple(Reference(unit, name, REFERENCE_KINDS[kind], qualifier) for unit, name, kind, qualifier in references),
        tuple(Import(unit, tuple(names), tuple(modules)) for unit, names, modules in bindings),
    )


def rows_of_omittable(found: Omittable) -> Plain:
    return [
        [[one.first_line, one.last_line, one.elements, one.keep_line] for one in found.literals],
        [list(span) for span in found.comments],
    ]


def omittable_of(rows: Plain, source: Source) -> Omittable:
    literals, comments = rows
    require(all(type(number) is int for row in (*literals, *comments) for number in row))
    require(all(0 <= start <= end <= len(source.text) for start, end in comments))
    return Omittable(tuple(DataLiteral(*row) for row in literals), tuple((start, end) for start, end in comments))
