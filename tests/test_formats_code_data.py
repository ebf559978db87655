"""The code format on data: JSON, YAML and TOML; and on languages whose grammar may be missing."""

import json
import random
import re
import tomllib

import pytest

from longzip import Source
from longzip.formats.code import CodeFormat
from longzip.formats.grammar import languages
from longzip.rendering.pages import Page, excerpt
from longzip.units import close
from tests.test_formats_code import SAMPLES

FORM = CodeFormat()


def unit_texts(source: Source) -> list[str]:
    return [source.text[unit.start : unit.end] for unit in FORM.units(source)]


def kept_with(source: Source, part: str) -> str:
    """What has to be kept for the unit that holds ``part``."""
    units = FORM.units(source)
    (index,) = [index for index, text in enumerate(unit_texts(source)) if part in text]
    return excerpt(Page(source, units), close(units, [index]), FORM)


def sample(name: str) -> Source:
    (found,) = [source for source in SAMPLES if source.name == name]
    return found


JSON = """{
  "first": 1,
  "second": {
    "a": 1,
    "b": [
      10,
      20,
      30
    ],
    "c": 3,
    "d": 4,
    "e": 5
  },
  "third": 3
}
"""


def test_the_last_member_stays_where_another_does_since_it_has_no_comma():
    text = kept_with(Source("a.json", JSON), '"first"')
    assert text == '{\n  "first": 1,\n  // ... 11 lines (3-13)\n  "third": 3\n}\n'


def test_an_element_stands_with_the_heads_and_last_members_around_it():
    text = kept_with(Source("a.json", JSON), "10")
    assert json.loads(re.sub(r"// \.\.\..*", "", text)) == {"second": {"b": [10, 30], "e": 5}, "third": 3}


def test_without_its_gap_markers_what_is_left_of_a_json_file_is_json():
    source, units = sample("sample.json"), FORM.units(sample("sample.json"))
    for seed in range(100):
        rng = random.Random(seed)
        kept = close(units, [index for index in range(len(units)) if rng.random() < 0.3])
        text = re.sub(r"(?m)^ *// \.\.\. .*$", "", excerpt(Page(source, units), kept, FORM))
        assert isinstance(json.loads(text or "{}"), dict)


def test_what_is_left_of_a_toml_file_is_toml():
    source, units = sample("sample.toml"), FORM.units(sample("sample.toml"))
    for seed in range(100):
        rng = random.Random(seed)
        kept = close(units, [index for index in range(len(units)) if rng.random() < 0.5])
        assert isinstance(tomllib.loads(excerpt(Page(source, units), kept, FORM)), dict)


def test_a_comma_on_another_line_holds_its_list_together():
    assert len(FORM.units(Source("a.json", '{\n  "a": 1\n  , "b": 2\n  ,\n  "c": 3\n}\n'))) == 1


def test_a_section_is_a_chunk_if_it_is_long_and_is_called_by_its_path():
    found = [(chunk.label, chunk.parent, chunk.first_line) for chunk in FORM.split(Source("a.json", JSON))]
    assert found == [("first", "", 1), ("second", "", 3), ("third", "", 14)]


def test_one_long_line_is_one_unit():
    for rows, reason in ((100, None), (20_000, "it is one long line")):
        source = Source("a.json", json.dumps([{"a": [number]} for number in range(rows)]))
        assert len(FORM.units(source)) == 1
        assert FORM.facts.fallback(source) == reason


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.toml", "[one]\na = 1\nb = 2\n\n# About two.\n[two]\nc = 3\n"),
        ("a.yaml", "one:\n  a: 1\n  b: 2\n\n# About two.\ntwo:\n  c: 3\n"),
    ],
)
def test_a_comment_belongs_to_the_heading_below_it(name, text):
    shown = kept_with(Source(name, text), "c: 3" if name == "a.yaml" else "c = 3")
    assert "# About two.\n" in shown
    assert "b" not in shown.partition("# About two")[0]


def test_a_comment_at_the_end_of_a_mapping_stays_in_it():
    text = "one:\n  a: 1\n  b: 2\n  # no c\n\ntwo:\n  d: 1\n  e: 2\n  f: 3\n"
    assert "# no c" not in kept_with(Source("a.yaml", text), "d: 1")


def test_the_text_of_a_block_is_never_cut():
    source = sample("sample.yaml")
    (script,) = [text for text in unit_texts(source) if "wc -l" in text]
    assert script.lstrip().startswith("- |")
    assert script.rstrip().endswith("done")


TEMPLATE = """kind: Deployment
spec:
  {{- if .Values.replicas }}
  replicas: {{ .Values.replicas | int }}
  {{- end }}
  paused: false
  selector:
    {{- include "labels" . | nindent 4 }}
    app: web
    tier: {{ .Values.tier }}
"""


def test_a_template_is_cut_along_its_text_and_its_own_lines_stay():
    text = kept_with(Source("a.yaml", TEMPLATE), "paused")
    assert "{{- if .Values.replicas }}\n" in text
    assert "{{- end }}\n" in text
    assert "tier" not in text


def test_deep_nesting_does_not_reach_a_grammar_that_dies_of_it():
    source = Source("a.yaml", "".join(" " * depth + "a:\n" for depth in range(1000)))
    assert FORM.facts.fallback(source) == "nested too deeply"


def test_the_magics_of_a_notebook_do_not_spoil_its_functions():
    source = Source(
        "n.ipynb",
        "# %%\n%matplotlib inline\nimport os\n\n# %%\n!ls\ndef first():\n    return os\n\n\ndef "
        "second():\n    return 2\n",
    )
    assert [chunk.label for chunk in FORM.split(source)][-2:] == ["first", "second"]


def test_what_is_something_else_is_cut_by_lines():
    assert FORM.facts.fallback(Source("a.json", "<html>\n<body>\nno\n</body>\n</html>\n")) == "it is not json"


def test_a_missing_grammar_names_what_installs_it(monkeypatch):
    def refuse(language):
        raise ImportError(language.name)

    monkeypatch.setattr(
        "longzip.formats.grammar.analysis.query", refuse
    )  # freeing a query that was used crashes the binding
    assert CodeFormat().facts.fallback(Source("a.sql", "SELECT 1;\n")) == (
        "the grammar for sql is not installed; pip install 'longzip[languages]'"
    )


def test_names_of_whole_files_come_before_their_endings():
    assert [languages.find(Source(name, "")).name for name in ("Cargo.lock", "composer.lock")] == ["toml", "json"]
