"""The items of a text: statements and members that may be kept or dropped on their own, as whole lines.

An item owns its lines: nothing else stands on them but white space, semicolons and comments. What cannot own its lines
is no item; it stays with whatever encloses it. Knows lines and captures, not which items make a chunk.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tree_sitter import Node

from longzip.formats.languages import Language
from longzip.formats.lines import Lines
from longzip.formats.syntax import Captures

BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Span:
    """Where a node stands: bytes, and its first and last place as (row, column), white space at its end left out."""

    start: int
    end: int
    first: tuple[int, int]
    last: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Item:
    """Children of a body that are kept or dropped together.

    start, end: bytes. first, last: rows. body: index of its body.
    indent: of its statement; of a comment, that of the statements around it.
    above: whether it is a comment directly above the next item of its body.
    last_in_body: whether no item of its body follows.
    continues: place in the body's items of the one that its first character could continue, or -1.
    """

    start: int
    end: int
    first: int
    last: int
    body: int
    indent: str
    comment: bool
    imports: bool
    above: bool = False
    last_in_body: bool = False
    continues: int = -1


@dataclass(frozen=True, slots=True)
class Body:
    """A body's interior, from its first child to its last, in bytes; and whether it is a container's."""

    start: int
    end: int
    members: bool


@dataclass(frozen=True, slots=True)
class ItemFinder:
    """Finds the items of bodies."""

    lines: Lines
    language: Language
    captures: Captures

    def find(self) -> tuple[list[Body], list[Item]]:
        """All bodies that have children, and their items; the items of a body stand in a row, in order."""
        children = [node.named_children for node in self.captures.bodies]
        inside = {child.id for nodes in children for child in nodes}
        loose = [node for node in self.captures.comments if node.id not in inside]
        loose.sort(key=lambda node: node.start_byte)
        starts = [node.start_byte for node in loose]
        bodies: list[Body] = []
        items: list[Item] = []
        for node, nodes in zip(self.captures.bodies, children, strict=True):
            if nodes:
                before = self.comments_above(nodes[0], loose, bisect_left(starts, nodes[0].start_byte))
                nodes = [*before, *nodes]
                items += self.items_of(nodes, len(bodies), len(items))
                bodies.append(Body(nodes[0].start_byte, nodes[-1].end_byte, node.id in self.captures.members))
        return bodies, items

    def comments_above(self, node: Node, loose: Sequence[Node], index: int) -> list[Node]:
        """The comments, of those before ``index``, between a body's head and its first child (Python has such)."""
        found: list[Node] = []
        row, column = node.start_point
        if not self.starts_line((row, column)):
            return found
        while index:
            index -= 1
            span = self.span(loose[index])
            between = range(row - 1, span.last[0], -1)
            if not self.starts_line(span.first) or not all(self.lines.blank[place] for place in between):
                break
            found.append(loose[index])
            row = span.first[0]
        return found[::-1]

    def items_of(self, nodes: Sequence[Node], body: int, offset: int) -> list[Item]:
        """The items of one body; the first gets the index ``offset``."""
        items: list[Item] = []
        for run in self.runs(nodes):
            spans = [self.span(node) for node in run]
            first, last = spans[0], max(spans, key=lambda span: span.end)
            if self.starts_line(first.first) and self.ends_line(last.last):
                items.append(self.item(run, first, last, body))
        return self.linked(items, offset)

    def runs(self, nodes: Sequence[Node]) -> Iterator[list[Node]]:
        """Children that stand or fall together: those that share a line, attributes with what they precede, and
        comments on neighbouring lines."""
        run: list[Node] = []
        last_row, open_end, comments = -1, False, False
        for node in nodes:
            span = self.span(node)
            if node.id in self.captures.clauses or span.start == span.end or span.first[0] >= len(self.lines):
                continue
            comment = node.is_extra
            adjoins = comments and comment and span.first[0] == last_row + 1
            if run and not (span.first[0] <= last_row or open_end or adjoins):
                yield run
                run = []
            comments = comment and (comments or not run) and (bool(run) or self.starts_line(span.first))
            open_end = node.id in self.captures.attached or (open_end and comment)
            last_row = max(last_row, span.last[0])
            run.append(node)
        if run:
            yield run

    def item(self, run: Sequence[Node], first: Span, last: Span, body: int) -> Item:
        return Item(
            start=first.start,
            end=last.end,
            first=first.first[0],
            last=last.last[0],
            body=body,
            indent=self.lines.indent(first.first[0]),
            comment=all(node.is_extra for node in run),
            imports=all(node.is_extra or node.id in self.captures.imports for node in run),
        )

    def linked(self, items: Sequence[Item], offset: int) -> list[Item]:
        """The items with what depends on their neighbours."""
        indent = next((item.indent for item in items if not item.comment), None)
        found: list[Item] = []
        previous = -1
        for place, item in enumerate(items):
            follower = items[place + 1] if place + 1 < len(items) else None
            found.append(replace(
                item,
                indent=indent if item.comment and indent is not None else item.indent,
                above=item.comment and follower is not None and follower.first == item.last + 1,
                last_in_body=follower is None,
                continues=previous if self.is_sticky(item) else -1,
            ))
            previous = previous if item.comment else offset + place
        return found

    def is_sticky(self, item: Item) -> bool:
        return self.lines.rows[item.first].lstrip().startswith(self.language.sticky)

    def span(self, node: Node) -> Span:
        row, column = node.end_point
        first = node.start_point
        while row > first.row and (row >= len(self.lines) or not self.lines.rows[row][:column].strip()):
            row -= 1
            column = len(self.lines.rows[row])
        return Span(node.start_byte, node.end_byte, (first.row, first.column), (row, column))

    def starts_line(self, place: tuple[int, int]) -> bool:
        row, column = place
        return not self.lines.rows[row][:column].removeprefix(BOM).strip()

    def ends_line(self, place: tuple[int, int]) -> bool:
        row, column = place
        return self.language.tail.fullmatch(self.lines.rows[row], column) is not None
