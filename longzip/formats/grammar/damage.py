"""Items of a text whose errors were put out of the way (see ``recovery``): what is damaged can be chosen, too.

Damaged lines parse as one comment; here they become an item again, named after what a person sees in their first lines,
and cut at blank lines. Branches of a preprocessor that were read in part become whole. Knows rows, items and words that
open definitions; no grammar.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from longzip.formats.grammar.branches import groups
from longzip.formats.grammar.items import Body, Item
from longzip.formats.grammar.layout import Rows
from longzip.formats.grammar.lines import Lines, paragraph_edges
from longzip.formats.grammar.recovery import Recovered
from longzip.formats.grammar.syntax import Definition, Kind

LONGEST_ROW = 300  # characters of a line that are looked at for what it defines
WRAPPING = re.compile(
    r"\[\[.*?\]\]|#!?\[.*?\]|^\s*(?:@[\w.]+(?:\([^()]*\))?\s*)+|__\w+__(?:\(\(.*?\)\))?|__declspec\([^()]*\)"
    r"|^\s*(?:export\s+)?template\s*<[^<>]*>"
)
PATTERNS: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (re.compile(r"^\s*#\s*define\s+(\w+)"), "value"),
    (
        re.compile(
            r"^[\w\s]*?\b(?:class|struct|interface|enum|trait|object|impl|module|defmodule|protocol|namespace|message"
            r"|service|union)\s+([\w.:$]+)"
        ),
        "class",
    ),
    (
        re.compile(r"\b(?:defp?|defmacro|fn|func|fun|function|sub|proc|rpc)\s+(?:\([^()]*\)\s*)?([\w.:~$?!]+)"),
        "function",
    ),
    (re.compile(r"^\s*(?:\w+\s+)*?([\w.$]+)\s*(?:=|<-)\s*(?:async\s*)?(?:function\b|\([^()]*\)\s*=>)"), "function"),
    (re.compile(r"^[^=;#/*(]*?([\w.:~$]+)\s*(?:<[^()]*>)?\([^;{]*(?:\{|$)"), "function"),
    (re.compile(r"^\s*(?:[a-z]+\s+)*?([A-Za-z_$][\w$]*)\s*(?:=|:)[^:]"), "value"),
)
HOLDER = "LongzipHolder"  # the name of such classes, see ``Language.holder``
NO_NAMES = re.compile(
    r"if|for|while|switch|catch|return|when|with|match|elif|else|do|try|until|unless|case|sizeof|typeof"
)


def placed(
    found: Recovered, lines: Lines, bodies: list[Body], items: list[Item], definitions: Sequence[Definition]
) -> tuple[list[Body], list[Item], tuple[Definition, ...]]:
    """Bodies, items and definitions of ``found.data``, with items for its damage, and branches that stay together."""
    rows = found.data.split(b"\n")[:-1]
    starts = [0, *accumulate(len(row) + 1 for row in rows)]
    items = bound(items, found.bound, starts)
    bodies = [*bodies]
    named = [renamed(one, lines, starts) for one in definitions]
    together = [(directives[0], directives[-1] + 1) for directives in groups(lines.rows)]
    for damaged in found.damage:
        index = standing_for(items, damaged[0])
        if index is None:
            continue
        items = [covering(item, damaged, starts) for item in items]
        item = replace(items[index], comment=False, above=False, indent=lines.indent(shown_row(lines, damaged)))
        items[index] = item
        told = name_of([row.decode("utf-8", "replace") for row in lines.rows[damaged[0] : damaged[1]]])
        if told is not None:
            named.append(Definition(item.start, item.end, *told))
        bodies, items = with_pieces(bodies, items, item, (damaged, together), (lines, starts))
    for item in items:
        body = bodies[item.body]
        bodies[item.body] = replace(body, start=min(body.start, item.start), end=max(body.end, item.end))
    return bodies, items, tuple(named)


def shown_row(lines: Lines, rows: Rows) -> int:
    return next((row for row in range(*rows) if not lines.blank[row]), rows[0])


def renamed(definition: Definition, lines: Lines, starts: Sequence[int]) -> Definition:
    """A class that got another head, by the name in its own."""
    if definition.name != HOLDER:
        return definition
    row = bisect_right(starts, definition.start) - 1
    told = name_of([lines.rows[row].decode("utf-8", "replace")])
    return replace(definition, name=told[1] if told is not None else "")


def standing_for(items: Sequence[Item], row: int) -> int | None:
    """The innermost item that begins with a damaged row; a comment above it may be a part of it."""
    found = [
        (item.first, index)
        for index, item in enumerate(items)
        if item.first == row or (item.comment and item.first <= row <= item.last)
    ]
    return max(found)[1] if found else None


def covering(item: Item, damaged: Rows, starts: Sequence[int]) -> Item:
    """An item around the first of the damaged rows, with all of them."""
    if item.first <= damaged[0] <= item.last < damaged[1] - 1:
        return replace(item, last=damaged[1] - 1, end=starts[damaged[1]] - 1)
    return item


def name_of(rows: Sequence[str]) -> tuple[Kind, str] | None:
    """What damaged lines define, by the words of their first line."""
    shown = [row for row in (WRAPPING.sub("", row[:LONGEST_ROW]) for row in rows) if row.strip()]
    if not shown:
        return None
    for pattern, kind in PATTERNS:
        match = pattern.search(shown[0])
        if match and NO_NAMES.fullmatch(match[1]) is None and (kind != "function" or len(shown) > 1 or "{" in shown[0]):
            return kind, match[1].replace("::", ".").strip(".:")
    return None


def with_pieces(
    bodies: list[Body],
    items: list[Item],
    around: Item,
    damaged: tuple[Rows, Sequence[Rows]],
    text: tuple[Lines, Sequence[int]],
) -> tuple[list[Body], list[Item]]:
    """The paragraphs of damaged rows as items in a body of their own; the first stays with ``around``.

    damaged: the rows, and rows that are not divided. text: its lines, and where they begin in bytes.
    """
    (first, end), together = damaged
    lines, starts = text
    edges = [first + last + 1 for _first, last in paragraph_edges(lines.part(first, end))]
    head = shown_row(lines, (first, end)) + 1
    cuts = sorted({head, *edges[:-1]} - {cut for one in together for cut in range(one[0] + 1, one[1])})
    cuts = [cut for cut in cuts if first < cut < end]
    if not cuts:
        return bodies, items
    body = Body(starts[cuts[0]], starts[end] - 1, members=False)
    pieces = [
        Item(
            start=starts[cut],
            end=starts[stop] - 1,
            first=cut,
            last=stop - 1,
            body=len(bodies),
            indent=lines.indent(shown_row(lines, (cut, stop))),
            comment=False,
            imports=False,
            above=False,
            last_in_body=stop == end,
            continues=-1,
            ender=-1,
        )
        for cut, stop in zip(cuts, [*cuts[1:], end], strict=True)
    ]
    return [*bodies, body], [*items, *pieces]


def bound(items: list[Item], ranges: Sequence[Rows], starts: Sequence[int]) -> list[Item]:
    """Items that begin or end in a range begin or end with it; those within one are no items."""
    if not ranges:
        return items
    firsts = [first for first, _end in ranges]

    def around(row: int) -> Rows | None:
        index = bisect_right(firsts, row) - 1
        return ranges[index] if index >= 0 and row < ranges[index][1] else None

    kept: dict[int, Item] = {}
    for index, item in enumerate(items):
        before, after = around(item.first), around(item.last)
        if before is not None and before == after:
            continue
        if before is not None:
            item = replace(item, first=before[0], start=starts[before[0]])
        if after is not None:
            item = replace(item, last=after[1] - 1, end=starts[after[1]] - 1)
        kept[index] = item
    places = {old: new for new, old in enumerate(kept)}
    return [
        replace(
            item,
            above=item.above and index + 1 in kept,
            continues=places.get(item.continues, -1),
            ender=places.get(item.ender, -1),
            guard=places.get(item.guard, -1),
        )
        for index, item in kept.items()
    ]
