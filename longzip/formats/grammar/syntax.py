"""A text's syntax tree, reduced to the nodes that a language's query captures.

Knows the meaning of captures, but neither lines nor any language. Captures:

    @body       its named children are statements or members, each of which may be left out
    @members    the same, of a container: functions in it are chunks of their own
    @list       a body with a separator after each child but the last: who is kept needs the last
    @markup     a body in which a comment has marks of its own
    @unclosed   a body that ends without a mark of its own: comments at its end may belong to what follows it
    @clause     a child of a body that may not be left out alone (#else)
    @attach     a child of a body that belongs to the one after it (an attribute)
    @whole      never cut inside (a guard and its exit); a body that is this, too, is none
    @comment    a comment
    @import     a statement that only imports
    @function, @class, @section, @scope, @value
                a definition (a section is one if it is long enough for a chunk, else a value); with @name, and
                @receiver where the class of a method stands in its head
    @edge       a child that opens or closes a body and is not inside it (a tag)
    @embed      text in another language, by the property "language" or, better, what @language captures; with @members
                too, functions in it are chunks of their own
    @marked     where it is left out, comments have the marks of the properties "open" and "close"

Where patterns disagree about one node, the more telling kind of definition wins, then the first pattern; of embeddings,
the last pattern. Properties of a definition: "name", "as written", leaves its name alone; "joint" stands between
receiver and name instead of a dot; "path" stands between the label of the definition around it and its own, which
otherwise is a dot, or is "none" where its label is its name.
"""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args

from tree_sitter import Node, Parser, Query, QueryCursor, Tree

