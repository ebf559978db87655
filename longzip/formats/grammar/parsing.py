"""The syntax tree of a text in a language, with what its grammar cannot make sense of blanked where that helps."""

from __future__ import annotations

from tree_sitter import Parser, Tree

from longzip.formats.grammar.languages import Language, error_query, grammar
from longzip.formats.grammar.syntax import UnusableTreeError, faults, parse


def best_tree(data: bytes, language: Language, seconds: float) -> tuple[bytes, Tree]:
    """The syntax tree and what it was parsed from: ``data``, or ``data`` masked if that is less faulty.

    Raises UnusableTreeError, also where one parse takes longer than ``seconds``, and ImportError without the grammar.
    """
    if language.refuses is not None and language.refuses.search(data):
        raise UnusableTreeError("nested too deeply")
    tree = parse(Parser(grammar(language)), data, seconds, prose=language.prose)
    masked = language.masked(data) if tree.root_node.has_error else data
    found = [(data, tree)]
    if masked != data:
        found.append((masked, parse(Parser(grammar(language)), masked, seconds, prose=language.prose)))
    errors = error_query(language)
    counts = [faults(tree.root_node, errors) for _text, tree in found]
    if min(counts) > language.tolerates * len(data):
        raise UnusableTreeError(f"it is not {language.name}")
    return found[counts.index(min(counts))]
