"""Random conversations: roles, parallel calls, late and missing results, orphans, duplicated ids, mixed providers."""

from __future__ import annotations

import json
import random

WORDS = [
    "the", "build", "fails", "because", "port", "6379", "is", "taken", "we", "decided", "to", "use", "Redis", "see",
    "src/app/main.py:42", "ok", "why", "deploy", "by", "Friday",
]  # fmt: skip


def random_conversation(seed: int, length: int) -> list[dict[str, object]]:
    """Provider messages, of which some break the rules."""
    draw = random.Random(seed)
    made: list[dict[str, object]] = [{"role": "system", "content": "You are careful."}] if draw.random() < 0.7 else []
    waiting: list[str] = []
    for number in range(length):
        made += step(draw, number, waiting)
    return made


def words(draw: random.Random, most: int = 60) -> str:
    return " ".join(
        draw.choice([*WORDS, f"id_{draw.randrange(50)}"]) for _ in range(draw.randrange(1, most))
    ) + draw.choice([".", "?", ""])


def step(draw: random.Random, number: int, waiting: list[str]) -> list[dict[str, object]]:
    kind = draw.random()
    if waiting and kind < 0.75:
        taken = waiting.pop(0)
        if draw.random() < 0.1:
            return []
        if taken.startswith("a-"):
            return [
                {"role": "user", "content": [{"type": "tool_result", "tool_use_id": taken, "content": result(draw)}]}
            ]
        return [{"role": "tool", "tool_call_id": taken, "content": result(draw)}]
    if kind < 0.25:
        return [{"role": draw.choice(["user", "user", "user", "critic"]), "content": words(draw)}]
    if kind < 0.45:
        return [{"role": "assistant", "content": words(draw, 150)}]
    if kind < 0.5:
        return [{"role": "tool", "tool_call_id": f"lost-{number}", "content": result(draw)}]
    if waiting:
        return []
    ids = [f"{draw.choice(['o', 'a'])[0]}-{draw.randrange(40)}" for _ in range(draw.randrange(1, 4))]
    ids = [one.replace(one[0], ids[0][0], 1) for one in ids]
    waiting += ids
    if ids[0].startswith("a-"):
        uses = [
            {"type": "tool_use", "id": one, "name": "read_file", "input": {"path": f"src/f{draw.randrange(9)}.py"}}
            for one in ids
        ]
        return [{"role": "assistant", "content": [{"type": "text", "text": words(draw, 10)}, *uses]}]
    calls = [
        {
            "id": one,
            "type": "function",
            "function": {"name": "search", "arguments": json.dumps({"q": words(draw, 5), "n": draw.randrange(9)})},
        }
        for one in ids
    ]
    return [{"role": "assistant", "content": None, "tool_calls": calls}]


def result(draw: random.Random) -> str:
    if draw.random() < 0.5:
        return json.dumps(
            [
                {"id": f"row_{draw.randrange(999)}", "price": draw.randrange(999), "ok": True}
                for _ in range(draw.randrange(30))
            ]
        )
    return "\n".join(words(draw, 12) for _ in range(draw.randrange(40)))
