"""Model messages of the AI SDK: OpenAI's frame, with calls and results as items of the content. Knows no other dialect
but the frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from longzip.messages import openai
from longzip.messages.contents import Json, ReadItem, ReadPart, as_text, binary_item, contained, listed, mapping, string
from longzip.messages.normal import Block
from longzip.messages.openai import joined, role

__all__ = [
    "ITEMS", "NAME", "PROOF", "SIGN", "answer", "blocks", "joined", "leave_out", "owns", "put", "retell", "role",
    "said",
]  # fmt: skip

NAME = "vercel"
SIGN = PROOF = r'"type"\s*:\s*"tool-(?:call|result|error)"'


def call(item: Json, place: int, read: ReadPart) -> Block:
    name = string(item.get("toolName"))
    asked = as_text(item.get("input", item.get("args", {})))
    return Block(
        "call", asked, name, string(item.get("toolCallId")), place=place, sealed=bool(item.get("providerExecuted"))
    )


def result(item: Json, place: int, read: ReadPart) -> Block:
    output = mapping(item.get("output"))
    kind = string(output.get("type"))
    text, pictures = contained(output.get("value") if kind else item.get("result", item.get("output", "")), read)
    failed = bool(item.get("isError")) or kind.startswith("error")
    return Block("result", text, string(item.get("toolName")), string(item.get("toolCallId")), failed, place, pictures)


ITEMS: Mapping[str, ReadItem] = {
    "tool-call": call,
    "tool-result": result,
    "tool-error": result,
    "media": binary_item,
    "image-data": binary_item,
    "image-url": binary_item,
    "file-data": binary_item,
    "file-url": binary_item,
}


def owns(data: Json) -> bool:
    kinds = (item.get("type") for item in listed(data.get("content")) if isinstance(item, dict))
    return "role" in data and any(kind in ("tool-call", "tool-result", "tool-error") for kind in kinds)


def blocks(data: Json, read: ReadPart) -> Sequence[Block]:
    return [read(item, place) for place, item in enumerate(listed(data.get("content")))]


def put(data: dict[str, object], block: Block, text: str) -> None:
    if block.kind != "result":
        openai.put(data, block, text)
        return
    content = data["content"]
    assert isinstance(content, list)
    item = content[block.place]
    if "output" in item:
        failed = string(mapping(item["output"]).get("type")).startswith("error")
        item["output"] = {"type": "error-text" if failed else "text", "value": text}
    else:
        item["result"] = text
        item.pop("experimental_content", None)


def leave_out(data: dict[str, object], kept: Sequence[bool]) -> None:
    data["content"] = [item for item, stays in zip(listed(data["content"]), kept, strict=False) if stays]


retell = openai.retell


def said(data: Json, role: str, text: str) -> Json:
    return {"role": role, "content": text}


def answer(data: Json, call: Block, text: str) -> Json:
    asked = mapping(listed(data.get("content"))[call.place])
    given: Json = {"result": text} if "args" in asked else {"output": {"type": "text", "value": text}}
    item = {"type": "tool-result", "toolCallId": call.id, "toolName": call.name, **given}
    return {"role": "tool", "content": [item]}
