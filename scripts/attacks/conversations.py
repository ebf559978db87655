"""Conversations with calls, results and noise: no result without its call in any view, and the same view again."""

from __future__ import annotations

import random
from collections.abc import Mapping

from attacks.material import NOISE, samples
from longzip import ContextCompressor


def play(chance: random.Random) -> list[str]:
    """One conversation, with a view after each few messages, and what was wrong with them."""
    window = ContextCompressor(window=chance.choice([800, 2000, 6000]), trigger=0.7, keep_recent=chance.randint(1, 6))
    said: list[str] = []
    for turn in range(chance.randint(3, 25)):
        window.extend(messages(chance, turn))
        if chance.random() < 0.4:
            view = window.get_current_context()
            said += orphans(view)
            if window.get_current_context() != view:
                said.append("another view without a new message")
    return said[:3]


def messages(chance: random.Random, turn: int) -> list[Mapping[str, object]]:
    """A request, and perhaps a call with its result."""
    text = chance.choice(
        ["Fix the login.", "Why does it fail?", chance.choice(NOISE), chance.choice(samples()).text[:600], ""]
    )
    found: list[Mapping[str, object]] = [{"role": "user", "content": text}]
    if chance.random() < 0.7:
        call = {"id": f"c{turn}", "type": "function", "function": {"name": "read", "arguments": '{"path": "a.py"}'}}
        found.append({"role": "assistant", "content": chance.choice(["", "I look."]), "tool_calls": [call]})
        found.append({"role": "tool", "tool_call_id": f"c{turn}", "content": chance.choice(samples()).text[:2000]})
    return [*found, {"role": "assistant", "content": f"Done with step {turn}."}]


def orphans(view: object) -> list[str]:
    """Results whose call does not stand before them."""
    called: set[object] = set()
    found = []
    for message in view if isinstance(view, list | tuple) else ():
        for call in message.get("tool_calls") or ():
            called.add(call.get("id"))
        if message.get("role") == "tool" and message.get("tool_call_id") not in called:
            found.append(f"a result without its call: {message.get('tool_call_id')}")
    return found
