"""What strict providers ask holds of every view and of what ``compress`` leaves of messages, by their own rules."""

import json
import random

import pytest

import longzip
from longzip import BudgetTooSmall, ContextCompressor, Settings, TextOptions, WindowOptions
from tests import providers

SAID = ["Проверь склад и отчёт за март.", "请再查一次库存。", "Prüfe bitte auch die Rechnung 12.", "Now the last one."]
ROWS = "sku-{n} 17 Stück\nsku-{n}b 4 Stück, полка 3\n库存 {n}\n"


def round_of(style, number, thought):
    """A call with its result, with or without a thought before it."""
    rows = ROWS.replace("{n}", str(number)) * 6
    if style == "anthropic":
        think = [{"type": "thinking", "thinking": f"Lager {number}", "signature": f"c2ln{number}=="}] if thought else []
        call = {"type": "tool_use", "id": f"t{number}", "name": "stock", "input": {"row": number}}
        yield {"role": "assistant", "content": [*think, call]}
        yield {"role": "user", "content": [{"type": "tool_result", "tool_use_id": f"t{number}", "content": rows}]}
    elif style == "responses":
        if thought:
            yield {"type": "reasoning", "id": f"rs_{number}", "summary": [], "encrypted_content": f"Z{number}=="}
        asked = {"call_id": f"t{number}", "name": "stock", "arguments": json.dumps({"row": number})}
        yield {"type": "function_call", **asked}
        yield {"type": "function_call_output", "call_id": f"t{number}", "output": rows}
    else:
        function = {"name": "stock", "arguments": json.dumps({"row": number})}
        yield {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": f"t{number}", "type": "function", "function": function}],
        }
        yield {"role": "tool", "tool_call_id": f"t{number}", "content": rows}


def session(style, seed, rounds=40):
    """Requests, each with a loop of calls; a thought opens each loop, and some of its rounds."""
    draw = random.Random(seed)
    yield {"role": "system", "content": "You keep the stock."}
    number = 0
    while number < rounds:
        yield {"role": "user", "content": draw.choice(SAID)}
        length = draw.randrange(1, 12)
        for place in range(length):
            yield from round_of(style, number, place == 0 or (draw.random() < 0.3))
            number += 1
        if number < rounds:
            text = f"Done with {number}. " * draw.randrange(1, 12)
            yield {"role": "assistant", "content": [{"type": "text", "text": text}] if style == "anthropic" else text}


RULES = {
    "anthropic": lambda messages: providers.anthropic(messages, thinking=True),
    "openai": providers.openai,
    "responses": providers.responses,
}


@pytest.mark.parametrize("style", sorted(RULES))
@pytest.mark.parametrize("seed", range(4))
def test_every_view_is_one_that_the_provider_takes(style, seed):
    window = ContextCompressor(t_max=3000, t_retained=1900, t_summary=400)
    given = list(session(style, seed))
    for at, message in enumerate(given):
        window.append(message)
        if message.get("type") == "reasoning":
            continue
        window.maybe_compress()
        view = window.get_current_context(auto_compress=False)
        waits = style != "anthropic" and at + 1 < len(given) and not is_result(message)
        assert waits or RULES[style](view) == []
        assert view[0] == given[0]
        thoughts = [item for one in view for item in providers.items(one) if item.get("type") == "thinking"]
        assert all(thought in [item for one in given for item in providers.items(one)] for thought in thoughts)
    assert window.get_stats()["compression_count"] > 1


def is_result(message):
    """Whether nothing is under way after a message."""
    if message.get("role") == "tool" or message.get("type") == "function_call_output":
        return True
    return message.get("role") == "assistant" and not message.get("tool_calls")


@pytest.mark.parametrize("style", ["anthropic", "openai"])
def test_views_alternate_where_that_is_asked(style):
    window = ContextCompressor(t_max=3000, t_retained=1900, t_summary=400, options=WindowOptions(alternate=True))
    window.append({"role": "assistant", "content": "Guten Tag!"})
    for message in session(style, 9):
        if message["role"] != "system":
            window.append(message)
            view = window.get_current_context()
            assert providers.alternate(view) == []
            assert window.tokens <= 3000


@pytest.mark.parametrize("style", sorted(RULES))
@pytest.mark.parametrize("budget", [150, 400, 900])
@pytest.mark.parametrize("query", [None, "库存 7"])
def test_what_compress_leaves_of_messages_is_valid_too(style, budget, query):
    given = list(session(style, 3))
    options = TextOptions(settings=Settings(cache=False), alternate=style != "responses")
    try:
        left = longzip.compress(given, query, budget=budget, options=options).messages
    except BudgetTooSmall:
        return
    assert left[0] == given[0]
    assert RULES[style](left) == []
    assert style == "responses" or providers.alternate(left) == []


def test_a_rule_that_refuses_nothing_proves_nothing():
    call = {"type": "tool_use", "id": "a", "name": "f", "input": {}}
    result = {"type": "tool_result", "tool_use_id": "a", "content": "x"}
    assert providers.anthropic([{"role": "assistant", "content": "x"}])
    assert providers.anthropic(
        [{"role": "user", "content": "x"}, {"role": "assistant", "content": [call]}, {"role": "user", "content": "y"}]
    )
    assert providers.anthropic([{"role": "user", "content": [result]}])
    running = [
        {"role": "user", "content": "x"},
        {"role": "assistant", "content": [call]},
        {"role": "user", "content": [result]},
    ]
    assert providers.anthropic(running) == []
    assert providers.anthropic(running, thinking=True)
    assert providers.openai([{"role": "tool", "tool_call_id": "a", "content": "x"}])
    assert providers.responses([{"type": "reasoning", "summary": []}, {"role": "user", "content": "x"}])
    assert providers.alternate([{"role": "user", "content": "x"}] * 2)
