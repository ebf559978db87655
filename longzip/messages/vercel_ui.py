"""The AI SDK's messages for screens: a role and typed parts; a tool's part holds its call and, once there is one, its
result. Knows no other dialect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from longzip.messages.contents import (
    Json,
    ReadItem,
    ReadPart,
    as_text,
    kept_places,
    listed,
    mapping,
    other,
    reference,
    string,
)
from longzip.messages.normal import Block

NAME = "vercel-ui"
SIGN = PROOF = r'"parts"\s*:\s*\[\s*\{\s*"type"'
ITEMS: Mapping[str, ReadItem] = {}
ANSWERED = ("output-available", "output-error", "output-denied", "result")


def owns(data: Json) -> bool:
    parts = data.get("parts")
    return "role" in data and isinstance(parts, list) and all("type" in mapping(part) for part in parts)


def role(data: Json) -> str:
    return string(data.get("role"))


def blocks(data: Json, read: ReadPart) -> Iterator[Block]:
    for place, part in enumerate(listed(data.get("parts"))):
        yield from part_blocks(mapping(part), place)


def part_blocks(part: Json, place: int) -> Iterator[Block]:
    kind = string(part.get("type"))
    if kind in ("text", "reasoning"):
        yield Block(
            "text" if kind == "text" else "thinking", string(part.get("text", part.get("reasoning"))), place=place
        )
    elif kind == "file":
        yield Block("binary", reference(part), place=place)
    elif kind == "tool-invocation":
        yield from used(mapping(part.get("toolInvocation")), place)
    elif kind.startswith("tool-") or kind == "dynamic-tool":
        yield from used({"toolName": kind.removeprefix("tool-"), **part}, place)
    else:
        yield Block("other", "", place=place) if kind == "step-start" else other(part, place)


def used(tool: Json, place: int) -> Iterator[Block]:
    """A call and its result; a call that has none yet is the program's to answer, in the same part."""
    name, call_id = string(tool.get("toolName")), string(tool.get("toolCallId"))
    yield Block("call", as_text(tool.get("input", tool.get("args", {}))), name, call_id, place=place, sealed=True)
    if tool.get("state") in ANSWERED:
        failed = "errorText" in tool
        given = tool.get("errorText", tool.get("output", tool.get("result", "")))
        yield Block("result", as_text(given), name, call_id, failed, place)


def put(data: dict[str, object], block: Block, text: str) -> None:
    parts = data["parts"]
    assert isinstance(parts, list)
    part = parts[block.place]
    if block.kind != "result":
        part["text"] = text
    elif part.get("type") == "tool-invocation":
        part["toolInvocation"]["result"] = text
    else:
        part["errorText" if "errorText" in part else "output"] = text


def leave_out(data: dict[str, object], kept: Sequence[bool]) -> None:
    data["parts"] = kept_places(data, blocks(data, other), kept, "parts")


def retell(data: dict[str, object], block: Block, text: str) -> None:
    parts = data["parts"]
    assert isinstance(parts, list)
    parts[block.place] = {"type": "text", "text": text}


def said(data: Json, role: str, text: str) -> Json:
    return {"id": f"longzip-{role}", "role": role, "parts": [{"type": "text", "text": text}]}


def answer(data: Json, call: Block, text: str) -> Json:
    return said(data, "user", text)


def joined(first: Json, second: Json) -> Json | None:
    if role(first) != role(second):
        return None
    return {**first, "parts": [*listed(first.get("parts")), *listed(second.get("parts"))]}
