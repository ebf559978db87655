"""The code format: tiling, nesting, labels, and that whatever is left of a file still parses."""

from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longzip.formats import languages
from longzip.formats.code import CodeFormat
from longzip.protocols import Format
from longzip.types import Chunk, Source, Unit
from longzip.units import close, runs
from tests.parsing import compiles, parses
from tests.strategies import any_text, real_files

SAMPLES = Path(__file__).parent / "samples"
NAMES = [*sorted(path.name for path in SAMPLES.iterdir() if path.is_file())]
FORM = CodeFormat()
EXTENSIONS = [".py", ".js", ".ts", ".tsx", ".java", ".go", ".rs", ".c", ".h", ".cpp", ".md", ".unknown", ""]


def sample(name: str) -> Source:
    return Source(name, (SAMPLES / name).read_bytes().decode("utf-8"))


def outline(source: Source) -> list[str]:
    """Each chunk as "kind label first-last"."""
    return [f"{chunk.kind} {chunk.label} {chunk.first_line}-{chunk.last_line}" for chunk in FORM.split(source)]


def labels(name: str, text: str) -> list[tuple[str, str, str]]:
    return [(chunk.kind, chunk.label, chunk.parent) for chunk in FORM.split(Source(name, text))]


def text_of(source: Source, unit: Unit | Chunk) -> str:
    return source.text[unit.start : unit.end]


def render(source: Source, kept: frozenset[int]) -> str:
    """Kept units verbatim, a gap for each run of dropped ones that holds a non-blank line."""
    units = FORM.units(source)
    parts: list[str] = []
    for first, last, inside in runs(kept, len(units)):
        text = source.text[units[first].start : units[last - 1].end]
        if inside:
            parts.append(text)
        elif text.strip():
            shown = next(unit for unit in units[first:last] if text_of(source, unit).strip())
            hidden = sum(1 for line in text.split("\n") if line.strip())
            parts.append(FORM.gap(source, shown, (units[first].first_line, units[last - 1].last_line), hidden) + "\n")
    return "".join(parts)


def some_selection(source: Source, seed: int) -> frozenset[int]:
    """A random set of units, closed under ``needs``; few or many of them."""
    units = FORM.units(source)
    chance = random.Random(seed)
    share = chance.choice([0.02, 0.1, 0.3, 0.6, 0.9])
    return close(units, [index for index in range(len(units)) if chance.random() < share])


def only(source: Source, *wanted: str) -> frozenset[int]:
    """The units that hold one of the given texts, and what they need."""
    units = FORM.units(source)
    return close(units, [index for index, unit in enumerate(units) if any(text in text_of(source, unit) for text in wanted)])


def check_tiling(source: Source) -> None:
    """Chunks and units tile the source in whole lines, units nest in chunks, line numbers are right."""
    chunks, units = FORM.split(source), FORM.units(source)
    assert "".join(chunk.text for chunk in chunks) == source.text
    assert "".join(text_of(source, unit) for unit in units) == source.text
    assert [chunk.first_unit for chunk in chunks] == [0, *(chunk.last_unit for chunk in chunks)][: len(chunks)]
    assert not chunks or chunks[-1].last_unit == len(units)
    for chunk in chunks:
        own = units[chunk.first_unit : chunk.last_unit]
        assert (own[0].start, own[-1].end) == (chunk.start, chunk.end)
        assert (own[0].first_line, own[-1].last_line) == (chunk.first_line, chunk.last_line)
    line = 1
    for index, unit in enumerate(units):
        text = text_of(source, unit)
        assert text
        assert text.endswith("\n") or index == len(units) - 1
        assert (unit.first_line, unit.last_line) == (line, line + text.rstrip("\n").count("\n") + len(text) - len(text.rstrip("\n")) - text.endswith("\n"))
        assert all(0 <= need < len(units) and need != index for need in unit.needs)
        line = unit.last_line + 1


def test_it_is_a_format() -> None:
    assert isinstance(FORM, Format)


# Tiling


@given(any_text() | st.text(st.sampled_from("a:\n\r\t\f\0\ufeff\u2028é漢🙂 (){};#'\"/*\\"), max_size=60), st.sampled_from(EXTENSIONS))
def test_any_text_is_tiled(text: str, extension: str) -> None:
    check_tiling(Source("x" + extension, text))


