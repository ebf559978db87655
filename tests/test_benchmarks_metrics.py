"""Measures of the benchmark, by answers that can be worked out by hand."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.functions import bare
from benchmarks.metrics import (
    answer_measures,
    bootstrap,
    boundary_measures,
    compared,
    edit_distance,
    edit_similarity,
    location_measures,
    paying_length,
    paying_price,
    says,
    selection_measures,
    similarity,
    unfenced,
    word_f1,
    words_kept,
)
from benchmarks.values import Context, Example, Wanted
from longzip import Compressor, Source

CODE = "def one():\n    return alpha\n\n\ndef two():\n    return beta\n"
SOURCES = (Source("a.py", CODE),)
FORM = Compressor.load("ngram").form


class Facts:
    """Validity, as a format's facts have it."""

    def valid(self, _source, text):
        return "(" not in text or ")" in text


class Form:
    """Headers, as a format has them."""

    facts = Facts()

    def header(self, source):
        return f"# {source.name}"


class Tools:
    form = Form()


class ToolsWithGrammar:
    form = FORM


def example(**values):
    return Example("e", SOURCES, "query", **values)


def slow_distance(one, other):
    table = [[row + column for column in range(len(other) + 1)] for row in range(len(one) + 1)]
    for row in range(1, len(one) + 1):
        for column in range(1, len(other) + 1):
            table[row][column] = min(
                table[row - 1][column] + 1,
                table[row][column - 1] + 1,
                table[row - 1][column - 1] + (one[row - 1] != other[column - 1]),
            )
    return table[-1][-1]


@settings(deadline=None)
@given(st.text("abcé\n", max_size=12), st.text("abcé\n", max_size=12))
def test_the_edit_distance_is_the_textbooks(one, other):
    assert edit_distance(one, other) == slow_distance(one, other)


def test_edit_similarity():
    assert edit_similarity("", "") == 1.0
    assert edit_similarity("abc", "") == 0.0
    assert edit_similarity("kitten", "sitting") == pytest.approx(1 - 3 / 7)


def test_only_as_many_lines_of_an_answer_count_as_the_truth_has():
    found = answer_measures(example(hidden="x = 1\n\ny = 2\n"), "  x = 1\n# a thought\n  y = 2\n  z = 3\n", FORM)
    assert found == {"es": 1.0, "em": 1.0}
    assert answer_measures(example(hidden="x = 1"), "x = 2", FORM)["em"] == 0.0


def test_a_completion_in_a_code_block_is_what_is_in_the_block():
    assert answer_measures(example(hidden="x = 1"), "```python\nx = 1\n```\nThat is all.", FORM) == {
        "es": 1.0,
        "em": 1.0,
    }
    assert unfenced("x = '```'\n") == "x = '```'\n"


def test_a_needle_is_found_where_the_answer_is_nearest_to_it():
    right = "def add(a, b):\n    first = a\n    second = b\n    return first + second"
    other = "def sub(a, b):\n    first = a\n    second = b\n    return first - second"
    asked = example(hidden=right, choices=(other,), wanted=(Wanted("a.py", 1, 4),), kind="needle")
    assert answer_measures(asked, f"Here:\n```python\n{right}\n```\n", FORM) == {
        "hit": 1.0,
        "similarity": pytest.approx(1.0),
    }
    assert answer_measures(asked, f"```\n{other}\n```", FORM)["hit"] == 0.0
    assert answer_measures(asked, "I found no such function.", FORM)["hit"] == 0.0


def test_of_an_answer_the_first_function_counts_and_comments_do_not():
    right = "def add(a, b):\n    first = a\n    second = b\n    return first + second"
    asked = example(hidden=right, wanted=(Wanted("a.py", 1, 4),), kind="needle")
    lines = right.split("\n")
    said = "\n".join(
        [lines[0], '    """Adds."""', "    # the first", *lines[1:], "", "", "def unasked():", "    return 0"]
    )
    for answer in (f"```python\n{said}\n```", f"In this file:\n```\nmath.py\n```\nthere is\n```python\n{said}\n```"):
        assert answer_measures(asked, answer, FORM) == {"hit": 1.0, "similarity": pytest.approx(1.0)}


def test_bleu_by_hand():
    assert similarity("a b c d", "a b c d") == pytest.approx(1.0)
    assert similarity("", "a") == similarity("x y", "a b") == 0.0
    assert similarity("a b c d", "a b c d e f g h") == pytest.approx(math.exp(1 - 8 / 4))
    by_hand = (3 / 4 * 1 / 3 * (math.log(4) / (2 * 5)) / 2 * (math.log(4) / (4 * 5)) / 1) ** (
        1 / 4
    )  # one pair, no three in a row
    assert similarity("a b x d", "a b c d") == pytest.approx(by_hand)


@pytest.mark.parametrize(
    ("name", "code", "left"),
    [
        (
            "a.py",
            '    @cached\n    def f(self):\n        """Doc."""\n        x = 1  # note\n        return x\n',
            "@cached\ndef f(self):\n    x = 1\n    return x\n",
        ),
        (
            "a.ts",
            "/** Doc. */\nexport function f(a: number): number {\n  // note\n  return a;\n}\n",
            "export function f(a: number): number {\n  return a;\n}\n",
        ),
        ("a.go", "// F does.\nfunc F(a int) int {\n\treturn a // note\n}\n", "func F(a int) int {\n\treturn a\n}\n"),
        ("a.py", "x = 1  # no function\n", "x = 1\n"),
    ],
)
def test_a_function_bare(name, code, left):
    assert bare(FORM, code, Source(name, "")) == left


