"""Anthropic's messages: calls, results and thoughts are items of the content, results with the role "user".

The frame is OpenAI's, a role and a content, and is read as that: proxies put OpenAI's ``tool_calls`` beside thoughts.
What the provider's own tools were asked and gave is an item of the assistant's, and sealed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from longzip.messages.contents import (
    Json,
    ReadItem,
    ReadPart,
    as_text,
    binary_item,
    call_item,
    contained,
    listed,
    mapping,
    result_item,
    string,
    text_item,
    thinking_item,
)
from longzip.messages.normal import Block
from longzip.messages.openai import RESULT_ROLES, blocks, joined, leave_out, put, retell, role, said

__all__ = [
    "ITEMS", "NAME", "PROOF", "SIGN", "answer", "blocks", "joined", "leave_out", "owns", "put", "retell", "role",
    "said",
]  # fmt: skip


def own_call(item: Json, place: int, read: ReadPart) -> Block:
    """What the provider itself was asked to run."""
    return replace(call_item(item, place, read), sealed=True)


def own_result(item: Json, place: int, read: ReadPart) -> Block:
    return replace(result_item(item, place, read), sealed=True)


def document(item: Json, place: int, read: ReadPart) -> Block:
    """A document that is text counts as its text, any other as a binary."""
    source = mapping(item.get("source"))
    if source.get("type") == "text":
        return Block("other", string(source.get("data")), place=place)
    if source.get("type") == "content":
        return Block("other", contained(source.get("content"), read)[0], place=place)
    return binary_item(item, place, read)


def found_text(item: Json, place: int, read: ReadPart) -> Block:
    return Block("other", contained(item.get("content"), read)[0] or as_text(item), place=place)


NAME = "anthropic"
SIGN = r'"role"\s*:'
PROOF = r'"role"\s*:\s*"(?:user|assistant)"'
OWN_TOOLS = ("web_search", "web_fetch", "code_execution", "bash_code_execution", "text_editor_code_execution")
ITEMS: Mapping[str, ReadItem] = {
    "text": text_item,
    "tool_use": call_item,
    "tool_result": result_item,
    "thinking": thinking_item,
    "redacted_thinking": thinking_item,
    "image": binary_item,
    "document": document,
    "search_result": found_text,
    "server_tool_use": own_call,
    "mcp_tool_use": own_call,
    "mcp_tool_result": own_result,
    "tool_search_tool_result": own_result,
    **{f"{name}_tool_result": own_result for name in OWN_TOOLS},
}
CALLS = ("tool_use", "tool_result", "function_call", "function_call_output")
THOUGHTS = ("thinking", "redacted_thinking", "reasoning")


def owns(data: Json) -> bool:
    """Whether a message's content has an item that OpenAI's chat has not."""
    if "role" not in data:
        return False
    foreign = CALLS if data["role"] in RESULT_ROLES else CALLS + THOUGHTS
    kinds = [string(item.get("type")) for item in listed(data.get("content")) if isinstance(item, dict)]
    return any(kind in foreign or kind.endswith(("_tool_use", "_tool_result")) for kind in kinds)


def answer(data: Json, call: Block, text: str) -> Json:
    return {"role": "user", "content": [{"type": "tool_result", "tool_use_id": call.id, "content": text}]}
