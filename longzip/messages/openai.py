"""OpenAI's chat messages: a role and a content, calls beside the content, results with the role "tool". Knows no other
dialect."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from longzip.messages.contents import Json, ReadItem, ReadPart, binary_item, call_block, string, text_item
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


def owns(data: Json) -> bool:
    return "role" in data


def role(data: Json) -> str:
    return string(data.get("role"))


def blocks(data: Json, read: ReadPart) -> Iterator[Block]:
    content = data.get("content")
    parts = [read(item, place) for place, item in enumerate(content)] if isinstance(content, list) else []
    if data.get("role") in RESULT_ROLES:
        text = content if isinstance(content, str) else "\n".join(block.text for block in parts)
        name = string(data.get("name"))
        yield Block("result", text, name=name, id=string(data.get("tool_call_id") or data.get("name")))
        return
    if isinstance(content, str):
        yield Block("text", content)
    yield from parts
    calls = data.get("tool_calls")
    for place, call in enumerate(calls if isinstance(calls, list) else []):
        if isinstance(call, dict):
            yield call_block(call.get("function", call), string(call.get("id")), place)
    legacy = data.get("function_call")
    if isinstance(legacy, dict):
        yield call_block(legacy, string(legacy.get("name")), -1)


def put(data: dict[str, object], block: Block, text: str) -> None:
    content = data.get("content")
    if block.place < 0 or not isinstance(content, list):
        data["content"] = text
    elif isinstance(content[block.place], str):
        content[block.place] = text
    else:
        content[block.place][FIELDS.get(block.kind, "text")] = text


def leave_out(data: dict[str, object], kept: Sequence[bool]) -> None:
    if data.get("role") in RESULT_ROLES:
        return
    left = iter(kept)
    content, calls = data.get("content"), data.get("tool_calls")
    if isinstance(content, list):
        data["content"] = [item for item, stays in zip(content, left, strict=False) if stays]
    elif isinstance(content, str) and not next(left, True):
        data["content"] = None
    if isinstance(calls, list):
        known = [call for call in calls if isinstance(call, dict)]
        data["tool_calls"] = [call for call, stays in zip(known, left, strict=False) if stays]
        if not data["tool_calls"]:
            del data["tool_calls"]
    if isinstance(data.get("function_call"), dict) and not next(left, True):
        del data["function_call"]


def answer(call: Block, text: str) -> Json:
    return {"role": "tool", "tool_call_id": call.id, "content": text}


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
