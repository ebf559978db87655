"""Comments at the end of what no mark ends, given to what they stand above.

Where the end of a line or its indent ends a body (a table of TOML, a mapping of YAML), a grammar puts the comment above
the next heading into the body before it. Knows nodes and rows, but no language.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from tree_sitter import Node

from longzip.formats.grammar.syntax import Captures


@dataclass(frozen=True, slots=True)
class Ends:
    """Where nodes end once comments have moved out of them; offsets are bytes.

    text: all rows joined. starts: of the rows. moved: the start of each moved comment, by its end.
    """

    text: bytes = b""
    starts: Sequence[int] = ()
    moved: Mapping[int, int] | None = None

    def of(self, start: int, end: int) -> int:
        """The end of a node: ``end``, or before the comments at its end that have moved."""
        if not self.moved:
            return end
        last = self.shown(end)
        while self.moved.get(last, start) > start:
            last = end = self.shown(self.moved[last])
        return end

    def shown(self, end: int) -> int:
        """The end of the last text before ``end`` that is no white space."""
        while end and self.text[end - 1 : end].isspace():
            end -= 1
        return end

    def place(self, end: int) -> tuple[int, int]:
        """The row and column of an offset."""
        row = bisect_right(self.starts, end) - 1
        return row, end - self.starts[row]


@dataclass(frozen=True, slots=True)
class Trailing:
    """A comment at the end of a body. body: its index."""

    node: Node
    body: int


def settle(captures: Captures, rows: Sequence[bytes], words: Sequence[int]) -> tuple[list[list[Node]], Captures, Ends]:
    """The children of each body, the captures, and where nodes end, once comments stand in the body of what they
    precede.

    rows, words: see ItemFinder.
    """
    children = [
        [child for child in interior(node, node.id in captures.lists) if child.id not in captures.edges]
        for node in captures.bodies
    ]
    trailing = trailing_comments(captures, children, words) if captures.unclosed else []
    if not trailing:
        return children, captures, Ends()
    text = b"\n".join(rows)
    ends = Ends(text, [0, *accumulate(len(row) + 1 for row in rows)], move(trailing, captures, children, rows, words))
    definitions = tuple(replace(found, end=ends.of(found.start, found.end)) for found in captures.definitions)
    return children, replace(captures, definitions=definitions), ends


def interior(node: Node, listed: bool) -> list[Node]:
    """A body's children; none of a list on one row, where no child owns a line."""
    return [] if listed and node.start_point.row == node.end_point.row else node.named_children


def trailing_comments(captures: Captures, children: Sequence[Sequence[Node]], words: Sequence[int]) -> list[Trailing]:
    """In the order of the text, those that own their line."""
    found: list[Trailing] = []
    for body, node in enumerate(captures.bodies):
        if node.id not in captures.unclosed:
            continue
        for child in reversed(children[body]):
            if child.id not in captures.comment_ids or child.start_point.column > words[child.start_point.row]:
                break
            found.append(Trailing(child, body))
    return sorted(found, key=lambda trailing: trailing.node.start_byte)


def move(
    trailing: Sequence[Trailing],
    captures: Captures,
    children: Sequence[list[Node]],
    rows: Sequence[bytes],
    words: Sequence[int],
) -> dict[int, int]:
    """Move each comment that is indented no more than what it precedes; the start of each by its end."""
    begins = beginnings(captures, children, words)
    moved: dict[int, int] = {}
    for comment in reversed(trailing):
        node = comment.node
        row, column = node.start_point
        below = node.end_point.row + 1
        while below < len(rows) and not rows[below].strip():
            below += 1
        target, level = begins.get(below, (comment.body, 0))
        if target == comment.body or column > level:
            continue
        begins[row] = (target, column)
        children[comment.body].pop()
        at = bisect_left(children[target], node.start_byte, key=lambda child: child.start_byte)
        children[target].insert(at, node)
        moved[node.start_byte + len((node.text or b"").rstrip())] = node.start_byte
    return moved


def beginnings(
    captures: Captures, children: Sequence[Sequence[Node]], words: Sequence[int]
) -> dict[int, tuple[int, int]]:
    """By row, the outermost body that has a child which begins there, as its first word, and its column."""
    begins: dict[int, tuple[int, int]] = {}
    order = sorted(
        range(len(children)), key=lambda body: (captures.bodies[body].start_byte, -captures.bodies[body].end_byte)
    )
    for body in order:
        for child in children[body]:
            row, column = child.start_point
            if row < len(words) and column <= words[row]:
                begins.setdefault(row, (body, column))
    return begins
