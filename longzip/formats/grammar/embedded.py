"""Texts in other languages inside a text: the script of a page, the style of a component, the code block of a document.

An embedded text is whole rows of its host. Its own grammar and query find its bodies and items, which join the host's
where they stand, so that one nesting and one tiling serve all. The host's query says which nodes hold such texts, and
in which language; how units and chunks are made of items, this module does not know. What is embedded twice over is
not cut.
"""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from tree_sitter import Tree

from longzip.formats.grammar.damage import placed
from longzip.formats.grammar.items import Body, Item, item_finder
from longzip.formats.grammar.languages import Language, Marks, by_key, query
from longzip.formats.grammar.lines import Lines
from longzip.formats.grammar.parsing import best_tree
from longzip.formats.grammar.recovery import Recovered, recover
from longzip.formats.grammar.syntax import Captures, Definition, Embed, UnusableTreeError, captures


@dataclass(frozen=True, slots=True)
class Region:
    """Lines whose comments are not those of the text around them. first_line, last_line: 1-based, inclusive.

    placeholder: see ``Language``.
    """

    first_line: int
    last_line: int
    marks: Marks
    placeholder: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """An embedded text: rows ``first`` to ``end`` (half-open) of its host. members: whether functions in it are chunks.

    data: what ``tree`` was parsed from, of the same length as the rows.
    """

    first: int
    end: int
    language: Language
    members: bool
    data: bytes
    tree: Tree


@dataclass(frozen=True, slots=True)
class Graft:
    """Bodies, items and captures of a text and of all that is embedded in it.

    regions: in order, disjoint. faulty: names of the languages of embedded texts with syntax errors.
    """

    bodies: list[Body]
    items: list[Item]
    captures: Captures
    regions: tuple[Region, ...] = ()
    faulty: frozenset[str] = frozenset()


def graft(
    lines: Lines, bodies: list[Body], items: list[Item], found: Captures, seconds: float, parsed: Sequence[bytes]
) -> Graft:
    """The host's ``bodies``, ``items`` and captures, and those of its embedded texts, parsed within ``seconds``.

    parsed: the host's rows as they were parsed.
    """
    if not found.embeds and not found.marked:
        return Graft(bodies, items, found)
    starts = [0, *accumulate(len(row) + 1 for row in parsed)]
    parts = list(embedded(lines, found, seconds))
    bodies, items, wholes, definitions = [*bodies], [*items], [*found.wholes], [*found.definitions]
    for whole in parts:
        part, recovered = mended(whole, seconds)
        inner = captures(query(part.language), part.tree.root_node)
        rows = part.data.split(b"\n")[:-1]
        finder = item_finder(lines.part(part.first, part.end), rows, part.language, inner)
        own_bodies, own_items = finder.find()
        own_definitions, offset = finder.captures.definitions, starts[part.first]
        if recovered is not None:
            own = lines.part(part.first, part.end)
            own_bodies, own_items, own_definitions = placed(recovered, own, own_bodies, own_items, own_definitions)
        bodies.append(Body(offset, starts[part.end], part.members, embedded=True))
        most = starts[part.end] - offset  # what was changed in it may have made it longer
        own_items = [replace(item, end=min(item.end, most)) for item in own_items]
        items += [moved_item(item, offset, part.first, len(bodies), len(items)) for item in own_items]
        bodies += [replace(body, start=body.start + offset, end=body.end + offset) for body in own_bodies]
        wholes += [(start + offset, end + offset) for start, end in finder.captures.wholes]
        definitions += [moved(definition, offset) for definition in own_definitions]
    grown = replace(found, wholes=tuple(wholes), definitions=tuple(definitions))
    faulty = frozenset(part.language.name for part in parts if part.tree.root_node.has_error)
    return Graft(bodies, items, grown, regions_of(parts, found), faulty)


def embedded(lines: Lines, found: Captures, seconds: float) -> Iterator[Part]:
    """The embedded texts of a language that is known, installed, and parsed in time, in order and disjoint."""
    until = time.monotonic() + seconds
    below = 0
    for embed in sorted(found.embeds, key=lambda embed: embed.node.start_byte):
        language = by_key("names").get(embed.language)
        first, end = rows_of(embed, lines)
        if language is None or first < below or first >= end:
            continue
        if time.monotonic() > until:
            return
        below = end
        data = b"\n".join(lines.rows[first:end]) + b"\n"
        try:
            read, tree = best_tree(data, language, max(0.0, until - time.monotonic()))
        except (ImportError, UnusableTreeError):
            continue
        yield Part(first, end, language, embed.node.id in found.members, read, tree)


def mended(part: Part, seconds: float) -> tuple[Part, Recovered | None]:
    """An embedded text with its errors out of the way, where it has any and that can be done."""
    if not part.tree.root_node.has_error or part.language.prose:
        return part, None
    found = recover(part.data, part.language, part.tree.root_node, seconds)
    return (part, None) if found is None else (replace(part, data=found.data, tree=found.tree), found)


def rows_of(embed: Embed, lines: Lines) -> tuple[int, int]:
    """The rows of an embedded text, half-open; none where it shares a row with anything else."""
    (first, left), (end, right) = embed.node.start_point, embed.node.end_point
    end = min(end, len(lines))
    if first >= end:
        return 0, 0
    if lines.rows[first][:left].strip():
        if lines.rows[first][left:].strip():
            return 0, 0
        first += 1
    return (first, end) if end == len(lines) or not lines.rows[end][:right].strip() else (0, 0)


def moved_item(item: Item, offset: int, row: int, body: int, index: int) -> Item:
    """An embedded text's item in its host: ``offset`` bytes and ``row`` rows further, behind other bodies and items."""
    return replace(
        item,
        start=item.start + offset,
        end=item.end + offset,
        first=item.first + row,
        last=item.last + row,
        body=item.body + body,
        continues=item.continues + index if item.continues >= 0 else -1,
        ender=item.ender + index if item.ender >= 0 else -1,
        guard=item.guard + index if item.guard >= 0 else -1,
    )


def moved(definition: Definition, offset: int) -> Definition:
    return replace(definition, start=definition.start + offset, end=definition.end + offset)


def regions_of(parts: Sequence[Part], found: Captures) -> tuple[Region, ...]:
    """Where comments have other marks: in embedded texts, and in place of marked nodes."""
    regions = [Region(part.first + 1, part.end, part.language.marks, part.language.placeholder) for part in parts]
    for node, opening, closing in found.marked:
        first, (last, column) = node.start_point.row, node.end_point
        regions.append(Region(first + 1, max(first, last - (column == 0)) + 1, Marks(opening, closing)))
    return tuple(sorted(regions, key=lambda region: region.first_line))


def region_of(regions: Sequence[Region], lines: tuple[int, int]) -> Region | None:
    """The region that lines (1-based, inclusive) lie in, or several with the same marks; None where none is."""
    first, last = (region_at(regions, line) for line in lines)
    return first if first is not None and last is not None and first.marks == last.marks else None


def region_at(regions: Sequence[Region], line: int) -> Region | None:
    index = bisect_right(regions, line, key=lambda region: region.first_line) - 1
    return regions[index] if index >= 0 and line <= regions[index].last_line else None


def sound(lines: Lines, found: Captures, faulty: frozenset[str], seconds: float) -> bool:
    """Whether all embedded texts parse, those in the languages ``faulty`` aside."""
    parts = embedded(lines, found, seconds)
    return not any(part.tree.root_node.has_error and part.language.name not in faulty for part in parts)
