"""Messages as providers write them, read into the normal form and written back key for key.

A provider is a module of this folder and a line in ``DIALECTS``. Knows no files, windows or summaries.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from longzip.errors import SourceError
from longzip.messages import anthropic, openai, responses
from longzip.messages.contents import Json, ReadItem, ReadPart, other
from longzip.messages.normal import TRANSCRIPT, Block, Message

ROLES = {"human": "user", "ai": "assistant", "model": "assistant", "developer": "system", "function": "tool"}


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

    def answer(self, call: Block, text: str, /) -> Json:
        """A message that is the result of a call."""


DIALECTS: tuple[Dialect, ...] = (responses, anthropic, openai)  # the first that owns a message has it
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
    return [from_dict(message, f"message {number}") for number, message in enumerate(messages, 1)]


def from_dict(message: Mapping[str, object], where: str = "the message", raw: str = "") -> Message:
    """One message in any provider's form: OpenAI's (chat or responses) or Anthropic's.

    where: what an error calls it. raw: the JSON text that it was parsed from; written anew where that is "".
    """
    if not isinstance(message, Mapping):
        raise SourceError(
            f"{where} is no object with a role and a content; give messages like {{'role': 'user', 'content': '...'}}."
        )
    try:
        raw = raw or json.dumps(message, ensure_ascii=False)
    except (TypeError, ValueError) as error:
        raise SourceError(f"{where} cannot be written as JSON ({error}); give plain values.") from None
    data: Json = json.loads(raw)
    dialect = owner(data)
    role = "" if dialect is None else dialect.role(data)
    if dialect is None or not role:
        raise SourceError(f"{where} has no role; give messages like {{'role': 'user', 'content': '...'}}.")
    blocks = tuple(dialect.blocks(data, item_block))
    only_results = bool(blocks) and all(block.kind == "result" for block in blocks)
    return Message("tool" if only_results else ROLES.get(role.lower(), role.lower()), blocks, dialect.NAME, raw)


def item_block(item: object, place: int) -> Block:
    """One item of a list of contents. What is not known is kept, and shown as its JSON."""
    if isinstance(item, str):
        return Block("text", item, place=place)
    if not isinstance(item, dict):
        return other(item, place)
    kind = item.get("type")
    read = ITEMS.get(kind) if isinstance(kind, str) else None
    return other(item, place) if read is None else read(item, place, item_block)


def to_dicts(messages: Iterable[Message]) -> list[dict[str, object]]:
    """The messages as their provider writes them: what was read, key for key; for a transcript, OpenAI's form."""
    return [to_dict(message) for message in messages]


def to_dict(message: Message) -> dict[str, object]:
    if message.style == TRANSCRIPT:
        return openai.written(message)
    data: dict[str, object] = json.loads(message.raw)
    return data


def with_texts(message: Message, texts: Mapping[int, str]) -> Message:
    """The message with other texts in some of its blocks (by index; "text", "thinking" and "result"), all else as it
    was."""
    blocks = tuple(replace(block, text=texts.get(index, block.text)) for index, block in enumerate(message.blocks))
    if message.style == TRANSCRIPT:
        return replace(message, blocks=blocks, raw="")
    data = to_dict(message)
    dialect = written_in(message)
    for index, text in texts.items():
        dialect.put(data, message.blocks[index], text)
    return replace(message, blocks=blocks, raw=json.dumps(data, ensure_ascii=False))


def without(message: Message, kept: Sequence[bool]) -> Mapping[str, object]:
    """A message as its provider writes it, less the blocks that are not ``kept``. kept: one for each of its blocks."""
    data = to_dict(message)
    written_in(message).leave_out(data, kept)
    return data


def answer(message: Message, call: Block, text: str) -> Message:
    """A result for a call of a message, in the form of that message."""
    if message.style == TRANSCRIPT:
        return Message("tool", (Block("result", text, id=call.id),))
    return from_dict(written_in(message).answer(call, text))


def written_in(message: Message) -> Dialect:
    """The dialect that ``to_dict`` writes a message in."""
    return next((dialect for dialect in DIALECTS if message.style == dialect.NAME), openai)
