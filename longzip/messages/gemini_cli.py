"""Messages of Gemini CLI's saved sessions: what the user typed, and what the model said with its thoughts and its
tools, each tool's call together with its result. Knows no other dialect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from longzip.messages import gemini
from longzip.messages.contents import Json, ReadItem, ReadPart, as_text, listed, mapping, other, string
from longzip.messages.normal import Block

NAME = "gemini-cli"
SIGN = PROOF = r'"type"\s*:\s*"gemini"|"toolCalls"\s*:\s*\['
ITEMS: Mapping[str, ReadItem] = {}
CONTENT, THOUGHT = -2, -1000  # places: of the content where it is no list, and of thoughts from there down
TOOL = 100_000  # places of tools from there on


def owns(data: Json) -> bool:
    kind = data.get("type")
    known = kind == "gemini" or (kind == "user" and "timestamp" in data and "message" not in data)
    return known and "role" not in data and isinstance(data.get("content"), str | list)


def role(data: Json) -> str:
    return "user" if data.get("type") == "user" else "assistant"


def blocks(data: Json, read: ReadPart) -> Iterator[Block]:
    for place, thought in enumerate(listed(data.get("thoughts"))):
        told = [string(mapping(thought).get(key)) for key in ("subject", "description")]
        yield Block("thinking", ": ".join(text for text in told if text), place=THOUGHT - place)
    content = data.get("content")
    if isinstance(content, str):
        yield Block("text", content, place=CONTENT)
    else:
        yield from gemini.blocks({"parts": content}, read)
    for place, tool in enumerate(listed(data.get("toolCalls"))):
        yield from used(mapping(tool), TOOL + place)


def used(tool: Json, place: int) -> Iterator[Block]:
    name, call_id = string(tool.get("name")), string(tool.get("id"))
    yield Block("call", as_text(tool.get("args", {})), name, call_id, place=place, sealed=True)
    results = tool.get("result")
    if results is not None:
        parts = [gemini.part_block(mapping(part), 0) for part in listed(results) if gemini.KEYS & mapping(part).keys()]
        text = "\n".join(part.text for part in parts) if parts else as_text(results)
        pictures = sum(part.binaries + (part.kind == "binary") for part in parts)
        yield Block("result", text, name, call_id, tool.get("status") == "error", place, pictures)


def put(data: dict[str, object], block: Block, text: str) -> None:
    if block.kind == "thinking":
        thoughts = data["thoughts"]
        assert isinstance(thoughts, list)
        thoughts[THOUGHT - block.place] = {**thoughts[THOUGHT - block.place], "description": text, "subject": ""}
    elif block.kind == "result":
        tools = data["toolCalls"]
        assert isinstance(tools, list)
        part = {"functionResponse": {"id": block.id, "name": block.name, "response": {"output": text}}}
        tools[block.place - TOOL]["result"] = [part]
        tools[block.place - TOOL].pop("resultDisplay", None)
    elif block.place == CONTENT:
        data["content"] = text
    else:
        content = {"parts": data["content"]}
        gemini.put(content, block, text)


def leave_out(data: dict[str, object], kept: Sequence[bool]) -> None:
    stays: dict[int, bool] = {}
    for block, one in zip(blocks(data, other), kept, strict=False):
        stays[block.place] = stays.get(block.place, False) or one
    for key, start, step in (("thoughts", THOUGHT, -1), ("toolCalls", TOOL, 1), ("content", 0, 1)):
        if isinstance(data.get(key), list):
            items = enumerate(listed(data[key]))
            data[key] = [item for place, item in items if stays.get(start + step * place, True)]
    if not stays.get(CONTENT, True):
        data["content"] = ""


def retell(data: dict[str, object], block: Block, text: str) -> None:
    """A result stands with its call, and never alone."""


def said(data: Json, role: str, text: str) -> Json:
    kind = "user" if role == "user" else "gemini"
    return {"type": kind, "timestamp": string(data.get("timestamp")), "content": text}


def answer(data: Json, call: Block, text: str) -> Json:
    return said(data, "user", text)


def joined(first: Json, second: Json) -> Json | None:
    one, two = first.get("content"), second.get("content")
    if role(first) != role(second) or not isinstance(one, str) or not isinstance(two, str) or first.get("toolCalls"):
        return None
    return {**first, **second, "content": f"{one}\n\n{two}"}
