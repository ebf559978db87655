"""LangChain's messages as JSON: its serialization (``lc``), ``messages_to_dict`` (``type`` and ``data``), and the
fields themselves (``model_dump``). Items of contents may be any provider's. Knows no object of LangChain's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from longzip.messages import openai
from longzip.messages.contents import (
    Json,
    ReadItem,
    ReadPart,
    binary_item,
    call_block,
    contained,
    listed,
    mapping,
    string,
)
from longzip.messages.normal import Block

NAME = "langchain"
ROLES = {
    "human": "user", "ai": "assistant", "system": "system", "tool": "tool", "function": "tool", "chat": "user",
    "remove": "remove",
}  # fmt: skip
KINDS = "|".join(ROLES)
SIGN = PROOF = rf'"lc"\s*:\s*1|"type"\s*:\s*"(?:{KINDS})"'
CLASS = re.compile(rf"({KINDS})Message(?:Chunk)?$", re.I)


def server_call(item: Json, place: int, read: ReadPart) -> Block:
    found = call_block(item, string(item.get("id")), place)
    return Block("call", found.text, found.name, found.id, place=place, sealed=True)


def server_result(item: Json, place: int, read: ReadPart) -> Block:
    text, pictures = contained(item.get("output", ""), read)
    call_id = string(item.get("tool_call_id"))
    return Block(
        "result", text, id=call_id, failed=item.get("status") == "error", place=place, binaries=pictures, sealed=True
    )


def plain_text(item: Json, place: int, read: ReadPart) -> Block:
    """A text that is a file: it counts as its text, or where it is elsewhere, as a file."""
    text = item.get("text", item.get("data"))
    return Block("other", text, place=place) if isinstance(text, str) else binary_item(item, place, read)


ITEMS: Mapping[str, ReadItem] = {
    "text-plain": plain_text,
    "media": binary_item,  # Gemini's, by way of LangChain
    "server_tool_call": server_call,
    "server_tool_result": server_result,
}


def owns(data: Json) -> bool:
    return bool(inner(data))


def inner(data: Json) -> dict[str, object]:
    """The fields of a message in any of the three forms; {} for anything else."""
    found: object = {}
    if data.get("lc") == 1:
        found = data.get("kwargs") if kind_of(data) else {}
    elif isinstance(data.get("data"), dict) and kind_of(data):
        found = data["data"]
    elif "role" not in data or data.get("type") == "chat":
        found = data if kind_of(data) and "content" in data and "source" not in data else {}
    return found if isinstance(found, dict) and ("content" in found or "id" in found) else {}


def kind_of(data: Json) -> str:
    """``human``, ``ai``, ..., as the message's class or its type says; "" for what is no message."""
    path = listed(data.get("id"))
    name = string(path[-1]) if data.get("lc") == 1 and path else string(data.get("type"))
    match = CLASS.search(name)
    return match[1].lower() if match else name if name in ROLES else ""


def role(data: Json) -> str:
    kind = kind_of(data)
    return string(inner(data).get("role")) or "user" if kind == "chat" else ROLES[kind]


def blocks(data: Json, read: ReadPart) -> Iterator[Block]:
    fields = inner(data)
    content = fields.get("content")
    if kind_of(data) in ("tool", "function"):
        text, pictures = contained(content, read)
        name = string(fields.get("name"))
        failed = fields.get("status") == "error"
        yield Block("result", text, name, string(fields.get("tool_call_id")) or name, failed, -1, pictures)
        return
    asked = {string(mapping(call).get("id")) for call in calls_in(fields)}
    if isinstance(content, str):
        yield Block("text", content)
    for place, item in enumerate(listed(content)):
        block = read(item, place)
        # A call that stands in the content, too, is told once, from the list of calls.
        yield Block("other", "", place=place) if block.kind == "call" and block.id in asked else block
    for place, call in enumerate(calls_in(fields)):
        yield call_block(mapping(call), string(mapping(call).get("id")), place)
    legacy = mapping(mapping(fields.get("additional_kwargs")).get("function_call"))
    if legacy and not asked:
        yield call_block(legacy, string(legacy.get("name")), -1)


def calls_in(fields: Json) -> Sequence[object]:
    return [*listed(fields.get("tool_calls")), *listed(fields.get("invalid_tool_calls"))]


def put(data: dict[str, object], block: Block, text: str) -> None:
    fields = inner(data)
    content = fields.get("content")
    if block.place >= 0 and isinstance(content, list):
        openai.put(fields, block, text)
    else:
        fields["content"] = text


def leave_out(data: dict[str, object], kept: Sequence[bool]) -> None:
    fields = inner(data)
    if kind_of(data) in ("tool", "function"):
        return
    content, calls = fields.get("content"), listed(fields.get("tool_calls"))
    told = len(content) if isinstance(content, list) else int(isinstance(content, str))
    said, asked = kept[:told], kept[told:]
    if isinstance(content, list):
        fields["content"] = [item for item, stays in zip(content, said, strict=False) if stays]
    elif content is not None and said and not said[0]:
        fields["content"] = ""
    if calls:
        fields["tool_calls"] = [call for call, stays in zip(calls, asked, strict=False) if stays]


def retell(data: dict[str, object], block: Block, text: str) -> None:
    openai.retell(inner(data), block, text)


def said(data: Json, role: str, text: str) -> Json:
    kind = next((kind for kind, name in ROLES.items() if name == role), "human")
    if data.get("lc") == 1:
        name = {"ai": "AIMessage", "human": "HumanMessage", "system": "SystemMessage"}.get(kind, "HumanMessage")
        path = [*listed(data.get("id"))[:-1], name]
        return {"lc": 1, "type": "constructor", "id": path, "kwargs": {"content": text, "type": kind}}
    fields = {"content": text, "type": kind}
    return {"type": kind, "data": fields} if isinstance(data.get("data"), dict) else fields


def answer(data: Json, call: Block, text: str) -> Json:
    fields = {"content": text, "type": "tool", "tool_call_id": call.id, "name": call.name}
    if data.get("lc") == 1:
        path = [*listed(data.get("id"))[:-1], "ToolMessage"]
        return {"lc": 1, "type": "constructor", "id": path, "kwargs": fields}
    return {"type": "tool", "data": fields} if isinstance(data.get("data"), dict) else fields


def joined(first: Json, second: Json) -> Json | None:
    one, two = inner(first), inner(second)
    if kind_of(first) != kind_of(second) or calls_in(one) or kind_of(first) in ("tool", "function"):
        return None
    whole = openai.joined({**one, "role": "x"}, {**two, "role": "x"})
    if whole is None:
        return None
    fields = {key: value for key, value in whole.items() if key != "role"}
    if first.get("lc") == 1:
        return {**first, "kwargs": fields}
    return {**first, "data": fields} if isinstance(first.get("data"), dict) else fields
