"""Anthropic's messages: calls, results and thoughts are items of the content, results with the role "user".

The frame is OpenAI's, a role and a content, and is read as that: proxies put OpenAI's ``tool_calls`` beside thoughts.
"""

from __future__ import annotations

from collections.abc import Mapping

from longzip.messages.contents import Json, ReadItem, binary_item, call_item, result_item, text_item, thinking_item
from longzip.messages.normal import Block
from longzip.messages.openai import RESULT_ROLES, blocks, leave_out, put, role

__all__ = ["ITEMS", "NAME", "PROOF", "SIGN", "answer", "blocks", "leave_out", "owns", "put", "role"]

NAME = "anthropic"
SIGN = r'"role"\s*:'
PROOF = r'"role"\s*:\s*"(?:user|assistant)"'
ITEMS: Mapping[str, ReadItem] = {
    "text": text_item,
    "tool_use": call_item,
    "tool_result": result_item,
    "thinking": thinking_item,
    "image": binary_item,
    "document": binary_item,
}
CALLS = ("tool_use", "tool_result", "function_call", "function_call_output")
THOUGHTS = ("thinking", "reasoning")


def owns(data: Json) -> bool:
    """Whether a message's content has an item that OpenAI's chat has not."""
    content = data.get("content")
    if "role" not in data or not isinstance(content, list):
        return False
    foreign = CALLS if data["role"] in RESULT_ROLES else CALLS + THOUGHTS
    return any(isinstance(item, dict) and item.get("type") in foreign for item in content)


def answer(call: Block, text: str) -> Json:
    return {"role": "user", "content": [{"type": "tool_result", "tool_use_id": call.id, "content": text}]}
