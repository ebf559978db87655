"""Conversations from text: JSON, JSON lines, ChatML, Markdown transcripts of coding agents, and ``User:`` labels.

The messages of a Markdown transcript, ChatML or labels tile its text: their ``raw`` joined is the text again. It knows
how programs write conversations down; what a provider's JSON message means is told by ``dialects``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from longzip.errors import SourceError
from longzip.messages.containers import HELD, LINES, messages_in
from longzip.messages.dialects import SIGN
from longzip.messages.normal import Block, Message

Notation = Literal["json", "jsonl", "chatml", "markdown", "labels"]
CHATML = re.compile(
    r"<\|im_start\|>[ \t]*(\w++)(?:(?!<\|im_start\|>)[^\n])*\n(.*?)(?:<\|im_end\|>[ \t]*\n?|(?=<\|im_start\|>)|\Z)",
    re.S,
)
TURN = re.compile(r"^_\*\*(User|Human|Agent|Assistant|System)\b[^\n]*\*\*_[ \t]*$", re.M)
# An element ends at the head of a line or in its first: what a tool printed may hold such elements, numbered or quoted.
TOOL = re.compile(
    r"^<tool-use\b([^>\n]*)>(?:[^\n]*</tool-use>|.*?(?:^(?:</details>[ \t]*)*</tool-use>|\Z))[ \t]*\n?", re.S | re.M
)
CLOSED = re.compile(r"^(?:</details>[ \t]*)*</tool-use>|^<tool-use\b[^\n]*</tool-use>", re.M)
TOOL_NAME = re.compile(r'data-tool-name="([^"]*)"')
SUMMARY_LINE = re.compile(r"<details>\s*(?:<summary>(?:(?!<summary>).)*?</summary>\s*)?", re.S)
THOUGHT = re.compile(r"<think>.*?(?:</think>|\Z)", re.S)
FENCE = re.compile(r"^(?:`{3,}|~{3,})", re.M)
LABEL = re.compile(
    r"^(?:\*\*|#+ )?(System|User|Human|Customer|Assistant|AI|Agent|Bot|Tool|系统|用户|助手|客服)(?:\*\*)?[ "
    r"\t]*[:：](?:\*\*)?[ \t]*",
    re.M | re.I,
)
LABEL_ROLES = {
    "system": "system",
    "系统": "system",
    "user": "user",
    "human": "user",
    "customer": "user",
    "用户": "user",
    "tool": "tool",
}
LEAST_LABELS = 2
LOOKED_AT = 100_000  # characters


def notation(text: str) -> Notation | None:
    """How a conversation is written in ``text``; None where there is no conversation."""
    start = text.lstrip("\ufeff \t\r\n")[:1]
    if start in ("[", "{") and is_json_conversation(text):
        return "jsonl" if start == "{" and has_second_value(text) else "json"
    if CHATML.search(text):
        return "chatml"
    if TURN.search(text):
        return "markdown"
    labels = [match[1].lower() for match in LABEL.finditer(text)]
    return "labels" if len(labels) >= LEAST_LABELS and len(set(labels)) > 1 else None


def is_json_conversation(text: str) -> bool:
    return any(sign.search(text, 0, LOOKED_AT) is not None for sign in (HELD, SIGN, LINES))


def has_second_value(text: str) -> bool:
    """Whether a line after the first begins another object: one value a line, not one value."""
    lines = [line for line in text.splitlines() if line.strip()]
    try:
        json.loads(lines[0].lstrip("\ufeff"))
    except ValueError:
        return len(lines) > 1 and lines[1].startswith("{")
    return len(lines) > 1


def read_messages(text: str, name: str = "the conversation") -> list[Message]:
    """The messages of a conversation in any of the notations; a text that is none is one message of the user's.

    name: what errors call the text. Raises SourceError that names the line where JSON is malformed.
    """
    readers: dict[Notation | None, Callable[[str, str], list[Message]]] = {
        "json": read_json,
        "jsonl": read_json_lines,
        "chatml": read_chatml,
        "markdown": read_markdown,
        "labels": read_labels,
    }
    kind = notation(text)
    if kind is None:
        return [Message("user", (Block("text", text),), raw=text)] if text.strip() else []
    return readers[kind](text.removeprefix("\ufeff") if kind in ("json", "jsonl") else text, name)


def read_json(text: str, name: str) -> list[Message]:
    return messages_in([(parse(text, name, 1), name)], name)


def read_json_lines(text: str, name: str) -> list[Message]:
    """One message a line, or an object a line that holds one or several."""
    rows = [(number, line.strip()) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    values = [(parse(line, name, number), f"line {number} of {name}") for number, line in rows]
    return messages_in(values, name, [line for _, line in rows])


def parse(text: str, name: str, line: int) -> object:
    try:
        value: object = json.loads(text)
    except json.JSONDecodeError as error:
        at = line + error.lineno - 1
        raise SourceError(
            f"line {at} of {name} is no JSON ({error.msg}, column {error.colno}); correct it, or take it out."
        ) from None
    except RecursionError:
        raise SourceError(f"line {line} of {name} is nested too deeply to be read; take it out.") from None
    return value


def read_chatml(text: str, name: str) -> list[Message]:
    found, at = [], 0
    for match in CHATML.finditer(text):
        body = match[2].removesuffix("\n")
        found.append(Message(match[1].lower(), (text_block(match[1], body),), raw=text[at : match.end()]))
        at = match.end()
    return with_rest(found, text[at:])


def read_labels(text: str, name: str) -> list[Message]:
    marks = list(LABEL.finditer(text))
    found, at = [], 0
    for match, following in zip(marks, [*marks[1:], None], strict=True):
        end = following.start() if following else len(text)
        role = LABEL_ROLES.get(match[1].lower(), "assistant")
        found.append(Message(role, (text_block(role, text[match.end() : end].strip()),), raw=text[at:end]))
        at = end
    return found


def text_block(role: str, body: str) -> Block:
    return Block("result" if role.lower() == "tool" else "text", body)


def with_rest(messages: list[Message], rest: str) -> list[Message]:
    if not rest or not messages:
        return messages
    last = messages[-1]
    return [*messages[:-1], Message(last.role, last.blocks, last.style, last.raw + rest)]


def read_markdown(text: str, name: str) -> list[Message]:
    """A transcript as coding agents export it: a line ``_**User (time)**_`` or ``_**Agent (model time)**_`` heads a
    turn; a tool's use is an element that holds its input and, fenced, its output: a call and a result."""
    marks = [match for match in TURN.finditer(text) if not inside(match.start(), text)]
    found: list[Message] = []
    at = 0
    for match, following in zip(marks, [*marks[1:], None], strict=True):
        end = following.start() if following else len(text)
        role = {"user": "user", "human": "user", "system": "system"}.get(match[1].lower(), "assistant")
        for message in turn(role, text, (at, match.end(), end)):
            # What is left of a turn after its last tool may be white space alone: no message, but a part of the text.
            found[-1:] = with_rest(found[-1:], message.raw) if found and not message.blocks else [*found[-1:], message]
        at = end
    return found


