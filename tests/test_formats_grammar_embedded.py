"""Languages inside others: that they are cut by their own grammars, and that nothing is broken in either."""

import pytest
from tree_sitter import Parser

from longzip import Source
from longzip.formats.code import CodeFormat
from longzip.formats.grammar.embedded import Region, region_of
from longzip.formats.grammar.languages import Marks, by_key, grammar
from longzip.rendering.pages import Page, excerpt
from longzip.scoring.places import is_named
from longzip.units import close
from tests.test_formats_code import SAMPLES, some_units

FORM = CodeFormat()
HOSTS = [source for source in SAMPLES if source.name.endswith((".html", ".vue", ".svelte", ".md"))]
INNER = {
    ".html": ("<script>\n", "</script>", "javascript"),
    ".vue": ('<script setup lang="ts">\n', "</script>", "typescript"),
    ".svelte": ('<script lang="ts">\n', "</script>", "typescript"),
    ".md": ("```python\n", "```", "python"),
}
STYLES = ("<style>\n", "<style scoped>\n")


def inside(text: str, opening: str, closing: str) -> str | None:
    """What stands between two marks, whole lines; None where the first is missing."""
    _before, found, after = text.partition(opening)
    return after.partition(closing)[0] if found else None


def broken(text: str, language: str) -> bool:
    return Parser(grammar(by_key("names")[language])).parse(text.encode()).root_node.has_error


def without(source: Source, *words: str) -> str:
    """The source less the units that hold one of the words."""
    units = FORM.units(source)
    hidden = [
        index for index, unit in enumerate(units) if any(word in source.text[unit.start : unit.end] for word in words)
    ]
    assert hidden
    return excerpt(Page(source, units), close(units, set(range(len(units))) - set(hidden)), FORM)


def only(source: Source, word: str) -> str:
    """The units of the source that hold the word, and what they need."""
    units = FORM.units(source)
    kept = close(units, [index for index, unit in enumerate(units) if word in source.text[unit.start : unit.end]])
    assert kept
    return excerpt(Page(source, units), kept, FORM)


def labels(source: Source, kind: str = "function") -> list[str]:
    return [chunk.label for chunk in FORM.split(source) if chunk.kind == kind]


PAGE = """<body>
<script>
  const limit = 3;

  function first(a) {
    const b = a + limit;
    const c = b * b;
    return c;
  }
</script>
<style>
.a {
  color: red;
  margin: 0;
}
</style>
<p>one</p>
<p>two</p>
<p>three</p>
</body>
"""


def test_functions_of_a_script_and_rules_of_a_style_are_chunks():
    assert labels(Source("a.html", PAGE)) == ["first", ".a"]


def test_markers_are_comments_of_the_language_they_stand_in():
    source = Source("a.html", PAGE)
    assert "    // ... 1 line (6)\n" in without(source, "const b")
    assert "  /* ... 1 line (13) */\n" in without(source, "color")
    assert "<!-- ... 2 lines (17-18) -->\n" in without(source, "one", "two")
    assert (
        only(source, "one")
        == "<body>\n<!-- ... 15 lines (2-16) -->\n<p>one</p>\n<!-- ... 2 lines (18-19) -->\n</body>\n"
    )


def test_a_line_of_a_script_keeps_the_tags_around_it():
    assert only(Source("a.html", PAGE), "const limit").split("\n") == [
        "<body>",
        "<script>",
        "  const limit = 3;",
        "",
        "  // ... 5 lines (5-9)",
        "</script>",
        "<!-- ... 9 lines (11-19) -->",
        "</body>",
        "",
    ]


@pytest.mark.parametrize("source", HOSTS, ids=lambda source: source.name)
def test_no_selection_of_units_breaks_what_is_embedded_in_a_sample(source):
    opening, closing, language = INNER[source.name.removeprefix("sample")]
    checked = 0
    for seed in range(150):
        text = some_units(source, seed)
        for mark, end, name in [(opening, closing, language), *((style, "</style>", "css") for style in STYLES)]:
            part = inside(text, mark, end)
            assert part is None or not broken(part, name), text
            checked += part is not None and "..." in part
        assert FORM.facts.valid(source, text), text
        assert text.count("```") % 2 == 0
    assert checked > 50


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("<script>", ["f"]),
        ('<script type="module">', ["f"]),
        ('<script type="text/x-template">', []),
        ('<script type="text/unheard-of">', []),
    ],
)
def test_the_type_of_a_script_says_its_language(tag, expected):
    assert labels(Source("a.html", f"{tag}\nfunction f() {{\n  a();\n  b();\n}}\n</script>\n")) == expected


def test_the_language_of_a_component_s_script_is_its_attribute():
    text = '<script lang="ts">\nfunction f(a: number): a is 3 {\n  g();\n  return a as any;\n}\n</script>\n'
    assert labels(Source("a.vue", text)) == ["f"]
    assert not FORM.facts.valid(Source("a.vue", text), text.replace("a: number", "a: : number"))
    assert labels(Source("a.vue", text.replace("ts", "coffee"))) == []


def test_a_script_on_one_line_stays_as_it_is():
    source = Source("a.html", "<script>function f() { a(); }\n b();\n</script>\n<script>\n c(); </script>\n<p>\n</p>\n")
    assert labels(source) == []
    assert [unit.last_line for unit in FORM.units(source)] == [3, 5, 7]


