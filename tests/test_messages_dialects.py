"""Every dialect: read as what it says, written back key for key, shortened in place, never parted from its call."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longzip import ContextCompressor, SourceError, read_messages
from longzip.messages.dialects import DIALECTS, alternating, from_dict, from_dicts, to_dict, with_texts, without
from longzip.messages.normal import BINARY_TOKENS, ScriptCount, count, pair

ASK, THINK, GIVE, DONE = (
    "查一下订单 7 的状态",
    "erst die Datenbank fragen",
    "заказ 7 отправлен",
    "El pedido 7 ya salió.",
)
ARGUMENTS = {"order": 7}


def functions(text=GIVE):
    """One round in each dialect: the user asks, the assistant thinks and calls, the tool gives, the assistant tells."""
    arguments = json.dumps(ARGUMENTS)
    lc = ["langchain", "schema", "messages"]
    call = {"id": "c1", "name": "find", "args": ARGUMENTS, "type": "tool_call"}
    return {
        "openai": [
            {"role": "user", "content": ASK},
            {
                "role": "assistant", "content": None, "reasoning_content": THINK,
                "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "find", "arguments": arguments}}],
            },
            {"role": "tool", "tool_call_id": "c1", "content": text},
            {"role": "assistant", "content": DONE},
        ],
        "anthropic": [
            {"role": "user", "content": [{"type": "text", "text": ASK}]},
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": THINK, "signature": "c2lnbg=="},
                    {"type": "tool_use", "id": "c1", "name": "find", "input": ARGUMENTS},
                ],
            },
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c1", "content": text}]},
            {"role": "assistant", "content": [{"type": "text", "text": DONE}]},
        ],
        "responses": [
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": ASK}]},
            {
                "type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": THINK}],
                "encrypted_content": "Z0FBQQ==",
            },
            {"type": "function_call", "call_id": "c1", "name": "find", "arguments": arguments},
            {"type": "function_call_output", "call_id": "c1", "output": text},
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": DONE}]},
        ],
        "gemini": [
            {"role": "user", "parts": [{"text": ASK}]},
            {
                "role": "model",
                "parts": [
                    {"text": THINK, "thought": True},
                    {"functionCall": {"name": "find", "args": ARGUMENTS}, "thoughtSignature": "c2ln"},
                ],
            },
            {"role": "user", "parts": [{"functionResponse": {"name": "find", "response": {"result": text}}}]},
            {"role": "model", "parts": [{"text": DONE}]},
        ],
        "bedrock": [
            {"role": "user", "content": [{"text": ASK}, {"cachePoint": {"type": "default"}}]},
            {
                "role": "assistant",
                "content": [
                    {"reasoningContent": {"reasoningText": {"text": THINK, "signature": "c2ln"}}},
                    {"toolUse": {"toolUseId": "c1", "name": "find", "input": ARGUMENTS}},
                ],
            },
            {
                "role": "user",
                "content": [{"toolResult": {"toolUseId": "c1", "content": [{"text": text}], "status": "success"}}],
            },
            {"role": "assistant", "content": [{"text": DONE}]},
        ],
        "vercel": [
            {"role": "user", "content": ASK},
            {
                "role": "assistant",
                "content": [
                    {"type": "reasoning", "text": THINK},
                    {"type": "tool-call", "toolCallId": "c1", "toolName": "find", "input": ARGUMENTS},
                ],
            },
            {
                "role": "tool",
                "content": [
                    {
                        "type": "tool-result", "toolCallId": "c1", "toolName": "find",
                        "output": {"type": "text", "value": text},
                    }
                ],
            },
            {"role": "assistant", "content": DONE},
        ],
        "vercel-ui": [
            {"id": "1", "role": "user", "parts": [{"type": "text", "text": ASK}]},
            {
                "id": "2", "role": "assistant",
                "parts": [
                    {"type": "step-start"},
                    {"type": "reasoning", "text": THINK},
                    {
                        "type": "tool-find", "toolCallId": "c1", "state": "output-available", "input": ARGUMENTS,
                        "output": text,
                    },
                    {"type": "text", "text": DONE},
                ],
            },
        ],
        "gemini-cli": [
            {"id": "1", "timestamp": "2026-03-01T08:00:00Z", "type": "user", "content": ASK},
            {
                "id": "2", "timestamp": "2026-03-01T08:00:03Z", "type": "gemini", "content": DONE,
                "thoughts": [{"subject": THINK, "description": ""}],
                "toolCalls": [
                    {
                        "id": "c1", "name": "find", "args": ARGUMENTS, "status": "success",
                        "result": [{"functionResponse": {"id": "c1", "name": "find", "response": {"output": text}}}],
                    }
                ],
            },
        ],
        "pydantic-ai": [
            {"kind": "request", "parts": [{"part_kind": "user-prompt", "content": ASK}], "instructions": None},
            {
                "kind": "response",
                "parts": [
                    {"part_kind": "thinking", "content": THINK},
                    {"part_kind": "tool-call", "tool_name": "find", "args": ARGUMENTS, "tool_call_id": "c1"},
                ],
            },
            {
                "kind": "request",
                "parts": [{"part_kind": "tool-return", "tool_name": "find", "content": text, "tool_call_id": "c1"}],
            },
            {"kind": "response", "parts": [{"part_kind": "text", "content": DONE}]},
        ],
        "langchain": [
            {"type": "human", "data": {"content": ASK, "type": "human"}},
            {
                "type": "ai",
                "data": {"content": [{"type": "thinking", "thinking": THINK}], "tool_calls": [call], "type": "ai"},
            },
            {"type": "tool", "data": {"content": text, "tool_call_id": "c1", "type": "tool"}},
            {"lc": 1, "type": "constructor", "id": [*lc, "AIMessage"], "kwargs": {"content": DONE}},
        ],
        "autogen": [
            {"type": "TextMessage", "source": "user", "content": ASK},
            {"type": "ThoughtEvent", "source": "clerk", "content": THINK},
            {
                "type": "ToolCallRequestEvent", "source": "clerk",
                "content": [{"id": "c1", "name": "find", "arguments": arguments}],
            },
            {
                "type": "ToolCallExecutionEvent", "source": "clerk",
                "content": [{"content": text, "name": "find", "call_id": "c1", "is_error": False}],
            },
            {"type": "TextMessage", "source": "clerk", "content": DONE},
        ],
        "sharegpt": [
            {"from": "human", "value": ASK},
            {"from": "function_call", "value": json.dumps({"name": "find", "arguments": ARGUMENTS})},
            {"from": "observation", "value": text},
            {"from": "gpt", "value": DONE},
        ],
        "cohere": [
            {"role": "USER", "message": ASK},
            {"role": "CHATBOT", "message": THINK, "tool_calls": [{"name": "find", "parameters": ARGUMENTS}]},
            {
                "role": "TOOL",
                "tool_results": [{"call": {"name": "find", "parameters": ARGUMENTS}, "outputs": text}],
            },
            {"role": "CHATBOT", "message": DONE},
        ],
    }  # fmt: skip


ROUNDS = functions()
STYLES = sorted(ROUNDS)
IN_ONE = ("vercel-ui", "gemini-cli")  # a call's part holds its result


def renumbered(message, number):
    """A message of a further round: ids are used once."""
    return json.loads(json.dumps(message).replace('"c1"', f'"c{number}"').replace('"rs_1"', f'"rs_{number}"'))


def test_every_dialect_has_a_round():
    assert set(STYLES) == {dialect.NAME for dialect in DIALECTS}


@pytest.mark.parametrize("style", STYLES)
def test_a_round_is_read_as_what_it_says(style):
    messages = from_dicts(ROUNDS[style])
    assert {message.style for message in messages} <= {style, "openai"}
    assert messages[0].role == "user"
    assert messages[0].prose == ASK
    assert messages[-1].role == "assistant"
    assert messages[-1].prose == DONE
    calls = [call for message in messages for call in message.calls]
    assert [(call.name, json.loads(call.text)) for call in calls] == [("find", ARGUMENTS)]
    assert [block.text for message in messages for block in message.results] == [GIVE]
    found = pair(messages)
    assert (len(found.answers), found.orphans, found.open) == (1, (), ())
    thoughts = [block.text for message in messages for block in message.blocks if block.kind == "thinking"]
    assert style in ("sharegpt", "cohere") or any(THINK in thought for thought in thoughts)


@pytest.mark.parametrize("style", STYLES)
def test_it_comes_back_key_for_key_from_every_container(style):
    given = ROUNDS[style]
    assert [json.dumps(to_dict(message)) for message in from_dicts(given)] == [json.dumps(one) for one in given]
    for text in (
        json.dumps(given, ensure_ascii=False),
        json.dumps(given, ensure_ascii=False, indent=2),
        "\n".join(json.dumps(one) for one in given),
        json.dumps({"id": "x", "model": "m", "messages": given}),
    ):
        assert [to_dict(message) for message in read_messages(text)] == given


@pytest.mark.parametrize("style", STYLES)
@settings(max_examples=15, deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30).filter(str.strip))
def test_another_text_is_put_in_place_and_nothing_else_changes(style, text):
    for message in from_dicts(ROUNDS[style]):
        for index, block in enumerate(message.blocks):
            if block.kind not in ("text", "result"):
                continue
            changed = with_texts(message, {index: text})
            again = from_dict(to_dict(changed))
            assert again == changed
            assert again.blocks[index].text == text
            assert [one for at, one in enumerate(again.blocks) if at != index] == [
                one for at, one in enumerate(message.blocks) if at != index
            ]


@pytest.mark.parametrize("style", STYLES)
@given(data=st.data())
@settings(max_examples=15, deadline=None)
def test_what_is_left_out_is_gone_and_the_rest_stays(style, data):
    for message in from_dicts(ROUNDS[style]):
        blocks = message.blocks
        kept = data.draw(st.lists(st.booleans(), min_size=len(blocks), max_size=len(blocks)))
        kept = [any(stays for b, stays in zip(blocks, kept, strict=True) if b.place == one.place) for one in blocks]
        if not any(kept) or len(blocks) == 1:
            continue
        left = from_dict(without(message, kept))
        texts = [block.text for block, stays in zip(blocks, kept, strict=True) if stays and block.text]
        assert [block.text for block in left.blocks if block.text] == texts


@pytest.mark.parametrize("style", STYLES)
def test_a_window_keeps_the_form_and_the_pairs(style):
    window = ContextCompressor(t_max=1200, t_retained=800, t_summary=250)
    long = " ".join(f"fila {number} de la tabla" for number in range(40))
    given = [renumbered(one, number) for number in range(12) for one in functions(f"{long} {number}")[style]]
    for message in given:
        window.append(message)
        window.maybe_compress()
        view = window.view()
        found = pair(view)
        assert not found.orphans
        assert all(place[0] >= len(view) - 3 for place in found.open)
    assert window.get_stats().compression_count + window.get_stats().prune_count > 0
    assert window.messages == given
    assert {message.style for message in window.view()} <= {style, "openai"}
    summary = next(message for message in window.view() if "Summary of messages" in message.text)
    assert summary.style == style or style in ("openai", "anthropic", "vercel")
    assert summary.style == style or isinstance(to_dict(summary)["content"], str)


@pytest.mark.parametrize("style", STYLES)
def test_a_call_without_a_result_is_answered_in_its_form(style):
    if style in IN_ONE:
        return
    place = next(at for at, message in enumerate(from_dicts(ROUNDS[style])) if message.calls)
    window = ContextCompressor()
    window.extend(ROUNDS[style][: place + 1])
    window.append(ROUNDS[style][0])
    assert not pair(window.view()).open
    assert window.view()[place + 1].style in (style, "openai")
    assert window.view()[place + 1].results


@pytest.mark.parametrize("style", STYLES)
def test_a_result_without_a_call_is_told_as_text(style):
    if style in IN_ONE:
        return
    result = next(
        data for data, message in zip(ROUNDS[style], from_dicts(ROUNDS[style]), strict=True) if message.results
    )
    window = ContextCompressor()
    window.extend([ROUNDS[style][0], result])
    shown = window.view()[1]
    assert (shown.role, shown.results) == ("user", ())
    assert GIVE in shown.text


@pytest.mark.parametrize("style", STYLES)
def test_roles_alternate_where_that_is_asked(style):
    first, last = ROUNDS[style][0], ROUNDS[style][-1]
    shown = alternating(from_dicts([last, first, first, renumbered(first, 2), last]))
    assert [message.role for message in shown] == ["user", "assistant", "user", "assistant"]
    assert shown[2].text.count(ASK) == 3


SYSTEM = "Отвечай коротко. 不要猜。"
REQUESTS = {
    "blocks": {"system": [{"type": "text", "text": SYSTEM}], "messages": ROUNDS["anthropic"]},
    "text": {"system": SYSTEM, "messages": ROUNDS["anthropic"]},
    "bedrock": {"system": [{"text": SYSTEM}], "messages": ROUNDS["bedrock"], "modelId": "m"},
    "responses": {"model": "m", "instructions": SYSTEM, "input": ROUNDS["responses"]},
    "responses text": {"model": "m", "instructions": SYSTEM, "input": ASK},
    "gemini": {"systemInstruction": {"parts": [{"text": SYSTEM}]}, "contents": ROUNDS["gemini"]},
    "gemini python": {"contents": ROUNDS["gemini"], "config": {"system_instruction": SYSTEM}},
    "cohere": {"preamble": SYSTEM, "chat_history": ROUNDS["cohere"], "message": "¿y el 8?"},
    "sharegpt": {"system": SYSTEM, "conversations": ROUNDS["sharegpt"]},
    "batch": {"custom_id": "1", "body": {"model": "m", "instructions": SYSTEM, "input": ROUNDS["responses"]}},
    "pydantic": {
        "messages": [
            {
                "kind": "request",
                "parts": [{"part_kind": "system-prompt", "content": SYSTEM}],
            },
            *ROUNDS["pydantic-ai"],
        ]
    },
}


@pytest.mark.parametrize("name", sorted(REQUESTS))
def test_the_system_prompt_beside_the_messages_is_read(name):
    messages = read_messages(json.dumps(REQUESTS[name], ensure_ascii=False))
    assert (messages[0].role, messages[0].text) == ("system", SYSTEM)
    assert (messages[1].role, messages[1].prose) == ("user", ASK)
    if name == "cohere":
        assert messages[-1].prose == "¿y el 8?"


def test_a_rollout_of_codex_is_its_items():
    lines = [
        {"timestamp": "t", "type": "session_meta", "payload": {"id": "1", "instructions": SYSTEM, "cwd": "/x"}},
        *({"timestamp": "t", "type": "response_item", "payload": item} for item in ROUNDS["responses"]),
        {"timestamp": "t", "type": "event_msg", "payload": {"type": "token_count", "info": None}},
        {"timestamp": "t", "type": "turn_context", "payload": {"cwd": "/x"}},
    ]
    messages = read_messages("\n".join(json.dumps(line) for line in lines))
    assert messages[0].text == SYSTEM
    assert [to_dict(message) for message in messages[1:]] == ROUNDS["responses"]
    older = [{"id": "1", "timestamp": "t", "instructions": None}, *ROUNDS["responses"], {"record_type": "state"}]
    assert len(read_messages("\n".join(json.dumps(line) for line in older))) == len(ROUNDS["responses"])


def test_a_session_of_gemini_cli_leaves_out_the_notices_of_its_screen():
    notice = {"id": "0", "timestamp": "t", "type": "info", "content": "Update available"}
    session = {"sessionId": "1", "startTime": "t", "messages": [notice, *ROUNDS["gemini-cli"]]}
    assert [to_dict(message) for message in read_messages(json.dumps(session))] == ROUNDS["gemini-cli"]


@pytest.mark.parametrize(
    "data",
    [
        {"role": "user", "text": "Hallo"},
        {"role": "user", "blocks": [{"block_type": "text", "text": "你好"}]},
        {"role": "user", "parts": [{"kind": "text", "text": "привет"}]},
        {"role": "assistant", "message": {"content": "x"}},
        {"sender": "human", "text": "hola"},
    ],
)
def test_what_is_in_no_known_form_is_refused_with_its_keys(data):
    with pytest.raises(SourceError, match="keys are") as refused:
        from_dict(data)
    assert all(key in str(refused.value) for key in data)
    with pytest.raises(SourceError):
        read_messages(json.dumps([{"role": "user", "content": "x"}, data]))


def test_bytes_come_back_as_bytes():
    image = {"image": {"format": "png", "source": {"bytes": b"\x89PNG\x00"}}}
    given = {"role": "user", "content": [{"text": ASK}, image]}
    message = from_dict(given)
    assert to_dict(message) == given
    assert message.blocks[1].kind == "binary"
    assert to_dict(with_texts(message, {0: "x"}))["content"][1] == image


def test_pictures_inside_results_count_as_pictures():
    picture = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "A" * 90_000}}
    shots = [
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a", "content": [picture, picture]}]},
        {
            "role": "user",
            "content": [
                {"toolResult": {"toolUseId": "a", "content": [{"image": {"format": "png", "source": {}}}] * 2}}
            ],
        },
        {"role": "tool", "tool_call_id": "a", "content": [{"type": "image_url", "image_url": {"url": "x"}}] * 2},
        {"type": "function_call_output", "call_id": "a", "output": [{"type": "input_image", "image_url": "x"}] * 2},
    ]
    for shot in shots:
        message = from_dict(shot)
        assert 2 * BINARY_TOKENS <= count(message, ScriptCount()) < 2 * BINARY_TOKENS + 200
        assert count(with_texts(message, {0: "gone"}), ScriptCount()) < 50


def test_what_a_provider_ran_itself_is_paired_across_messages_and_never_answered_for():
    call = {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {"query": "Wetter"}}
    found = {
        "type": "web_search_tool_result",
        "tool_use_id": "s1",
        "content": [{"type": "web_search_result", "url": "u"}],
    }
    messages = [{"role": "assistant", "content": [call]}, {"role": "assistant", "content": [found]}]
    assert len(pair(from_dicts(messages)).answers) == 1
    window = ContextCompressor()
    window.extend([{"role": "user", "content": "x"}, messages[0], {"role": "user", "content": "y"}])
    assert window.get_current_context() == [*window.messages]
