"""The code format on the samples of each language: what is a chunk, and that no selection of units breaks the
syntax."""

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from longzip import Source
from longzip.formats.code import CodeFormat
from longzip.rendering.pages import Page, excerpt
from longzip.units import close
from tests.parsing import compiles, installed, parses
from tests.strategies import real_file

FORM = CodeFormat()
SAMPLES = [
    Source(path.name, path.read_bytes().decode("utf-8"))
    for path in sorted((Path(__file__).parent / "samples").iterdir())
    if path.is_file()
]


def needs_grammar(source: Source) -> None:
    if not installed(source):
        pytest.skip("its grammar comes with longzip[languages]")


def some_units(source: Source, seed: int) -> str:
    """The source with a random selection of its units, closed under what they need."""
    rng = random.Random(seed)
    units = FORM.units(source)
    share = rng.random()
    kept = close(units, [index for index in range(len(units)) if rng.random() < share])
    return excerpt(Page(source, units), kept, FORM)


@pytest.mark.parametrize("source", SAMPLES, ids=lambda source: source.name)
def test_the_samples_parse_and_are_cut_by_their_grammar(source):
    needs_grammar(source)
    assert parses(source)
    assert FORM.facts.fallback(source) is None
    assert len({chunk.kind for chunk in FORM.split(source)}) > 1


@pytest.mark.parametrize("source", SAMPLES, ids=lambda source: source.name)
def test_no_selection_of_units_breaks_a_sample(source):
    needs_grammar(source)
    for seed in range(150):
        text = some_units(source, seed)
        assert parses(Source(source.name, text)), text
        assert not source.name.endswith(".py") or compiles(text), text


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(real_file(), st.integers(0, 10**6))
def test_no_selection_of_units_breaks_a_real_file(source, seed):
    if parses(source):
        assert parses(Source(source.name, some_units(source, seed)))


PYTHON = '''import os

@decorated
async def first(a):
    """Doc."""
    if not a:
        return None
    def nested():
        return 1
    return nested


class Thing(Base):
    """A thing."""

    field = 1

    @property
    def size(self):
        return len(self)
'''


def test_python_chunks():
    chunks = FORM.split(Source("a.py", PYTHON))
    found = [(chunk.kind, chunk.label, chunk.parent, chunk.first_line) for chunk in chunks]
    assert found == [
        ("module", "<imports>", "", 1),
        ("function", "first", "", 3),
        ("class", "Thing", "", 13),
        ("function", "Thing.size", "Thing", 18),
    ]


def test_a_guard_is_one_unit_with_its_exit():
    source = Source("a.py", PYTHON)
    (guard,) = [unit for unit in FORM.units(source) if "if not a" in PYTHON[unit.start : unit.end]]
    assert "return None" in PYTHON[guard.start : guard.end]


def test_decorators_stay_with_their_function():
    (head,) = [unit for unit in FORM.units(Source("a.py", PYTHON)) if "async def" in PYTHON[unit.start : unit.end]]
    assert PYTHON[head.start : head.end].startswith("@decorated")
    assert head.head


JSX = """function App() {
  return (
    // the page
    <main>
      <h1>Title</h1>
      <ul>
        {rows.map((row) => (
          <li key={row.id}>
            {row.name}
          </li>
        ))}
      </ul>
      <Footer />
    </main>
  );
}
"""


def test_a_gap_in_markup_is_a_comment_of_the_markup():
    source, units = Source("a.jsx", JSX), FORM.units(Source("a.jsx", JSX))
    (footer,) = [index for index, unit in enumerate(units) if "<Footer" in JSX[unit.start : unit.end]]
    text = excerpt(Page(source, units), close(units, [footer]), FORM)
    assert "    <main>\n      {/* ... 8 lines (5-12) */}\n      <Footer />\n    </main>\n" in text
    assert parses(Source("a.jsx", text))


def test_what_has_no_grammar_is_cut_by_lines_and_says_so():
    source = Source("notes.xyz", "one\n\ntwo\n" * 30)
    assert {chunk.kind for chunk in FORM.split(source)} == {"lines"}
    assert "grammar" in str(FORM.facts.fallback(source))


def test_deep_nesting_does_not_kill():
    text = "x = " + "(" * 5000 + "1" + ")" * 5000 + "\n"
    assert "".join(chunk.text for chunk in FORM.split(Source("a.py", text))) == text


def test_a_branch_that_only_leaves_keeps_its_exit():
    text = (
        "def f(a):\n    if a > 1:\n        return 1\n    elif a > 2:\n        raise ValueError(\n        "
        "    a\n        )\n    else:\n        return 3\n    b = a\n    return b\n"
    )
    units = FORM.units(Source("a.py", text))
    (branches,) = [unit for unit in units if "if a > 1" in text[unit.start : unit.end]]
    assert text[branches.start : branches.end].endswith("    else:\n        return 3\n")
