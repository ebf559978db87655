"""Conversations, documents and logs: where they may be cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longzip import Source
from longzip.formats.chat import ChatFormat
from longzip.formats.document import DocumentFormat
from longzip.formats.log import LogFormat, shape
from longzip.units import close
from tests.strategies import any_text

FORMATS = (ChatFormat, DocumentFormat, LogFormat)
ROWS = (
    "User: Hello there. Does it work?",
    "Assistant: Yes.",
    "Alice: I think so.",
    "Bob:",
    "",
    "   ",
    "# Heading",
    "Title\n=====",
    "- an item",
    "1. first",
    "A sentence. Another one! 第一句。第二句？",
    "```python\nx = 1. + 2\n```",
    "```",
    "| a | b |",
    "2024-01-01 12:00:00 ERROR failed",
    "2024-01-01 12:00:01 ERROR failed",
    "Traceback (most recent call last):",
    '  File "a.py", line 1',
    "ValueError: bad",
    "E   assert 1 == 2",
    "____ test_x ____",
    "<|im_start|>user\nhi<|im_end|>",
    "e.g. Mr. Smith. And so on",
)


def texts() -> st.SearchStrategy[str]:
    rows = st.builds(
        lambda parts, end, last: end.join(parts) + end * last,
        st.lists(st.sampled_from(ROWS), max_size=30),
        st.sampled_from(["\n", "\r\n"]),
        st.integers(0, 2),
    )
    return rows | any_text()


@pytest.mark.parametrize("form", FORMATS)
@given(text=texts())
def test_units_and_chunks_tile_the_text(form, text):
    source = Source("a.txt", text)
    units, chunks = form().units(source), form().split(source)
    assert "".join(text[unit.start : unit.end] for unit in units) == text
    assert "".join(chunk.text for chunk in chunks) == text
    assert [unit for chunk in chunks for unit in range(chunk.first_unit, chunk.last_unit)] == list(range(len(units)))
    for index, unit in enumerate(units):
        assert unit.end > unit.start
        assert unit.first_line == text.count("\n", 0, unit.start) + 1
        assert unit.last_line == text.count("\n", 0, unit.end - 1) + 1
        assert all(0 <= need < len(units) and need != index for need in unit.needs)


@pytest.mark.parametrize(("text", "speakers"), [
    ("User: a\nAssistant: b\nUser: c\n", ["User", "Assistant", "User"]),
    ("用户：你好\n助手：好的\n", ["用户", "助手"]),
    ("<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\nb<|im_end|>\n", ["user", "assistant"]),
    ("## User\n\nhello\n\n## Assistant\n\nhi\n", ["User", "Assistant"]),
    ("**User:** hello\n**Assistant:** hi\n", ["User", "Assistant"]),
    ("Ann Lee: one\nBob: two\nAnn Lee: three\nBob: four\n", ["Ann Lee", "Bob", "Ann Lee", "Bob"]),
])  # fmt: skip
def test_turns_are_found_in_the_usual_notations(text, speakers):
    labels = [chunk.label for chunk in ChatFormat().split(Source("", text))]
    assert [label.partition("(")[2].rstrip(")") for label in labels] == speakers


def test_a_sentence_brings_its_speaker_along():
    units = ChatFormat().units(Source("", "User: One. Two.\n"))
    assert units[0].head
    assert [unit.needs for unit in units] == [(), (0,), (0,)]


def test_a_paragraph_brings_its_heading_along():
    source = Source("", "# Plan\n\nWe ship. It works.\n\nCosts\n-----\n\nTen.\n")
    form = DocumentFormat()
    assert [chunk.label for chunk in form.split(source)] == ["Plan", "Plan", "Costs", "Costs"]
    assert [unit.needs for unit in form.units(source)] == [(), (0,), (0,), (), (3,)]


def test_a_traceback_is_one_record():
    text = 'start\nTraceback (most recent call last):\n  File "a.py", line 1, in f\n    g()\nValueError: bad\nend\n'
    assert [chunk.text for chunk in LogFormat().split(Source("", text))] == ["start\n", text[6:-4], "end\n"]


def test_a_run_of_like_lines_is_one_chunk_of_three_units():
    text = "".join(f"INFO row {number} read\n" for number in range(100)) + "ERROR no row\n"
    form, source = LogFormat(), Source("", text)
    first, last = form.split(source)
    assert first.label.endswith("(×100)")
    assert [unit.last_line - unit.first_line + 1 for unit in form.units(source)] == [1, 98, 1, 1]
    middle = form.units(source)[1]
    assert form.gap(source, middle, (2, 99), "98 lines (2-99)") == "[... 98 lines (2-99), alike]"
    assert last.text == "ERROR no row\n"


def test_the_shape_of_a_line_has_no_numbers_hashes_or_quoted_text():
    assert shape("2024-01-01 job 17 of 'a' at 0xff") == shape("2025-12-31 job 4 of 'b' at 0x01")
    assert shape("job failed") != shape("job done")


def test_a_line_of_a_long_block_of_code_keeps_its_fences():
    block = "```sh\n" + "".join(f"run --step {number} of the long job\n" for number in range(80)) + "```\n"
    source = Source("", f"# Title\n\nSome words.\n\n{block}\nMore words.\n")
    units = DocumentFormat().units(source)
    said = [source.text[unit.start : unit.end].strip() for unit in units]
    kept = close(units, [said.index("run --step 40 of the long job")])
    assert [said[unit] for unit in sorted(kept)] == ["# Title", "```sh", "run --step 40 of the long job", "```"]
