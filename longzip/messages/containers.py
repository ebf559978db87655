"""What messages come in: lists, requests with their system prompt beside the messages, exports, and the lines of saved
sessions. Knows what programs put around messages; what a message means is told by ``dialects``.

What is in a session but not said in it (counts of tokens, settings of a turn, notices of the program) is passed over.
What may be a message and is in no known form is refused, with its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from longzip.errors import SourceError
from longzip.messages.contents import Json, as_text, listed, mapping, string
from longzip.messages.dialects import from_dict, is_message
from longzip.messages.normal import Message

HOLDERS = (
    "messages", "contents", "traj", "trajectory", "conversations", "conversation", "chat_history", "history", "input",
    "items", "turns",
)  # fmt: skip
WRAPPERS = ("body", "request", "llm_context", "state", "kwargs", "params")  # of what holds messages
SYSTEMS = ("system", "instructions", "systemInstruction", "system_instruction", "system_prompt", "preamble")
CONFIGS = ("config", "generation_config", "generationConfig")
CODEX = ("session_meta", "response_item", "event_msg", "turn_context", "compacted")
NOTICES = ("info", "error", "warning", "compression", "about", "help", "stats", "quit")  # of a screen, not of the talk
HELD = re.compile(r'"(?:messages|traj|contents|chat_history|conversations)"\s*:\s*\[|"instructions"\s*:\s*"')
LINES = re.compile(r'"type"\s*:\s*"(?:response_item|session_meta)"')
FORM = "give a list of objects with a role and a content."


def messages_in(values: Sequence[tuple[object, str]], name: str, raws: Sequence[str] = ()) -> list[Message]:
    """All messages in parsed values, each with what an error calls it. raws: the texts that they were parsed from.

    Raises SourceError where there is something and no message in it.
    """
    found: list[Message] = []
    for number, (value, where) in enumerate(values):
        if is_message(value) and isinstance(value, dict) and number < len(raws):
            found.append(from_dict(value, where, raw=raws[number]))
        else:
            found += from_value(value, where)
    if not found and any(value for value, _ in values):
        kinds = sorted({string(mapping(value).get("type")) for value, _ in values} - {""})
        told = f" (objects of the types {', '.join(kinds)})" if kinds else ""
        raise SourceError(f"{name} holds no messages{told}; {FORM}")
    return found


def from_value(value: object, where: str) -> Iterator[Message]:
    """Messages in a parsed value: one, a list of them, an object that holds such a list, or a line of a session."""
    if isinstance(value, list):
        for number, item in enumerate(value, 1):
            place = f"item {number} of {where}"
            if not isinstance(item, dict) or not (is_message(item) or holds(item) or is_line(item)):
                raise SourceError(f"{place} is no message{keys_of(item)}; {FORM}")
            yield from from_value(item, place)
    elif isinstance(value, dict) and is_message(value):
        yield from_dict(value, where)
    elif isinstance(value, dict):
        yield from from_object(value, where)
    else:
        raise SourceError(f"{where} holds no messages; {FORM}")


def from_object(value: Json, where: str) -> Iterator[Message]:
    if value.get("type") in CODEX and isinstance(value.get("payload"), dict):
        yield from rollout(str(value["type"]), mapping(value["payload"]), where)
    elif isinstance(value.get("message"), dict):
        yield from from_value(value["message"], where)
    elif inner := next((mapping(value[key]) for key in WRAPPERS if holds(mapping(value.get(key)))), None):
        yield from from_object(inner, where)
    elif holds(value):
        yield from request(value, where)
    elif not is_line(value):
        raise SourceError(f"{where} holds no messages{keys_of(value)}; {FORM}")


def holds(value: Json) -> bool:
    """Whether an object holds messages, or one that wraps them does."""
    inside = any(isinstance(value.get(key), list) for key in HOLDERS) or isinstance(value.get("message"), dict)
    asked = isinstance(value.get("input"), str) and ("instructions" in value or "model" in value)
    return inside or asked or any(holds(mapping(value[key])) for key in WRAPPERS if key in value)


def is_line(value: Json) -> bool:
    """Whether an object is a line of a session that says nothing: it has a type, and is in no form of a message."""
    return "type" in value or "record_type" in value or ("timestamp" in value and "id" in value)


def request(value: Json, where: str) -> Iterator[Message]:
    """A request, an export or a session: the system prompt where it stands beside the messages, then those."""
    key = next((key for key in HOLDERS if isinstance(value.get(key), list)), "input")
    held = value.get(key)
    items = [{"role": "user", "content": held}] if isinstance(held, str) else listed(held)
    spoken = [item for item in items if mapping(item).get("type") not in NOTICES or "content" not in mapping(item)]
    like = next((mapping(item) for item in spoken if is_message(item)), {})
    for system in systems(value):
        yield from_dict(system_message(system, key, like), f"the system prompt of {where}")
    yield from from_value(list(spoken), where)
    if key == "chat_history" and isinstance(value.get("message"), str):
        yield from_dict({"role": "USER", "message": value["message"]}, where)


def systems(value: Json) -> Iterator[object]:
    """The system prompts that stand beside the messages, a text or a list of blocks, however they are called."""
    for place in (value, *(mapping(value.get(key)) for key in CONFIGS)):
        for key in SYSTEMS:
            if place.get(key) and isinstance(place[key], str | list | dict):
                yield place[key]


def system_message(system: object, key: str, like: Json) -> Mapping[str, object]:
    """A system prompt as a message among those of ``like``'s form."""
    if isinstance(system, dict) and "parts" in system:
        return {**system, "role": "system"}
    if key == "contents":
        parts = system if isinstance(system, list) else [system]
        return {
            "role": "system",
            "parts": [part if isinstance(part, dict) else {"text": as_text(part)} for part in parts],
        }
    if isinstance(system, dict):
        content = system.get("content", system.get("text", [system]))
        return {"role": "system", "content": content}
    if "from" in like and isinstance(system, str):
        return {"from": "system", "value": system}
    if key == "chat_history" and isinstance(system, str):
        return {"role": "SYSTEM", "message": system}
    return {"role": "system", "content": system}


def rollout(kind: str, payload: Json, where: str) -> Iterator[Message]:
    """A line of a Codex rollout: the items of the talk, and the instructions that it began with."""
    if kind == "session_meta":
        given = payload.get("instructions") or payload.get("base_instructions")
        text = given if isinstance(given, str) else string(mapping(given).get("text"))
        if text:
            yield from_dict({"type": "message", "role": "system", "content": [{"type": "input_text", "text": text}]})
    elif kind == "response_item" and is_message(payload):
        yield from_dict(payload, where)


def keys_of(value: object) -> str:
    return f" (its keys are {', '.join(map(str, [*value][:6]))})" if isinstance(value, dict) and value else ""
