"""A window on disk: one JSON file, replaced as a whole. A crash leaves the old file or the new one, never a part of
one.

The content's checksum is part of the file, so that a damaged one is refused and not half read. It knows no locks.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from longzip.conversation.compaction.state import Counters, Limits, Pin, State, Stub
from longzip.conversation.facts.facts import Fact
from longzip.conversation.facts.ledger import Ledger
from longzip.conversation.masking import state_without
from longzip.errors import SourceError
from longzip.messages.dialects import from_dict
from longzip.messages.normal import Block, Message
from longzip.settings import Secrets
from longzip.writing import write_whole

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Stored:
    """What a file holds. tokenizer: the name of the one that the limits were meant for."""

    messages: tuple[Message, ...]
    state: State
    limits: Limits
    tokenizer: str


def save(path: Path, stored: Stored) -> None:
    """Put the window in the file's place, whole."""
    content = json.dumps(as_json(stored), ensure_ascii=False)
    whole = json.dumps({"schema": SCHEMA, "sha256": checksum(content), "content": content}, ensure_ascii=False)
    write_whole(path, whole.encode("utf-8", "surrogatepass"))


def load(path: Path, secrets: Secrets) -> Stored:
    """What ``save`` wrote. secrets: what to do with those in the state; its messages are another's business.

    Raises SourceError where the file is none of its, or is damaged.
    """
    if not path.is_file():
        raise SourceError(f"there is no file {str(path)!r}; save a window with ContextCompressor.save.")
    try:
        whole = json.loads(path.read_text(encoding="utf-8", errors="surrogatepass"))
        schema, content, expected = whole["schema"], whole["content"], whole["sha256"]
    except (ValueError, KeyError, TypeError) as error:
        raise SourceError(
            f"{path} is no saved window ({type(error).__name__}); save one with ContextCompressor.save."
        ) from None
    if schema != SCHEMA:
        raise SourceError(
            f"{path} has the schema {schema}, and this version reads {SCHEMA}; load it with the version that wrote it."
        )
    if checksum(content) != expected:
        raise SourceError(f"{path} is damaged: its content does not match its digest; restore it from a copy.")
    data = json.loads(content)
    return from_json({**data, "state": state_without(data["messages"], data["state"], secrets)})  # type: ignore[dict-item]


def checksum(content: str) -> str:
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()


def as_json(stored: Stored) -> Mapping[str, object]:
    state = stored.state
    stubs = [[at, list(stub.texts), stub.tokens, stub.reason] for at, stub in sorted(state.stubs.items())]
    rest = {name: getattr(state, name) for name in ("version", "anchor", "held", "text", "closed")}
    return {
        "messages": [message_json(message) for message in stored.messages],
        "state": {
            **rest,
            "ledger": asdict(state.ledger),
            "stubs": stubs,
            "pins": [asdict(pin) for pin in state.pins],
            "counters": asdict(state.counters),
        },
        "limits": asdict(stored.limits),
        "tokenizer": stored.tokenizer,
    }


def message_json(message: Message) -> object:
    """A provider's message is its JSON text; of a transcript's, the blocks are told too."""
    if message.style != "text":
        return message.raw
    return {"role": message.role, "raw": message.raw, "blocks": [asdict(block) for block in message.blocks]}


def message_from(value: object) -> Message:
    if isinstance(value, str):
        return from_dict(json.loads(value), raw=value)
    if not isinstance(value, dict):
        raise SourceError("a saved message is neither text nor an object; restore the file from a copy.")
    return Message(value["role"], tuple(Block(**block) for block in value["blocks"]), "text", value["raw"])


def from_json(data: dict[str, dict[str, object]]) -> Stored:
    raw: dict[str, object] = dict(data["state"])
    ledger, counters, stubs, pins = (raw.pop(name) for name in ("ledger", "counters", "stubs", "pins"))
    state = State(
        **raw | {"held": tuple(raw["held"])},  # type: ignore[arg-type]
        ledger=ledger_from(ledger),  # type: ignore[arg-type]
        counters=Counters(**counters),  # type: ignore[arg-type]
        pins=tuple(Pin(**pin) for pin in pins),  # type: ignore[attr-defined]
        stubs={at: Stub(tuple((i, text) for i, text in texts), tokens, reason) for at, texts, tokens, reason in stubs},  # type: ignore[attr-defined]
    )
    limits = Limits(**{**data["limits"], "never_prune": tuple(data["limits"]["never_prune"])})  # type: ignore[arg-type]
    return Stored(tuple(map(message_from, data["messages"])), state, limits, str(data["tokenizer"]))


def ledger_from(data: dict[str, list[dict[str, object]]]) -> Ledger:
    read = {name: facts_from(data.get(name, [])) for name in ("facts", "waiting")}
    return Ledger(**{**data, **read})  # type: ignore[arg-type]


def facts_from(data: list[dict[str, object]]) -> tuple[Fact, ...]:
    return tuple(Fact(**{**fact, "forms": tuple(fact["forms"])}) for fact in data)  # type: ignore[arg-type]
