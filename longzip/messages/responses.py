"""The items of OpenAI's responses interface: calls, their outputs and reasoning are items of their own, without a role.
Knows no other dialect; its messages without a type are those of the chat interface."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from longzip.messages import openai
from longzip.messages.contents import (
    Json,
    ReadItem,
    ReadPart,
    as_text,
    binary_item,
    call_item,
    contained,
    mapping,
    other,
    result_item,
    string,
    text_item,
    thinking_item,
)
from longzip.messages.normal import Block

NAME = "responses"
SIGN = PROOF = r'"type"\s*:\s*"(?:function_call|reasoning"|local_shell_call|custom_tool_call|message",\s*"role)'
# Calls that an output answers, in a later item.
CALLS = ("function_call", "custom_tool_call", "local_shell_call", "computer_call", "shell_call", "apply_patch_call")
OUTPUTS = tuple(f"{kind}_output" for kind in CALLS)
# What the provider ran by itself, with all it gave; and what holds no words.
DONE = (
    "web_search_call", "file_search_call", "code_interpreter_call", "image_generation_call", "mcp_call",
    "mcp_list_tools", "mcp_approval_request", "mcp_approval_response", "item_reference", "compaction",
    "tool_search_call",
)  # fmt: skip


def acted(item: Json, place: int, read: ReadPart) -> Block:
    """A call whose arguments are an action, not a text."""
    kind = str(item["type"])
    found = call_item(item, place, read)
    action = item.get("action", item.get("operation", ""))
    return found if found.name else replace(found, name=kind.removesuffix("_call"), text=as_text(action))


def output(item: Json, place: int, read: ReadPart) -> Block:
    """An output; that of a computer is a picture."""
    if isinstance(item.get("output"), dict):
        inner = mapping(item["output"])
        if inner.get("type") in ("computer_screenshot", "input_image"):
            return Block("result", "[screenshot]", id=string(item.get("call_id")), place=place, binaries=1, sealed=True)
        text, binaries = contained(inner.get("content", inner), read)
        failed = inner.get("success") is False
        return Block("result", text, id=string(item.get("call_id")), place=place, binaries=binaries, failed=failed)
    found = result_item(item, place, read)
    return found if found.id else replace(found, id=string(item.get("id")))


ITEMS: Mapping[str, ReadItem] = {
    "input_text": text_item,
    "output_text": text_item,
    "reasoning": thinking_item,
    "input_image": binary_item,
    "input_file": binary_item,
    "video": binary_item,
    **dict.fromkeys(CALLS, acted),
    **dict.fromkeys(OUTPUTS, output),
}
PARTS = ("input_text", "output_text")


def owns(data: Json) -> bool:
    kind = data.get("type")
    if kind == "message":
        return "role" in data and isinstance(data.get("content"), list | str)
    return "role" not in data and (kind in (*CALLS, *OUTPUTS, *DONE) or (kind == "reasoning" and "summary" in data))


def role(data: Json) -> str:
    if data.get("type") == "message":
        return openai.role(data)
    return "tool" if data.get("type") in OUTPUTS else "assistant"


def blocks(data: Json, read: ReadPart) -> Iterator[Block]:
    if data.get("type") == "message":
        yield from openai.blocks(data, read)
    elif data.get("type") in DONE:
        yield other(data, -1)
    else:
        yield read(data, -1)


def put(data: dict[str, object], block: Block, text: str) -> None:
    if data.get("type") == "message":
        openai.put(data, block, text)
    elif isinstance(data.get("output"), dict) and "content" in mapping(data["output"]):
        data["output"] = {**mapping(data["output"]), "content": text}
    else:
        data["output"] = text


def leave_out(data: dict[str, object], kept: Sequence[bool]) -> None:
    """An item is one block; it stays, or goes as a whole."""
    if data.get("type") == "message":
        openai.leave_out(data, kept)


def retell(data: dict[str, object], block: Block, text: str) -> None:
    """An output is an item of its own, and is told as one."""


def said(data: Json, role: str, text: str) -> Json:
    if data.get("type") == "message":
        kind = "output_text" if role == "assistant" else "input_text"
        return {"type": "message", "role": role, "content": [{"type": kind, "text": text}]}
    return {"role": role, "content": text}


def answer(data: Json, call: Block, text: str) -> Json:
    kind = str(data.get("type"))
    asked = kind if kind in CALLS else "function_call"
    return {"type": f"{asked}_output", "call_id": call.id, "output": text}


def joined(first: Json, second: Json) -> Json | None:
    if "role" not in first or "role" not in second or first.get("type") != second.get("type"):
        return None
    one, two = first.get("content"), second.get("content")
    if first["role"] != second["role"] or type(one) is not type(two) or first["role"] == "assistant":
        return None
    whole = [*one, *two] if isinstance(one, list) and isinstance(two, list) else f"{one}\n\n{two}"
    return {**first, "content": whole}