@pytest.mark.parametrize("extension", EXTENSIONS)
@pytest.mark.parametrize("text", ["\n", "x", "\r", "\ufeff", "\ufeffx = 1\n", "a\rb\n", "a\x0cb", "\0", "é\n\ud800\n", "\n\n x\n\n", "}\n}\n"])
def test_odd_texts_are_tiled(text: str, extension: str) -> None:
    check_tiling(Source("x" + extension, text))


def test_an_empty_text_has_no_chunks() -> None:
    for extension in EXTENSIONS:
        assert FORM.split(Source("x" + extension, "")) == []
        assert FORM.units(Source("x" + extension, "")) == []


@pytest.mark.parametrize("name", NAMES)
def test_broken_code_is_tiled(name: str) -> None:
    source, chance = sample(name), random.Random(7)
    for _ in range(40):
        text = list(source.text)
        for _ in range(chance.choice([1, 5, 50])):
            at = chance.randrange(len(text))
            text[at : at + chance.choice([0, 1, 20])] = chance.choice(["", "{", "}", "(", '"', "\n", "\r\n", "é", "/*", "\t"])
        check_tiling(Source(name, "".join(text)))


@pytest.mark.parametrize("name", NAMES)
def test_samples_are_tiled_whatever_their_line_ends(name: str) -> None:
    text = sample(name).text
    for variant in (text, text.replace("\n", "\r\n"), text.rstrip("\n"), "\ufeff" + text, text.replace("    ", "\t")):
        check_tiling(Source(name, variant))
        assert FORM.fallback(Source(name, variant)) is None


def test_line_ends_and_a_mark_do_not_change_the_chunks() -> None:
    for name in NAMES:
        source = sample(name)
        for text in (source.text.replace("\n", "\r\n"), "\ufeff" + source.text, source.text.rstrip("\n")):
            assert outline(Source(name, text)) == outline(source)


# What is left parses


@pytest.mark.parametrize("name", NAMES)
def test_what_is_left_of_a_sample_parses(name: str) -> None:
    source = sample(name)
    assert parses(source)
    for seed in range(150):
        text = render(source, some_selection(source, seed))
        assert parses(Source(name, text)), text
        assert not name.endswith(".py") or compiles(text), text


@pytest.mark.parametrize("name", NAMES)
def test_each_unit_of_a_sample_can_stand_alone(name: str) -> None:
    source = sample(name)
    units = FORM.units(source)
    for index in range(len(units)):
        alone = render(source, close(units, [index]))
        assert parses(Source(name, alone)), alone
        assert text_of(source, units[index]) in alone
        without = render(source, close(units, [other for other in range(len(units)) if index not in close(units, [other])]))
        assert parses(Source(name, without)), without


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_left_of_a_sample_but_a_gap(name: str) -> None:
    source = sample(name)
    text = render(source, frozenset())
    assert text.count("\n") == 1
    assert parses(Source(name, text))


def test_what_is_left_of_real_files_parses() -> None:
    tried = 0
    for number, source in enumerate(real_files()):
        if not parses(source) or (source.name.endswith(".py") and not compiles(source.text)):
            continue
        for seed in range(2):
            text = render(source, some_selection(source, 1000 * number + seed))
            assert parses(Source(source.name, text)), (source.name, text)
            assert not source.name.endswith(".py") or compiles(text), (source.name, text)
            tried += 1
    assert tried > 100


def test_a_guard_keeps_its_exit() -> None:
    for name, condition, exit_ in [
        ("sample.py", "if not items:", "raise ValueError("),
        ("sample.js", "if (first === undefined)", "throw new TypeError("),
        ("sample.ts", "if (!text) {", "throw new Error("),
        ("Sample.java", "if (items.isEmpty())", "throw new IllegalStateException("),
        ("sample.go", "if len(items) == 0", "return 0, fmt.Errorf("),
        ("sample.rs", "if self.sides.is_empty()", "return Err("),
        ("sample.rs", "let Some(limit)", "return Ok(Self::NONE)"),
        ("sample.c", "if (items == NULL)", "return\n"),
        ("sample.cpp", "if (items.empty())", "throw std::invalid_argument("),
    ]:
        source = sample(name)
        holding = [unit for unit in FORM.units(source) if condition in text_of(source, unit)]
        assert [exit_ in text_of(source, unit) for unit in holding] == [True], name


