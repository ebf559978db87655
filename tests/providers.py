"""Rules of strict providers, each told by what it says of a list of messages; nothing here uses longzip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

Messages = Sequence[Mapping[str, object]]


def items(message: Mapping[str, object]) -> list[Mapping[str, object]]:
    content = message.get("content")
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return [item for item in content or () if isinstance(item, Mapping)]


def anthropic(messages: Messages, thinking: bool = False) -> list[str]:
    """What Anthropic's messages interface refuses, roles in a row aside."""
    wrong = []
    talk = [message for message in messages if message["role"] != "system"]
    if talk and talk[0]["role"] != "user":
        wrong.append("the first message is not the user's")
    for at, message in enumerate(talk):
        if not items(message):
            wrong.append(f"message {at} is empty")
        asked = {item["id"] for item in items(message) if item.get("type") == "tool_use"}
        given = set()
        for following in talk[at + 1 :]:
            if following["role"] != "user":
                break
            given |= {item["tool_use_id"] for item in items(following) if item.get("type") == "tool_result"}
        if asked - given and at < len(talk) - 1:
            wrong.append(f"calls {sorted(map(str, asked - given))} have no result after message {at}")
        before = set()
        for earlier in reversed(talk[:at]):
            if earlier["role"] == "assistant":
                before = {item["id"] for item in items(earlier) if item.get("type") == "tool_use"}
                break
        answered = {item["tool_use_id"] for item in items(message) if item.get("type") == "tool_result"}
        if answered - before:
            wrong.append(f"results {sorted(map(str, answered - before))} have no call before message {at}")
    return wrong + (loop(talk) if thinking else [])


def loop(talk: Messages) -> list[str]:
    """With thinking on, what the assistant says in the running loop of calls opens with a thought."""
    start = max(
        (
            at
            for at, one in enumerate(talk)
            if one["role"] == "user" and any(i.get("type") == "text" for i in items(one))
        ),
        default=-1,
    )
    said = [one for one in talk[start + 1 :] if one["role"] == "assistant"]
    if said and items(said[0])[0].get("type") not in ("thinking", "redacted_thinking"):
        return ["the running loop does not open with a thought"]
    return []


def openai(messages: Messages) -> list[str]:
    """What OpenAI's chat interface refuses."""
    wrong = []
    waiting: set[object] = set()
    for at, message in enumerate(messages):
        if message["role"] == "tool":
            if message["tool_call_id"] not in waiting:
                wrong.append(f"result {at} has no call before it")
            waiting.discard(message["tool_call_id"])
            continue
        if waiting:
            wrong.append(f"calls are not answered before message {at}")
        calls = message.get("tool_calls")
        waiting = {call["id"] for call in calls} if isinstance(calls, list) else set()
        if message.get("content") in (None, "", []) and not calls:
            wrong.append(f"message {at} says nothing")
    return wrong


def responses(items_: Messages) -> list[str]:
    """What OpenAI's responses interface refuses."""
    wrong = []
    calls = {item["call_id"] for item in items_ if item.get("type") == "function_call"}
    given = {item["call_id"] for item in items_ if item.get("type") == "function_call_output"}
    if calls != given:
        wrong.append(f"calls and outputs differ: {sorted(map(str, calls ^ given))}")
    for at, item in enumerate(items_):
        following = items_[at + 1].get("type") if at + 1 < len(items_) else None
        if item.get("type") == "reasoning" and following not in ("function_call", "message", "reasoning"):
            wrong.append(f"the reasoning {at} is without what follows it")
    return wrong


def alternate(messages: Messages) -> list[str]:
    """Two messages of one author in a row, or a first one that is not the user's."""
    roles = [message["role"] for message in messages if message["role"] != "system"]
    wrong = [f"two of the {a}'s in a row" for a, b in pairwise(roles) if a == b != "tool"]
    return wrong + (["the first is not the user's"] if roles and roles[0] != "user" else [])
