"""Google Gemini's contents: a role and parts, each with its kind as its key; calls pair by their id, or by their name.

Both spellings are read, that of the interface (``functionCall``) and that of its Python library (``function_call``).
Knows no other dialect.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from longzip.messages.contents import (
    Json,
    ReadItem,
    ReadPart,
    as_text,
    listed,
    mapping,
    other,
    reference,
    string,
)
from longzip.messages.normal import Block

NAME = "gemini"
SIGN = PROOF = (
    r'"parts"\s*:\s*\[\s*\{\s*"(?:text|thought|function_?[cC]all|function_?[rR]esponse|inline_?[dD]ata|file_?[dD]ata)'
)
ITEMS: Mapping[str, ReadItem] = {}
CALL, RESULT = ("functionCall", "function_call"), ("functionResponse", "function_response")
BINARIES = ("inlineData", "inline_data", "fileData", "file_data")
OWN = ("executableCode", "executable_code", "codeExecutionResult", "code_execution_result")
KEYS = frozenset({"text", *CALL, *RESULT, *BINARIES, *OWN})
KINDS = frozenset({"type", "kind", "part_kind"})  # how others say what a part is
SAID = ("output", "result", "content", "error")  # the one key under which a tool's answer is often a text


def owns(data: Json) -> bool:
    parts = data.get("parts")
    if not isinstance(parts, list) or "content" in data:
        return False
    return all(
        isinstance(part, str) or (KEYS & mapping(part).keys() and not KINDS & mapping(part).keys()) for part in parts
    )


def role(data: Json) -> str:
    return string(data.get("role")) or "user"


def blocks(data: Json, read: ReadPart) -> Iterator[Block]:
    for place, part in enumerate(listed(data.get("parts"))):
        yield Block("text", part, place=place) if isinstance(part, str) else part_block(mapping(part), place)


def part_block(part: Json, place: int) -> Block:
    kind = next(key for key in part if key in KEYS)
    inner = mapping(part[kind])
    if kind == "text":
        return Block("thinking" if part.get("thought") else "text", string(part["text"]), place=place)
    if kind in CALL:
        name = string(inner.get("name"))
        return Block("call", as_text(inner.get("args", {})), name, string(inner.get("id")) or name, place=place)
    if kind in RESULT:
        name = string(inner.get("name"))
        answer, key = mapping(inner.get("response")), said_under(mapping(inner.get("response")))
        text = string(answer[key]) if key else as_text(inner.get("response"))
        pictures = sum(any(key in BINARIES for key in mapping(item)) for item in listed(inner.get("parts")))
        return Block(
            "result", text, name, string(inner.get("id")) or name, "error" in answer, place=place, binaries=pictures
        )
    if kind in BINARIES:
        return Block("binary", reference(inner, "file"), place=place)
    return other(part, place)


def said_under(answer: Json) -> str:
    """The only key of an answer, where it holds a text; "" where there is more to it."""
    (key,) = answer if len(answer) == 1 else ("",)
    return key if key in SAID and isinstance(answer[key], str) else ""


def put(data: dict[str, object], block: Block, text: str) -> None:
    parts = data["parts"]
    assert isinstance(parts, list)
    part = parts[block.place]
    if isinstance(part, str):
        parts[block.place] = text
    elif block.kind == "result":
        inner = part[next(key for key in RESULT if key in part)]
        inner["response"] = {said_under(mapping(inner.get("response"))) or "output": text}
        inner.pop("parts", None)
    else:
        part["text"] = text


def leave_out(data: dict[str, object], kept: Sequence[bool]) -> None:
    data["parts"] = [part for part, stays in zip(listed(data["parts"]), kept, strict=False) if stays]


def retell(data: dict[str, object], block: Block, text: str) -> None:
    parts = data["parts"]
    assert isinstance(parts, list)
    parts[block.place] = {"text": text}


def said(data: Json, role: str, text: str) -> Json:
    return {"role": "model" if role == "assistant" else role, "parts": [{"text": text}]}


def answer(data: Json, call: Block, text: str) -> Json:
    part = mapping(listed(data.get("parts"))[call.place])
    key = "function_response" if "function_call" in part else "functionResponse"
    given = {"id": call.id} if call.id != call.name else {}
    return {"role": "user", "parts": [{key: {**given, "name": call.name, "response": {"output": text}}}]}


def joined(first: Json, second: Json) -> Json | None:
    if role(first) != role(second):
        return None
    return {**first, "parts": [*listed(first.get("parts")), *listed(second.get("parts"))]}
