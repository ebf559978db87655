"""A guard is shown wherever what it guards is, in every language; a marker stands at the level where its gap begins."""

from __future__ import annotations

import random

import pytest

from longzip import Source
from longzip.formats.code import CodeFormat
from longzip.rendering.pages import Page, absorb, excerpt
from longzip.units import close
from tests.parsing import installed, parses

FORM = CodeFormat()
# A function in which ``act`` is guarded, and what of the guards must be shown with it.
GUARDED = {
    "a.py": (
        "def f(x):\n"
        "    note(x)\n"
        "    if x is None:\n"
        "        log(x)\n"
        "        raise ValueError(\n"
        "            'none')\n"
        "    elif x == 7:\n"
        "        return 7\n"
        "    if not x: return 0\n"
        "    more(x)\n"
        "    for y in x:\n"
        "        if y < 3:\n"
        "            continue\n"
        "        look(y)\n"
        "        act(y)\n",
        ["if x is None:", "raise ValueError(", "return 7", "if not x: return 0", "if y < 3:", "continue"],
    ),
    "a.js": (
        "function f(x) {\n"
        "  note(x);\n"
        "  if (!x) return;\n"
        "  if (x > 3) {\n"
        "    log(x);\n"
        "    throw new Error('x');\n"
        "  }\n"
        "  more(x);\n"
        "  for (const y of x) {\n"
        "    if (y < 3) {\n"
        "      continue;\n"
        "    }\n"
        "    look(y);\n"
        "    act(y);\n"
        "  }\n"
        "}\n",
        ["if (!x) return;", "if (x > 3) {", "throw new", "if (y < 3) {", "continue;"],
    ),
    "a.ts": (
        "class A {\n"
        "  f(x: number[]): void {\n"
        "    note(x);\n"
        "    if (!x) { return; } else { log(x); }\n"
        "    more(x);\n"
        "    look(x);\n"
        "    act(x);\n"
        "  }\n"
        "}\n",
        ["if (!x) { return; }"],
    ),
    "a.java": (
        "class A {\n"
        "  void f(int x) {\n"
        "    note(x);\n"
        "    if (x > 3) {\n"
        "      log(x);\n"
        '      throw new Error("x");\n'
        "    }\n"
        "    if (x < 1) return;\n"
        "    more(x);\n"
        "    while (x > 0) {\n"
        "      if (x == 2) break;\n"
        "      look(x);\n"
        "      act(x);\n"
        "    }\n"
        "  }\n"
        "}\n",
        ["if (x > 3) {", "throw new", "if (x < 1) return;", "if (x == 2) break;"],
    ),
    "a.go": (
        "package a\n"
        "\n"
        "func f(x int) error {\n"
        "\tnote(x)\n"
        "\tif x < 1 {\n"
        "\t\tlog(x)\n"
        '\t\tpanic("x")\n'
        "\t}\n"
        "\tmore(x)\n"
        "\tif err := g(x); err != nil {\n"
        "\t\tlog(err)\n"
        "\t\treturn err\n"
        "\t}\n"
        "\tlook(x)\n"
        "\tact(x)\n"
        "\treturn nil\n"
        "}\n",
        ["if x < 1 {", 'panic("x")', "if err := g(x); err != nil {", "return err"],
    ),
    "a.rs": (
        "fn f(x: Option<u8>) -> u8 {\n"
        "    note();\n"
        "    if x.is_none() {\n"
        "        log();\n"
        '        panic!("x");\n'
        "    }\n"
        "    more();\n"
        "    let Some(y) = x else {\n"
        "        log();\n"
        "        return 0;\n"
        "    };\n"
        "    look(y);\n"
        "    act(y);\n"
        "    y\n"
        "}\n",
        ["if x.is_none() {", "panic!", "let Some(y) = x else {", "return 0;"],
    ),
    "a.c": (
        "int f(int x) {\n"
        "  note(x);\n"
        "  if (x < 1)\n"
        "    return 1;\n"
        "  if (x > 3) {\n"
        "    log(x);\n"
        "    exit(2);\n"
        "  }\n"
        "  more(x);\n"
        "  if (x == 2)\n"
        "    goto out;\n"
        "  look(x);\n"
        "  act(x);\n"
        "out:\n"
        "  return 0;\n"
        "}\n",
        ["if (x < 1)", "return 1;", "if (x > 3) {", "exit(2);", "goto out;"],
    ),
    "a.cpp": (
        "int f(int x) {\n"
        "  note(x);\n"
        "  if (x > 3) {\n"
        "    log(x);\n"
        "    throw Bad(x);\n"
        "  }\n"
        "  more(x);\n"
        "  if (x == 2) std::abort();\n"
        "  look(x);\n"
        "  act(x);\n"
        "  return 0;\n"
        "}\n",
        ["if (x > 3) {", "throw Bad(x);", "std::abort();"],
    ),
    "a.rb": (
        "def f(x)\n"
        "  note x\n"
        "  return if x.nil?\n"
        "  raise Bad, 'x' unless x > 1\n"
        "  if x > 3\n"
        "    log x\n"
        "    raise Bad\n"
        "  end\n"
        "  more x\n"
        "  x or return\n"
        "  look x\n"
        "  act x\n"
        "end\n",
        ["return if x.nil?", "unless x > 1", "if x > 3", "raise Bad\n", "x or return"],
    ),
    "a.php": (
        "<?php\n"
        "function f($x) {\n"
        "  note($x);\n"
        "  if (!$x) return;\n"
        "  if ($x > 3) {\n"
        "    log($x);\n"
        "    throw new Bad($x);\n"
        "  }\n"
        "  more($x);\n"
        "  $x or die('x');\n"
        "  look($x);\n"
        "  act($x);\n"
        "}\n",
        ["if (!$x) return;", "if ($x > 3) {", "throw new Bad", "or die"],
    ),
    "a.cs": (
        "class A {\n"
        "  void F(int x) {\n"
        "    note(x);\n"
        "    if (x < 1) return;\n"
        "    if (x > 3) {\n"
        "      Log(x);\n"
        "      throw new Bad();\n"
        "    }\n"
        "    more(x);\n"
        "    var y = G(x) ?? throw new Bad();\n"
        "    look(x);\n"
        "    act(x);\n"
        "  }\n"
        "}\n",
        ["if (x < 1) return;", "if (x > 3) {", "throw new Bad();\n    }", "?? throw"],
    ),
    "a.kt": (
        "fun f(x: Int?) {\n"
        "  note(x)\n"
        "  if (x == null) return\n"
        "  val y = g(x) ?: throw Bad()\n"
        "  if (y > 3) {\n"
        "    log(y)\n"
        '    error("x")\n'
        "  }\n"
        "  more(y)\n"
        "  look(y)\n"
        "  act(y)\n"
        "}\n",
        ["if (x == null) return", "?: throw", "if (y > 3) {", 'error("x")'],
    ),
    "a.lua": (
        "function f(x)\n"
        "  note(x)\n"
        "  if not x then return end\n"
        "  if x > 3 then\n"
        "    log(x)\n"
        "    error('x')\n"
        "  end\n"
        "  more(x)\n"
        "  look(x)\n"
        "  act(x)\n"
        "end\n",
        ["if not x then return end", "if x > 3 then", "error('x')"],
    ),
    "a.sh": (
        "f() {\n"
        "  note 1\n"
        '  [ -z "$1" ] && return 1\n'
        '  if [ "$1" = 3 ]; then\n'
        "    log\n"
        "    exit 2\n"
        "  fi\n"
        "  more 1\n"
        '  cd "$1" || exit 1\n'
        "  look 1\n"
        "  act 1\n"
        "}\n",
        ["&& return 1", 'if [ "$1" = 3 ]; then', "exit 2", "|| exit 1"],
    ),
    "a.swift": (
        "func f(x: Int?) {\n"
        "  note(x)\n"
        "  guard let y = x else {\n"
        "    log(x)\n"
        "    return\n"
        "  }\n"
        "  more(y)\n"
        "  if y > 3 {\n"
        "    log(y)\n"
        '    fatalError("x")\n'
        "  }\n"
        "  look(y)\n"
        "  act(y)\n"
        "}\n",
        ["guard let y = x else {", "return", "if y > 3 {", "fatalError"],
    ),
    "a.scala": (
        "def f(x: Int): Int = {\n"
        "  note(x)\n"
        "  if (x < 1) return 1\n"
        "  if (x > 3) {\n"
        "    log(x)\n"
        "    throw new Bad(x)\n"
        "  }\n"
        "  more(x)\n"
        "  look(x)\n"
        "  act(x)\n"
        "}\n",
        ["if (x < 1) return 1", "if (x > 3) {", "throw new Bad"],
    ),
    "a.R": (
        "f <- function(x) {\n"
        "  note(x)\n"
        "  if (is.null(x)) return(1)\n"
        "  if (x > 3) {\n"
        "    log(x)\n"
        "    stop('x')\n"
        "  }\n"
        "  more(x)\n"
        "  look(x)\n"
        "  act(x)\n"
        "}\n",
        ["return(1)", "if (x > 3) {", "stop('x')"],
    ),
    "a.ex": (
        "defmodule A do\n"
        "  def f(x) do\n"
        "    note(x)\n"
        "    if x == nil do\n"
        "      log(x)\n"
        '      raise "x"\n'
        "    end\n"
        "    more(x)\n"
        "    look(x)\n"
        "    act(x)\n"
        "  end\n"
        "end\n",
        ["if x == nil do", 'raise "x"'],
    ),
}


