"""One error costs one place, not the file: what parses beside it is still chunks, and what does not can be chosen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from longzip import Compressor, Settings, Source
from longzip.formats.code import CodeFormat
from longzip.scoring.places import pinned
from longzip.types import Chunk

BRACES = {
    "a.go": ("package a\n\n", "func {name}(path string) string {{\n\ttext := read(path)\n\treturn text\n}}\n"),
    "a.kt": ("package a\n\n", "fun {name}(path: String): String {{\n    val text = read(path)\n    return text\n}}\n"),
    "a.ts": ("", "export function {name}(path: string) {{\n  const text = read(path);\n  return text;\n}}\n"),
    "a.rs": ("", "fn {name}(path: &str) -> String {{\n    let text = read(path);\n    return text;\n}}\n"),
    "a.c": ("", "char *{name}(const char *path)\n{{\n    char *text = read(path);\n    return text;\n}}\n"),
    "a.cpp": ("", "int {name}(int path) {{\n    int text = read(path);\n    return text;\n}}\n"),
    "a.cs": ("", "int {name}(int path)\n{{\n    var text = Read(path);\n    return text;\n}}\n"),
    "a.swift": ("", "func {name}(path: String) -> String {{\n    let text = read(path)\n    return text\n}}\n"),
    "a.scala": ("", "def {name}(path: String): String = {{\n  val text = read(path)\n  text\n}}\n"),
    "a.php": ("<?php\n", "function {name}($path) {{\n    $text = read($path);\n    return $text;\n}}\n"),
    "a.java": (
        "",
        "class {name}Of {{\n    int {name}(int path) {{\n        path = cut(read(path));\n"
        "        return path;\n    }}\n}}\n",
    ),
    "a.sh": ("", "{name}() {{\n    text=$(read_it $1)\n    echo $text\n}}\n"),
    "a.r": ("", "{name} <- function(path) {{\n  text <- read(path)\n  text\n}}\n"),
}  # fmt: skip
WORDS = {
    "a.py": ("", "def {name}(path):\n    text = read(path)\n    return text\n"),
    "a.rb": ("", "def {name}(path)\n  text = read(path)\n  text\nend\n"),
    "a.lua": ("", "function {name}(path)\n  local text = read(path)\n  return text\nend\n"),
    "a.ex": ("", "defmodule M{name} do\n  def {name}(path) do\n    text = read(path)\n    text\n  end\nend\n"),
}
ALL = BRACES | WORDS
NAMES = ("load", "store", "pause")


def three(name: str) -> str:
    head, function = ALL[name]
    return head + "\n".join(function.format(name=own) for own in NAMES)


def first_body_row(text: str) -> int:
    return next(row for row, line in enumerate(text.split("\n")) if "read" in line.lower())


def unclosed(text: str) -> str:
    rows = text.split("\n")
    rows[first_body_row(text)] += " foo(bar["
    return "\n".join(rows)


def conflict(text: str) -> str:
    rows, row = text.split("\n"), first_body_row(text)
    rows[row : row + 1] = ["<<<<<<< HEAD", rows[row], "=======", rows[row].replace("path", "name"), ">>>>>>> topic"]
    return "\n".join(rows)


def missing(text: str) -> str:
    """Without the line that ends the first function, where there is one."""
    rows, row = text.split("\n"), first_body_row(text)
    end = next((at for at in range(row, len(rows)) if rows[at].strip() in ("}", "end")), row)
    return "\n".join([*rows[:end], *rows[end + 1 :]])


def found(name: str, text: str) -> dict[str, Chunk]:
    return {chunk.names[-1]: chunk for chunk in CodeFormat().split(Source(name, text)) if chunk.kind == "function"}


@pytest.mark.parametrize("damage", [unclosed, conflict, missing])
@pytest.mark.parametrize("name", ALL)
def test_functions_beside_an_error_are_chunks(name: str, damage) -> None:  # type: ignore[no-untyped-def]
    text = three(name)
    sound, damaged = found(name, text), found(name, damage(text))
    assert set(NAMES) <= set(sound), "the undamaged text is what it should be"
    for untouched in NAMES[1:]:
        assert damaged[untouched].text.strip() == sound[untouched].text.strip()
    assert "load" in damaged, "what a person sees can be named"


@pytest.mark.parametrize("name", ALL)
def test_what_is_damaged_can_be_pinned_and_shown(name: str) -> None:
    source, form = Source(name, unclosed(three(name))), CodeFormat()
    cells = pinned([f"{name}:load", f"{name}:pause"], [source], form)
    units = form.units(source)
    shown = "".join(source.text[units[unit].start : units[unit].end] for _page, unit in sorted(cells))
    assert "foo(bar[" in shown
    assert "store" not in shown


@pytest.mark.parametrize("name", sorted(ALL))
def test_a_small_budget_takes_a_part_of_a_damaged_file(name: str) -> None:
    source = Source(name, conflict(three(name)))
    compressor = Compressor.load("ngram", settings=Settings(count_for="chars/4", cache=False))
    result = compressor.compress(source, query="how is pause done", budget=45)
    assert 0 < result.report.got <= 45


def test_a_lost_head_of_a_class_leaves_its_methods() -> None:
    methods = "  put(x) {\n    this.x = x;\n    return 1;\n  }\n\n  get() {\n    return this.x;\n  }\n"
    text = f"class Box extends foo(bar[ {{\n{methods}}}\n"
    chunks = CodeFormat().split(Source("a.js", text))
    assert [chunk.label for chunk in chunks] == ["Box", "Box.put", "Box.get"]


SPLIT = """int open_it(int a) {
    int b = a;
#ifdef FAST
    if (a) {
#else
    if (!a) {
#endif
        b = 1;
        b = 2;
        b = 3;
    }
    return b;
}

int close_it(int a) {
    int c = a;
    return c;
}
"""


@pytest.mark.parametrize("name", ["a.c", "a.cpp"])
def test_branches_that_share_an_end_stay_together(name: str) -> None:
    form = CodeFormat()
    source = Source(name, SPLIT)
    assert [chunk.label for chunk in form.split(source)] == ["open_it", "close_it"]
    for unit in form.units(source):
        text = source.text[unit.start : unit.end]
        assert text.count("#ifdef") == text.count("#endif") == text.count("#else")


HEADS = """#if defined(WIDE)
long first(long a) {
#else
int first(int a) {
#endif
    return a + 1;
}

int second(int a) {
    return a + 2;
}
"""


def test_functions_after_a_head_in_two_branches_are_chunks() -> None:
    chunks = CodeFormat().split(Source("a.c", HEADS))
    assert [(chunk.label, chunk.first_line) for chunk in chunks] == [("first", 1), ("second", 9)]


def test_recovery_never_depends_on_the_clock() -> None:
    source = Source("a.py", unclosed(three("a.py")) * 3)
    units = [CodeFormat().units(replace(source)) for _ in range(2)]
    assert units[0] == units[1]


def test_a_macro_is_called_by_what_it_defines() -> None:
    text = "#define RUN(x) do { /* one */ x(1); } while (0)\n\nint f(int a) {\n    return a;\n}\n"
    assert [chunk.label for chunk in CodeFormat().split(Source("a.cpp", text))] == ["RUN", "f"]


@pytest.mark.parametrize("macro", ["ACME_NAMESPACE_BEGIN", "ACME_GUARDED_BY(lock_)", "Q_OBJECT"])
def test_a_macro_on_a_row_of_its_own_costs_nothing_else(macro: str) -> None:
    body = "int {0}(int path) {{\n    int text = read(path);\n    return text;\n}}\n\n"
    text = f"namespace post {{\n{macro}\n\nclass Parcel;\n{body.format('weigh')}{macro}\n{body.format('label')}}}\n"
    source = Source("a.cpp", text)
    assert {"weigh", "label"} <= {chunk.label.rpartition(".")[2] for chunk in CodeFormat().split(source)}
    assert "".join(chunk.text for chunk in CodeFormat().split(source)) == text


PROSE = "Praha je hlavní město. Vltava protéká městem od jihu.\n\nKarlův most spojuje strany (už dlouho).\n\n"


@pytest.mark.parametrize("name", ["a.cs", "a.java", "a.go"])
def test_prose_with_the_ending_of_a_language_is_read_by_its_lines(name: str) -> None:
    source = Source(name, PROSE * 8)
    assert "it is not" in (CodeFormat().facts.fallback(source) or "")
    assert len(CodeFormat().units(source)) > 8


@pytest.mark.parametrize("text", ["x = (1\n", "import os\n\nprint(os.getcwd(\n", "total = 1 +\n"])
def test_a_short_script_with_an_error_is_still_its_language(text: str) -> None:
    assert CodeFormat().facts.fallback(Source("a.py", "import sys\n\nvalue = 3\nother = 4\n" + text)) is None
