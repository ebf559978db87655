"""Where sentences end, as ranges that tile a text and each for itself; and where blocks of code do."""

from hypothesis import given

from longzip.prose.markdown import block_at, fence_after
from longzip.prose.sentences import ranges, sentences
from tests.strategies import any_text


def cut(text: str) -> list[str]:
    return [text[first:last].strip() for first, last in ranges(text, 0, len(text))]


def test_sentences_end_where_sentences_end():
    assert cut("It works, e.g. on Linux. Dr. Smith agrees! Does it?") == [
        "It works, e.g. on Linux.",
        "Dr. Smith agrees!",
        "Does it?",
    ]
    assert cut("Version 1.5 is out. Take it.") == ["Version 1.5 is out.", "Take it."]
    assert cut("第一句。第二句？好") == ["第一句。", "第二句？", "好"]


def test_a_sentence_may_go_on_on_the_next_line_and_an_item_ends_with_its_line():
    assert cut("A long\nsentence. Next.\n") == ["A long\nsentence.", "Next."]
    assert cut("- one\n- two\n  goes on\n") == ["- one", "- two\n  goes on"]


def test_a_block_of_code_is_one_unit():
    assert cut("Run:\n```sh\na. b\nc\n```\nDone. Bye.") == ["Run:", "```sh\na. b\nc\n```", "Done.", "Bye."]


@given(any_text())
def test_the_ranges_tile_the_text(text):
    assert "".join(text[first:last] for first, last in ranges(text, 0, len(text))) == text


def test_sentences_end_at_marks_and_lines():
    assert sentences("It is 3.5 s. See a.py! Why? 好的。下一步\n- item") == [
        "It is 3.5 s.",
        "See a.py!",
        "Why?",
        "好的。",
        "下一步",
        "- item",
    ]
    assert sentences("Это так. Порт 80. שלום. עולם. هذا؟ نعم.") == [
        "Это так.",
        "Порт 80.",
        "שלום.",
        "עולם.",
        "هذا؟",
        "نعم.",
    ]


def test_both_ways_a_full_stop_of_an_abbreviation_ends_nothing_and_a_quote_ends_with_its_sentence():
    text = 'Ask Mr. Smith, e.g. by mail. He said "go." Then he left (at 5 s.) Fine.'
    said = ["Ask Mr. Smith, e.g. by mail.", 'He said "go."', "Then he left (at 5 s.)", "Fine."]
    assert sentences(text) == said
    assert cut(text) == said


def test_a_wrapped_line_ends_a_sentence_only_where_each_stands_for_itself():
    text = "It goes on\nhere. Then " + "word " * 300 + "end."
    assert sentences(text)[:2] == ["It goes on", "here."]
    assert len(sentences(text)) == 3, "a long one is whole"
    assert cut(text)[0] == "It goes on\nhere."
    assert max(map(len, cut(text))) <= 800


def test_a_fence_is_closed_by_as_many_of_the_same_marks_and_nothing_else():
    opened = fence_after("  ```python\n", "")
    assert opened == "```"
    assert fence_after("text", "") == ""
    for line in ("x = 1", "~~~", "```python", "``"):
        assert fence_after(line, opened) == opened
    assert fence_after("````\n", opened) == ""
    assert fence_after("```", "````") == "````"
    assert fence_after("> ```", fence_after("> ```sh", "")) == ""


def test_a_block_of_code_ends_with_its_closing_fence():
    text = "~~~\n```\nx\n~~~\nafter"
    assert text[: block_at(text, 0, len(text))] == "~~~\n```\nx\n~~~\n"
    assert block_at(text, 0, 10) == -1
    assert block_at("text", 0, 4) == -1
