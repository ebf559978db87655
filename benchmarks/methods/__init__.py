"""What shortens sources for a query: one file each, one signature.

A method is named in RUN.toml by its name and, after it, by what it is told: ``"longzip closure=off"``,
``"bm25-windows size=40"``. Methods that need something from outside find it in the run's ``[options]``:

    embeddings       folder of a sentence encoder (embedding-functions, embedding-windows)
    lingua_python    the interpreter of the environment that scripts/setup_llmlingua makes (llmlingua, longllmlingua,
    llmlingua2) lingua_model     its language model; by default the embedded one's weights
    lingua2_model    folder of a token classifier of LLMLingua-2
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from benchmarks.methods import (
    bare,
    bm25,
    chance,
    conversation,
    embedding,
    lingua,
    longzip,
    outline,
    stacked,
    truncation,
)
from benchmarks.methods.tools import Method, Tools
from longzip import UsageError

Builder = Callable[[Tools, Mapping[str, str]], Method]

METHODS: Mapping[str, Builder] = {
    "none": bare.nothing,
    "full": bare.everything,
    "head": truncation.head,
    "tail": truncation.tail,
    "random-lines": chance.lines,
    "random-functions": chance.functions,
    "bm25-functions": bm25.functions,
    "bm25-windows": bm25.windows,
    "embedding-functions": embedding.functions,
    "embedding-windows": embedding.windows,
    "outline": outline.outline,
    "longzip": longzip.longzip,
    "longcodezip": longzip.longcodezip,
    "longzip-greedy": longzip.greedy,
    "longzip-lexical": longzip.lexical,
    "longzip-blank-lines": longzip.blank_lines,
    "longzip-fixed-blocks": longzip.fixed_blocks,
    "rag-longzip": stacked.bm25_then_longzip,
    "window": conversation.window,
    "window-head-tail": conversation.window_head_tail,
    "window-truncated": conversation.window_truncated,
    "longzip-texts": conversation.compressed,
    "llmlingua": lingua.llmlingua,
    "longllmlingua": lingua.longllmlingua,
    "llmlingua2": lingua.llmlingua2,
    "boundaries": longzip.boundaries,
    "blank-line-boundaries": longzip.blank_line_boundaries,
}
UNLIMITED = frozenset({"none", "full", "boundaries", "blank-line-boundaries"})  # do the same whatever the budget


def build(label: str, tools: Tools) -> Method:
    """The method that a label names. Raises UsageError for one that there is not, or for what it cannot be told."""
    name, told = check(label)
    return METHODS[name](tools, told)


def check(label: str) -> tuple[str, Mapping[str, str]]:
    """A label's name, and what it is told. Raises UsageError for what is no label."""
    name, *words = label.split() or [""]
    if name not in METHODS:
        raise UsageError(f"there is no method {name!r}; choose among {', '.join(METHODS)}.")
    told: dict[str, str] = {}
    for word in words:
        key, sign, value = word.partition("=")
        if not sign:
            raise UsageError(f"method {label!r}: {word!r} is no setting; write name=value.")
        told[key] = value
    return name, told
