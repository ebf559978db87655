"""Messages come out as they came in; calls and results find each other; nothing is miscounted silently."""

import json
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longzip.errors import SourceError
from longzip.messages import dialects
from longzip.messages.dialects import from_dict, from_dicts, plain, to_dict, to_dicts, with_texts
from longzip.messages.normal import BINARY_TOKENS, MESSAGE_TOKENS, Block, ScriptCount, count, pair

OPENAI = [
    {"role": "system", "content": "Be brief."},
    {
        "role": "user",
        "content": [
            {"type": "text", "text": "Look."},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,QUJD"}},
        ],
    },
    {
        "content": None,
        "role": "assistant",
        "tool_calls": [{"function": {"arguments": '{"id":7}', "name": "get"}, "id": "a", "type": "function"}],
    },
    {"role": "tool", "tool_call_id": "a", "name": "get", "content": "seven", "x-extra": {"b": 1, "a": 2.50}},
]
ANTHROPIC = [
    {
        "role": "assistant",
        "content": [
            {"type": "thinking", "thinking": "hm", "signature": "s="},
            {"type": "tool_use", "id": "t1", "name": "ls", "input": {"path": "src"}},
        ],
    },
    {
        "role": "user",
        "content": [
            {
                "type": "tool_result",
                "tool_use_id": "t1",
                "content": [{"type": "text", "text": "a.py"}],
                "is_error": True,
            },
            {"type": "text", "text": "and now?"},
        ],
    },
]


def test_untouched_messages_come_out_key_for_key():
    mixed = OPENAI + ANTHROPIC
    assert json.dumps(to_dicts(from_dicts(mixed))) == json.dumps(mixed)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(st.text(max_size=6), JSON, max_size=4),
    st.sampled_from(["user", "assistant", "tool", "critic"]),
    JSON,
)
def test_any_object_with_a_role_comes_out_as_it_was(extra, role, content):
    data = {"role": role, "content": content, **{f"x{key}": value for key, value in extra.items()}}
    message = from_dict(data)
    assert json.dumps(to_dict(message)) == json.dumps(data)
    assert count(message, ScriptCount()) >= MESSAGE_TOKENS


def test_roles_blocks_and_pairs():
    messages = from_dicts(OPENAI + ANTHROPIC)
    assert [message.role for message in messages] == ["system", "user", "assistant", "tool", "assistant", "user"]
    assert messages[2].calls[0].text == '{"id":7}'
    assert messages[5].results[0].text == "a.py"
    assert messages[5].results[0].failed
    assert messages[5].prose == "and now?"
    paired = pair(messages)
    assert dict(paired.answers) == {(2, 0): (3, 0), (4, 1): (5, 0)}
    assert paired.orphans == paired.open == ()


def test_orphans_open_calls_and_duplicated_ids():
    def call(name):
        return {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": name, "type": "function", "function": {"name": "f", "arguments": "{}"}}],
        }

    def result(name):
        return {"role": "tool", "tool_call_id": name, "content": "r"}

    paired = pair(from_dicts([result("a"), call("a"), call("a"), result("a"), result("a"), call("b"), result("c")]))
    assert dict(paired.answers) == {(1, 0): (3, 0), (2, 0): (4, 0)}
    assert paired.orphans == ((0, 0), (6, 0))
    assert paired.open == ((5, 0),)


def test_a_binary_block_is_named_not_counted_by_its_letters():
    image = from_dicts(OPENAI)[1]
    assert image.blocks[1].text == "[image image/png, 3 bytes, sha256 d9cae0dbdbf0]"
    huge = from_dict(
        {
            "role": "user",
            "content": [
                {"type": "image", "source": {"type": "base64", "media_type": "image/jpeg", "data": "A" * 400_000}}
            ],
        }
    )
    assert huge.text.startswith("[image image/jpeg, 300,000 bytes, sha256 ")
    assert count(huge, ScriptCount()) == BINARY_TOKENS + MESSAGE_TOKENS
    linked = from_dict(
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://e.org/a.png"}}]}
    )
    assert linked.text == "[image https://e.org/a.png]"


def test_counts_follow_the_script():
    tokens = ScriptCount().count
    assert tokens("") == 0
    assert tokens("don't panic") == 4
    assert tokens("中文字符") == 3
    assert tokens("한국어") == 3
    assert tokens("שלום עולם") == 4
    assert tokens("2026-11-21") == 10
    assert 440 <= tokens("压缩上下文，保留要点。" * 58) <= 480


