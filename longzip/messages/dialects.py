"""Messages as providers write them, read into the normal form and written back key for key.

A provider is a module of this folder and a line in ``DIALECTS``. Knows no files, windows or summaries.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from longzip.errors import SourceError
from longzip.messages import (
    anthropic,
    autogen,
    bedrock,
    cohere,
    gemini,
    gemini_cli,
    langchain,
    openai,
    pydantic_ai,
    responses,
    sharegpt,
    vercel,
    vercel_ui,
)
from longzip.messages.contents import Json, ReadItem, ReadPart, other
from longzip.messages.normal import TRANSCRIPT, Block, Message

ROLES = {"human": "user", "ai": "assistant", "model": "assistant", "developer": "system", "function": "tool"}
BYTES = "__bytes__"  # the key under which bytes, which JSON has none of, are kept as base64
SHOWN_KEYS = 6


class Dialect(Protocol):
    """How one provider writes messages; a module is one."""

    @property
    def NAME(self) -> str:  # noqa: N802
        """What ``Message.style`` calls it."""

    @property
    def SIGN(self) -> str:  # noqa: N802
        """A pattern that is in every JSON text that holds such messages, and may be in others."""

    @property
    def PROOF(self) -> str:  # noqa: N802
        """A pattern that is in no JSON text but such as is meant to be a conversation."""

    @property
    def ITEMS(self) -> Mapping[str, ReadItem]:  # noqa: N802
        """How the items of contents that it brings in are read, by their "type". They are read in all dialects, since
        programs mix them."""

    def owns(self, data: Json, /) -> bool:
        """Whether a JSON object is a message of this dialect."""

    def role(self, data: Json, /) -> str:
        """Who says it, as the provider has it; "" where that is not to be told."""

    def blocks(self, data: Json, read: ReadPart, /) -> Iterable[Block]:
        """The message's blocks. read: reads an item of a content, of any dialect."""

    def put(self, data: dict[str, object], block: Block, text: str, /) -> None:
        """Put another text into a block, in place. block: text, thinking or a result."""

    def leave_out(self, data: dict[str, object], kept: Sequence[bool], /) -> None:
        """Take the blocks out that are not ``kept``, in place. kept: one for each of ``blocks``, in their order."""

    def retell(self, data: dict[str, object], block: Block, text: str, /) -> None:
        """Put a text in the place of a result, where it stands among other items; a message of results alone is told
        by ``said``."""

    def said(self, data: Json, role: str, text: str, /) -> Json:
        """A message of one text, in the form that the message ``data`` has. role: "system", "user" or "assistant"."""

    def answer(self, data: Json, call: Block, text: str, /) -> Json:
        """A message that is the result of a call of the message ``data``."""

    def joined(self, first: Json, second: Json, /) -> Json | None:
        """Two messages in a row of one author as one; None where they cannot be one."""


DIALECTS: tuple[Dialect, ...] = (  # the first that owns a message has it
    responses, vercel, anthropic, bedrock, gemini, vercel_ui, pydantic_ai, gemini_cli, langchain, autogen, sharegpt,
    cohere, openai,
)  # fmt: skip
ITEMS: Mapping[str, ReadItem] = {kind: read for dialect in DIALECTS for kind, read in dialect.ITEMS.items()}
SIGN = re.compile("|".join(dict.fromkeys(dialect.SIGN for dialect in DIALECTS)))
PROOF = re.compile("|".join(dict.fromkeys(dialect.PROOF for dialect in DIALECTS)))


def is_message(value: object) -> bool:
    """Whether a JSON value is a message of any dialect."""
    return isinstance(value, Mapping) and owner(value) is not None


def owner(data: Json) -> Dialect | None:
    return next((dialect for dialect in DIALECTS if dialect.owns(data)), None)


def plain(role: str, text: str) -> Message:
    """A message of one text, as OpenAI's chat interface writes it."""
    return from_dict({"role": role, "content": text})