def inside(at: int, text: str) -> bool:
    """Whether a place lies in a tool's element: what a tool printed may look like a turn."""
    opened = text.rfind("\n<tool-use ", 0, at)
    return opened >= 0 and not CLOSED.search(text, opened, at)


def turn(role: str, text: str, edges: tuple[int, int, int]) -> Iterator[Message]:
    """The messages of one turn. edges: where its stretch, its body and the next stretch begin."""
    raw_start, at, end = edges
    for tool in TOOL.finditer(text, at, end):
        content = tool[0]
        fence = FENCE.search(content)
        cut = fence.start() if fence else len(content)
        opening = SUMMARY_LINE.search(content, 0, cut)
        name = TOOL_NAME.search(tool[1])
        call_id = f"tool-{tool.start()}"
        arguments = re.sub(r"</details>\s*</tool-use>", "", content[opening.end() if opening else 0 : cut]).strip()
        call = Block("call", arguments, name=name[1] if name else "tool", id=call_id)
        result = Block("result", unfenced(content[cut:]), id=call_id)
        before = prose_blocks(text[at : tool.start()])
        middle = tool.start() + cut
        yield Message(role, (*before, call), raw=text[raw_start:middle])
        yield Message("tool", (result,), raw=text[middle : tool.end()])
        raw_start = at = tool.end()
    rest = prose_blocks(text[at:end])
    if rest or raw_start < end:
        yield Message(role, tuple(rest), raw=text[raw_start:end])


def prose_blocks(text: str) -> Sequence[Block]:
    blocks, at = [], 0
    for thought in THOUGHT.finditer(text):
        blocks.append(Block("text", stripped(text[at : thought.start()])))
        blocks.append(
            Block(
                "thinking",
                re.sub(r"</?(?:think|details)>|<summary>(?:(?!<summary>).)*?</summary>", "", thought[0]).strip(),
            )
        )
        at = thought.end()
    blocks.append(Block("text", stripped(text[at:])))
    return [block for block in blocks if block.text]


def stripped(text: str) -> str:
    return re.sub(r"(?m)^---[ \t]*$\s*\Z", "", text.strip()).strip()


def unfenced(text: str) -> str:
    body = re.sub(r"</details>\s*</tool-use>\s*\Z", "", text).strip()
    lines = body.split("\n")
    if len(lines) > 1 and FENCE.match(lines[0]) and FENCE.match(lines[-1]):
        return "\n".join(lines[1:-1])
    return body
