"""Conversations of three providers with calls, results, pins and noise, under every strategy: in no view a result
without its call or a call without its result, never over the bound, the last request as it was, and the same view
again, after saving, too."""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from attacks.material import NOISE, samples, word
from longzip import BudgetTooSmall, ContextCompressor, WindowOptions

Json = Mapping[str, Any]
STRATEGIES = ("ledger", "density", "auto", "truncate", "window")


def play(chance: random.Random) -> list[str]:
    """One conversation, with a view after each few messages, and what was wrong with them."""
    dialect = chance.choice([openai, openai, anthropic, gemini])
    window = ContextCompressor(
        window=chance.choice([800, 2000, 6000]), trigger=0.7, keep_recent=chance.randint(1, 6),
        options=WindowOptions(strategy=chance.choice(STRATEGIES), alternate=chance.random() < 0.2),  # type: ignore[arg-type]
    )  # fmt: skip
    said: list[str] = []
    for turn in range(chance.randint(3, 25)):
        window.extend(dialect(chance, turn))
        if chance.random() < 0.1:
            window.pin(f"note {turn}: port {word(chance, 4)}", chance.choice(["", "k"]))
        if chance.random() < 0.1:
            quietly(window.checkpoint, f"step {turn}")
        if chance.random() < 0.4:
            said += looked_at(window)
    if chance.random() < 0.2:
        said += saved(window)
    return said[:3]


def looked_at(window: ContextCompressor) -> list[str]:
    """What is wrong with the view of now."""
    try:
        view = window.get_current_context()
    except BudgetTooSmall:
        return []
    said = unpaired(view)
    if window.tokens > window.limits.maximum:
        said.append(f"over its bound: {window.tokens:,} of {window.limits.maximum:,}")
    if window.get_current_context() != view:
        said.append("another view without a new message")
    asked = next((text for message in reversed(window.messages) if (text := request(message))), "")
    if asked and asked not in json.dumps(view, ensure_ascii=False):
        said.append(f"the last request is gone: {asked[:60]!r}")
    return said


def saved(window: ContextCompressor) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        window.save(Path(folder, "window"))
        loaded = ContextCompressor.load(Path(folder, "window"), options=window.options)
    return [] if loaded.view() == window.view() else ["another view after loading"]


def quietly(call: Any, *arguments: object) -> None:
    try:
        call(*arguments)
    except BudgetTooSmall:
        return


def said_by(chance: random.Random) -> str:
    return chance.choice(
        ["Fix the login.", "Why does it fail?", chance.choice(NOISE), chance.choice(samples()).text[:600], "", "  \n"]
    )


def result(chance: random.Random) -> str:
    return chance.choice([chance.choice(samples()).text[:2000], "", "exit code 1\n" * 40, chance.choice(NOISE) * 5])


def openai(chance: random.Random, turn: int) -> list[Json]:
    found: list[Json] = [{"role": "user", "content": said_by(chance)}]
    if turn == 0 and chance.random() < 0.5:
        found.insert(0, {"role": "system", "content": "Be brief."})
    calls = [
        {"id": f"c{turn}-{n}", "type": "function", "function": {"name": "read", "arguments": '{"path": "a.py"}'}}
        for n in range(chance.choice([0, 1, 1, 3]))
    ]
    if calls:
        found.append({"role": "assistant", "content": chance.choice(["", None, "I look."]), "tool_calls": calls})
        found += [{"role": "tool", "tool_call_id": call["id"], "content": result(chance)} for call in calls]
    return [*found, {"role": "assistant", "content": f"Done with step {turn}."}]


def anthropic(chance: random.Random, turn: int) -> list[Json]:
    calls = [
        {"type": "tool_use", "id": f"t{turn}-{n}", "name": "read", "input": {"path": "a.py"}}
        for n in range(chance.choice([0, 1, 2]))
    ]
    results = [
        {"type": "tool_result", "tool_use_id": call["id"], "content": result(chance) or "none"} for call in calls
    ]
    found: list[Json] = [{"role": "user", "content": [{"type": "text", "text": said_by(chance) or "go on"}]}]
    if calls:
        found.append({"role": "assistant", "content": [{"type": "text", "text": "I look."}, *calls]})
        extra = [{"type": "text", "text": "And be quick."}] if chance.random() < 0.2 else []
        found.append({"role": "user", "content": [*results, *extra]})
    return [*found, {"role": "assistant", "content": [{"type": "text", "text": f"Done with step {turn}."}]}]


def gemini(chance: random.Random, turn: int) -> list[Json]:
    found: list[Json] = [{"role": "user", "parts": [{"text": said_by(chance) or "go on"}]}]
    if chance.random() < 0.6:
        found.append({"role": "model", "parts": [{"functionCall": {"name": "read", "args": {"path": f"{turn}.py"}}}]})
        answer = {"functionResponse": {"name": "read", "response": {"result": result(chance)}}}
        found.append({"role": "user", "parts": [answer]})
    return [*found, {"role": "model", "parts": [{"text": f"Done with step {turn}."}]}]


def request(message: Json) -> str:
    """What the user said in a message, as it stands in its JSON; "" where that is nothing but results of tools."""
    if message.get("role") != "user":
        return ""
    held = message.get("content", message.get("parts"))
    parts = [{"text": held}] if isinstance(held, str) else held or []
    text = "".join(str(part["text"]) for part in parts if "text" in part)
    return json.dumps(text, ensure_ascii=False)[1:-1] if text.strip() else ""


def unpaired(view: Sequence[Json]) -> list[str]:
    """Results whose call does not stand before them, and calls that nobody answers though more was said."""
    called: dict[object, int] = {}
    said: list[str] = []
    for message in view:
        for call in message.get("tool_calls") or ():
            called[call["id"]] = 0
        held = message.get("content")
        for part in held if isinstance(held, list) else ():
            if part.get("type") == "tool_use":
                called[part["id"]] = 0
            elif part.get("type") == "tool_result":
                said += answered(called, part["tool_use_id"])
        if message.get("role") == "tool":
            said += answered(called, message["tool_call_id"])
    return said + [f"a call without its result: {name}" for name, count in called.items() if count == 0]


def answered(called: dict[object, int], name: object) -> list[str]:
    if name not in called:
        return [f"a result without its call: {name}"]
    called[name] += 1
    return []
