"""LangChain's messages in a window. Skipped where langchain-core is not installed."""

import pytest

pytest.importorskip("langchain_core")

from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
)

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


PICTURE = {"type": "image", "base64": "A" * 400, "mime_type": "image/png"}
FOREIGN = [
    [
        HumanMessage(
            [{"type": "tool_result", "tool_use_id": "a", "content": "gefunden"}, {"type": "text", "text": "weiter"}]
        )
    ],
    [HumanMessage([{"type": "video", "url": "https://e.org/v.mp4"}, {"type": "audio", "base64": "AAAA"}])],
    [
        HumanMessage(
            [
                {"type": "file", "file_id": "file-1"},
                {"type": "text-plain", "text": "заметка", "mime_type": "text/plain"},
            ]
        )
    ],
    [HumanMessage([{"type": "media", "mime_type": "application/pdf", "data": "AAAA"}, "请看"])],
    [HumanMessage([{"text": "hola"}, {"cachePoint": {"type": "default"}}])],
    [
        AIMessage(
            [{"type": "server_tool_call", "id": "s", "name": "web_search", "args": {}}, PICTURE, {"type": "reasoning"}]
        )
    ],
    [
        AIMessage(
            [{"type": "tool_use", "id": "a", "name": "f", "input": {}}],
            tool_calls=[{"name": "f", "args": {}, "id": "a"}],
        )
    ],
    [
        AIMessage("", additional_kwargs={"function_call": {"name": "f", "arguments": "{}"}}),
        FunctionMessage("da", name="f"),
    ],
    [ToolMessage([{"type": "text", "text": "结果"}, PICTURE], tool_call_id="z", artifact=object())],
    [ChatMessage("hi", role="critic"), AIMessageChunk("stück")],
]


@pytest.mark.parametrize("messages", FOREIGN)
def test_whatever_a_content_holds_comes_out_as_it_went_in(messages):
    window = LangChainWindow(ContextCompressor())
    window.extend([HumanMessage("start"), *messages])
    shown = window.messages()
    orphans = isinstance(messages[0], ToolMessage) or "tool_result" in str(messages[0].content)
    kept = [message for message in shown if any(message is one for one in messages)]
    assert kept == [one for one in messages if any(one is message for message in kept)]
    assert orphans or kept == messages
    assert not orphans or all("tool_result" not in str(one.content) and one.type != "tool" for one in shown)


def test_what_is_removed_is_not_shown_again():
    window = LangChainWindow(ContextCompressor())
    window.extend([HumanMessage("eins", id="1"), AIMessage("zwei", id="2"), HumanMessage("drei", id="3")])
    window.extend([RemoveMessage(id="2"), HumanMessage("vier", id="4")])
    assert [message.content for message in window.messages()] == ["eins", "drei", "vier"]
    window.extend([RemoveMessage(id="__remove_all__"), HumanMessage("neu", id="5"), RemoveMessage(id="5")])
    assert window.messages() == []
