"""The names of the seed's library: what a program written for it finds here."""

import pytest

from longzip import ContextCompressor, Message
from longzip.conversation.summaries.summarizers import Transcript
from longzip.messages.dialects import from_dicts
from longzip.prose.contract import grounded


def talk(window, rounds=30):
    for number in range(rounds):
        window.add_message(f"Frage {number}: wie hoch ist Stufe {number}? " * 6, role="user")
        window.add_message(f"Stufe {number} ist {number}7 cm hoch. " * 6, role="assistant")


def test_bounds_state_and_messages_are_read_by_name():
    window = ContextCompressor(t_max=1000, t_retained=800, t_summary=200)
    assert (window.t_max, window.t_retained, window.t_summary) == (1000, 800, 200)
    assert (window.state.compression_count, window.state.current_summary, window.state.messages) == (0, None, ())
    talk(window)
    assert isinstance(window.state.messages[0], Message)
    assert (window.state.messages[1].role, window.state.messages[1].content[:7]) == ("assistant", "Stufe 0")
    context = window.get_current_context(auto_compress=False)
    assert len(context) == 60
    context = window.get_current_context()
    assert (context[0].role, context[0].content) == (context[0]["role"], context[0]["content"])
    assert window.state.compression_count == 1
    summary = window.state.current_summary
    assert summary.summary in "\n".join(message.content for message in context)
    assert summary.anchor_index == window.get_stats().anchor_index - 1
    window.reset()
    assert (len(window.state.messages), window.state.compression_count) == (0, 0)


def test_stats_are_a_mapping():
    stats = ContextCompressor().get_stats()
    assert "total_messages" in stats
    assert "nothing" not in stats
    assert stats["t_summary"] == 500
    assert dict(stats) == dict(stats.items())
    assert list(stats) == stats.keys()
    assert len(stats) == len(stats.keys())
    with pytest.raises(KeyError):
        stats["nothing"]


def test_a_summary_of_next_to_nothing_is_a_line():
    window = ContextCompressor(t_max=90, t_retained=70, t_summary=10)
    for number in range(20):
        window.add_message(f"Nachricht {number} mit etwas Inhalt", role="user")
        window.get_current_context()
    assert window.tokens <= 90
    assert window.state.current_summary.summary.startswith("[1-")


def by_name(messages_text, previous_summary=None):
    return "Summarize: " + messages_text[:14]


def annotated(said: str, previous: str | None = None) -> str:
    return "Kurz: " + said[:14]


def by_dicts(messages, previous_summary=None):
    return f"{messages[0]['role']} began; {'Zusammenfassung: ' + messages}"[:40]


@pytest.mark.parametrize(
    ("summarizer", "begins"),
    [(by_name, "Summarize: assistant: "), (annotated, "Kurz: assistant: "), (by_dicts, "assistant began; Zus")],
)
def test_a_summariser_is_given_what_its_parameter_says(summarizer, begins):
    window = ContextCompressor(summarizer, t_max=1000, t_retained=700, t_summary=300)
    talk(window)
    window.compress()
    assert window.state.text.startswith(begins)


def failing(messages, previous):
    raise TimeoutError


def test_what_went_wrong_with_a_summariser_is_in_the_stats():
    window = ContextCompressor(failing, t_max=1000, t_retained=700, t_summary=300)
    assert window.get_stats().summarizer_problem == ""
    talk(window)
    window.compress()
    assert "failing failed (TimeoutError)" in window.get_stats().summarizer_problem


@pytest.mark.parametrize(
    "line",
    [
        "DECISIONS: We use Redis 7.",
        "ENTSCHEIDUNGEN: We use Redis 7.",
        "РЕШЕНИЯ И ИТОГИ: Redis 7",
        "## DÉCISIONS",
        "**TODO NEXT:**",
    ],
)
def test_a_heading_is_no_value(line):
    assert grounded([line], "we use Redis 7") == [line]


@pytest.mark.parametrize(
    "line", ["DECISIONS: We use Redis 8.1.", "Use MAX_CONNECTIONS here", "PORT_A: 6379", "They chose MongoDB"]
)
def test_what_is_invented_is_not_grounded_for_its_heading(line):
    assert grounded([line], "we use Redis 7") == []


def test_a_transcript_adds_to_a_text():
    messages = Transcript(from_dicts([{"role": "user", "content": "你好"}]))
    assert "总结：" + messages == "总结：user: 你好"
    assert messages[0]["content"] == "你好"
