"""Inputs for property tests: random text, code-like text, and real files of installed packages."""

from __future__ import annotations

import functools
import importlib.util
from pathlib import Path

from hypothesis import strategies as st

from longzip import Settings, Source

PACKAGES = ("rich", "typer", "pathspec", "hypothesis", "pip")
NAMES = (
    "a.py", "b.js", "c.ts", "d.java", "e.go", "f.rs", "g.c", "h.cpp", "i.md", "j.unknown", "src/k.tsx",
    "l.rb", "m.php", "n.cs", "o.kt", "p.lua", "q.sh", "r.swift", "s.scala", "Rakefile",
    "t.json", "u.yaml", "v.toml", "w.sql", "x.ex", "y.R", "z.proto", "a.tf", "CMakeLists.txt",
    "t.css", "u.html", "v.vue", "w.svelte",
)  # fmt: skip
FRAGMENTS = (
    "import os", "from a import b", "def f(x):", "    return x", "    if x:", "        y = 1", "    else:", "class A:",
    "    def g(self):", "        pass", "", "    ", "\t", "@decorator", "async def h():", "    await k()", "x = [",
    "    1,", "]", '"""text', '"""', "# é 漢字 🙂", "function f(a) {", "  return a;", "}", "if (a) {", "} else {",
    "const g = (b) => {", "};", "class B {", "  m() {", "  }", "// note", "/* open", " * more", " */", "fn main() {",
    "    let a = 1;", "match x {", "impl T {", "func F(a int) int {", "#include <x>", "int f(int a) {", "for (;;) {",
    "template <class T>", "<|endoftext|>", "\x0c", "```", "]]>", "…", "try:", "except E:", "    raise", "<?php", "?>",
    "module M", "  list.each do |x|", "  end", "x = <<~A", "A", "if [ -n x ]; then", "fi", "case x in", ";;",
    "local x = {", "object O {", "when (x) {", "fun f(a: Int) {", "guard let a else {", "#if X", "#endif",
    "namespace N;", "[Attribute]", "object P:", "__END__", '{"a": [', '  "b": {"c": 1},', "key:", "  - name: x",
    "    run: |", "[table.a]", "[[rows]]", "CREATE TABLE t (", "  id INT,", ");", "{{ if }}", "<div>", "</div>",
    "<script>", "</script>", '<style lang="scss">', "</style>", "<!--", "-->", "{#if x}", "{/if}", "| a | b |",
    "|---|---|", "# A", "```python", "- a", "> q", ".a {", "@media x {",
)  # fmt: skip


def code_like() -> st.SearchStrategy[str]:
    """Lines of several languages thrown together, with one kind of line end, perhaps none at the end."""
    lines = st.lists(st.sampled_from(FRAGMENTS) | st.text("ab(){}:;#\t '\"\\", max_size=12), max_size=40)
    return st.builds(
        lambda rows, end, last: end.join(rows) + (end if last else ""),
        lines,
        st.sampled_from(["\n", "\r\n"]),
        st.booleans(),
    )


def any_text() -> st.SearchStrategy[str]:
    return (
        st.text(st.characters(codec="utf-8"), max_size=200)
        | code_like()
        | code_like().map(lambda text: "\ufeff" + text)
    )


def sources(texts: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[Source, ...]]:
    one = st.builds(Source, st.sampled_from(NAMES), texts)
    return st.lists(one, min_size=1, max_size=4, unique_by=lambda source: source.name).map(tuple)


@functools.cache
def real_files(limit: int = 24_000) -> tuple[Source, ...]:
    """Real files: the samples of each language beside the tests, and Python files of installed packages."""
    samples = [path for path in sorted((Path(__file__).parent / "samples").glob("*")) if path.is_file()]
    roots = [
        Path(str(spec.origin)).parent for name in PACKAGES if (spec := importlib.util.find_spec(name)) and spec.origin
    ]
    installed = [path for root in roots for path in sorted(root.rglob("*.py"))[::3]]
    texts = ((path, path.read_bytes().decode("utf-8", "replace")) for path in [*samples, *installed])
    return tuple(Source(path.name, text) for path, text in texts if 0 < len(text) < limit)


def real_file() -> st.SearchStrategy[Source]:
    return st.integers(0, len(real_files()) - 1).map(lambda index: real_files()[index])


def real_sources() -> st.SearchStrategy[tuple[Source, ...]]:
    """One to three real files, each perhaps only some consecutive lines of one."""

    def part(source: Source, first: float, length: float) -> Source:
        lines = source.text.split("\n")
        at = int(first * len(lines))
        return Source(source.name, "\n".join(lines[at : at + 1 + int(length * len(lines))]))

    piece = st.builds(part, real_file(), st.floats(0, 0.9), st.floats(0.05, 1))
    some = st.lists(real_file() | piece, min_size=1, max_size=3, unique_by=lambda source: source.name).map(tuple)
    return some.filter(lambda found: any(source.text.strip() for source in found))


def settings() -> st.SearchStrategy[Settings]:
    return st.builds(
        Settings,
        strategy=st.sampled_from(["default", "default", "longcodezip"]),
        fine=st.sampled_from(["on", "on", "off", "auto"]),
        format=st.sampled_from(["text", "text", "markdown", "xml"]),
        alpha=st.sampled_from([0.3, 1.0, 2.0]),
        beta=st.sampled_from([0.0, 0.5, 1.0]),
        fine_ratio=st.sampled_from([0.3, 0.8, 1.0]),
        instruction=st.sampled_from(["", "", "Use this context."]),
        prompt=st.sampled_from([False, False, True]),
        count_for=st.just("chars/4"),
    )


QUERIES = (
    "how is the width of a column computed",
    "def parse(text):\n    return",
    "x",
    "a {",
    "read the file and return its lines é",
)
