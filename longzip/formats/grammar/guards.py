"""Guards: statements that leave a function or a loop under a condition, before what they keep from being done.

By the shape of a node and by the words that leave, in all languages at once; knows no rows but those of nodes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

CONDITIONAL = re.compile(r"(?:.*_)?(?:if|unless|else|elif|elsif|elseif|guard)(?:_.*)?")
NO_STATEMENT = re.compile(r"preproc_.*|.*_clause_list")
BLOCKS = re.compile(
    r"(?:|statement_|do_|colon_|indented_)block|(?:compound|expression)_statement|statement_list|statements"
    r"|then|braced_expression|list|control_structure_body|keywords|pair|arguments"
)
LEAVES = re.compile(
    rb"(?:return|raise|throw|continue|break|goto|next|redo|retry|exit|die|fail|abort|panic|bail|unreachable|todo"
    rb"|unimplemented|error|stop|quit|fatalError|preconditionFailure|co_return|yield\s+break|last"
    rb"|(?:\w+(?:\.|::))+(?:_?exit|Exit|abort|Fatal\w*|panic|bail|halt|die|quick_exit))\b"
)
OR_LEAVES = re.compile(
    rb"(?:\?:|\?\?|\bor\b|\|\|)\s*(?:return|throw|raise|die|exit|break|continue|fail|abort|next)\b|"
    rb"&&\s*(?:return|exit|break|continue|die)\b"
)
MOST_ROWS = 3  # of a statement that leaves in passing, by an operator
MOST_BRANCHES = 200


def exits_of(node: Node) -> tuple[int, ...]:
    """The rows on which a guard's ways out begin; none of what is no guard."""
    if node.type == "expression_statement" and node.named_child_count == 1:
        node = node.named_children[0]
    if node.type == "let_declaration":
        other = node.child_by_field_name("alternative")
        return tuple(sorted(set(branch_exits(other)))) if other is not None else ()
    if CONDITIONAL.fullmatch(node.type) and not NO_STATEMENT.fullmatch(node.type):
        return tuple(sorted(set(branch_exits(node))))
    if node.type in ("list", "call") and (node.type == "list" or (node.text or b"").startswith((b"if ", b"unless "))):
        return tuple(sorted(set(branch_exits(node))))
    start, end = node.start_point.row, node.end_point.row
    return (start,) if end - start < MOST_ROWS and OR_LEAVES.search(node.text or b"") else ()


def branch_exits(node: Node) -> Iterator[int]:
    """The rows on which the branches of a conditional leave, where their last statement does."""
    waiting = [node]
    for _ in range(MOST_BRANCHES):
        if not waiting:
            return
        here = waiting.pop()
        conditions = {child.id for child in here.children_by_field_name("condition")}
        for child in here.named_children:
            if child.id in conditions or "comment" in child.type:
                continue
            if CONDITIONAL.fullmatch(child.type):
                waiting.append(child)
                continue
            last = last_statement(child)
            if LEAVES.match(last.text or b""):
                yield last.start_point.row


def last_statement(node: Node) -> Node:
    """What a block does last; a statement that is no block itself."""
    while BLOCKS.fullmatch(node.type) and not (node.type == "expression_statement" and LEAVES.match(node.text or b"")):
        inside = [child for child in node.named_children if "comment" not in child.type]
        if not inside:
            break
        node = inside[-1]
    return node
