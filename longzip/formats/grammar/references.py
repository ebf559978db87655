"""What a source uses and what it imports: names for whoever follows them to where they are defined.

Read off the captures of ``queries/<language>.references.scm``; knows no language. Captures:

    @call, @base, @type     a name that is called, inherited from, or said to be a type; it may hold its qualifier
    @qualifier              what stands before that name, of the same match
    @bound                  a name that an import binds
    @origin                 what an import names as its origin
    @named                  an origin whose last part is what is bound
    @prefix                 what stands before a group of origins, its next sibling
    @other                  what is no reference, though it is captured as one
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import get_args

from tree_sitter import Node

from longzip.formats.grammar.syntax import without_angles
from longzip.types import Import, Reference, ReferenceKind, Unit

CAPTURES = frozenset({"call", "base", "type", "other", "bound", "origin", "named", "prefix"})
KINDS: tuple[ReferenceKind, ...] = get_args(ReferenceKind)
LONGEST_TEXT = 300  # bytes of a node that is read as a name
LONGEST_QUALIFIER = 80  # characters
PLAIN = re.compile(  # a question mark before a dot or an arrow belongs to that
    r"(?:::|\\)?[$@&]*+\w(?:[\w$!]|\?(?!\.|->))*+(?:(?:\?\.|\?->|\.|::|->|\\|:)[$@]*+\w(?:[\w$!]|\?(?!\.|->))*+)*+"
)
SEPARATORS = (".", "::", "->", "\\", ":")
VERSION = re.compile(r"(?:/v\d+|\.v\d+)$")
Match = Mapping[str, list[Node]]


@dataclass(frozen=True, slots=True)
class Names:
    """What a source uses and imports, in the order of the text."""

    references: tuple[Reference, ...] = ()
    bindings: tuple[Import, ...] = ()


@dataclass(frozen=True, slots=True)
class Use:
    """A captured name. rank: place of its kind in KINDS, from 1; 0 where it is no reference. start: byte."""

    rank: int
    start: int
    row: int
    text: str
    qualifier: str

    def told(self, unit: int) -> Reference | None:
        before, name = divided(without_angles(self.text).replace("::::", "::"))
        qualifier = before or self.qualifier
        plain = len(qualifier) <= LONGEST_QUALIFIER and PLAIN.fullmatch(qualifier)
        return Reference(unit, name, KINDS[self.rank - 1], qualifier if plain else "") if self.rank and name else None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an import takes something from."""

    row: int
    text: str
    node: Node


