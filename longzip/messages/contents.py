"""What providers' messages are made of: contents, read as blocks. Knows text, pictures and calls; no provider."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from longzip.messages.normal import Block

Json = Mapping[str, object]
ReadPart = Callable[[object, int], Block]
ReadItem = Callable[[Json, int, ReadPart], Block]
ARGUMENTS = ("arguments", "input", "args", "parameters")  # where a call has what it is called with


def text_item(item: Json, place: int, read: ReadPart) -> Block:
    """Text in ``text``, or in its ``value``; where that is none, the item is shown as its JSON."""
    text = item.get("text")
    text = text.get("value") if isinstance(text, dict) else text
    return Block("text", text, place=place) if isinstance(text, str) else other(item, place)


def thinking_item(item: Json, place: int, read: ReadPart) -> Block:
    """Thoughts, or what is shown of them; what is encrypted has no text."""
    said = item.get("thinking") or item.get("text") or item.get("content") or item.get("summary")
    return Block("thinking", joined_text(said), place=place)


def call_item(item: Json, place: int, read: ReadPart) -> Block:
    return call_block(item, string(item.get("call_id") or item.get("id")), place)


def result_item(item: Json, place: int, read: ReadPart) -> Block:
    text, binaries = contained(item.get("content", item.get("output", "")), read)
    call_id = string(item.get("tool_use_id") or item.get("call_id"))
    return Block("result", text, id=call_id, failed=bool(item.get("is_error")), place=place, binaries=binaries)


def contained(inner: object, read: ReadPart) -> tuple[str, int]:
    """The text of what a result holds, and how many binaries are in it."""
    if not isinstance(inner, list):
        return as_text(inner), 0
    blocks = [read(part, -1) for part in inner]
    return "\n".join(block.text for block in blocks), sum(block.kind == "binary" for block in blocks)


def binary_item(item: Json, place: int, read: ReadPart) -> Block:
    return Block("binary", reference(item), place=place)


def other(item: object, place: int) -> Block:
    """What is not known is kept, and shown as its JSON."""
    return Block("other", as_text(item), place=place)


def call_block(function: object, call_id: str, place: int) -> Block:
    """A call; where nobody gave it an id, its name pairs it."""
    data: Json = function if isinstance(function, dict) else {}
    name = string(data.get("name"))
    given = next((data[key] for key in ARGUMENTS if key in data), "")
    return Block("call", as_text(given), name, call_id or name, place=place)


def reference(item: Json, kind: str = "") -> str:
    """``[image image/png, 48,213 bytes, sha256 1f2e3d4c5b6a]``, or the address where the block has no content."""
    kind = kind or str(item.get("type", "")).removeprefix("input_").removesuffix("_url")
    strings = sorted(leaves(item), key=len)
    longest = strings[-1] if strings else ""
    if re.match(r"(?:https?|file|gs|s3)://", longest):
        return f"[{kind} {longest}]"
    head, _, body = longest.partition(",") if longest.startswith("data:") else ("", "", longest)
    media = re.search(r"(?<![a-z])[a-z]+/[\w.+-]+", head or " ".join(strings[:-1]))
    size = len(body) * 3 // 4 - body[-2:].count("=")
    digest = hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"[{kind}{' ' + media[0] if media else ''}, {size:,} bytes, sha256 {digest}]"


def leaves(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return [leaf for part in inner for leaf in leaves(part)]


def joined_text(value: object) -> str:
    """A text, or the texts of a list of items."""
    if isinstance(value, str):
        return value
    texts = (item.get("text") if isinstance(item, dict) else item for item in listed(value))
    return "\n".join(text for text in texts if isinstance(text, str))


def string(value: object) -> str:
    return value if isinstance(value, str) else ""


def mapping(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def listed(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()


def as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def decoded(value: object) -> object:
    """What a text is as JSON, or the text itself."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value


def kept_places(data: Json, blocks: Iterable[Block], kept: Sequence[bool], key: str) -> list[object]:
    """The items of a list that a kept block came from, and those that no block came from."""
    places: dict[int, bool] = {}
    for block, stays in zip(blocks, kept, strict=False):
        places[block.place] = places.get(block.place, False) or stays
    return [item for place, item in enumerate(listed(data.get(key))) if places.get(place, True)]
