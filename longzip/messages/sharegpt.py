"""ShareGPT's turns: who it is from, and one value; calls and what they gave are turns without ids, in their order.
Knows no other dialect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from longzip.messages.contents import Json, ReadItem, ReadPart, as_text, decoded, mapping, string
from longzip.messages.normal import Block

NAME = "sharegpt"
ROLES = {
    "human": "user", "user": "user", "gpt": "assistant", "assistant": "assistant", "chatgpt": "assistant",
    "bing": "assistant", "bard": "assistant", "model": "assistant", "ai": "assistant", "system": "system",
    "function_call": "assistant", "tool_call": "assistant", "observation": "tool", "tool": "tool",
    "function_response": "tool", "tool_response": "tool",
}  # fmt: skip
SIGN = PROOF = rf'"from"\s*:\s*"(?:{"|".join(ROLES)})"'
ITEMS: Mapping[str, ReadItem] = {}
CALLS = ("function_call", "tool_call")


def owns(data: Json) -> bool:
    return data.get("from") in ROLES and isinstance(data.get("value"), str | dict | list)


def role(data: Json) -> str:
    return ROLES[str(data["from"])]


def blocks(data: Json, read: ReadPart) -> Iterator[Block]:
    text = as_text(data["value"])
    if data["from"] in CALLS:
        asked = mapping(decoded(data["value"]))
        given = asked.get("arguments", asked.get("parameters"))
        yield Block("call", text if given is None else as_text(given), string(asked.get("name")))
    else:
        yield Block("result" if ROLES[str(data["from"])] == "tool" else "text", text)


def put(data: dict[str, object], block: Block, text: str) -> None:
    data["value"] = text


def leave_out(data: dict[str, object], kept: Sequence[bool]) -> None:
    """A turn is one block; it stays, or goes as a whole."""


def retell(data: dict[str, object], block: Block, text: str) -> None:
    """A result is a turn of its own, and is told as one."""


def said(data: Json, role: str, text: str) -> Json:
    plain = {"user": "human", "assistant": "gpt"} if data.get("from") not in ("user", "assistant") else {}
    return {"from": plain.get(role, role), "value": text}


def answer(data: Json, call: Block, text: str) -> Json:
    return {"from": "tool_response" if data.get("from") == "tool_call" else "observation", "value": text}


def joined(first: Json, second: Json) -> Json | None:
    if first.get("from") != second.get("from") or role(first) == "tool" or first["from"] in CALLS:
        return None
    return {**first, "value": f"{as_text(first['value'])}\n\n{as_text(second['value'])}"}
