"""LangChain's messages in a window. Skipped where langchain-core is not installed."""

import pytest

pytest.importorskip("langchain_core")

from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage

from longzip import ContextCompressor
from longzip.integrations.langchain import LangChainWindow

WORDS = "alpha beta gamma delta "


def talk():
    yield SystemMessage("Be brief.")
    yield HumanMessage("Which orders are late?", id="first")
    for number in range(12):
        yield AIMessage("", tool_calls=[{"name": "query", "args": {"page": number}, "id": f"c{number}"}])
        yield ToolMessage(f"order_{number} {WORDS * 40}", tool_call_id=f"c{number}")
        yield AIMessage([{"type": "text", "text": f"order_{number} is late."}])


def test_untouched_messages_are_the_same_objects():
    window, given = LangChainWindow(ContextCompressor()), list(talk())
    window.extend(given)
    assert all(a is b for a, b in zip(window.messages(), given, strict=True))


def test_a_compacted_window_keeps_calls_with_their_results():
    window, given = LangChainWindow(ContextCompressor(t_max=1500, t_retained=900, t_summary=250)), list(talk())
    window.extend(given[:20])
    window.extend(given[20:])
    shown = window.messages()
    assert shown[0] is given[0]
    assert shown[1] is given[1]
    assert isinstance(shown[2], HumanMessage)
    assert shown[2].content.startswith("[Summary of messages 1-")
    asked = [call["id"] for message in shown if isinstance(message, AIMessage) for call in message.tool_calls]
    assert asked == [message.tool_call_id for message in shown if isinstance(message, ToolMessage)]
    assert all(a is b for a, b in zip(shown[-3:], given[-3:], strict=True))


def test_a_shortened_result_stays_a_result():
    window, given = LangChainWindow(ContextCompressor(t_max=1700, t_retained=1500, t_summary=250)), list(talk())
    window.extend(given)
    shown = window.messages()
    stub = next(message for message in shown if isinstance(message, ToolMessage) and message not in given)
    assert stub.content.startswith("[query: ")
    assert "ref:" in stub.content