def test_a_try_keeps_its_handlers() -> None:
    for name, inside, kept in [
        ("sample.py", 'os.stat("', ["try:", "except FileNotFoundError", "except (OSError", "finally:"]),
        ("sample.js", "fs.readFileSync", ["try {", "} catch (error) {", "} finally {"]),
        ("Sample.java", "in.read()", ["try (var in", "} catch (Ill", "} finally {"]),
        ("sample.cpp", "total = Risk(", ["try {", "} catch (const", "} catch (...)"]),
    ]:
        source = sample(name)
        text = render(source, only(source, inside))
        assert [part for part in kept if part not in text] == [], name


def test_what_is_kept_of_a_method_has_its_signature_and_its_class() -> None:
    text = "import a\n\n\nclass A(\n    B,\n):\n    x = 1\n\n    @property\n    def f(self):\n        def g(x):\n            y = x\n            z = y\n            return z\n        return g\n\n\nb = 1\n"
    source = Source("a.py", text)
    assert render(source, only(source, "y = x")) == (
        "# ... 1 line (1-3)\n"
        "class A(\n    B,\n):\n"
        "    ...  # 1 line (7-8)\n"
        "    @property\n    def f(self):\n"
        "        def g(x):\n"
        "            y = x\n"
        "            ...  # 4 lines (13-18)\n"
    )


def test_an_attribute_never_leaves_its_item() -> None:
    for name, attribute, item in [("sample.rs", "#[derive(Debug, Clone)]", "pub struct Shape"), ("sample.ts", "@Output()", "async read<"), ("sample.py", "@staticmethod", "async def decorated")]:
        source = sample(name)
        assert any(attribute in text_of(source, unit) and item in text_of(source, unit) for unit in FORM.units(source)), name


def test_a_statement_that_could_continue_another_needs_it() -> None:
    source = Source("a.js", "function f() {\n  let x = g\n  const y = 1\n  const z = 2;\n  /re/.test(y)\n  return x\n}\n")
    assert parses(source)
    for seed in range(60):
        assert parses(Source("a.js", render(source, some_selection(source, seed))))


def test_heads_are_the_signatures() -> None:
    source = sample("sample.py")
    heads = [text_of(source, unit).split("\n")[0].strip() for unit in FORM.units(source) if unit.head]
    assert heads == [
        "def modern(value: int) -> int:", "def modern(value):", "def guarded(items: Sequence[int], *, limit: int = LIMIT) -> int:", "@staticmethod",
        "class Base:", "def __init__(self, value: int) -> None:", "@property", "class Inner:", "def method(self): return 1", "def longer(self):",
        "async def last(self):", "class Empty(Base): pass", "def matcher(command):",
    ]  # fmt: skip


# Chunks


def test_chunks_of_python() -> None:
    assert outline(sample("sample.py")) == [
        "module LIMIT, TABLE, first, ... 1-21", "function modern 22-26", "function modern 27-30", "function guarded 31-77", "function decorated 78-90",
        "class Base 91-100", "function Base.__init__ 101-106", "function Base.double 107-116", "class Base 117-118", "class Base.Inner 119-119",
        "function Base.Inner.method 120-121", "function Base.Inner.longer 122-127", "function Base.last 128-134", "class Empty 135-137",
        "function matcher 138-151", "module lambda_value 152-161",
    ]  # fmt: skip


def test_chunks_of_javascript() -> None:
    assert outline(sample("sample.js")) == [
        "module LIMIT, state 1-12", "function add 13-47", "function default 48-53", "function square 54-60", "function twice 61-66",
        "function generator 67-75", "class Shape 76-85", "function Shape.constructor 86-91", "function Shape.area 92-99",
        "function Shape.handler 100-105", "function Shape.[Symbol.asyncIterator] 106-111", "function Shape.legacy 112-137",
        "module unterminated 138-150", "function Component 151-159",
    ]  # fmt: skip


