"""The normal form of a conversation: messages of content blocks, whatever provider or program wrote them.

A message keeps what it was read from, so that one that nobody changed comes out byte for byte as it came in. It knows
how the providers write messages; it knows nothing of files (``transcripts`` reads those), windows or summaries.

The stated rules, where providers leave things open:

- A call is answered by the first result after it that bears its id. Where an id was used twice, results answer the
  calls in their order (``pair``). A result without a call before it is an orphan, a call without a result is open.
- A binary block (an image, audio, a file) is kept as it is, shown by a reference (media type, bytes, digest; or its
  address) and counted as ``BINARY_TOKENS``, the most that one image costs at the common providers.
- Every message costs ``MESSAGE_TOKENS`` more than its blocks, for the marks of its role.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from longzip.errors import SourceError
from longzip.protocols import Tokenizer

BlockKind = Literal["text", "thinking", "call", "result", "binary", "other"]
Style = Literal["openai", "anthropic", "text"]
BINARY_TOKENS = 1600
MESSAGE_TOKENS = 4
BINARY_TYPES = frozenset(
    {"image", "image_url", "input_image", "input_audio", "audio", "file", "input_file", "document", "video"}
)
ROLES = {"human": "user", "ai": "assistant", "model": "assistant", "developer": "system", "function": "tool"}


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a message.

    text: what a reader sees: the text, a call's arguments as they were written, a result's text, a binary's reference.
    name: the tool's name of a call, and of a result where it is given.
    id: what pairs a call and its result; "" for other kinds.
    failed: whether a result is marked as an error.
    place: its index in the provider's list of contents or calls; -1 where the content is one string.
    """

    kind: BlockKind
    text: str
    name: str = ""
    id: str = ""
    failed: bool = False
    place: int = -1


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation.

    role: "system", "user", "assistant" or "tool"; an unknown role stays as it is, and is treated as the user's.
    raw: what it was read from: a JSON object, or for ``style`` "text" a stretch of a transcript; "" where there is
    none.
    """

    role: str
    blocks: tuple[Block, ...]
    style: Style = "text"
    raw: str = ""

    @property
    def text(self) -> str:
        """All that a reader sees, one block after the other."""
        return "\n".join(shown(block) for block in self.blocks if block.text or block.kind == "call")

    @property
    def prose(self) -> str:
        """What the author wrote: its text blocks alone."""
        return "\n".join(block.text for block in self.blocks if block.kind == "text" and block.text)

    @property
    def calls(self) -> tuple[Block, ...]:
        return tuple(block for block in self.blocks if block.kind == "call")

    @property
    def results(self) -> tuple[Block, ...]:
        return tuple(block for block in self.blocks if block.kind == "result")


@dataclass(frozen=True, slots=True)
class Pairing:
    """Which result answers which call. Places are (index of the message, index of the block).

    answers: the result's place for each call's that has one.
    orphans: places of results without a call; open: places of calls without a result. Both ascending.
    """

    answers: Mapping[tuple[int, int], tuple[int, int]]
    orphans: tuple[tuple[int, int], ...]
    open: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class ScriptCount:
    """An estimate that needs no vocabulary, by script: a token is up to 7 Latin letters, 3 digits, 1 Chinese, Japanese
    or Korean character, 3 letters of any other script, 2 marks, or a run of white space beyond a single blank."""

    name: str = "script-aware estimate"

    def count(self, text: str) -> int:
        return sum(1 for _ in (ASCII_TOKEN if text.isascii() else TOKEN).finditer(text))


CJK = "\u1100-\u11ff\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff"
LATIN = "A-Za-z\u00c0-\u024f"
ASCII_TOKEN = re.compile(r"[A-Za-z]{1,7}|[0-9]{1,3}|[^A-Za-z0-9\s]{1,2}|\n\s*|[ \t\r\f\v]{2,}")
TOKEN = re.compile(
    rf"[{LATIN}]{{1,7}}|[0-9]{{1,3}}|[{CJK}]|[^\W\d_{LATIN}{CJK}]{{1,3}}|[^\w\s{CJK}]{{1,2}}|\w|\n\s*|[ \t\r\f\v]{{2,}}"
)


def count(message: Message, tokenizer: Tokenizer) -> int:
    """The tokens that a message costs its reader, ids and names of calls and the marks of its role included."""
    total = MESSAGE_TOKENS
    for block in message.blocks:
        total += BINARY_TOKENS if block.kind == "binary" else tokenizer.count(block.text)
        total += tokenizer.count(block.name) + tokenizer.count(block.id) if block.id or block.name else 0
    return total


def shown(block: Block) -> str:
    """A block as a reader of plain text sees it."""
    return f"{block.name}({block.text})" if block.kind == "call" else block.text


def plain(role: str, text: str) -> Message:
    """A message of one text, as OpenAI's chat interface writes it."""
    return from_dict({"role": role, "content": text})


def from_dicts(messages: Iterable[Mapping[str, object]]) -> list[Message]:
    """Messages in OpenAI's or Anthropic's form, also mixed. Raises SourceError that names the first that is none."""
    return [from_dict(message, f"message {number}") for number, message in enumerate(messages, 1)]