def test_a_faulty_part_does_not_spoil_the_others():
    faulty = PAGE.replace("color: red", "}}} color: {")
    source = Source("a.html", faulty)
    assert FORM.facts.valid(source, faulty)
    assert not FORM.facts.valid(source, faulty.replace("return c;", "return c c;"))
    assert not FORM.facts.valid(Source("a.html", PAGE), faulty)


def test_an_alternative_in_a_component_keeps_what_it_is_the_alternative_to():
    text = "<template>\n  <p v-if='a'>\n    x\n    y\n  </p>\n  <p v-else>\n    z\n    u\n  </p>\n  <b/>\n</template>\n"
    assert "v-if='a'" in only(Source("a.vue", text), "z")


TABLE = "# T\n\n| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n| 5 | 6 |\n\nEnd.\n"


def test_a_table_keeps_its_head_and_stays_a_table():
    source = Source("a.md", TABLE)
    assert without(source, "| 3 |") == TABLE.replace("| 3 | 4 |", "| <!-- ... 1 line (6) --> |")
    assert without(source, "| 1 |", "| 3 |") == TABLE.replace("| 1 | 2 |\n| 3 | 4 |", "| <!-- ... 2 lines (5-6) --> |")
    assert without(source, "| 5 |") == TABLE.replace("| 5 | 6 |\n\n", "<!-- ... 1 line (7) -->\n")


def test_sections_are_named_by_the_headings_around_them():
    text = "intro\n\n# A *b* (c)\n\ntext\n\n## `d()`\n\ntext\n\n# E\n"
    assert labels(Source("a.md", text), "class") == ["A *b* (c)", "A *b* (c).d()", "E"]
    assert without(Source("a.md", text), "d()").split("\n")[-2] == "# E"


def test_a_code_block_in_a_quotation_is_not_cut():
    quoted = "> ```python\n> def f():\n>     a()\n>     b()\n> ```\n"
    assert len(FORM.units(Source("a.md", quoted))) == 1


@pytest.mark.parametrize(
    ("lines", "found"), [((2, 3), "a"), ((2, 5), "a"), ((3, 4), None), ((5, 7), None), ((7, 7), "b"), ((9, 9), None)]
)
def test_a_region_holds_all_of_a_gap(lines, found):
    regions = [Region(2, 3, Marks("a")), Region(5, 5, Marks("a")), Region(7, 8, Marks("b"))]
    region = region_of(regions, lines)
    assert (region.marks.open if region else None) == found


@pytest.mark.parametrize(
    "text",
    [
        "<div>\n" * 20_000,
        "<script>\n" * 5_000,
        "> " * 20_000,
        "- \n" * 5_000,
        "a{" * 50_000,
        "```js\n" * 3_001,
        "<p" * 50_000,
    ],
)
@pytest.mark.parametrize("name", ["a.html", "a.vue", "a.svelte", "a.md", "a.css"])
def test_garbage_is_cut_somehow(name, text):
    source = Source(name, text)
    assert "".join(chunk.text for chunk in FORM.split(source)) == text
    assert "".join(text[unit.start : unit.end] for unit in FORM.units(source)) == text


def test_a_heading_stays_with_what_it_heads():
    text = (
        "<section>\n  <h2>Head</h2>\n  <p>one</p>\n  "
        "<p>two</p>\n</section>\n<table>\n<thead>\n<tr>\n</tr>\n</thead>\n<tr>\n3\n</tr>\n</table>\n"
    )
    assert "<h2>Head</h2>" in only(Source("a.html", text), "two")
    assert "<thead>\n<tr>\n</tr>\n</thead>" in only(Source("a.html", text), "3")


def test_statements_of_a_template_language_stay_in_pairs():
    text = (
        '<ul {% if a > b %}class="c"{% endif %}>\n  {% for x in y %}\n  <li>1</li>\n  <li>2</li>\n  {% '
        "endfor %}\n</ul>\n"
    )
    source = Source("a.html", text)
    assert only(source, "<li>2") == text.replace("  <li>1</li>\n", "  <!-- ... 1 line (3) -->\n")
    assert FORM.facts.valid(source, text)
    assert not FORM.facts.valid(source, text + "<b <\n")


def test_the_options_of_a_component_are_cut_by_their_functions():
    text = (
        "<script>\nexport default {\n  name: 'a',\n  methods: {\n    one() {\n      a();\n      b();\n   "
        " },\n    two: () => {\n      c();\n      d();\n    }\n  }\n};\n</script>\n"
    )
    source = Source("a.vue", text)
    assert labels(source) == ["methods.one", "methods.two"]
    assert "  methods: {\n    // ... 4 lines (5-8)\n    two: () => {\n      c();\n" in only(source, "c();")


@pytest.mark.parametrize(("symbol", "found"), [("section#a", True), ("f", True), ("section", True), ("b", False)])
def test_parts_of_a_page_are_pinned_by_their_labels(symbol, found):
    text = "<section id='a'>\n<p>\n</p>\n</section>\n<script>\nfunction f() {\n  a();\n  b();\n}\n</script>\n"
    assert any(is_named(chunk, symbol) for chunk in FORM.split(Source("a.html", text))) == found


def test_comments_in_mdx_are_those_of_its_expressions():
    assert FORM.header(Source("a.mdx", "# A\n")) == "{/* file: a.mdx */}"
