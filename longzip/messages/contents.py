"""What providers' messages are made of: contents, read as blocks. Knows text, pictures and calls; no provider."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping

from longzip.messages.normal import Block

Json = Mapping[str, object]
ReadPart = Callable[[object, int], Block]
ReadItem = Callable[[Json, int, ReadPart], Block]


def text_item(item: Json, place: int, read: ReadPart) -> Block:
    """Text in ``text``; where that is none, the item is shown as its JSON."""
    text = item.get("text")
    return Block("text", text, place=place) if isinstance(text, str) else other(item, place)


def thinking_item(item: Json, place: int, read: ReadPart) -> Block:
    return Block("thinking", string(item.get("thinking") or item.get("text")), place=place)


def call_item(item: Json, place: int, read: ReadPart) -> Block:
    return call_block(item, string(item.get("call_id") or item.get("id")), place)


def result_item(item: Json, place: int, read: ReadPart) -> Block:
    inner = item.get("content", item.get("output", ""))
    text = "\n".join(read(part, -1).text for part in inner) if isinstance(inner, list) else as_text(inner)
    call_id = string(item.get("tool_use_id") or item.get("call_id"))
    return Block("result", text, id=call_id, failed=bool(item.get("is_error")), place=place)


def binary_item(item: Json, place: int, read: ReadPart) -> Block:
    return Block("binary", reference(item), place=place)


def other(item: object, place: int) -> Block:
    """What is not known is kept, and shown as its JSON."""
    return Block("other", as_text(item), place=place)


def call_block(function: object, call_id: str, place: int) -> Block:
    data = function if isinstance(function, dict) else {}
    return Block(
        "call", as_text(data.get("arguments", data.get("input", ""))), string(data.get("name")), call_id, place=place
    )


def reference(item: Json) -> str:
    """``[image image/png, 48,213 bytes, sha256 1f2e3d4c5b6a]``, or the address where the block has no content."""
    kind = str(item.get("type", "")).removeprefix("input_").removesuffix("_url")
    strings = sorted(leaves(item), key=len)
    longest = strings[-1] if strings else ""
    if re.match(r"(?:https?|file|gs|s3)://", longest):
        return f"[{kind} {longest}]"
    head, _, body = longest.partition(",") if longest.startswith("data:") else ("", "", longest)
    media = re.search(r"[a-z]+/[\w.+-]+", head or " ".join(strings[:-1]))
    size = len(body) * 3 // 4 - body[-2:].count("=")
    digest = hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"[{kind}{' ' + media[0] if media else ''}, {size:,} bytes, sha256 {digest}]"


def leaves(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return [leaf for part in inner for leaf in leaves(part)]


def string(value: object) -> str:
    return value if isinstance(value, str) else ""


def as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
