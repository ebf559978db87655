import json
import xml.etree.ElementTree as ElementTree
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longzip import Compressor, Settings, Source, Span
from longzip.formats.code import CodeFormat
from longzip.rendering.outputs import OUTPUTS, Frame, document
from longzip.rendering.pages import Named, Page, Style, absorb, excerpt, hidden_names, spans
from longzip.settings import OutputFormat
from longzip.units import lines

FORM = CodeFormat()
TEXT = (
    "a = 1\nb = 2\n\nprint('a long line that is worth more than any marker could be', a, "
    "b)\nprint('another one, as long as the first, so that it is left out', a)\nc = 3\n"
)


def page(text: str = TEXT, name: str = "x.py") -> Page:
    source = Source(name, text)
    return Page(source, lines(source))


def test_everything_kept_is_the_text_itself():
    assert excerpt(page(), frozenset(range(6)), FORM) == TEXT


def test_a_gap_says_how_many_lines_and_which():
    assert excerpt(page(), frozenset({0, 1, 5}), FORM) == "a = 1\nb = 2\n# ... 2 lines (4-5)\nc = 3\n"


def test_a_gap_keeps_the_line_ends_of_the_file():
    text = "a = 1\r\nb = 2\r\nc = 3\r\n"
    assert excerpt(page(text), frozenset({0, 2}), FORM) == "a = 1\r\n# ... 1 line (2)\r\nc = 3\r\n"


def test_dropped_blank_lines_leave_no_marker():
    assert excerpt(page("a = 1\n\n\nb = 2\n"), frozenset({0, 3}), FORM) == "a = 1\nb = 2\n"


def test_a_gap_shorter_than_its_marker_is_kept_instead():
    assert absorb(page("a = 1\nb = 2\nc = 3\n"), frozenset({0, 2}), FORM) == {0, 1, 2}
    assert absorb(page(), frozenset({0, 1, 2, 5}), FORM) == {0, 1, 2, 5}
    assert absorb(page(), frozenset(), FORM) == frozenset()


def test_spans_join_neighbours():
    assert spans(page().units, frozenset({0, 1, 4})) == (Span(1, 2), Span(5, 5))


@given(st.text("a`\n", max_size=60))
def test_a_markdown_fence_is_longer_than_anything_inside(body):
    text = OUTPUTS["markdown"].section(Source("x.py", body), body, None, "python")
    fence = text[: len(text) - len(text.lstrip("`"))]
    assert text.endswith(fence + "\n")
    assert fence not in body


@given(
    st.text(
        st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"), max_size=60
    ),
    st.booleans(),
)
def test_xml_is_well_formed_and_keeps_the_text(body, broken):
    body = body + ("]]>" if broken else "")
    text = document([OUTPUTS["xml"].section(Source('a "b" <c>.py', body), body, "", "python")], Frame(), "xml")
    file = ElementTree.fromstring(text)[0]
    assert file.get("path") == 'a "b" <c>.py'
    assert file.text is not None
    assert file.text[1:].rstrip("\n") == body.rstrip("\n")


def test_xml_holds_no_character_that_xml_forbids():
    body = 'x = "\x1b[0m\x00\x0c\ufffe\t"\r\n'
    text = document([OUTPUTS["xml"].section(Source("a\x07.py", body), body, "", "python")], Frame(), "xml")
    file = ElementTree.fromstring(text)[0]
    assert file.text == '\nx = "\u241b[0m\u2400\u240c\ufffd\t"\n'
    settings = Settings(model="ngram", count_for="chars/4", cache=False, format="xml")
    result = Compressor.load(settings=settings).compress(Source("a.py", body), query="x", budget=99)
    assert any("control characters" in note and "4" in note for note in result.report.notes)


def test_sections_are_parted_by_a_blank_line_and_framed():
    assert document(["# a\nx", "# b\ny\n"], Frame(), "text") == "# a\nx\n\n# b\ny\n"
    assert document(["x\n"], Frame("Read this.", "Why?"), "text") == "Read this.\n\nx\n\nWhy?"
    assert document([], Frame("", "tail"), "text") == "tail"
    assert document(["x\n"], Frame("Read this."), "text") == "Read this.\n\nx\n"


def test_every_format_of_the_settings_has_a_module():
    assert set(OUTPUTS) == set(get_args(OutputFormat))


@pytest.mark.parametrize("output", ["text", "markdown", "xml"])
def test_a_text_is_json_serialisable(output):
    body = OUTPUTS[output].section(Source("x.py", TEXT), TEXT, "# file: x.py", "python")
    assert json.loads(json.dumps(body)) == body


def test_numbered_lines_begin_with_their_number_in_the_source():
    text = excerpt(
        page("".join(f"x{number} = {number}\n" for number in range(1, 13))),
        frozenset({0, 10, 11}),
        FORM,
        Style(numbered=True),
    )
    assert text.split("\n")[0] == " 1 x1 = 1"
    assert text.split("\n")[-3:] == ["11 x11 = 11", "12 x12 = 12", ""]
    assert "... 9 lines (2-10)" in text


def test_markers_name_what_they_hide() -> None:
    named = [
        Named((0, 1), "load", "", called=True), Named((1, 2), "Cart", "", called=False),
        Named((2, 3), "Cart.sum", "Cart", called=True), Named((3, 4), "Cart.total", "Cart", called=True),
        Named((4, 5), "save", "", called=True),
    ]  # fmt: skip
    assert hidden_names(named, (0, 5), 3) == ": load(), Cart, save()"  # the class stands for its members
    assert hidden_names(named, (0, 5), 2) == ": load(), Cart, 1 more"
    assert hidden_names(named, (2, 4), 3) == ": sum(), total()"  # the class is shown
    assert hidden_names(named, (3, 3), 3) == ""


def test_the_text_of_markers_can_be_set() -> None:
    style = Style(marker="{file}:{range}, {count}{names}", names=1)
    shown = Page(page().source, page().units, [Named((3, 4), "d", "", called=True)])
    assert excerpt(shown, frozenset({0, 1, 2, 5}), FORM, style).split("\n")[3].startswith("# ... ")
    assert page().source.name in excerpt(shown, frozenset({0}), FORM, style)
