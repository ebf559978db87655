"""Messages in, messages out: the same dialect, every call with its result, and every form that ``longzip chat``
reads."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longzip import BudgetTooSmall, SourceError, compress, from_dicts
from longzip.messages.normal import pair
from longzip.messages.text_form import Talk
from tests.test_texts import IDLE, plain

IMAGE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}}
OPENAI = [
    {"role": "system", "content": "You are a helpful engineer."},
    {"role": "user", "content": "Please find out why the login fails.", "name": "dana"},
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {"id": "c1", "type": "function", "function": {"name": "grep", "arguments": '{"pattern": "login"}'}},
            {
                "id": "c2",
                "type": "function",
                "function": {"name": "weather", "arguments": json.dumps({"city": IDLE.format("nine")})},
            },
        ],
    },
    {"role": "tool", "tool_call_id": "c1", "content": "auth.py:31: raise LoginError. " + IDLE.format("one")},
    {"role": "tool", "tool_call_id": "c2", "content": IDLE.format("two") + IDLE.format("three")},
    {"role": "assistant", "content": "The login fails because the token of auth.py is stale. " + IDLE.format("four")},
]
ANTHROPIC = [
    {"role": "user", "content": [{"type": "text", "text": "Please find out why the login fails."}, IMAGE]},
    {
        "role": "assistant",
        "content": [
            {"type": "thinking", "thinking": "I think of weather. " + IDLE.format("five"), "signature": "xyz"},
            {"type": "text", "text": "I look at the login. " + IDLE.format("six")},
            {"type": "tool_use", "id": "t1", "name": "grep", "input": {"pattern": "login"}},
            {"type": "tool_use", "id": "t2", "name": "weather", "input": {"city": IDLE.format("nine")}},
        ],
    },
    {
        "role": "user",
        "content": [
            {
                "type": "tool_result",
                "tool_use_id": "t1",
                "content": "auth.py:31: raise LoginError. " + IDLE.format("seven"),
            },
            {"type": "tool_result", "tool_use_id": "t2", "content": [{"type": "text", "text": IDLE.format("eight")}]},
        ],
    },
]


def test_what_fits_comes_back_as_it_was():
    for messages in (OPENAI, ANTHROPIC):
        result = compress(messages, budget=10_000, options=plain())
        assert list(result.messages) == messages


def test_openai_messages_are_shortened_in_their_dialect():
    left = compress(OPENAI, "why does the login fail in auth.py?", budget=70, options=plain()).messages
    assert [message["role"] for message in left[:-3]] == ["system", "user"]
    assert left[0] == OPENAI[0]
    asked, answered, said = left[-3:]
    assert asked == {**OPENAI[2], "tool_calls": OPENAI[2]["tool_calls"][:1]}
    assert answered == {"role": "tool", "tool_call_id": "c1", "content": "auth.py:31: raise LoginError. [...]"}
    assert said == OPENAI[5]


def test_anthropic_blocks_are_shortened_in_their_dialect():
    result = compress(ANTHROPIC, "what raises LoginError, what of the image?", budget=70, options=plain())
    asked, said, answered = result.messages
    assert IMAGE in asked["content"]
    assert said["content"][-1] == ANTHROPIC[1]["content"][2]
    assert said["content"][0] == ANTHROPIC[1]["content"][0], "thoughts stay with the call that they led to"
    assert all(block.get("id") != "t2" for block in said["content"])
    assert answered["content"] == [
        {"type": "tool_result", "tool_use_id": "t1", "content": "auth.py:31: raise LoginError. [...]"}
    ]


def test_a_result_brings_its_call_along_in_the_text():
    text = compress(OPENAI, "what does auth.py raise?", budget=40, options=plain()).text
    assert "grep(" in text
    assert text.index("grep(") < text.index("raise LoginError")


def test_orphans_are_left_out_and_a_call_under_way_is_not():
    orphan = {"role": "tool", "tool_call_id": "gone", "content": "The login is fine."}
    open_call = {**OPENAI[2], "content": "The login again."}
    talk = Talk.of(from_dicts([orphan, *OPENAI[1:], open_call]))
    kept = [(place.start, place.end) for place in talk.places if place.message != 3]
    found = talk.shortened(kept)
    assert orphan not in found
    assert found[-1] == open_call
    assert found[2] == {**OPENAI[3], "content": "[...]"}


SPEECH = st.sampled_from(
    [
        "We decided to use Redis.",
        "ok",
        "It failed: no such file. Then it rained.",
        IDLE.format(7),
        "用户：好的",
        "User: a line like a turn\nTool: x",
    ]
)


@st.composite
def graphs(draw):
    """Conversations with parallel, late, missing and orphaned results."""
    messages, waiting = [], []
    for number in range(draw(st.integers(1, 12))):
        choice = draw(st.sampled_from(["user", "assistant", "call", "result", "orphan"]))
        text = draw(SPEECH)
        if choice == "call":
            ids = [f"{number}-{one}" for one in range(draw(st.integers(1, 3)))]
            waiting += ids
            calls = [
                {"id": one, "type": "function", "function": {"name": "f", "arguments": json.dumps({"x": text})}}
                for one in ids
            ]
            messages.append(
                {"role": "assistant", "content": draw(st.sampled_from([None, "", text])), "tool_calls": calls}
            )
        elif choice == "result" and waiting:
            messages.append(
                {"role": "tool", "tool_call_id": waiting.pop(draw(st.integers(0, len(waiting) - 1))), "content": text}
            )
        elif choice == "orphan":
            messages.append(
                {
                    "role": "user",
                    "content": [
                        {"type": "tool_result", "tool_use_id": f"no{number}", "content": text},
                        {"type": "text", "text": text},
                    ],
                }
            )
        else:
            messages.append({"role": choice if choice != "result" else "critic", "content": text})
    return messages


@given(messages=graphs(), query=st.sampled_from(["", "redis", "why did it fail"]), budget=st.integers(5, 150))
@settings(max_examples=150, deadline=None)
def test_calls_and_results_stay_together_whatever_is_kept(messages, query, budget):
    try:
        result = compress(messages, query, budget=budget, options=plain())
    except BudgetTooSmall:
        return
    assert result.report.got <= budget
    found = from_dicts(result.messages)
    if list(result.messages) == messages:
        return
    paired = pair(found)
    assert not paired.orphans
    assert all(number == len(found) - 1 for number, _ in paired.open)
    given_calls = {json.dumps(call) for message in messages for call in message.get("tool_calls", ())}
    assert all(json.dumps(call) in given_calls for message in result.messages for call in message.get("tool_calls", ()))
    words = "\n".join(str(message["content"]) for message in messages)
    for message in result.messages:
        parts = message["content"] if isinstance(message["content"], str) else ""
        assert all(part.strip() in words for part in parts.split("[...]"))


JSON_FORMS = {
    "openai.json": json.dumps(OPENAI),
    "held.json": json.dumps({"traj": OPENAI}),
    "lines.jsonl": "".join(json.dumps(message) + "\n" for message in OPENAI),
    "wrapped.jsonl": "".join(json.dumps({"type": "entry", "message": message}) + "\n" for message in OPENAI),
}


@pytest.mark.parametrize("name", JSON_FORMS)
def test_every_json_that_chat_reads_is_read(tmp_path, name):
    (tmp_path / name).write_text(JSON_FORMS[name], encoding="utf-8")
    result = compress(tmp_path / name, "why does the login fail?", budget=75, options=plain())
    assert result.digest.kind == "conversation"
    assert result.messages == compress(OPENAI, "why does the login fail?", budget=75, options=plain()).messages


@pytest.mark.parametrize("text", [
    "<|im_start|>user\nPlease fix it.<|im_end|>\n<|im_start|>assistant\nWe decided to use Redis.<|im_end|>\n",
    "_**User (10:00)**_\n\nPlease fix it.\n\n_**Agent (model 10:01)**_\n\nWe decided to use Redis.\n",
    "User: Please fix it.\nAssistant: We decided to use Redis.\n",
])  # fmt: skip
def test_transcripts_are_conversations_of_two_turns(text):
    result = compress(text, level="light", options=plain(force=True))
    assert result.digest.kind == "conversation"
    assert len({row.section for row in result.digest.rows}) == 2


def test_malformed_json_is_refused_with_its_line(tmp_path):
    place = tmp_path / "broken.jsonl"
    place.write_text('{"role": "user", "content": "a"}\n{"role": "assistant", "content": \n', encoding="utf-8")
    with pytest.raises(SourceError, match=r"line 2 of .*broken.jsonl is no JSON"):
        compress(place, budget=100, options=plain())


def test_other_json_is_no_conversation(tmp_path):
    place = tmp_path / "package.json"
    place.write_text(json.dumps({"name": "x", "messages": {"hello": "world"}, "text": IDLE * 10}), encoding="utf-8")
    result = compress(place, level="lossless", options=plain())
    assert result.messages == ()
    assert result.digest.kind != "conversation"


def test_the_result_as_json_has_the_messages():
    assert compress(OPENAI, budget=10_000, options=plain()).as_dict()["messages"] == OPENAI
    assert "messages" not in compress(IDLE * 3, budget=40, options=plain()).as_dict()
