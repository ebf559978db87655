"""OpenAI's chat messages: a role and a content, calls beside the content, results with the role "tool". Knows no other
dialect. Those who speak almost the same are read with it: thoughts in a field of their own, calls without ids."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import count

from longzip.messages.contents import (
    Json,
    ReadItem,
    ReadPart,
    binary_item,
    call_block,
    contained,
    listed,
    other,
    string,
    text_item,
)
from longzip.messages.normal import Block, Message

NAME = "openai"
SIGN = r'"role"\s*:'
PROOF = r'"role"\s*:\s*"(?:user|assistant|system|developer|tool|human|ai|model|function)"'
ITEMS: Mapping[str, ReadItem] = {
    "text": text_item,
    "image_url": binary_item,
    "input_audio": binary_item,
    "audio": binary_item,
    "file": binary_item,
}
RESULT_ROLES = ("tool", "function")
FIELDS = {"result": "content", "thinking": "thinking"}  # where an item of a content has its text; others in "text"
THOUGHTS = ("reasoning_content", "reasoning", "thinking", "tool_plan")  # fields of a message; at places from -2 down
FIRST_THOUGHT = -2
SAYS = frozenset({"content", "tool_calls", "function_call", "refusal", "audio", "tool_call_id", *THOUGHTS})
SAYS_NOTHING = frozenset({"role", "name", "id", "type", "status", "timestamp", "metadata", "created_at"})


def owns(data: Json) -> bool:
    """Whether it has a role, and what it says stands where this provider has it."""
    return "role" in data and bool(not SAYS.isdisjoint(data) or SAYS_NOTHING.issuperset(data))


def role(data: Json) -> str:
    return string(data.get("role"))


def blocks(data: Json, read: ReadPart) -> Iterator[Block]:
    content = data.get("content")
    if data.get("role") in RESULT_ROLES:
        text, binaries = contained(content, read) if isinstance(content, list) else (string(content), 0)
        name = string(data.get("name") or data.get("tool_name"))
        yield Block("result", text, name=name, id=string(data.get("tool_call_id")) or name, binaries=binaries)
        return
    yield from thoughts(data)
    if isinstance(content, str):
        yield Block("text", content)
    elif isinstance(content, list):
        for place, item in enumerate(content):
            yield read(item, place)
    elif content is not None:
        yield other(content, -1)
    for place, call in enumerate(listed(data.get("tool_calls"))):
        if isinstance(call, dict):
            yield call_block(call.get("function", call.get("custom", call)), string(call.get("id")), place)
    legacy = data.get("function_call")
    if isinstance(legacy, dict):
        yield call_block(legacy, string(legacy.get("name")), -1)
    if isinstance(data.get("refusal"), str):
        yield Block("other", string(data["refusal"]))


def thoughts(data: Json) -> Iterator[Block]:
    """Thoughts in fields of their own beside the content."""
    for place, key in zip(count(FIRST_THOUGHT, -1), THOUGHTS, strict=False):
        if isinstance(data.get(key), str):
            yield Block("thinking", string(data[key]), place=place)


def put(data: dict[str, object], block: Block, text: str) -> None:
    content = data.get("content")
    if block.kind == "thinking" and block.place <= FIRST_THOUGHT:
        data[THOUGHTS[FIRST_THOUGHT - block.place]] = text
    elif block.place < 0 or not isinstance(content, list):
        data["content"] = text
    elif isinstance(content[block.place], str):
        content[block.place] = text
    elif block.kind == "text" and isinstance(content[block.place].get("text"), dict):
        content[block.place]["text"]["value"] = text
    else:
        content[block.place][FIELDS.get(block.kind, "text")] = text


def leave_out(data: dict[str, object], kept: Sequence[bool]) -> None:
    if data.get("role") in RESULT_ROLES:
        return
    left = iter(kept)
    for key in [key for key in THOUGHTS if isinstance(data.get(key), str)]:
        if not next(left, True):
            del data[key]
    content, calls = data.get("content"), data.get("tool_calls")
    if isinstance(content, list):
        data["content"] = [item for item, stays in zip(content, left, strict=False) if stays]
    elif content is not None and not next(left, True):
        data["content"] = None
    if isinstance(calls, list):
        known = [call for call in calls if isinstance(call, dict)]
        data["tool_calls"] = [call for call, stays in zip(known, left, strict=False) if stays]
        if not data["tool_calls"]:
            del data["tool_calls"]
    if isinstance(data.get("function_call"), dict) and not next(left, True):
        del data["function_call"]
    if isinstance(data.get("refusal"), str) and not next(left, True):
        del data["refusal"]


def retell(data: dict[str, object], block: Block, text: str) -> None:
    """A result among other items of a content; one that is a message of its own is told as one."""
    content = data.get("content")
    if isinstance(content, list) and 0 <= block.place < len(content):
        content[block.place] = {"type": "text", "text": text}


def said(data: Json, role: str, text: str) -> Json:
    return {"role": role, "content": text}


def answer(data: Json, call: Block, text: str) -> Json:
    if "function_call" in data:
        return {"role": "function", "name": call.name, "content": text}
    return {"role": "tool", "tool_call_id": call.id, "content": text}


def joined(first: Json, second: Json) -> Json | None:
    """Two messages of one author as one; None where that cannot be."""
    if first.get("role") != second.get("role") or first.get("role") in RESULT_ROLES or first.get("tool_calls"):
        return None
    if "function_call" in first or ("name" in second and first.get("name") != second.get("name")):
        return None
    one, two = first.get("content"), second.get("content")
    if isinstance(one, str) and isinstance(two, str):
        content: object = "\n\n".join(text for text in (one, two) if text)
    else:
        content = [*as_items(one), *as_items(two)] or None
    return {**first, **second, "content": content}


def as_items(content: object) -> list[object]:
    if isinstance(content, list):
        return content
    return [{"type": "text", "text": content}] if isinstance(content, str) and content else []


def written(message: Message) -> dict[str, object]:
    """A message that was read from no JSON, as this provider writes it."""
    if message.results:
        return {"role": "tool", "tool_call_id": message.results[0].id, "content": message.results[0].text}
    text = "\n".join(block.text for block in message.blocks if block.kind != "call")
    data: dict[str, object] = {"role": message.role, "content": text or (None if message.calls else "")}
    if message.calls:
        data["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": as_object(call.text)}}
            for call in message.calls
        ]
    return data


def as_object(arguments: str) -> str:
    """Arguments as the JSON object that a provider asks for; those of a transcript may be any text."""
    try:
        whole = isinstance(json.loads(arguments), dict)
    except ValueError:
        whole = False
    return arguments if whole else json.dumps({"input": arguments}, ensure_ascii=False)