def test_chunks_of_typescript() -> None:
    assert outline(sample("sample.ts")) == [
        "module <imports> 1-3", "class Options 4-11", "module Result 12-13", "class Color 14-19", "module plain 20-27",
        "function Shapes.Flat.origin 28-34", "module over 35-37", "function over 38-46", "class Service 47-54", "function Service.constructor 55-60",
        "function Service.read 61-79", "function Service.handler 80-85", "function Service.size 86-88", "class Shape 89-92",
        "function Shape.describe 93-99", "function make 100-105", "class Last 106-107", "module later 108-109",
    ]  # fmt: skip
    assert outline(sample("sample.tsx")) == [
        "module Props 1-4", "function List 5-34", "class Page 35-37", "function Page.toggle 38-43", "function Page.render 44-49",
    ]  # fmt: skip


def test_chunks_of_java() -> None:
    assert outline(sample("Sample.java")) == [
        "module <imports> 1-7", "class Sample 8-21", "function Sample.Sample 22-27", "function Sample.run 28-101", "class Sample 102-109",
        "class Sample.Visitor 110-112", "function Sample.Visitor.twice 113-119", "class Sample.Color 120-130", "function Sample.Color.Color 131-136",
        "function Sample.Color.mark 137-143", "class Sample.Point 144-144", "function Sample.Point.Point 145-151", "class Sample.Marked 152-156",
    ]  # fmt: skip


def test_chunks_of_go() -> None:
    assert outline(sample("sample.go")) == [
        "module first, ErrEmpty, table 1-20", "class Reader 21-27", "class Shape 28-36", "module ID 37-41", "function Add 42-87",
        "function Shape.Area 88-111", "function Shape.String 112-113", "function Map 114-127", "function Stack.Push 128-132",
    ]  # fmt: skip


def test_chunks_of_rust() -> None:
    assert outline(sample("sample.rs")) == [
        "module LIMIT, NAME 1-10", "class Shape 11-20", "class Color 21-27", "class Area 28-32", "function Area.twice 33-41", "class Shape 42-44",
        "function Shape.new 45-50", "function Shape.count 51-120", "class Shape 121-121", "function Shape.fmt 122-128", "function square 129-134",
        "module Table 135-141", "function later 142-147", "module tests 148-151", "function tests.counts 152-158",
    ]  # fmt: skip


def test_chunks_of_c() -> None:
    assert outline(sample("sample.c")) == [
        "module SAMPLE_H, LIMIT, SQUARE, ... 1-21", "class shape 22-30", "class point_t 31-36", "class color 37-42", "module table 43-50",
        "function add 51-107", "function names 108-115", "function old 116-124", "function make 125-127",
    ]  # fmt: skip


def test_chunks_of_cpp() -> None:
    assert outline(sample("sample.cpp")) == [
        "module kLimit 1-11", "class outer.inner.Color 12-13", "class outer.inner.Shape 14-17", "function outer.inner.Shape.Shape 18-24",
        "function outer.inner.Shape.~Shape 25-26", "function outer.inner.Shape.Add 27-62", "function outer.inner.Shape.operator== 63-68",
        "function outer.inner.Shape.operator bool 69-70", "class outer.inner.Shape.Node 71-75", "function outer.inner.Shape.Node.Depth 76-82",
        "class outer.inner.Shape 83-91", "function outer.inner.Shape.Risk 92-112", "module kText 113-118", "function outer.Pointer 119-126",
        "function outer.Other.~Other 127-134", "module <module> 135-136", "function plain 137-143",
    ]  # fmt: skip


def test_methods_know_their_class() -> None:
    parents = {chunk.label: chunk.parent for name in NAMES for chunk in FORM.split(sample(name)) if chunk.kind == "function"}
    assert parents["Base.Inner.longer"] == "Base.Inner"
    assert parents["Shape.Area"] == "Shape"
    assert parents["outer.Other.~Other"] == "outer.Other"
    assert parents["outer.Pointer"] == ""
    assert parents["guarded"] == ""


