"""What a source uses and what it imports: names for whoever follows them to where they are defined.

Read off the captures of ``queries/<language>.references.scm``; knows no language. Captures:

    @call, @base, @type     a name that is called, inherited from, or said to be a type; it may hold its qualifier
    @qualifier              what stands before that name, of the same match
    @bound                  a name that an import binds
    @origin                 what an import names as its origin
    @named                  an origin whose last part is what is bound
    @prefix                 what stands before a group of origins, its next sibling
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import get_args

from tree_sitter import Node

from longzip.formats.syntax import without_angles
from longzip.types import Import, Reference, ReferenceKind, Unit

KINDS: tuple[ReferenceKind, ...] = get_args(ReferenceKind)
LONGEST_TEXT = 300  # bytes of a node that is read as a name
LONGEST_QUALIFIER = 80  # characters
PLAIN = re.compile(r"[$@&]*\w[\w$!?]*(?:(?:\.|::|->|\?\.|\?->|\\|:)[$@]*\w[\w$!?]*)*")
LAST_PART = re.compile(r"(.*?)(?:\.|::|->|\\|:)?([\w$!?@~-]*[\w$!?])", re.DOTALL)
VERSION = re.compile(r"(?:/v\d+|\.v\d+)$")
Match = Mapping[str, list[Node]]


@dataclass(slots=True)
class Names:
    """The names of a source, as they are gathered: with the byte and the row where each stands."""

    references: list[tuple[int, int, Reference]] = field(default_factory=list)
    bound: dict[int, tuple[int, str]] = field(default_factory=dict)
    origins: dict[int, tuple[int, Node]] = field(default_factory=dict)
    prefixes: dict[int, str] = field(default_factory=dict)

    def add(self, match: Match) -> None:
        qualifier = short_text(match["qualifier"][0]) if "qualifier" in match else ""
        for kind in KINDS:
            for node in match.get(kind, ()):
                self.refer(node, kind, qualifier)
        for node in match.get("prefix", ()):
            self.prefix(node)
        for node in match.get("bound", ()):
            self.bound[node.start_byte] = (node.start_point.row, divided(short_text(node))[1])
        for node in (*match.get("origin", ()), *match.get("named", ())):
            self.origins[node.start_byte] = (node.start_point.row, node)
        for node in match.get("named", ()):
            name = divided(VERSION.sub("", unquoted(short_text(node))).rpartition("/")[2])[1]
            self.bound.setdefault(node.start_byte, (node.start_point.row, name))

    def refer(self, node: Node, kind: ReferenceKind, qualifier: str) -> None:
        before, name = divided(without_angles(short_text(node)))
        told = before or qualifier
        plain = told if len(told) <= LONGEST_QUALIFIER and PLAIN.fullmatch(told) else ""
        if name:
            self.references.append((node.start_byte, node.start_point.row, Reference(0, name, kind, plain)))

    def prefix(self, node: Node) -> None:
        """Remember what every origin in the next sibling begins with."""
        group, parent = node.next_named_sibling, node.parent
        if group is None or parent is None or parent.text is None:
            return
        start = parent.start_byte
        between = parent.text[node.end_byte - start : group.start_byte - start].partition(b"{")[0].strip()
        self.prefixes[group.id] = short_text(node) + between.decode("utf-8", "replace")

    def module(self, node: Node) -> str:
        """An origin with what stands before its groups."""
        name = unquoted(short_text(node))
        around: Node | None = node
        while around is not None and self.prefixes:
            name = self.prefixes.get(around.id, "") + name
            around = around.parent
        return name


def read_names(matches: Iterable[Match]) -> Names:
    names = Names()
    for match in matches:
        names.add(match)
    return names


def references(names: Names, units: Sequence[Unit]) -> tuple[Reference, ...]:
    """References in the order of the text, each once."""
    unit_at = finder(units)
    found = (
        Reference(unit_at(row), told.name, told.kind, told.qualifier)
        for _start, row, told in sorted(names.references, key=lambda entry: entry[0])
    )
    return tuple(dict.fromkeys(found))


def bindings(names: Names, units: Sequence[Unit], imports: Sequence[int]) -> tuple[Import, ...]:
    """What each of the units ``imports`` brings in."""
    unit_at = finder(units)
    bound: dict[int, list[str]] = {index: [] for index in imports}
    modules: dict[int, list[str]] = {index: [] for index in imports}
    for _start, (row, name) in sorted(names.bound.items()):
        if name and unit_at(row) in bound:
            bound[unit_at(row)].append(name)
    for _start, (row, node) in sorted(names.origins.items(), key=lambda entry: entry[0]):
        if unit_at(row) in modules:
            modules[unit_at(row)].append(names.module(node))
    return tuple(
        Import(index, tuple(dict.fromkeys(bound[index])), tuple(dict.fromkeys(modules[index]))) for index in imports
    )


def finder(units: Sequence[Unit]) -> Callable[[int], int]:
    """A function from a row to the index of the unit that holds it; units hold whole lines."""
    firsts = [unit.first_line for unit in units]
    return lambda row: max(bisect_right(firsts, row + 1) - 1, 0)


def short_text(node: Node) -> str:
    """The text of a node on one line; "" where it is too long to be a name."""
    if node.end_byte - node.start_byte > LONGEST_TEXT:
        return ""
    return "".join((node.text or b"").decode("utf-8", "replace").split())


def divided(text: str) -> tuple[str, str]:
    """What stands before the last part of a dotted name, and that part; ("", "") where the text ends in no word."""
    match = LAST_PART.fullmatch(text)
    return (match[1], match[2]) if match else ("", "")


def unquoted(text: str) -> str:
    return text.strip("\"'`<>")