def test_recall():
    asked = example(hidden="7 May 2023", kind="recall")
    assert answer_measures(asked, "On 7 May, 2023.", FORM)["recall"] == 1.0
    assert answer_measures(asked, "In May 2023.", FORM)["recall"] == 0.0
    assert answer_measures(asked, "It was on 7 May 2023!", FORM) == {
        "recall": 1.0,
        "word f1": pytest.approx(2 * 3 / (6 + 3)),
    }
    assert says("the Cat sat", "a cat")
    assert not says("concatenate", "cat")
    assert words_kept("May 2023 was warm", "7 May 2023") == pytest.approx(2 / 3)
    assert word_f1("nothing", "7 May") == 0.0


def test_what_a_context_keeps_by_its_lines():
    asked = example(wanted=(Wanted("a.py", 1, 2), Wanted("a.py", 5, 6)), names=frozenset({"alpha", "beta"}))
    found = selection_measures(
        asked, Context("# a.py\ndef one():\n    return alpha\n", {"a.py": frozenset({1, 2, 6})}), Tools()
    )
    assert found == {"callee": 0.5, "lines": 0.75, "whole": 0.5, "names": 0.5, "valid": 1.0}


def test_a_text_that_is_no_selection_is_looked_up_line_by_line():
    asked = example(wanted=(Wanted("a.py", 5, 6),))
    found = selection_measures(asked, Context("def two():\n  return beta", None), Tools())
    assert found["lines"] == 1.0
    assert found["callee"] == 1.0


def test_nothing_shown_is_worth_nothing():
    asked = example(wanted=(Wanted("a.py", 1, 2),), names=frozenset({"alpha"}))
    assert selection_measures(asked, Context("", {}), Tools()) == {
        "callee": 0.0,
        "lines": 0.0,
        "whole": 0.0,
        "names": 0.0,
    }


def test_of_an_issue_the_files_count_too():
    sources = (Source("a.py", CODE), Source("b.py", CODE))
    asked = Example("e", sources, "q", wanted=(Wanted("a.py", 1, 2), Wanted("a.py", 5, 6), Wanted("b.py", 5, 6)))
    shown = Context("# a.py\n    return beta\n# b.py\ndef one():\n", {"a.py": frozenset({6}), "b.py": frozenset({1})})
    assert location_measures(asked, shown, Tools())["files"] == 0.5


def test_validity_is_by_file():
    sources = (Source("a.py", CODE), Source("b.py", CODE))
    text = "# a.py\nf(x)\n# b.py\nf(x\n"
    asked = Example("e", sources, "q")
    shown = {"a.py": frozenset({1}), "b.py": frozenset({1})}
    assert selection_measures(asked, Context(text, shown), Tools())["valid"] == 0.5


def test_boundaries():
    code = "def f(a):\n    x = 1\n    for b in a:\n        x = b\n        y = b\n        z = b\n    return x\n"
    asked = Example("e", (Source("a.py", code),), "q", wanted=tuple(Wanted("a.py", line, line) for line in (3, 7)))
    found = boundary_measures(asked, Context("", {"a.py": frozenset({1, 4, 7, 8})}), ToolsWithGrammar())
    assert (found["precision"], found["recall"], found["f1"]) == (pytest.approx(1 / 3), 0.5, pytest.approx(0.4))
    assert (found["edge precision"], found["edge recall"]) == (
        pytest.approx(2 / 3),
        pytest.approx(2 / 6),
    )  # lines 4 and 7, of 2 to 7


def test_boundaries_that_nobody_finds():
    asked = Example("e", (Source("a.py", "def f(a):\n    x = 1\n    return x\n"),), "q", wanted=(Wanted("a.py", 3, 3),))
    found = boundary_measures(asked, Context("", {"a.py": frozenset({1})}), ToolsWithGrammar())
    assert set(found.values()) == {0.0}
    found = boundary_measures(asked, Context("", {"a.py": frozenset({1, 3})}), ToolsWithGrammar())
    assert (found["precision"], found["recall"]) == (1.0, 1.0)


@settings(deadline=None)
@given(st.lists(st.floats(-5, 5), min_size=1, max_size=30))
def test_an_interval_holds_what_the_values_span(values):
    found = bootstrap(values)
    assert found.mean == pytest.approx(np.mean(values))
    assert min(values) - 1e-9 <= found.low <= found.high <= max(values) + 1e-9


def test_a_sure_difference_excludes_zero_and_the_same_numbers_give_the_same_interval():
    own, other = {str(key): 1.0 + key % 3 for key in range(40)}, {str(key): 0.0 for key in range(40)}
    found = compared(own, other)
    assert found.difference.low > 0
    assert found == compared(own, other)


def test_a_comparison_is_paired_and_counts():
    own, other = {"a": 1.0, "b": 2.0, "c": 3.0}, {"b": 2.0, "c": 5.0, "d": 0.0}
    found = compared(own, other)
    assert (found.wins, found.ties, found.losses) == (0, 1, 1)
    assert found.difference.mean == -1.0
    assert compared(own, other, lower_is_better=True).wins == 1


def test_break_even():
    length = paying_length(tokens_per_second=1000, kept=2000, second_price=0.0005, million_price=1.0)
    assert (length - 2000) / 1e6 == pytest.approx(length / 1000 * 0.0005)  # what is saved is what it costs
    assert paying_length(10, 2000, 1.0, 1.0) == math.inf
    assert paying_price(seconds=10, tokens_saved=1_000_000, second_price=0.01) == pytest.approx(0.1)
    assert paying_price(10, 0, 0.01) == math.inf