def test_no_chunk_is_blank_or_a_closing_line() -> None:
    for name in NAMES:
        for chunk in FORM.split(sample(name)):
            assert any(character.isalnum() for character in chunk.text), (name, chunk.label)
            assert chunk.text.split("\n")[0].strip() or chunk.first_line == 1, (name, chunk.label)


def test_long_runs_of_statements_are_cut_at_statements() -> None:
    text = "".join(f"value_{index} = [\n    {index},\n]\n" for index in range(100))
    chunks = FORM.split(Source("a.py", text))
    assert len(chunks) == 5
    assert all(chunk.last_line - chunk.first_line < 60 and chunk.text.startswith("value_") for chunk in chunks)


def test_a_huge_statement_is_one_chunk() -> None:
    text = "table = [\n" + "    1,\n" * 500 + "]\n"
    assert labels("a.py", text) == [("module", "table", "")]


def test_code_under_a_condition_or_a_wrapper_is_found() -> None:
    assert labels("a.js", "(function () {\n  var x = 1;\n\n  function f() {\n    a();\n    b();\n  }\n})();\n")[-1] == ("function", "f", "")
    assert ("function", "f", "") in labels("a.h", "#ifndef A_H\n#define A_H\nint f(int a) {\n  a++;\n  return a;\n}\n#endif\n")
    assert ("function", "f", "") in labels("a.py", "try:\n    import x\nexcept ImportError:\n    x = None\n    def f():\n        a\n        b\n        c\n")


def test_macros_do_not_hide_what_is_around_them() -> None:
    text = "namespace a {\nA_NAMESPACE_BEGIN\nclass A_EXPORT B {\n public:\n  int f() {\n    int x = 1;\n    x++;\n    return x;\n  }\n};\nA_NAMESPACE_END\n}\n"
    assert ("function", "a.B.f", "a.B") in labels("a.cc", text)


def test_a_syntax_error_leaves_other_functions_alone() -> None:
    text = "def a():\n    x = 1\n    y = 2\n    return x\n\n\ndef b(:\n    return (\n\n\ndef c():\n    x = 1\n    y = 2\n    return x\n"
    found = labels("a.py", text)
    assert ("function", "a", "") in found
    assert ("function", "c", "") in found
    assert FORM.fallback(Source("a.py", text)) is None


# Languages


def test_imports_are_known() -> None:
    source = sample("sample.py")
    assert [text_of(source, FORM.units(source)[index]).split("\n")[0] for index in FORM.imports(source)] == [
        "from __future__ import annotations", "import os", "import sys  # trailing comment", "from collections.abc import (",
    ]  # fmt: skip
    assert len(FORM.imports(sample("sample.c"))) == 2
    assert FORM.imports(Source("a.md", "import x\n")) == []


@pytest.mark.parametrize(
    ("name", "text", "language"),
    [
        ("a.py", "", "python"), ("A.PY", "", "python"), ("b/a.pyi", "", "python"), ("a.jsx", "", "javascript"), ("a.mjs", "", "javascript"), ("a.cjs", "", "javascript"),
        ("a.ts", "", "typescript"), ("a.tsx", "", "tsx"), ("a.java", "", "java"), ("a.go", "", "go"), ("a.rs", "", "rust"), ("a.c", "", "c"), ("a.cc", "", "cpp"),
        ("a.h", "int f(void);\n", "c"), ("a.h", "class A {\n};\n", "cpp"), ("a.h", "std::string f();\n", "cpp"), ("a.h", "/* a class of its own */\n", "c"),
        ("run", "#!/usr/bin/env python3\n", "python"), ("run", "#!/usr/bin/node --harmony\n", "javascript"), ("run", "#!/bin/sh\n", "sh"),
        ("Makefile", "", "makefile"), ("a.yaml", "", "yaml"), ("a.unknown", "", ""), ("", "", ""),
    ],
)  # fmt: skip
def test_a_language_is_told_by_name_and_first_line(name: str, text: str, language: str) -> None:
    assert FORM.language(Source(name, text)) == language


