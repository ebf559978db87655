"""Conversations from text: each notation is told from the others, and nothing of a transcript is lost."""

import json

import pytest

from longzip.errors import SourceError
from longzip.messages.dialects import to_dicts
from longzip.messages.normal import pair
from longzip.messages.transcripts import notation, read_messages

MESSAGES = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}]
CHATML = "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nhi\n<|im_end|>\n"
LABELS = "User: why does it fail?\nline two\n\nAssistant: the port is taken.\nUser: thanks\n"
MARKDOWN = """<!-- Generated -->

_**User (2026-01-02 03:04:05Z)**_

Fix the test.

---

_**Agent (model 2026-01-02 03:04:06Z)**_

Let me look.

<tool-use data-tool-type="shell" data-tool-name="Bash"><details>
<summary>Tool use: **Bash**</summary>
`pytest -q`

```text
_**User (not a turn)**_
1 failed
```
</details></tool-use>

<tool-use data-tool-type="read" data-tool-name="Read"><details>
<summary>Tool use: **Read**</summary>
 `a.py`
</details></tool-use>

_**Agent (model 2026-01-02 03:04:09Z)**_

<think><details><summary>Thought Process</summary>
hm
</details></think>

Done.
"""


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (json.dumps(MESSAGES), "json"),
        (json.dumps({"messages": MESSAGES}, indent=2), "json"),
        ("\n".join(map(json.dumps, MESSAGES)) + "\n", "jsonl"),
        (CHATML, "chatml"),
        (LABELS, "labels"),
        (MARKDOWN, "markdown"),
        ("用户：为什么失败？\n助手：端口被占用。\n", "labels"),
        ("# Notes\n\nUser: one label is no conversation\n", None),
        ("def f():\n    return {}\n", None),
        ('{"name": "package", "version": "1"}', None),
        ("", None),
    ],
)
def test_notations_are_told_apart(text, kind):
    assert notation(text) == kind


@pytest.mark.parametrize(
    "text", [json.dumps(MESSAGES), json.dumps({"messages": MESSAGES}), "\n".join(map(json.dumps, MESSAGES))]
)
def test_json_in_all_its_wrappings(text):
    assert to_dicts(read_messages(text)) == MESSAGES


@pytest.mark.parametrize("text", [CHATML, LABELS, MARKDOWN])
def test_the_messages_of_a_transcript_tile_it(text):
    assert "".join(message.raw for message in read_messages(text)) == text


def test_a_line_of_json_lines_stays_as_it_was_written():
    line = '{"content":"é",  "role":"user", "n": 1.50}'
    assert read_messages(f"{line}\n{line}\n")[1].raw == line


def test_a_session_log_that_wraps_messages():
    lines = [
        {"type": "summary"},
        {"type": "user", "message": MESSAGES[0]},
        {"type": "assistant", "message": MESSAGES[1]},
    ]
    assert to_dicts(read_messages("\n".join(map(json.dumps, lines)))) == MESSAGES


def test_a_markdown_transcript_gives_calls_and_results():
    messages = read_messages(MARKDOWN)
    assert [message.role for message in messages] == ["user", "assistant", "tool", "assistant", "tool", "assistant"]
    assert messages[0].text == "Fix the test."
    assert messages[1].prose == "Let me look."
    assert (messages[1].calls[0].name, messages[1].calls[0].text) == ("Bash", "`pytest -q`")
    assert messages[2].text == "_**User (not a turn)**_\n1 failed"
    assert messages[3].calls[0].text == "`a.py`"
    assert messages[5].prose == "Done."
    assert len(pair(messages).answers) == 2
    assert to_dicts(messages)[1]["tool_calls"][0]["function"]["name"] == "Bash"


def test_labels_give_roles():
    assert [(m.role, m.text) for m in read_messages(LABELS)][:2] == [
        ("user", "why does it fail?\nline two"),
        ("assistant", "the port is taken."),
    ]


def test_a_text_that_is_no_conversation_is_one_message():
    assert [(m.role, m.text) for m in read_messages("just notes")] == [("user", "just notes")]
    assert read_messages(" \n") == []


def test_malformed_json_names_its_line():
    good = json.dumps(MESSAGES[0])
    with pytest.raises(SourceError, match=r"line 3 of chat\.jsonl is no JSON"):
        read_messages(f'{good}\n{good}\n{{"role": "user", \n{good}\n', "chat.jsonl")
    with pytest.raises(SourceError, match=r"line 3 of chat\.json is no JSON"):
        read_messages('[\n{"role": "user", "content": "a"},\n{"role": "user" "content": 1}\n]', "chat.json")
    with pytest.raises(SourceError, match="item 2 of"):
        read_messages('[{"role": "user", "content": "a"}, {"x": 1}]')
