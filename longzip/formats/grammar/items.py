"""The items of a text: statements and members that may be kept or dropped on their own, as whole lines.

An item owns its lines: nothing else stands on them but white space, semicolons and comments. What cannot own its lines
is no item; it stays with whatever encloses it. Knows lines and captures, not which items make a chunk.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tree_sitter import Node

from longzip.formats.grammar.guards import exits_of
from longzip.formats.grammar.languages import Language
from longzip.formats.grammar.lines import Lines
from longzip.formats.grammar.syntax import Captures
from longzip.formats.grammar.trailing import Ends, settle

BOM = b"\xef\xbb\xbf"
WHITE = b" \t\r\f\v"


@dataclass(frozen=True, slots=True)
class Span:
    """Where a node stands: bytes, and its first and last place as (row, column), white space at its end left out."""

    start: int
    end: int
    first: tuple[int, int]
    last: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Run:
    """Nodes that stand or fall together, the span of the first and of the one that ends last; whether all are
    comments."""

    nodes: list[Node]
    first: Span
    last: Span
    comment: bool


@dataclass(frozen=True, slots=True)
class Item:
    """Children of a body that are kept or dropped together.

    start, end: bytes. first, last: rows. body: index of its body.
    indent: of its statement; of a comment, that of the statements around it.
    above: whether it is a comment directly above the next item of its body.
    last_in_body: whether no item of its body follows.
    continues: place in the body's items of the one that its first character could continue, or -1.
    ender: place of the item that ends its list, if this one precedes it: what precedes it keeps a separator; or -1.
    exits: of a guard, how many rows below its first its ways out begin. guard: place of the last guard before it in its
        body, or -1.
    """

    start: int
    end: int
    first: int
    last: int
    body: int
    indent: str
    comment: bool
    imports: bool
    above: bool
    last_in_body: bool
    continues: int
    ender: int
    exits: tuple[int, ...] = ()
    guard: int = -1


@dataclass(frozen=True, slots=True)
class Body:
    """A body's interior, from its first child to its last, in bytes; whether it is a container's, and whether comments
    in it have marks of their own.

    embedded: whether it is a text in another language, whose labels begin anew.
    """

    start: int
    end: int
    members: bool
    markup: bool = False
    embedded: bool = False


def item_finder(lines: Lines, rows: Sequence[bytes], language: Language, captures: Captures) -> ItemFinder:
    """An ItemFinder for ``lines`` that were parsed as ``rows``."""
    words = [len(row) - len(row.removeprefix(BOM).lstrip(WHITE)) for row in rows]
    children, settled, ends = settle(captures, rows, words)
    return ItemFinder(lines, rows, words, language, settled, children, ends)


@dataclass(frozen=True, slots=True)
class ItemFinder:
    """Finds the items of bodies.

    rows: the text's lines as they were parsed. words: the column of each row's first word, or its length.
    children: of each body. ends: where nodes end.
    """

    lines: Lines
    rows: Sequence[bytes]
    words: Sequence[int]
    language: Language
    captures: Captures
    children: Sequence[Sequence[Node]]
    ends: Ends

    def find(self) -> tuple[list[Body], list[Item]]:
        """All bodies that have children, and their items; the items of a body stand in a row, in order."""
        inside = {child.id for nodes in self.children for child in nodes}
        loose = [node for node in self.captures.comments if node.id not in inside]
        loose.sort(key=lambda node: node.start_byte)
        starts = [node.start_byte for node in loose]
        bodies: list[Body] = []
        items: list[Item] = []
        for node, nodes in zip(self.captures.bodies, self.children, strict=True):
            if nodes:
                listed = node.id in self.captures.lists
                members, markup = (node.id in ids for ids in (self.captures.members, self.captures.markups))
                if not markup:
                    nodes = [*self.comments_above(nodes[0], loose, bisect_left(starts, nodes[0].start_byte)), *nodes]
                runs = self.own_runs(nodes, listed)
                items += self.items_of(runs, node, len(bodies), len(items))
                start = runs[0].first.start if listed and runs else nodes[0].start_byte
                bodies.append(Body(start, self.span(nodes[-1]).end, members, markup))
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

    def own_runs(self, nodes: Sequence[Node], listed: bool) -> list[Run]:
        """The runs of a body that own their lines; in a list, with the separator. The last of a list only if all do."""
        found: list[Run] = []
        final = next((node for node in reversed(nodes) if node.id not in self.captures.comment_ids), None)
        complete = True
        for together in self.runs(nodes):
            spans = [self.span(node) for node in together]
            run = Run(together, spans[0], max(spans, key=lambda span: span.end), self.comments(together))
            owns = self.starts_line(run.first.first) and self.ends_line(run.last.last)
            if listed and not run.comment:
                owns = owns and (complete if any(node == final for node in together) else self.separated(together))
                complete = complete and owns
            if owns:
                found.append(run)
        return found

    def separated(self, nodes: Sequence[Node]) -> bool:
        """Whether a separator follows the last of the nodes, on its line."""
        row, column = self.span([node for node in nodes if node.id not in self.captures.comment_ids][-1]).last
        return self.rows[row][column:].lstrip().startswith(self.language.separator.encode())

    def items_of(self, found: Sequence[Run], node: Node, body: int, offset: int) -> list[Item]:
        """The items of one body, a node; the first gets the index ``offset``."""
        listed, markup = node.id in self.captures.lists, node.id in self.captures.markups
        ender = max((place for place, run in enumerate(found) if not run.comment), default=-1) if listed else -1
        indent = next((self.lines.indent(run.first.first[0]) for run in found if not run.comment), None)
        items: list[Item] = []
        previous = guard = -1
        for place, run in enumerate(found):
            follower = found[place + 1] if place + 1 < len(found) else None
            last = -1 if run.comment or place >= ender else offset + ender
            items.append(self.item(run, follower, body, indent, (previous, last, guard)))
            guard = offset + place if items[-1].exits else guard
            previous = previous if run.comment or markup else offset + place
        return items

    def runs(self, nodes: Sequence[Node]) -> Iterator[list[Node]]:
        """Children that stand or fall together: those that share a line, attributes with what they precede, and
        comments on neighbouring lines."""
        run: list[Node] = []
        last_row, open_end, comments = -1, False, False
        for node in nodes:
            span = self.span(node)
            if node.id in self.captures.clauses or span.start == span.end or span.first[0] >= len(self.lines):
                continue
            comment = node.id in self.captures.comment_ids
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

    def item(self, run: Run, follower: Run | None, body: int, indent: str | None, bonds: tuple[int, int, int]) -> Item:
        """The item of a run, given its neighbours and the indent of its body's first statement.

        bonds: the places of the item before it, of the one that ends its list, and of the guard before it, or -1.
        """
        row = run.first.first[0]
        sticky = self.lines.rows[row].lstrip().startswith(self.language.sticky)
        return Item(
            start=run.first.start,
            end=run.last.end,
            first=row,
            last=run.last.last[0],
            body=body,
            indent=indent if run.comment and indent is not None else self.lines.indent(row),
            comment=run.comment,
            imports=not run.comment
            and all(node.id in self.captures.imports or self.comments([node]) for node in run.nodes),
            above=run.comment and follower is not None and follower.first.first[0] == run.last.last[0] + 1,
            last_in_body=follower is None,
            continues=bonds[0] if sticky else -1,
            ender=bonds[1],
            exits=tuple(exit_row - row for node in run.nodes for exit_row in exits_of(node)),
            guard=-1 if run.comment else bonds[2],
        )

    def comments(self, nodes: Sequence[Node]) -> bool:
        return all(node.id in self.captures.comment_ids for node in nodes)

    def span(self, node: Node) -> Span:
        row, column = node.end_point
        first = node.start_point
        end = self.ends.of(node.start_byte, node.end_byte)
        if end != node.end_byte:
            row, column = self.ends.place(end)
        while row > first.row and (row >= len(self.lines) or column <= self.words[row]):
            row -= 1
            column = len(self.rows[row])
        return Span(node.start_byte, end, (first.row, first.column), (row, column))

    def starts_line(self, place: tuple[int, int]) -> bool:
        row, column = place
        return row >= len(self.words) or column <= self.words[row]  # a node may begin after the last row

    def ends_line(self, place: tuple[int, int]) -> bool:
        row, column = place
        return self.language.tail.fullmatch(self.rows[row], column) is not None
