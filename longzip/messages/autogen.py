"""AutoGen's messages: a type, a source and a content, with calls and results as lists; and of its first versions, the
message that holds the answers of several tools. Knows no other dialect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from longzip.messages.contents import Json, ReadItem, ReadPart, as_text, listed, mapping, other, reference, string
from longzip.messages.normal import Block

NAME = "autogen"
SAID = {
    "TextMessage": "", "MultiModalMessage": "", "StopMessage": "assistant", "HandoffMessage": "assistant",
    "ToolCallRequestEvent": "assistant", "ToolCallExecutionEvent": "tool", "ToolCallSummaryMessage": "assistant",
    "ThoughtEvent": "assistant", "MemoryQueryEvent": "system", "StructuredMessage": "assistant",
    "SystemMessage": "system", "UserMessage": "user", "AssistantMessage": "assistant",
    "FunctionExecutionResultMessage": "tool",
}  # fmt: skip
SIGN = PROOF = rf'"type"\s*:\s*"(?:{"|".join(SAID)})"|"tool_responses"\s*:\s*\['
ITEMS: Mapping[str, ReadItem] = {}
RESULTS = ("ToolCallExecutionEvent", "FunctionExecutionResultMessage")
PEOPLE = ("user", "user_proxy", "human", "admin")  # what the sources are called that people speak through
THOUGHT = -2


def owns(data: Json) -> bool:
    if isinstance(data.get("tool_responses"), list):
        return True
    return data.get("type") in SAID and "content" in data and "role" not in data


def role(data: Json) -> str:
    if "tool_responses" in data:
        return "tool"
    known = SAID[str(data["type"])]
    return known or ("user" if string(data.get("source")).lower() in PEOPLE else "assistant")


def blocks(data: Json, read: ReadPart) -> Iterator[Block]:
    if "tool_responses" in data:
        for place, item in enumerate(listed(data["tool_responses"])):
            one = mapping(item)
            yield Block("result", as_text(one.get("content", "")), id=string(one.get("tool_call_id")), place=place)
        return
    if isinstance(data.get("thought"), str):
        yield Block("thinking", string(data["thought"]), place=THOUGHT)
    content = data.get("content")
    if isinstance(content, str):
        yield Block("thinking" if data["type"] == "ThoughtEvent" else "text", content)
    elif isinstance(content, list):
        for place, item in enumerate(content):
            yield item_of(data, item, place)
    elif content is not None:
        yield other(content, -1)


def item_of(data: Json, item: object, place: int) -> Block:
    one = mapping(item)
    if isinstance(item, str):
        return Block("text", item, place=place)
    if data["type"] in RESULTS:
        call_id, failed = string(one.get("call_id")), bool(one.get("is_error"))
        return Block("result", as_text(one.get("content", "")), string(one.get("name")), call_id, failed, place)
    if "arguments" in one and "name" in one:
        return Block("call", as_text(one["arguments"]), string(one["name"]), string(one.get("id")), place=place)
    return (
        Block("binary", reference(one, "image"), place=place)
        if data["type"] in ("MultiModalMessage", "UserMessage")
        else other(item, place)
    )


def put(data: dict[str, object], block: Block, text: str) -> None:
    key = "tool_responses" if "tool_responses" in data else "content"
    items = data[key]
    if block.place == THOUGHT:
        data["thought"] = text
    elif block.place < 0 or not isinstance(items, list):
        data["content"] = text
    elif isinstance(items[block.place], str):
        items[block.place] = text
    else:
        items[block.place] = {**items[block.place], "content": text}
    if key == "tool_responses" and isinstance(data.get("content"), str):
        data["content"] = "\n\n".join(string(mapping(item).get("content")) for item in listed(data[key]))


def leave_out(data: dict[str, object], kept: Sequence[bool]) -> None:
    key = "tool_responses" if "tool_responses" in data else "content"
    found = list(blocks(data, other))
    stays = {block.place: one for block, one in zip(found, kept, strict=False)}
    if isinstance(data.get(key), list):
        data[key] = [item for place, item in enumerate(listed(data[key])) if stays.get(place, True)]
    elif not stays.get(-1, True):
        data["content"] = ""
    if not stays.get(THOUGHT, True):
        del data["thought"]


def retell(data: dict[str, object], block: Block, text: str) -> None:
    """Results stand in messages of their own, and are told as ones."""


def said(data: Json, role: str, text: str) -> Json:
    if "tool_responses" in data:
        return {"role": role, "content": text}
    if data.get("type") in ("SystemMessage", "UserMessage", "AssistantMessage", "FunctionExecutionResultMessage"):
        kind = {"user": "UserMessage", "assistant": "AssistantMessage"}.get(role, "SystemMessage")
        return {"type": kind, "content": text, **({} if role == "system" else {"source": role})}
    if role == "system":
        return {"type": "SystemMessage", "content": text}
    return {"type": "TextMessage", "source": role, "content": text}


def answer(data: Json, call: Block, text: str) -> Json:
    kind = "FunctionExecutionResultMessage" if data.get("type") == "AssistantMessage" else "ToolCallExecutionEvent"
    item = {"content": text, "name": call.name, "call_id": call.id, "is_error": False}
    source = {} if kind == "FunctionExecutionResultMessage" else {"source": string(data.get("source"))}
    return {"type": kind, **source, "content": [item]}


def joined(first: Json, second: Json) -> Json | None:
    one, two = first.get("content"), second.get("content")
    same = first.get("type") == second.get("type") and first.get("source") == second.get("source")
    if not same or "tool_responses" in first or not isinstance(one, str) or not isinstance(two, str):
        return None
    return {**first, **second, "content": f"{one}\n\n{two}"}