@pytest.mark.parametrize("name", GUARDED)
def test_what_is_guarded_is_never_shown_without_its_guards(name: str) -> None:
    text, guards = GUARDED[name]
    source = Source(name, text)
    if not installed(source):
        pytest.skip("its grammar comes with longzip[languages]")
    assert parses(source)
    units = FORM.units(source)
    (action,) = (index for index, unit in enumerate(units) if text[unit.start : unit.end].strip().startswith("act"))
    for guard in guards:
        assert guard in text
    shown = excerpt(Page(source, units), close(units, [action]), FORM)
    assert not [guard for guard in guards if guard.strip() not in shown]
    assert "look" not in shown
    assert parses(Source(name, shown))


@pytest.mark.parametrize("name", GUARDED)
def test_what_is_not_guarded_does_without(name: str) -> None:
    text, guards = GUARDED[name]
    source = Source(name, text)
    units = FORM.units(source)
    (before,) = (index for index, unit in enumerate(units) if text[unit.start : unit.end].strip().startswith("note"))
    shown = excerpt(Page(source, units), close(units, [before]), FORM)
    assert not [guard for guard in guards if guard.strip() in shown]


NESTED = """\
class Store:
    def save(self, key):
        with open(key) as handle:
            handle.write("a")
            for line in handle:
                print(line, "a long line that no marker spares")
                print(line, "another long line that no marker spares")
        self.count += 1  # another long line that no marker spares
        self.total += 1  # another long line that no marker spares

    def load(self, key):
        return key + "another long line that no marker spares"


def other(key):
    return key + "another long line that no marker spares"


LIMIT = 3
"""


