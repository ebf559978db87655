"""Messages of pydantic-ai: requests and responses of parts, each with a ``part_kind``. Knows no other dialect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from longzip.messages.contents import Json, ReadItem, ReadPart, as_text, listed, mapping, other, reference, string
from longzip.messages.normal import Block

NAME = "pydantic-ai"
SIGN = PROOF = r'"part_kind"\s*:'
ITEMS: Mapping[str, ReadItem] = {}
TEXTS = ("system-prompt", "user-prompt", "text")
CALLS, RESULTS = ("tool-call", "builtin-tool-call"), ("tool-return", "builtin-tool-return", "retry-prompt")


def owns(data: Json) -> bool:
    parts = data.get("parts")
    return data.get("kind") in ("request", "response") and isinstance(parts, list)


def role(data: Json) -> str:
    if data.get("kind") == "response":
        return "assistant"
    kinds = {mapping(part).get("part_kind") for part in listed(data.get("parts"))}
    return "system" if kinds == {"system-prompt"} else "user"


def blocks(data: Json, read: ReadPart) -> Iterator[Block]:
    for place, part in enumerate(listed(data.get("parts"))):
        yield part_block(mapping(part), place)


def part_block(part: Json, place: int) -> Block:
    kind, content = string(part.get("part_kind")), part.get("content", "")
    if kind in CALLS:
        asked, own = as_text(part.get("args") or {}), kind.startswith("builtin")
        return Block(
            "call", asked, string(part.get("tool_name")), string(part.get("tool_call_id")), place=place, sealed=own
        )
    if kind in RESULTS and (part.get("tool_name") or kind != "retry-prompt"):
        call_id, own = string(part.get("tool_call_id")), kind.startswith("builtin")
        failed = kind == "retry-prompt"
        name = string(part.get("tool_name"))
        return Block("result", as_text(content), name, call_id, failed, place, binaries_in(content), own)
    if kind == "thinking":
        return Block("thinking", string(content), place=place)
    if kind in TEXTS or kind == "retry-prompt":
        if isinstance(content, str):
            return Block("text", content, place=place)
        texts = [item if isinstance(item, str) else reference(mapping(item), kind_of(item)) for item in listed(content)]
        # A prompt of several items stays as it is: it is counted, and never shortened.
        return Block("other", "\n".join(texts), place=place, binaries=binaries_in(content))
    return Block("binary", reference(mapping(content), "file"), place=place) if kind == "file" else other(part, place)


def kind_of(item: object) -> str:
    return string(mapping(item).get("kind")).removesuffix("-url")


def binaries_in(content: object) -> int:
    kinds = ("image-url", "audio-url", "video-url", "document-url", "binary")
    return sum(mapping(item).get("kind") in kinds for item in listed(content))


def put(data: dict[str, object], block: Block, text: str) -> None:
    parts = data["parts"]
    assert isinstance(parts, list)
    parts[block.place]["content"] = text


def leave_out(data: dict[str, object], kept: Sequence[bool]) -> None:
    data["parts"] = [part for part, stays in zip(listed(data["parts"]), kept, strict=False) if stays]


def retell(data: dict[str, object], block: Block, text: str) -> None:
    parts = data["parts"]
    assert isinstance(parts, list)
    parts[block.place] = {"content": text, "part_kind": "user-prompt"}


def said(data: Json, role: str, text: str) -> Json:
    if role == "assistant":
        return {"parts": [{"content": text, "part_kind": "text"}], "kind": "response"}
    kind = "system-prompt" if role == "system" else "user-prompt"
    return {"parts": [{"content": text, "part_kind": kind}], "kind": "request"}


def answer(data: Json, call: Block, text: str) -> Json:
    part = {"tool_name": call.name, "content": text, "tool_call_id": call.id, "part_kind": "tool-return"}
    return {"parts": [part], "kind": "request"}


def joined(first: Json, second: Json) -> Json | None:
    if first.get("kind") != second.get("kind"):
        return None
    return {**first, **second, "parts": [*listed(first.get("parts")), *listed(second.get("parts"))]}