def test_a_given_language_comes_first() -> None:
    assert FORM.language(Source("a.ipynb", "x = 1\n", "python")) == "python"
    assert FORM.language(Source("a.py", "x = 1\n", "C++")) == "cpp"
    assert FORM.fallback(Source("a.py", "x = 1\n", "yaml")) == "no grammar for yaml"


@pytest.mark.parametrize(
    ("name", "gap", "header"),
    [
        ("a.py", "# ... 12 lines (31-42)", "# file: a.py"),
        ("a.ts", "// ... 12 lines (31-42)", "// file: a.ts"),
        ("a.css", "/* ... 12 lines (31-42) */", "/* file: a.css */"),
        ("a.html", "<!-- ... 12 lines (31-42) -->", "<!-- file: a.html -->"),
        ("a.sql", "-- ... 12 lines (31-42)", "-- file: a.sql"),
        ("a.unknown", "[... 12 lines (31-42)]", "=== file: a.unknown ==="),
    ],
)
def test_gaps_and_headers(name: str, gap: str, header: str) -> None:
    source = Source(name, "x\n")
    assert FORM.gap(source, Unit(0, 2, 31, 42), (31, 42), 12) == gap
    assert FORM.header(source) == header


def test_a_gap_in_a_python_body_is_a_statement() -> None:
    source = Source("a.py", "x\n")
    assert FORM.gap(source, Unit(0, 2, 31, 31, "    "), (31, 31), 1) == "    ...  # 1 line (31)"
    assert FORM.gap(Source("a.go", "x\n"), Unit(0, 2, 31, 31, "\t"), (31, 31), 1) == "\t// ... 1 line (31)"


def test_a_name_cannot_end_its_header() -> None:
    assert FORM.header(Source("a-->\nb.html", "")) == "<!-- file: a- - > b.html -->"
    assert FORM.header(Source("", "x")) == "=== file: (unnamed) ==="


def test_every_query_compiles_and_says_what_it_is() -> None:
    names = [language.name for language in languages.languages()]
    assert names == ["c", "cpp", "go", "java", "javascript", "python", "rust", "tsx", "typescript"]
    for language in languages.languages():
        assert languages.query(language).pattern_count > 5
        assert language.name in language.names


# Fallback


def test_text_without_a_grammar_is_cut_at_paragraphs() -> None:
    text = "".join(f"title {number}\n" + "word word\n" * 6 + "\n" for number in range(20))
    source = Source("a.md", text)
    chunks = FORM.split(source)
    assert FORM.fallback(source) == "no grammar for .md"
    assert {chunk.kind for chunk in chunks} == {"lines"}
    assert all(20 <= chunk.last_line - chunk.first_line + 1 <= 40 and chunk.text.startswith("title") for chunk in chunks[:-1])
    assert all(unit.last_line - unit.first_line < 6 for unit in FORM.units(source))


def test_parsing_that_takes_too_long_is_given_up() -> None:
    hasty = CodeFormat(seconds=1e-9)
    source = Source("a.py", "x = 1\n" * 20_000)
    assert hasty.fallback(source) == "parsing took over 1e-09 s"
    assert "".join(chunk.text for chunk in hasty.split(source)) == source.text


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("a.js", "[" * 20_000 + "]" * 20_000, "nested too deeply"),
        ("a.c", "{\n" * 20_000 + "}\n" * 20_000, "nested too deeply"),
        ("a.py", "(" * 30_000, "too many syntax errors"),
        ("a.py", "".join(" " * depth + "if x:\n" for depth in range(500)), None),
        ("a.js", "f(function () {\n" * 500 + "})\n" * 500, None),
        ("a.js", "var a = 1;" * 50_000, None),
    ],
)  # fmt: skip
def test_no_text_is_too_deep_or_too_long(name: str, text: str, reason: str | None) -> None:
    check_tiling(Source(name, text))
    assert FORM.fallback(Source(name, text)) == reason


def test_time_grows_with_length_only() -> None:
    body = sample("sample.py").text.replace("from __future__ import annotations\n", "")
    source = Source("long.py", body * 60)
    check_tiling(source)
    chunks = FORM.split(source)
    assert all(before.last_line + 1 == after.first_line for before, after in pairwise(chunks))
    assert sum(chunk.label == "guarded" for chunk in chunks) == 60