def test_a_marker_stands_where_its_gap_begins() -> None:
    source = Source("store.py", NESTED)
    units = FORM.units(source)
    rows = {text[0]: index for index, unit in enumerate(units) if (text := NESTED[unit.start : unit.end].split())}
    shown = excerpt(Page(source, units), close(units, [rows["with"], rows["LIMIT"]]), FORM)
    assert shown.splitlines() == [
        "class Store:",
        "    def save(self, key):",
        "        with open(key) as handle:",
        "            ...  # 4 lines (4-7)",
        "        ...  # 2 lines (8-9)",
        "    ...  # 2 lines (11-12)",
        "# ... 2 lines (15-16)",
        "LIMIT = 3",
    ]


def test_no_gap_goes_on_beyond_what_it_began_in() -> None:
    source = Source("store.py", NESTED)
    units, chance = FORM.units(source), random.Random(3)
    page = Page(source, units)
    for _ in range(100):
        kept = absorb(page, frozenset(chance.sample(range(len(units)), chance.randrange(1, len(units)))), FORM)
        shown = excerpt(page, kept, FORM)
        assert parses(Source("store.py", shown)), shown
        for row in shown.splitlines():
            if "lines (" in row and "..." in row:
                first, last = map(int, row.rpartition("(")[2].rstrip(")").split("-"))
                hidden = [line for line in NESTED.splitlines()[first - 1 : last] if line.strip()]
                assert min(len(line) - len(line.lstrip()) for line in hidden) == len(row) - len(row.lstrip())