def from_dict(message: Mapping[str, object], where: str = "the message", raw: str = "") -> Message:
    """One message in OpenAI's (chat or responses) or Anthropic's form.

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
    data: Mapping[str, object] = json.loads(raw)
    kind = data.get("type")
    if kind in ("function_call", "function_call_output"):
        return Message("assistant" if kind == "function_call" else "tool", (item_block(data, -1),), "openai", raw)
    role = data.get("role")
    if not isinstance(role, str) or not role:
        raise SourceError(f"{where} has no role; give messages like {{'role': 'user', 'content': '...'}}.")
    blocks = tuple(blocks_of(data))
    foreign = any(block.kind in ("call", "result") for block in content_blocks(data)) or "thinking" in {
        b.kind for b in blocks
    }
    normal = ROLES.get(role.lower(), role.lower())
    only_results = bool(blocks) and all(block.kind == "result" for block in blocks)
    return Message("tool" if only_results else normal, blocks, "anthropic" if foreign else "openai", raw)


def blocks_of(data: Mapping[str, object]) -> Iterator[Block]:
    role, content = data.get("role"), data.get("content")
    if role in ("tool", "function"):
        text = content if isinstance(content, str) else "\n".join(block.text for block in content_blocks(data))
        yield Block(
            "result", text, name=string(data.get("name")), id=string(data.get("tool_call_id") or data.get("name"))
        )
        return
    if isinstance(content, str):
        yield Block("text", content)
    yield from content_blocks(data)
    calls = data.get("tool_calls")
    for place, call in enumerate(calls if isinstance(calls, list) else []):
        if isinstance(call, dict):
            yield call_block(call.get("function", call), string(call.get("id")), place)
    legacy = data.get("function_call")
    if isinstance(legacy, dict):
        yield call_block(legacy, string(legacy.get("name")), -1)


def content_blocks(data: Mapping[str, object]) -> list[Block]:
    content = data.get("content")
    if not isinstance(content, list):
        return []
    return [item_block(item, place) for place, item in enumerate(content)]


def call_block(function: object, call_id: str, place: int) -> Block:
    data = function if isinstance(function, dict) else {}
    return Block(
        "call", as_text(data.get("arguments", data.get("input", ""))), string(data.get("name")), call_id, place=place
    )


def item_block(item: object, place: int) -> Block:
    """One item of a list of contents. What is not known is kept, and shown as its JSON."""
    if isinstance(item, str):
        return Block("text", item, place=place)
    if not isinstance(item, dict):
        return Block("other", as_text(item), place=place)
    kind = item.get("type")
    if kind in ("text", "input_text", "output_text") and isinstance(item.get("text"), str):
        return Block("text", item["text"], place=place)
    if kind in ("tool_use", "function_call"):
        return call_block(item, string(item.get("call_id") or item.get("id")), place)
    if kind in ("tool_result", "function_call_output"):
        inner = item.get("content", item.get("output", ""))
        text = (
            inner
            if isinstance(inner, str)
            else "\n".join(item_block(part, -1).text for part in inner)
            if isinstance(inner, list)
            else as_text(inner)
        )
        call_id = string(item.get("tool_use_id") or item.get("call_id"))
        return Block("result", text, id=call_id, failed=bool(item.get("is_error")), place=place)
    if kind in ("thinking", "reasoning"):
        return Block("thinking", string(item.get("thinking") or item.get("text")), place=place)
    if kind in BINARY_TYPES:
        return Block("binary", reference(item), place=place)
    return Block("other", as_text(item), place=place)


def reference(item: Mapping[str, object]) -> str:
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


def to_dicts(messages: Iterable[Message]) -> list[dict[str, object]]:
    """The messages as their provider writes them: what was read, key for key; for a transcript, OpenAI's form."""
    return [to_dict(message) for message in messages]


def to_dict(message: Message) -> dict[str, object]:
    if message.style != "text":
        data: dict[str, object] = json.loads(message.raw)
        return data
    if message.results:
        return {"role": "tool", "tool_call_id": message.results[0].id, "content": message.results[0].text}
    data = {"role": message.role, "content": "\n".join(b.text for b in message.blocks if b.kind != "call") or None}
    if message.calls:
        data["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": as_object(call.text)}}
            for call in message.calls
        ]
    elif data["content"] is None:
        data["content"] = ""
    return data


def as_object(arguments: str) -> str:
    """Arguments as the JSON object that a provider asks for; those of a transcript may be any text."""
    try:
        return (
            arguments
            if isinstance(json.loads(arguments), dict)
            else json.dumps({"input": arguments}, ensure_ascii=False)
        )
    except ValueError:
        return json.dumps({"input": arguments}, ensure_ascii=False)


def with_texts(message: Message, texts: Mapping[int, str]) -> Message:
    """The message with other texts in some of its blocks (by index; "text", "thinking" and "result"), all else as it
    was."""
    blocks = tuple(replace(block, text=texts.get(index, block.text)) for index, block in enumerate(message.blocks))
    if message.style == "text":
        return replace(message, blocks=blocks, raw="")
    data = json.loads(message.raw)
    for index, text in texts.items():
        block = message.blocks[index]
        if block.place < 0 or not isinstance(data.get("content"), list):
            data["output" if data.get("type") == "function_call_output" else "content"] = text
            continue
        item = data["content"][block.place]
        if isinstance(item, str):
            data["content"][block.place] = text
        else:
            item[{"result": "content", "thinking": "thinking"}.get(block.kind, "text")] = text
    return replace(message, blocks=blocks, raw=json.dumps(data, ensure_ascii=False))


def pair(messages: Sequence[Message]) -> Pairing:
    """Which result answers which call, by the rule at the head of this module."""
    answers: dict[tuple[int, int], tuple[int, int]] = {}
    waiting: dict[str, list[tuple[int, int]]] = {}
    orphans = []
    for at, message in enumerate(messages):
        for index, block in enumerate(message.blocks):
            if block.kind == "call":
                waiting.setdefault(block.id, []).append((at, index))
            elif block.kind == "result":
                calls = waiting.get(block.id)
                if calls:
                    answers[calls.pop(0)] = (at, index)
                else:
                    orphans.append((at, index))
    return Pairing(answers, tuple(orphans), tuple(sorted(place for places in waiting.values() for place in places)))