def from_dicts(messages: Iterable[Mapping[str, object]]) -> list[Message]:
    """Messages in any provider's form, also mixed. Raises SourceError that names the first that is none."""
    if isinstance(messages, Mapping):
        raise SourceError(
            "messages are a list of objects; of a request, read_messages reads all, the system prompt too."
        )
    return [from_dict(message, f"message {number}") for number, message in enumerate(messages, 1)]


def from_dict(message: Mapping[str, object], where: str = "the message", raw: str = "") -> Message:
    """One message in the form of any provider or program of ``DIALECTS``.

    where: what an error calls it. raw: the JSON text that it was parsed from; written anew where that is "".
    Raises SourceError for what is in none of the forms: nothing is read by halves.
    """
    if not isinstance(message, Mapping):
        raise SourceError(
            f"{where} is no object with a role and a content; give messages like {{'role': 'user', 'content': '...'}}."
        )
    try:
        raw = raw or json.dumps(message, ensure_ascii=False, default=from_bytes)
    except (TypeError, ValueError) as error:
        raise SourceError(f"{where} cannot be written as JSON ({error}); give plain values.") from None
    data: Json = json.loads(raw)
    dialect = owner(data)
    role = "" if dialect is None else dialect.role(data)
    if dialect is None or not role:
        raise SourceError(f"{where} {unknown(data)}; give messages like {{'role': 'user', 'content': '...'}}.")
    blocks = tuple(dialect.blocks(data, item_block))
    only_results = bool(blocks) and all(block.kind == "result" for block in blocks)
    return Message("tool" if only_results else ROLES.get(role.lower(), role.lower()), blocks, dialect.NAME, raw)


def rewritten(message: Message, change: Callable[[object], object]) -> Message:
    """The message whose texts are changed; the same one where nothing is. change: of a provider's message, its JSON
    object as a whole, else each text."""
    if message.style != TRANSCRIPT:
        data = json.loads(message.raw)
        changed = change(data)
        return from_dict(changed) if isinstance(changed, Mapping) and changed != data else message
    blocks = tuple(replace(block, text=str(change(block.text))) for block in message.blocks)
    raw = str(change(message.raw))
    return message if (blocks, raw) == (message.blocks, message.raw) else replace(message, blocks=blocks, raw=raw)


def unknown(data: Json) -> str:
    """What is wrong with an object that is a message of no dialect."""
    keys = ", ".join(str(key) for key in [*data][:SHOWN_KEYS])
    if "role" not in data or "content" in data:
        return f"has no role (its keys are {keys or 'none'})" if data else "has no role"
    names = ", ".join(dialect.NAME for dialect in DIALECTS)
    return f"has a role, but what it says is in no form that is known (its keys are {keys}; known are {names})"


def from_bytes(value: object) -> object:
    if isinstance(value, bytes | bytearray):
        return {BYTES: base64.b64encode(value).decode()}
    raise TypeError(f"{type(value).__name__} is not JSON")


def to_bytes(data: dict[str, object]) -> object:
    held = data.get(BYTES)
    return base64.b64decode(held) if isinstance(held, str) and len(data) == 1 else data


def item_block(item: object, place: int) -> Block:
    """One item of a list of contents. What is not known is kept, and shown as its JSON."""
    if isinstance(item, str):
        return Block("text", item, place=place)
    if not isinstance(item, dict):
        return other(item, place)
    kind = item.get("type")
    read = ITEMS.get(kind) if isinstance(kind, str) else None
    if read is None and isinstance(kind, str) and kind.endswith(("_tool_use", "_tool_result")):
        read = anthropic.own_call if kind.endswith("use") else anthropic.own_result
    if read is None and "type" not in item and (key := next((key for key in item if key in bedrock.KEYS), "")):
        return bedrock.item_of(key, item, place)
    return other(item, place) if read is None else read(item, place, item_block)


def to_dicts(messages: Iterable[Message]) -> list[dict[str, object]]:
    """The messages as their provider writes them: what was read, key for key; for a transcript, OpenAI's form."""
    return [to_dict(message) for message in messages]