@dataclass(slots=True)
class Gathering:
    """The names of a source, as they are gathered.

    data: what was parsed. references: by the byte where the name ends. bound, origins: by the byte where they start,
    with their row. prefixes: by the id of the node they stand before.
    """

    data: bytes
    references: dict[int, Use] = field(default_factory=dict)
    bound: dict[int, tuple[int, str]] = field(default_factory=dict)
    origins: dict[int, Origin] = field(default_factory=dict)
    prefixes: dict[int, str] = field(default_factory=dict)

    def add(self, match: Match) -> None:
        qualifier = self.text(match["qualifier"]) if "qualifier" in match else ""
        for rank, kind in enumerate(("other", *KINDS)):
            for node in match.get(kind, ()):
                self.refer(node, rank, qualifier)
        if "prefix" in match:
            self.prefix(match["prefix"])
        for node in match.get("bound", ()):
            self.bound[node.start_byte] = (node.start_point.row, divided(self.text([node]))[1])
        for capture in ("origin", "named"):
            if capture in match:
                self.originate(match[capture], capture == "named")

    def refer(self, node: Node, rank: int, qualifier: str) -> None:
        """Of several captures that end in the same place, the one of the foremost kind counts, of these the longest."""
        known = self.references.get(node.end_byte)
        start = node.start_byte
        if known is None or (rank, start, not qualifier) < (known.rank, known.start, not known.qualifier):
            self.references[node.end_byte] = Use(rank, start, node.end_point.row, self.text([node]), qualifier)

    def originate(self, nodes: Sequence[Node], named: bool) -> None:
        first = nodes[0]
        text = unquoted(self.text(nodes))
        self.origins[first.start_byte] = Origin(first.start_point.row, text, first)
        if named:
            name = divided(VERSION.sub("", text).rpartition("/")[2])[1]
            self.bound.setdefault(first.start_byte, (first.start_point.row, name))

    def prefix(self, nodes: Sequence[Node]) -> None:
        """Remember what every origin in the next sibling begins with."""
        group = nodes[-1].next_named_sibling
        if group is not None:
            separator = self.data[nodes[-1].end_byte : group.start_byte].partition(b"{")[0].strip()
            self.prefixes[group.id] = self.text(nodes) + separator.decode("utf-8", "replace")

    def module(self, origin: Origin) -> str:
        """An origin with what stands before the groups around it."""
        name = origin.text
        around: Node | None = origin.node
        while around is not None and self.prefixes:
            name = self.prefixes.get(around.id, "") + name
            around = around.parent
        return name

    def text(self, nodes: Sequence[Node]) -> str:
        """From the first of some siblings to the last, without white space; "" where it is too long for a name."""
        start, end = nodes[0].start_byte, nodes[-1].end_byte
        return "".join(self.data[start:end].decode("utf-8", "replace").split()) if end - start <= LONGEST_TEXT else ""


def read_names(data: bytes, matches: Iterable[Match], units: Sequence[Unit], imports: Sequence[int]) -> Names:
    """The names in ``data``, of which ``matches`` were found. imports: indices of the units that are imports."""
    gathered = Gathering(data)
    for match in matches:
        gathered.add(match)
    unit_at = finder(units)
    return Names(references(gathered, unit_at), bindings(gathered, unit_at, imports))


def references(gathered: Gathering, unit_at: Callable[[int], int]) -> tuple[Reference, ...]:
    uses = sorted(gathered.references.values(), key=lambda use: use.start)
    found = (use.told(unit_at(use.row)) for use in uses)
    return tuple(dict.fromkeys(reference for reference in found if reference is not None))


def bindings(gathered: Gathering, unit_at: Callable[[int], int], imports: Sequence[int]) -> tuple[Import, ...]:
    bound: dict[int, list[str]] = {index: [] for index in imports}
    modules: dict[int, list[str]] = {index: [] for index in imports}
    for _start, (row, name) in sorted(gathered.bound.items()):
        if name and unit_at(row) in bound:
            bound[unit_at(row)].append(name)
    for _start, origin in sorted(gathered.origins.items(), key=lambda entry: entry[0]):
        if unit_at(origin.row) in modules:
            modules[unit_at(origin.row)].append(gathered.module(origin))
    return tuple(
        Import(index, tuple(dict.fromkeys(bound[index])), tuple(dict.fromkeys(modules[index]))) for index in imports
    )


def finder(units: Sequence[Unit]) -> Callable[[int], int]:
    """A function from a row to the index of the unit that holds it; units hold whole lines."""
    firsts = [unit.first_line for unit in units]
    return lambda row: max(bisect_right(firsts, row + 1) - 1, 0)


def divided(text: str) -> tuple[str, str]:
    """What stands before the last part of a dotted name, and that part; ("", "") where the text ends in no word."""
    start = len(text)
    while start and (text[start - 1].isalnum() or text[start - 1] in "_$!?@~-"):
        start -= 1
    if start == len(text) or text[-1] in "@~-":
        return "", ""
    mark = next((mark for mark in SEPARATORS if text.endswith(mark, 0, start)), "")
    return text[: start - len(mark)], text[start:]


def unquoted(text: str) -> str:
    return text.strip("\"'`") if not text.startswith("<") else text.strip("<>")