Kind = Literal["function", "class", "section", "scope", "value"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Match: TypeAlias = Mapping[str, list[Node]]
Properties: TypeAlias = Mapping[str, str | None]
NO_PROPERTIES: Properties = {}
READ_BYTES = 1 << 12
ASKED = 64  # steps of a parser from one look at the clock to the next
LATE = "parsing took over"
SMALL_TREE = 20_000  # nodes; on fewer, no query takes long
MOST_DEPTH = 5_000
MOST_NAMELESS = 500
LONGEST_NAME = 80
MOST_MARKS = 9  # of emphasis


class UnusableTreeError(Exception):
    """A text is better cut by lines; the message says why, in a few words. Never leaves the package."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A captured definition. start, end: bytes. name: "" where it has none.

    path: what stands between the label of the definition around it and its name; "none" where that label is left out.
    """

    start: int
    end: int
    kind: Kind
    name: str
    path: str = "."

    def label(self, scope: str) -> str:
        """What it is called inside a definition whose label is ``scope``, or "" where there is no such."""
        return self.path.join(part for part in (scope if self.path != "none" else "", self.name) if part)


@dataclass(frozen=True, slots=True)
class Embed:
    """A node whose text is in another language, by one of its names; "" where that is unknown."""

    node: Node
    language: str


@dataclass(frozen=True, slots=True)
class Captures:
    """What a query found in a tree. members, lists, markups, unclosed, clauses, attached, imports, comment_ids, edges:
    ids of nodes.

    wholes: byte ranges. marked: nodes, and the marks of a comment in their place.
    """

    bodies: tuple[Node, ...]
    comments: tuple[Node, ...]
    wholes: tuple[tuple[int, int], ...]
    definitions: tuple[Definition, ...]
    members: frozenset[int]
    lists: frozenset[int]
    markups: frozenset[int]
    unclosed: frozenset[int]
    clauses: frozenset[int]
    attached: frozenset[int]
    imports: frozenset[int]
    comment_ids: frozenset[int]
    edges: frozenset[int] = frozenset()
    embeds: tuple[Embed, ...] = ()
    marked: tuple[tuple[Node, str, str], ...] = ()


@dataclass(slots=True)
class Found:
    """Nodes by capture and id, while they are gathered. ranks: kind and pattern of what defines or embeds a node."""

    nodes: dict[str, dict[int, Node]] = field(default_factory=dict)
    definitions: dict[int, Definition] = field(default_factory=dict)
    embeds: dict[int, Embed] = field(default_factory=dict)
    marked: dict[int, tuple[Node, str, str]] = field(default_factory=dict)
    ranks: dict[int, tuple[int, int]] = field(default_factory=dict)

    def add(self, match: Match, pattern: int = 0, properties: Properties = NO_PROPERTIES) -> None:
        for capture, nodes in match.items():
            if capture in KINDS:
                self.define(nodes[0], capture, match, pattern, properties)
            elif capture == "embed":
                self.embed(nodes[0], match, pattern, properties)
            elif capture == "marked":
                marks = (properties.get("open") or "", properties.get("close") or "")
                self.marked.update((node.id, (node, *marks)) for node in nodes)
            else:
                self.nodes.setdefault(capture, {}).update((node.id, node) for node in nodes)

    def define(self, node: Node, kind: Kind, match: Match, pattern: int, properties: Properties) -> None:
        if kind == "section" and node.start_point.row == node.end_point.row:
            return
        known, rank = self.ranks.get(node.id), (KINDS.index(kind), pattern)
        tidy = written_name if properties.get("name") == "as written" else clean_name
        parts = [tidy(part[0]) for part in (match.get("receiver"), match.get("name")) if part]
        name = (properties.get("joint") or ".").join(part for part in parts if part)
        before = self.definitions.get(node.id)
        longer = before is not None and before.kind == kind == "section" and len(name) > len(before.name)
        if known is None or rank < known or longer:
            self.ranks[node.id] = rank
            path = properties.get("path") or "."
            self.definitions[node.id] = Definition(node.start_byte, node.end_byte, kind, name, path)

    def embed(self, node: Node, match: Match, pattern: int, properties: Properties) -> None:
        if self.ranks.get(node.id, (0, -1))[1] <= pattern:
            named = match.get("language")
            language = written_name(named[0]).lower() if named else properties.get("language")
            self.ranks[node.id] = 0, pattern
            self.embeds[node.id] = Embed(node, language or "")

    def ids(self, capture: str) -> frozenset[int]:
        return frozenset(self.nodes.get(capture, ()))

    def all(self, *captures: str) -> tuple[Node, ...]:
        merged = {id_: node for capture in captures for id_, node in self.nodes.get(capture, {}).items()}
        return tuple(merged.values())


def parse(parser: Parser, data: bytes, seconds: float, *, prose: bool = False) -> Tree:
    """The syntax tree of ``data`` (UTF-8). Raises UnusableTreeError where that takes longer, or querying it would.

    prose: see ``Language``.
    """
    until = time.thread_time() + seconds  # of this thread: a busy machine must not change what comes out

    def read(offset: int, _point: object) -> bytes:
        return data[offset : offset + READ_BYTES]

    calls = itertools.count(1)

    def late(*_progress: object) -> bool:
        return not next(calls) % ASKED and time.thread_time() > until  # asking for the time costs more than a step

    try:
        tree = parser.parse(read, progress_callback=late)
    except ValueError:
        raise UnusableTreeError(f"{LATE} {seconds:.1f} s") from None
    if tree.root_node.descendant_count > SMALL_TREE:
        check_shape(tree, len(data) if prose else MOST_NAMELESS)
    return tree


def check_shape(tree: Tree, most_nameless: int) -> None:
    """Raises UnusableTreeError for a tree on which a query would take quadratic time.

    A query cannot be interrupted (the binding crashes on its progress callback, tree-sitter 0.26.1), so what makes it
    slow is kept from it: deep nesting, and long runs of siblings without a name, which only garbage has.
    """
    cursor = tree.walk()
    nameless = [0]
    while True:
        node = cursor.node
        nameless[-1] = 0 if node is None or node.is_named else nameless[-1] + 1
        if nameless[-1] > most_nameless:
            raise UnusableTreeError("too many syntax errors")
        if cursor.goto_first_child():
            nameless.append(0)
            if len(nameless) > MOST_DEPTH:
                raise UnusableTreeError("nested too deeply")
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return
            nameless.pop()


def faults(root: Node, query: Query) -> int:
    """How many bytes of a tree are errors; ``query`` captures them."""
    found = QueryCursor(query).captures(root).values() if root.has_error else ()
    return sum(1 + node.end_byte - node.start_byte for nodes in found for node in nodes)


def captures(query: Query, root: Node) -> Captures:
    """What ``query`` finds under ``root``, which is a container's body itself."""
    found = Found()
    found.add({"members": [root]})
    for pattern, match in QueryCursor(query).matches(root):
        found.add(match, pattern, query.pattern_settings(pattern))
    whole = found.ids("whole")
    return Captures(
        bodies=tuple(node for node in found.all("body", "members", "list") if node.id not in whole),
        comments=found.all("comment"),
        wholes=tuple((node.start_byte, node.end_byte) for node in found.all("whole")),
        definitions=tuple(found.definitions.values()),
        members=found.ids("members"),
        lists=found.ids("list"),
        markups=found.ids("markup"),
        unclosed=found.ids("unclosed"),
        clauses=found.ids("clause"),
        attached=found.ids("attach"),
        imports=found.ids("import"),
        comment_ids=found.ids("comment"),
        edges=found.ids("edge"),
        embeds=tuple(found.embeds.values()),
        marked=tuple(found.marked.values()),
    )


def clean_name(node: Node) -> str:
    """A name as a person would say it: no type arguments, no quotes, dots between its parts; "" where none is left."""
    text = re.sub(r"\s+", " ", (node.text or b"").decode("utf-8", "replace"))
    if text.isidentifier():
        return text[:LONGEST_NAME]
    if "operator" not in text:
        text = without_angles(text)
    text = re.sub(r"^&?'\w+ |(?<=\w)\[.*", "", text).replace("::", ".").replace(".prototype.", ".")
    if text.startswith("("):
        return next(iter(re.findall(r"\w[\w$.]*", text)[::-1]), "")
    return text.partition("(")[0].strip(" \"'*&").replace('"', "")[:LONGEST_NAME]


def written_name(node: Node) -> str:
    """A name as it stands in the text, on one line, without marks of emphasis around it."""
    text = " ".join((node.text or b"").decode("utf-8", "replace").split())
    marks = text[: min(MOST_MARKS, len(text) - len(text.lstrip("`*_")))]
    around = next((n for n in range(min(len(marks), len(text) // 2), 0, -1) if text.endswith(marks[:n])), 0)
    return text[around : len(text) - around][:LONGEST_NAME]


def without_angles(text: str) -> str:
    depth, kept = 0, []
    for character in text:
        depth += character == "<"
        if not depth:
            kept.append(character)
        depth -= character == ">" and depth > 0
    return "".join(kept)