def to_dict(message: Message) -> dict[str, object]:
    if message.style == TRANSCRIPT:
        return openai.written(message)
    data: dict[str, object] = json.loads(message.raw, object_hook=to_bytes if BYTES in message.raw else None)
    return data


def to_json(message: Message) -> dict[str, object]:
    """As ``to_dict``, with bytes as they are kept."""
    data: dict[str, object] = json.loads(message.raw)
    return data


def with_texts(message: Message, texts: Mapping[int, str]) -> Message:
    """The message with other texts in some of its blocks (by index; "text", "thinking" and "result"), all else as it
    was."""
    blocks = tuple(
        replace(block, text=texts[index], binaries=0) if index in texts else block
        for index, block in enumerate(message.blocks)
    )
    if message.style == TRANSCRIPT:
        return replace(message, blocks=blocks, raw="")
    data = to_json(message)
    dialect = written_in(message)
    for index, text in texts.items():
        dialect.put(data, message.blocks[index], text)
    return replace(message, blocks=blocks, raw=json.dumps(data, ensure_ascii=False))


def without(message: Message, kept: Sequence[bool]) -> Mapping[str, object]:
    """A message as its provider writes it, less the blocks that are not ``kept``. kept: one for each of its blocks."""
    if message.style == TRANSCRIPT:
        left = tuple(block for block, stays in zip(message.blocks, kept, strict=True) if stays)
        return openai.written(replace(message, blocks=left))
    data = to_dict(message)
    written_in(message).leave_out(data, kept)
    return data


def answer(message: Message, call: Block, text: str) -> Message:
    """A result for a call of a message, in the form of that message."""
    if message.style == TRANSCRIPT:
        return Message("tool", (Block("result", text, id=call.id),))
    return from_dict(written_in(message).answer(to_json(message), call, text))


def said(like: Message, role: str, text: str) -> Message:
    """A message of one text in the form of another message. role: "system", "user" or "assistant"."""
    if like.style == TRANSCRIPT:
        return plain(role, text)
    return from_dict(written_in(like).said(to_json(like), role, text))


def told(message: Message, texts: Mapping[int, str]) -> Message:
    """The message with results, by the index of their block, told as texts of the user's: all there is, or where other
    blocks stay what they are, in their place."""
    blocks = tuple(
        Block("text", texts[index], place=block.place) if index in texts else block
        for index, block in enumerate(message.blocks)
    )
    if len(texts) == len(message.blocks):
        return said(message, "user", "\n".join(texts.values()))
    if message.style == TRANSCRIPT:
        return replace(message, role="user", blocks=blocks, raw="")
    data = to_json(message)
    for index, text in texts.items():
        written_in(message).retell(data, message.blocks[index], text)
    return from_dict(data)


def alternating(messages: Iterable[Message], opening: str = "[...]") -> list[Message]:
    """The messages with those of one author in a row made one, as far as their form allows, the first after the system
    prompt the user's: strict providers take no others.

    opening: what the user says where the assistant spoke first.
    """
    found: list[Message] = []
    for message in messages:
        begins = message.role not in ("user", "system") and all(one.role == "system" for one in found)
        if begins:
            found.append(said(message, "user", opening))
        whole = as_one(found[-1], message) if found else None
        found[-1:] = [*found[-1:], message] if whole is None else [whole]
    return found


def as_one(first: Message, second: Message) -> Message | None:
    """Two messages in a row as one, where one author wrote both and their form allows it."""
    if {first.role, second.role} not in ({"user"}, {"assistant"}, {"user", "tool"}) or TRANSCRIPT in (
        first.style,
        second.style,
    ):
        return None
    data = written_in(second if first.style == "openai" else first).joined(to_json(first), to_json(second))
    return None if data is None else from_dict(data)


def written_in(message: Message) -> Dialect:
    """The dialect that ``to_dict`` writes a message in."""
    return next((dialect for dialect in DIALECTS if message.style == dialect.NAME), openai)
