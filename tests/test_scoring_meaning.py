"""Chunks as an encoder reads them, and how near they are to a question."""

import pytest

from longzip import Source
from longzip.formats.code import CodeFormat
from longzip.protocols import Passage
from longzip.scoring.meaning import apart, closeness, passage_of
from tests.fakes import LetterEncoder

PYTHON = '''class Shop:
    """Sells."""

    rate = 7

    def order(self, lines):
        """Count them."""
        # one each
        return len(lines)
'''
GO = "// Order counts.\nfunc Order(lines []string) int {\n\t/* one\n\t * each */\n\treturn len(lines) // why\n}\n"


def chunks(name, text, language=None):
    return [chunk for chunk in CodeFormat().split(Source(name, text, language)) if chunk.text.strip()]


def test_a_docstring_and_comments_are_apart_from_the_code():
    order = passage_of(chunks("a/shop.py", PYTHON)[-1])
    assert (order.path, order.name, order.doc) == ("a/shop.py", "Shop.order", "Count them.")
    assert "Count" not in order.body
    assert "return len(lines)" in order.body
    (go,) = chunks("shop.go", GO)
    assert passage_of(go).doc == "Order counts.\none\neach */"
    assert passage_of(go).body == "func Order(lines []string) int {\n\treturn len(lines) // why\n}\n"


def test_the_language_that_is_said_counts_more_than_the_name():
    said = [passage_of(chunk) for chunk in chunks("shop", PYTHON, "python")]
    assert said[-1].doc == "Count them."


@pytest.mark.parametrize("code", ["", "\n\n", "#include <a.h>\n#define B\n", "x = 1"])
def test_code_without_comments_is_left_as_it_is(code):
    assert apart(code, False) == ("", code)


def test_the_nearest_chunk_shares_what_the_question_has():
    found = chunks("x.js", "function bbb() { return 1 }\n\nfunction aaa() { return 1 }\n")
    (near,) = closeness(LetterEncoder(), ["a c e f"], found)
    assert near.index(max(near)) == [chunk.label for chunk in found].index("aaa")
    assert max(near) == 1.0
    assert closeness(LetterEncoder(), ["?", "??"], found) == [[0.0] * len(found)] * 2
    assert closeness(LetterEncoder(), ["a"], []) == [[]]


def test_a_passage_has_four_fields():
    assert Passage() == Passage("", "", "", "")
