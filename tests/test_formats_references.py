"""What the code format tells of the names that a source uses and imports."""

from longzip import Source
from longzip.formats.code import CodeFormat
from longzip.types import Import

FORM = CodeFormat()

PYTHON = """from __future__ import annotations
import os.path, re as regular
from a.b import c as d, e
from z import *

@decorated
class Thing(base.Base, Generic[T]):
    def size(self, other: Other | None) -> list[Thing]:
        return os.path.join(self.name, helper()(1).last())
"""


def told(source):
    return {(found.kind, found.qualifier, found.name) for found in FORM.references(source)}


def test_references_of_python():
    assert told(Source("a.py", PYTHON)) == {
        ("call", "", "decorated"), ("base", "base", "Base"), ("base", "", "Generic"), ("type", "", "Other"), ("type", "", "list"),
        ("type", "", "Thing"), ("call", "os.path", "join"), ("call", "", "helper"), ("call", "", "last"),
    }  # fmt: skip


def test_a_reference_is_told_once_a_unit_in_the_order_of_the_text():
    source = Source("a.py", "b()\na()\na(); b(); a()\n")
    assert [(found.unit, found.name) for found in FORM.references(source)] == [(0, "b"), (1, "a"), (2, "a"), (2, "b")]


def test_bindings_of_python():
    assert FORM.bindings(Source("a.py", PYTHON)) == [
        Import(0, (), ()), Import(1, ("os", "regular"), ("os.path", "re")), Import(2, ("d", "e"), ("a.b",)), Import(3, (), ("z",)),
    ]  # fmt: skip


def test_what_is_cut_by_lines_tells_nothing():
    source = Source("notes.xyz", "import os\nf()\n")
    assert (FORM.references(source), FORM.bindings(source), FORM.literals(source), FORM.comments(source)) == ([], [], [], [])
