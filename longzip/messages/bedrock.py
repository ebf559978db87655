"""Messages of Amazon Bedrock's Converse interface, and of Strands: items of the content have their kind as their key.

Knows no other dialect.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from longzip.messages.contents import Json, ReadItem, ReadPart, as_text, listed, mapping, other, reference, string
from longzip.messages.normal import Block

NAME = "bedrock"
SIGN = r'"role"\s*:'
PROOF = r'"role"\s*:\s*"(?:user|assistant)"'
ITEMS: Mapping[str, ReadItem] = {}
BINARIES = ("image", "document", "video", "audio")
MARKS = ("cachePoint",)  # they say nothing
KEYS = frozenset(
    {"text", "toolUse", "toolResult", "reasoningContent", "guardContent", "citationsContent", *BINARIES, *MARKS}
)


def owns(data: Json) -> bool:
    items = listed(data.get("content"))
    return "role" in data and any(
        isinstance(item, dict) and "type" not in item and KEYS & item.keys() for item in items
    )


def role(data: Json) -> str:
    return string(data.get("role"))


def blocks(data: Json, read: ReadPart) -> Iterator[Block]:
    for place, item in enumerate(listed(data.get("content"))):
        kind = next((key for key in mapping(item) if key in KEYS), "") if "type" not in mapping(item) else ""
        yield item_of(kind, mapping(item), place) if kind else read(item, place)


def item_of(kind: str, item: Json, place: int) -> Block:
    inner = mapping(item[kind])
    if kind == "text":
        return Block("text", string(item["text"]), place=place)
    if kind == "toolUse":
        name = string(inner.get("name"))
        return Block("call", as_text(inner.get("input", {})), name, string(inner.get("toolUseId")) or name, place=place)
    if kind == "toolResult":
        texts, pictures = result_parts(inner)
        failed = inner.get("status") == "error"
        return Block("result", texts, "", string(inner.get("toolUseId")), failed, place, pictures)
    if kind == "reasoningContent":
        return Block("thinking", string(mapping(inner.get("reasoningText")).get("text")), place=place)
    if kind in BINARIES:
        return Block("binary", reference(inner, kind), place=place)
    return Block("other", "", place=place) if kind in MARKS else other(item, place)


def result_parts(inner: Json) -> tuple[str, int]:
    """The text of a result, and how many binaries it holds."""
    texts, pictures = [], 0
    for part in listed(inner.get("content")):
        data = mapping(part)
        binary = next((key for key in BINARIES if key in data), "")
        pictures += bool(binary)
        texts.append(
            reference(mapping(data[binary]), binary) if binary else as_text(data.get("text", data.get("json", part)))
        )
    return "\n".join(texts), pictures


def put(data: dict[str, object], block: Block, text: str) -> None:
    item = at(data, block)
    if block.kind == "result":
        item["toolResult"] = {**mapping(item["toolResult"]), "content": [{"text": text}]}
    elif block.kind == "thinking":
        inner = mapping(item["reasoningContent"])
        item["reasoningContent"] = {**inner, "reasoningText": {**mapping(inner.get("reasoningText")), "text": text}}
    else:
        item["text"] = text


def at(data: dict[str, object], block: Block) -> dict[str, object]:
    content = data["content"]
    assert isinstance(content, list)
    item = content[block.place]
    assert isinstance(item, dict)
    return item


def leave_out(data: dict[str, object], kept: Sequence[bool]) -> None:
    data["content"] = [item for item, stays in zip(listed(data["content"]), kept, strict=False) if stays]


def retell(data: dict[str, object], block: Block, text: str) -> None:
    item = at(data, block)
    item.clear()
    item["text"] = text


def said(data: Json, role: str, text: str) -> Json:
    return {"role": role, "content": [{"text": text}]}


def answer(data: Json, call: Block, text: str) -> Json:
    return {"role": "user", "content": [{"toolResult": {"toolUseId": call.id, "content": [{"text": text}]}}]}


def joined(first: Json, second: Json) -> Json | None:
    if role(first) != role(second):
        return None
    return {**first, "content": [*listed(first.get("content")), *listed(second.get("content"))]}
