"""Cohere's first chat interface: a role in capitals and a ``message``; calls have parameters and no ids, results repeat
the call that they answer. The second one speaks as OpenAI's does. Knows no other dialect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from longzip.messages.contents import Json, ReadItem, ReadPart, as_text, call_block, listed, mapping, string
from longzip.messages.normal import Block

NAME = "cohere"
ROLES = {"user": "user", "chatbot": "assistant", "system": "system", "tool": "tool"}
SIGN = r'"role"\s*:'
PROOF = r'"role"\s*:\s*"(?:USER|CHATBOT|Chatbot)"'
ITEMS: Mapping[str, ReadItem] = {}


def owns(data: Json) -> bool:
    known = string(data.get("role")).lower() in ROLES and "content" not in data
    return known and (isinstance(data.get("message"), str) or isinstance(data.get("tool_results"), list))


def role(data: Json) -> str:
    return ROLES[string(data.get("role")).lower()]


def blocks(data: Json, read: ReadPart) -> Iterator[Block]:
    if isinstance(data.get("message"), str):
        yield Block("text", string(data["message"]))
    for place, call in enumerate(listed(data.get("tool_calls"))):
        yield call_block(call, call_id(mapping(call)), place)
    for place, item in enumerate(listed(data.get("tool_results"))):
        call = mapping(mapping(item).get("call"))
        yield Block(
            "result", told(mapping(item).get("outputs", "")), string(call.get("name")), call_id(call), place=place
        )


def told(outputs: object) -> str:
    """What a tool gave: the only text of its only output, or all of them as JSON."""
    first = mapping(listed(outputs)[0]) if len(listed(outputs)) == 1 else {}
    return string(first["output"]) if isinstance(first.get("output"), str) and len(first) == 1 else as_text(outputs)


def call_id(call: Json) -> str:
    """What pairs a call and its result: the call itself."""
    return f"{string(call.get('name'))} {as_text(call.get('parameters', {}))}"


def put(data: dict[str, object], block: Block, text: str) -> None:
    if block.kind == "result":
        results = data["tool_results"]
        assert isinstance(results, list)
        results[block.place]["outputs"] = [{"output": text}]
    else:
        data["message"] = text


def leave_out(data: dict[str, object], kept: Sequence[bool]) -> None:
    left = iter(kept)
    if isinstance(data.get("message"), str) and not next(left, True):
        data["message"] = ""
    for key in ("tool_calls", "tool_results"):
        if isinstance(data.get(key), list):
            data[key] = [item for item, stays in zip(listed(data[key]), left, strict=False) if stays]


def retell(data: dict[str, object], block: Block, text: str) -> None:
    """Results stand in messages of their own, and are told as ones."""


def said(data: Json, role: str, text: str) -> Json:
    name = {"assistant": "CHATBOT"}.get(role, role.upper())
    return {"role": name if string(data.get("role")).isupper() else name.capitalize(), "message": text}


def answer(data: Json, call: Block, text: str) -> Json:
    asked = listed(data.get("tool_calls"))[call.place]
    return {"role": "TOOL", "tool_results": [{"call": asked, "outputs": [{"output": text}]}]}


def joined(first: Json, second: Json) -> Json | None:
    one, two = first.get("message"), second.get("message")
    plain = not (first.get("tool_calls") or first.get("tool_results") or second.get("tool_results"))
    if role(first) != role(second) or not plain or not isinstance(one, str) or not isinstance(two, str):
        return None
    return {**first, **second, "message": f"{one}\n\n{two}"}
