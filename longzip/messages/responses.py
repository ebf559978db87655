"""The items of OpenAI's responses interface: calls and their outputs are items of their own, without a role. Knows no
other dialect; its messages with a role are those of the chat interface."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from longzip.messages.contents import (
    Json,
    ReadItem,
    ReadPart,
    binary_item,
    call_item,
    result_item,
    text_item,
    thinking_item,
)
from longzip.messages.normal import Block

NAME = "responses"
SIGN = PROOF = r'"type"\s*:\s*"function_call'
ITEMS: Mapping[str, ReadItem] = {
    "input_text": text_item,
    "output_text": text_item,
    "function_call": call_item,
    "function_call_output": result_item,
    "reasoning": thinking_item,
    "input_image": binary_item,
    "input_file": binary_item,
    "video": binary_item,
}


def owns(data: Json) -> bool:
    return data.get("type") in ("function_call", "function_call_output")


def role(data: Json) -> str:
    return "assistant" if data.get("type") == "function_call" else "tool"


def blocks(data: Json, read: ReadPart) -> Iterator[Block]:
    yield read(data, -1)


def put(data: dict[str, object], block: Block, text: str) -> None:
    data["output"] = text


def leave_out(data: dict[str, object], kept: Sequence[bool]) -> None:
    """An item is one block; it stays, or goes as a whole."""


def answer(call: Block, text: str) -> Json:
    return {"type": "function_call_output", "call_id": call.id, "output": text}
