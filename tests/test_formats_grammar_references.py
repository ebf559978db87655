"""What the code format tells of the names that a source uses and imports."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longzip import Source
from longzip.formats.code import CodeFormat
from longzip.formats.grammar import omittable, references
from longzip.formats.grammar.languages import closer_query, languages, query_file, query_text
from longzip.types import Import
from tests.strategies import NAMES, any_text, real_files

FORM = CodeFormat()
FACTS = FORM.facts

PYTHON = """from __future__ import annotations
import os.path, re as regular
from a.b import c as d, e
from z import *

@decorated
class Thing(base.Base, Generic[T]):
    def size(self, other: Other | None) -> list[Thing]:
        return os.path.join(self.name, helper()(1).last())
"""

# Of each language: a text and, in its order, what it refers to: the kind's first letter, the qualifier, the name.
USES = {
    "a.py": (PYTHON, "c:decorated b:base.Base b:Generic t:Other t:list t:Thing c:os.path.join c:helper c:last"),
    "a.js": ("@deco class A extends b.C {\n  m() { return new D(e.f(g())); }\n}\n", "c:deco b:b.C c:D c:e.f c:g"),
    "a.jsx": ("const a = <B x={c()}><d/><E.F/></B>;\n", "c:B c:c c:E.F"),
    "a.ts": (
        "class A<T> extends B implements C.D<T> {\n  x: E[]; m(y: F.G): H { return <I>z; }\n}\n",
        "b:B b:C.D t:T t:E t:F.G t:H t:I",
    ),
    "a.tsx": ("interface A extends B { c: D }\nconst e = <F/>;\n", "b:B t:D c:F"),
    "A.java": (
        "@An class A extends b.C implements D<E> {\n  F m(G g) throws H { return new I(j.k.l()); }\n}\n",
        "c:An b:b.C b:D t:E t:F t:G t:H c:I c:j.k.l",
    ),
    "a.kt": (
        "@An class A(val b: C<D>) : E(1), F {\n  fun g(h: i.J): K = l.m(n())\n}\n",
        "c:An t:C t:D b:E b:F t:i.J t:K c:l.m c:n",
    ),
    "a.scala": (
        "class A(b: C[D]) extends E(1) with F[G] {\n  def h(i: J): K = new L(m.n(o(1)))\n}\n",
        "t:C t:D b:E b:F t:G t:J t:K c:L c:m.n c:o",
    ),
    "a.go": (
        "package p\ntype A struct {\n\tB\n\t*c.D\n\te []F\n}\nfunc (a *A) g(h i.J) K { return L{m.n(o())} }\n",
        "b:B b:c.D t:F t:A t:i.J t:K c:L c:m.n c:o",
    ),
    "a.rs": (
        "#[derive(A)]\nstruct B(C<D>);\nimpl E for B { fn f(g: h::I) -> J { k::l(m!(), N { o: p.q() }) } }\n",
        "c:derive c:A t:C t:D b:E t:B t:h.I t:J c:k.l c:m c:N c:p.q",
    ),
    "a.c": ("struct a { b_t c; };\nd_t f(struct g *h) { return i(h->j(1)); }\n", "t:b_t t:d_t t:g c:i c:h.j"),
    "a.cpp": (
        "class A : public B<C>, d::E {};\nF g(std::vector<H> i) { return j::k<L>(new M(n.o())); }\n",
        "b:B t:C b:d.E t:F t:std.vector t:H c:j.k t:L c:M c:n.o",
    ),
    "a.cs": (
        "[An] class A : B<C>, d.E {\n  F<G> m(H? i) { return new J(k.l(n())); }\n}\n",
        "c:An b:B t:C b:d.E t:F t:G t:H c:J c:k.l c:n",
    ),
    "a.rb": (
        "class A < B::C\n  include D\n  def e = F.new(g(1).h(2))\nend\n",
        "b:B.C c:include b:D c:F c:F.new c:g c:h",
    ),
    "a.php": (
        "<?php\nclass A extends \\b\\C implements D {\n  use E;\n  function f(?G $g): H { return new "
        "I($this->j(k\\l(), M::n())); }\n}\n",
        "b:\\b.C b:D b:E t:G t:H c:I c:$this.j c:k.l c:M.n",
    ),
    "a.swift": (
        "@An class A: B, C {\n  let d: E<F>\n  func g(h: I.J) -> K { return l.m(n()) }\n}\n",
        "c:An b:B b:C t:E t:F t:I.J t:K c:l.m c:n",
    ),
    "a.lua": ("a.b.c(d())\ne:f 'g'\n", "c:a.b.c c:d c:e.f"),
    "a.sh": ("a b | c\nd=$(e)\n", "c:a c:c c:e"),
}

# Of each language: import statements, and of each what it binds and where from.
IMPORTS = {
    "a.js": (
        "import a, {b, c as d} from './x';\nimport * as e from \"y\";\nimport 'z';\nconst {f, g: h} "
        "= require('v');\nvar i = require('w').j;\n",
        [("a b d", "./x"), ("e", "y"), ("", "z"), ("f h", "v"), ("i", "w")],
    ),
    "a.ts": ("import type {A} from './a';\nimport b = require('c');\n", [("A", "./a"), ("b", "c")]),
    "a.tsx": ("import A, {type B} from 'c';\n", [("A B", "c")]),
    "A.java": (
        "package q;\nimport a.b.C;\nimport static a.D.e;\nimport f.*;\n",
        [("", ""), ("C", "a.b.C"), ("e", "a.D.e"), ("", "f")],
    ),
    "a.kt": (
        "package q\nimport a.b.C\nimport a.D as E\nimport f.*\n",
        [("", ""), ("C", "a.b.C"), ("E", "a.D"), ("", "f")],
    ),
    "a.scala": (
        "import a.b.C\nimport a.{D, E => F}\nimport g._\nimport h.I as J\n",
        [("C", "a.b.C"), ("D F", "a.D a.E"), ("", "g"), ("J", "h.I")],
    ),
    "a.go": (
        'package q\nimport (\n\t"a/b"\n\tc "d"\n\t. "e"\n\t_ "f"\n\t"g/v2"\n)\n',
        [("", ""), ("b c g", "a/b d e f g/v2")],
    ),
    "a.rs": (
        "use a::b;\nuse c::{d as e, f::{self, g}, h::*};\nextern crate i;\n",
        [("b", "a::b"), ("e f g", "c::d c::f c::f::g c::h"), ("i", "i")],
    ),
    "a.c": ('#include <a/b.h>\n#include "c.h"\n', [("", "a/b.h"), ("", "c.h")]),
    "a.cpp": ("#include <a>\nusing b::c;\nusing namespace d::e;\n", [("", "a"), ("c", "b::c"), ("", "d::e")]),
    "a.cs": ("using A.B;\nusing C = D.E;\nusing static F.G;\n", [("B", "A.B"), ("C", "D.E"), ("G", "F.G")]),
    "a.rb": ("require 'a/b'\nrequire_relative \"c\"\n", [("", "a/b"), ("", "c")]),
    "a.php": (
        "<?php\nuse A\\B;\nuse C\\D as E;\nuse F\\{G, H as I};\nrequire 'j.php';\n",
        [("B", "A\\B"), ("E", "C\\D"), ("G I", "F\\G F\\H"), ("", "j.php")],
    ),
    "a.swift": ("import A\nimport struct B.C\n", [("", "A"), ("", "B.C")]),
    "a.lua": (
        "local a = require 'b.c'\nlocal d = require('e').f\nrequire 'g'\n",
        [("a", "b.c"), ("d", "e"), ("", "g")],
    ),
    "a.sh": ("source ./a.sh\n. b.sh\n", [("", "./a.sh"), ("", "b.sh")]),
}


def told(source):
    """References as USES writes them, each once."""
    found = [
        f"{reference.kind[0]}:{reference.qualifier}{'.' if reference.qualifier else ''}{reference.name}"
        for reference in FACTS.references(source)
    ]
    return list(dict.fromkeys(found))


@pytest.mark.parametrize("name", USES)
def test_references_of_every_language(name):
    text, expected = USES[name]
    assert told(Source(name, text)) == expected.split()


@pytest.mark.parametrize("name", IMPORTS)
def test_bindings_of_every_language(name):
    text, expected = IMPORTS[name]
    source = Source(name, text)
    found = FACTS.bindings(source)
    assert [(" ".join(binding.names), " ".join(binding.modules)) for binding in found] == expected
    assert [binding.unit for binding in found] == FACTS.imports(source)


FOLLOWED = [language for language in languages() if query_file(f"{language.name}.references").is_file()]


def test_names_are_followed_in_programming_languages():
    assert len(FOLLOWED) >= 17
    assert FACTS.references(Source("a.md", "# A\n\nText.\n")) == []


@pytest.mark.parametrize("language", FOLLOWED, ids=lambda language: language.name)
def test_every_capture_of_a_query_means_something(language):
    known = references.CAPTURES | omittable.CAPTURES | {"qualifier"}
    text = re.sub(r"^;.*|\(#.*?\)", "", query_text(f"{language.name}.references"), flags=re.MULTILINE)
    free = set(re.findall(r"@(\w+)", text)) - known
    assert free <= {"require", "make", "statement", "derive", "new", "mix", "source"}
    assert closer_query(language, references.CAPTURES) is not None


def test_bindings_of_python():
    assert FACTS.bindings(Source("a.py", PYTHON)) == [
        Import(0, (), ()),
        Import(1, ("os", "regular"), ("os.path", "re")),
        Import(2, ("d", "e"), ("a.b",)),
        Import(3, (), ("z",)),
    ]


def test_a_reference_is_told_once_a_unit_in_the_order_of_the_text():
    source = Source("a.py", "b()\na()\na(); b(); a()\n")
    assert [(found.unit, found.name) for found in FACTS.references(source)] == [(0, "b"), (1, "a"), (2, "a"), (2, "b")]


def test_a_qualifier_that_is_not_plain_is_left_out():
    source = Source("a.py", f"a(1).b()\n{'c.' * 50}d()\n")
    assert [(found.qualifier, found.name) for found in FACTS.references(source)] == [("", "a"), ("", "b"), ("", "d")]


def test_what_is_cut_by_lines_tells_nothing():
    source = Source("notes.xyz", "import os\nf()\n")
    assert (FACTS.references(source), FACTS.bindings(source), FACTS.literals(source), FACTS.comments(source)) == (
        [],
        [],
        [],
        [],
    )


@pytest.mark.parametrize("source", real_files()[::3], ids=lambda source: source.name)
def test_names_stand_in_their_units(source):
    units = FORM.units(source)
    for reference in FACTS.references(source):
        assert reference.name in source.text[units[reference.unit].start : units[reference.unit].end]
    assert [binding.unit for binding in FACTS.bindings(source)] == FACTS.imports(source)
    for binding in FACTS.bindings(source):
        assert all(name in source.text[units[binding.unit].start : units[binding.unit].end] for name in binding.names)


@settings(max_examples=300, deadline=None)
@given(any_text(), st.sampled_from(NAMES))
def test_any_text_tells_something_or_nothing(text, name):
    source = Source(name, text)
    count = len(FORM.units(source))
    assert all(reference.name and 0 <= reference.unit < count for reference in FACTS.references(source))
    assert [binding.unit for binding in FACTS.bindings(source)] in ([], FACTS.imports(source))