def test_texts_are_replaced_in_place_and_nothing_else():
    for messages in (OPENAI, ANTHROPIC):
        for data, message in zip(messages, from_dicts(messages), strict=True):
            index = next((i for i, block in enumerate(message.blocks) if block.kind in ("text", "result")), None)
            if index is None:
                continue
            changed = to_dict(with_texts(message, {index: "NEW"}))
            assert "NEW" in json.dumps(changed)
            assert from_dict(changed).blocks[index].text == "NEW"
            assert {key: changed[key] for key in changed if key != "content"} == {
                key: data[key] for key in data if key != "content"
            }


def test_a_message_that_is_none_is_named():
    with pytest.raises(SourceError, match="message 2 has no role"):
        from_dicts([{"role": "user", "content": "x"}, {"content": "y"}])
    with pytest.raises(SourceError, match="message 1 is no object"):
        from_dicts(["text"])
    with pytest.raises(SourceError, match="cannot be written as JSON"):
        from_dict({"role": "user", "content": object()})


def test_plain_is_an_openai_message():
    assert to_dict(plain("user", "hi")) == {"role": "user", "content": "hi"}


class Invented:
    """A provider that nobody knows: a speaker and one line."""

    NAME, SIGN, PROOF, ITEMS = "invented", r'"speaker"\s*:', r'"speaker"\s*:', MappingProxyType({})

    def owns(self, data):
        return "speaker" in data

    def role(self, data):
        return data["speaker"]

    def blocks(self, data, read):
        return [read(data["line"], -1)]

    def put(self, data, block, text):
        data["line"] = text

    def leave_out(self, data, kept):
        data["line"] = data["line"] if kept[0] else ""

    def retell(self, data, block, text):
        data["line"] = text

    def said(self, data, role, text):
        return {"speaker": role, "line": text}

    def answer(self, data, call, text):
        return {"speaker": "tool", "line": text}

    def joined(self, first, second):
        return {**first, "line": first["line"] + second["line"]}


def test_another_provider_is_one_line_in_the_table(monkeypatch):
    monkeypatch.setattr(dialects, "DIALECTS", (Invented(), *dialects.DIALECTS))
    message = from_dict({"speaker": "Human", "line": "hi"})
    assert (message.role, message.text, message.style) == ("user", "hi", "invented")
    assert to_dict(with_texts(message, {0: "NEW"})) == {"speaker": "Human", "line": "NEW"}
    assert dialects.without(message, [False]) == {"speaker": "Human", "line": ""}
    assert dialects.answer(message, Block("call", "{}", "f", "1"), "none").text == "none"


@pytest.mark.parametrize(
    ("data", "style", "answered"),
    [
        (OPENAI[2], "openai", {"role": "tool", "tool_call_id": "a", "content": "none"}),
        (
            ANTHROPIC[0],
            "anthropic",
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "none"}]},
        ),
        (
            {"type": "function_call", "call_id": "r", "name": "f", "arguments": "{}"},
            "responses",
            {"type": "function_call_output", "call_id": "r", "output": "none"},
        ),
    ],
)
def test_a_call_is_answered_in_its_dialect(data, style, answered):
    message = from_dict(data)
    assert message.style == style
    assert to_dict(dialects.answer(message, message.calls[0], "none")) == answered


def test_an_item_whose_type_is_no_word_is_shown_as_it_is():
    message = from_dict({"role": "user", "content": [{"type": ["text"], "text": "x"}]})
    assert [block.kind for block in message.blocks] == ["other"]


# What the tokenizer of Qwen2.5-Coder counts of these texts.
REAL = [
    ("Der Ausschuss traf sich am Dienstag, um den neuen Fahrplan für die Hafenfähre zu besprechen.", 26),
    ("समिति मंगलवार को बंदरगाह की नौका की नई समय-सारणी पर चर्चा करने के लिए मिली।", 67),
    ("Η επιτροπή συνεδρίασε την Τρίτη για να συζητήσει το νέο δρομολόγιο του πορθμείου του λιμανιού.", 78),
    ("Komisja spotkała się we wtorek, aby omówić nowy rozkład promu portowego.", 25),
    ("483920174 5839201745 99120384", 29),
    ("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", 59),
    ("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", 55),
    ("🚀🔥 🎉🎉 👍🏽 🤖", 12),
    ("委员会周二开会，讨论港口渡轮的新时刻表，并决定从下个月开始增加两班晚间船次。", 24),
    ("委員会は火曜日に開かれ、港のフェリーの新しい時刻表について話し合い、来月から夜の便を二本増やすことにした。", 37),
    ("Le comité s'est réuni mardi pour discuter du nouvel horaire, et deux départs ont été ajoutés.", 26),
    ("La comisión se reunió el martes para hablar del nuevo horario y añadió dos salidas por la noche.", 27),
]


@pytest.mark.parametrize(("text", "real"), REAL)
def test_the_estimate_is_on_the_safe_side(text, real):
    assert 0.95 * real <= ScriptCount().count(text) <= 1.45 * real
