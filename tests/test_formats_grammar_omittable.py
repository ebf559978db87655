"""Long literals that may be shortened and comments that may go: which they are, and that what is left parses."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longzip import Source
from longzip.formats.code import CodeFormat
from longzip.types import DataLiteral
from tests.parsing import compiles, parses
from tests.strategies import NAMES, any_text, real_files

FORM = CodeFormat()
FACTS = FORM.facts

# Of each language: what opens a literal, an element, what closes it.
LITERALS = {
    "a.py": ("x = {\n", "    'a': 1,\n", "}\n"),
    "b.py": ("x = f([\n", "    1, 2,\n", "], y)\n"),
    "a.js": ("const x = [\n", "  {a: 1},\n", "];\n"),
    "a.ts": ("const x: A = {\n", "  a: [1, 2],\n", "};\n"),
    "a.tsx": ("const x = {\n", "  'a': 1,\n", "};\n"),
    "A.java": ("class A { int[] x = {\n", "  1,\n", "}; }\n"),
    "a.kt": ("val x = listOf(\n", '  "a" to 1,\n', ")\n"),
    "a.scala": ("object A { val x = Map(\n", '  "a" -> 1,\n', ") }\n"),
    "a.go": ("package p\nvar x = []int{\n", "\t1,\n", "}\n"),
    "a.rs": ("static X: &[u8] = &[\n", "  1,\n", "];\n"),
    "a.c": ("int x[][2] = {\n", "  {1, 2},\n", "};\n"),
    "a.cpp": ("std::vector<A> x = {\n", "  {1, 2},\n", "};\n"),
    "a.cs": ("class A { int[] x = {\n", "  1,\n", "}; }\n"),
    "a.rb": ("X = {\n", "  a: 1,\n", "}.freeze\n"),
    "a.php": ("<?php\n$x = array(\n", "  'a' => 1,\n", ");\n"),
    "a.swift": ("let x = [\n", '  "a": 1,\n', "]\n"),
    "a.lua": ("local x = {\n", "  a = 1,\n", "}\n"),
    "a.sh": ("x=(\n", "  a\n", ")\n"),
}


def shortened(source: Source, literals: list[DataLiteral]) -> str:
    """The source with a comment line for what its literals can do without."""
    rows = source.text.split("\n")
    for literal in reversed(literals):
        first = FORM.units(source)[0]
        rows[literal.first_line - 1 : literal.last_line] = [
            FORM.gap(source, first, (literal.first_line, literal.last_line), f"{literal.elements} more")
        ]
    return "\n".join(rows)


def without(text: str, ranges: list[tuple[int, int]]) -> str:
    for start, end in reversed(ranges):
        text = text[:start] + text[end:]
    return text


@pytest.mark.parametrize("name", LITERALS)
def test_a_long_literal_keeps_three_lines(name):
    opening, element, closing = LITERALS[name]
    source = Source(name, opening + element * 20 + closing)
    row = opening.count("\n")
    (found,) = FACTS.literals(source)
    each = 2 if name == "b.py" else 1
    assert found == DataLiteral(row + 4, row + 20, 17 * each, row)
    assert parses(source)
    assert parses(Source(name, shortened(source, [found])))


def test_a_literal_is_long_from_twelve_lines_on():
    rows = "    1,\n"
    assert [len(FACTS.literals(Source("a.py", f"x = [\n{rows * count}]\n"))) for count in (9, 10)] == [0, 1]


def test_the_outermost_literal_counts():
    text = "x = [\n" + ("    [\n" + "        1,\n" * 12 + "    ],\n") * 3 + "]\n"
    assert FACTS.literals(Source("a.py", text)) == [DataLiteral(16, 43, 2, 1)]


def test_what_holds_code_is_no_data_but_may_hold_some():
    inner = "  a: [\n" + "    1,\n" * 12 + "  ],\n"
    source = Source("a.js", "module.exports = {\n" + inner + "  m() { return 1; },\n" * 12 + "};\n")
    assert FACTS.literals(source) == [DataLiteral(6, 14, 9, 2)]


def test_elements_that_share_lines_with_brackets_stay():
    source = Source("a.py", "x = [1,\n" + "     2,\n" * 20 + "     3]\n")
    assert FACTS.literals(source) == [DataLiteral(4, 21, 18, 1)]


COMMENTS = """#!/usr/bin/env python
# -*- coding: utf-8 -*-
# Copyright: nobody
import a  # noqa
import b  # why

# documents
# f
def f():
    '''Doc.'''
    # step
    return "# no comment"


# nothing
"""


def test_comments_of_python():
    source = Source("a.py", COMMENTS)
    assert [COMMENTS[start:end] for start, end in FACTS.comments(source)] == [
        "# Copyright: nobody\n",
        "  # why",
        "    # step\n",
        "# nothing\n",
    ]


C = """/* Copyright nobody */
/** Documents. */
int f(int a /* of f */, int/**/b) {
\treturn a/* joins */b; // last\r
}
/// Documents.
/* once
   more */ int g; /* two
lines */ int h;
int i/*a*/;
"""


def test_comments_of_c_leave_words_apart():
    source = Source("a.c", C)
    found = FACTS.comments(source)
    assert [C[start:end] for start, end in found] == [
        "/* Copyright nobody */\n", " /* of f */", " // last", "/* once\n   more */ ", "/*a*/",
    ]  # fmt: skip
    assert "return a/* joins */b;" in without(C, found)


def test_the_braces_of_a_comment_in_markup_go_with_it():
    source = Source("a.jsx", "const a = <b>\n  {/* one */}\n  {c /* two */}\n  {/* eslint-disable */}\n</b>;\n")
    assert without(source.text, FACTS.comments(source)) == "const a = <b>\n  {c}\n  {/* eslint-disable */}\n</b>;\n"


def test_a_rule_across_the_page_documents_nothing():
    source = Source("a.lua", "-------\n--- Documents.\n-------\n\nlocal a = 1\n")
    assert without(source.text, FACTS.comments(source)) == "--- Documents.\n\nlocal a = 1\n"


@pytest.mark.parametrize("source", real_files(), ids=lambda source: source.name)
def test_real_files_parse_without_some_comments_and_data(source):
    rng = random.Random(source.name)
    literals, comments = FACTS.literals(source), FACTS.comments(source)
    marks = ("#", "//", "/*", "{/*", "--", "=begin")
    assert all(source.text[start:end].lstrip().startswith(marks) for start, end in comments)
    if not parses(source):
        return
    for share in (0.5, 1.0):
        some = [literal for literal in literals if rng.random() < share]
        assert parses(Source(source.name, shortened(source, some)))
        text = without(source.text, [span for span in comments if rng.random() < share])
        assert parses(Source(source.name, text))
        assert not source.name.endswith(".py") or compiles(text)


@settings(max_examples=300, deadline=None)
@given(any_text(), st.sampled_from(NAMES))
def test_any_text_has_ranges_in_order(text, name):
    source = Source(name, text)
    edges = [edge for span in FACTS.comments(source) for edge in span]
    assert edges == sorted(edges)
    assert all(0 <= edge <= len(text) for edge in edges)
    for literal in FACTS.literals(source):
        assert 1 <= literal.keep_line < literal.first_line <= literal.last_line < len(text.split("\n"))
