"""The invariants of the window, over random conversations and over real ones where they are at hand."""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longzip import BudgetTooSmall, ContextCompressor, read_messages, to_dict
from longzip.conversation.compaction.planning import Room, heading_cost
from longzip.conversation.compaction.view import is_request, leading
from longzip.conversation.facts.ledger import render
from longzip.messages.normal import count, pair
from longzip.prose.values import distinct
from tests.conversations import random_conversation

PINS = ("DB is Postgres 15", "never touch prod\nnot even once")
SMALL = {"t_max": 1500, "t_retained": 1000, "t_summary": 300}


def check_view(window: ContextCompressor) -> None:
    """All that holds of every view."""
    log, view = window.log, window.view()
    tokenizer = window._log.tokenizer
    assert sum(count(message, tokenizer) for message in view) + window.limits.fixed == window.tokens
    assert window.tokens <= window.limits.maximum
    paired = pair(view)
    assert not paired.orphans
    under_way = pair(log).open
    assert all(view[at].calls for at, _ in paired.open)
    assert len(paired.open) <= len(under_way)
    assert all(at >= len(view) - 8 for at, _ in paired.open), "only calls at the end may still wait"
    shown = [to_dict(message) for message in view]
    kept = leading(window._log, len(log))
    last = next((at for at in range(len(log) - 1, -1, -1) if is_request(log[at])), None)
    for at in [*kept, *([last] if last is not None else [])]:
        entry = window._log.entries[at]
        untouched = all(block.kind != "result" for block in log[at].blocks)
        if untouched:
            assert to_dict(entry.message) in shown, f"message {at + 1} is not word for word"
    text = "\n".join(message.text for message in view)
    for pin in window.state.pins:
        assert pin.text in text


def least(window: ContextCompressor) -> int:
    """Tokens of what can never give way."""
    room = Room.read(window._log, window.state, window.limits, len(window.log))
    cuts = [cut for cut in window._log.safe_cuts(window.state.anchor, len(window.log)) if cut <= room.last_cut]
    cut = cuts[-1] if cuts else window.state.anchor
    floor = window._log.tokenizer.count(render(())) + heading_cost(window._log.tokenizer)
    return room.total(cut, {}, floor)


def run(messages, pins=(), **limits) -> tuple[ContextCompressor, int]:
    """A window to which the messages are given one by one, checked after each; and how often it could not fit."""
    window = ContextCompressor(**limits)
    for pin in pins:
        window.pin(pin)
    refused = 0
    for message in messages:
        window.append(message)
        try:
            step = window.maybe_compress()
        except BudgetTooSmall as error:
            refused += 1
            assert error.needed > window.limits.maximum
            continue
        check_view(window)
        if step.action != "none":
            assert step.after < step.before
            assert step.after <= window.limits.retained or "has to stay" in step.reason
            assert step.after <= window.limits.retained or least(window) > window.limits.retained - 40
    return window, refused


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 90), st.sampled_from([PINS, ()]))
def test_the_bounds_and_the_pairs_hold_over_random_conversations(seed, length, pins):
    messages = random_conversation(seed, length)
    window, _ = run(messages, pins, **SMALL)
    assert window.messages == messages, "the log is append-only and gives back what came"


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(20, 80))
def test_a_summary_says_only_what_was_said(seed, length):
    messages = random_conversation(seed, length)
    window = ContextCompressor(**SMALL)
    window.extend(messages)
    try:
        window.compress()
    except BudgetTooSmall:
        return
    said = "\n".join(message.text for message in window.log)
    for fact in window.state.ledger.facts:
        for form in fact.forms:
            assert all(atom in said or atom in " ".join(said.split()) for atom in distinct(form.replace("…", " ")))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(20, 80))
def test_each_message_is_summarised_once(seed, length):
    seen: list[str] = []

    def recording(messages, previous=None):
        seen.extend(str(message) for message in messages)
        return "nothing of note"

    messages = random_conversation(seed, length)
    for number, message in enumerate(messages):
        if isinstance(message.get("content"), str):
            message["content"] += f" (message {number})"
    run(messages, summarizer=recording, **SMALL)
    numbered = [text.rsplit("(message ", 1)[1] for text in seen if "(message " in text]
    assert len(numbered) == len(set(numbered))


def test_a_second_look_changes_nothing():
    window = ContextCompressor(**SMALL)
    window.extend(random_conversation(7, 80))
    first = window.get_current_context()
    state = window.state
    assert window.get_current_context() == first
    assert window.state is state
    assert window.maybe_compress().reason.startswith("under_threshold")


def test_the_summary_alone_is_its_own_summary():
    window = ContextCompressor(**SMALL)
    window.extend(random_conversation(7, 80))
    window.compress()
    facts = window.state.ledger.facts
    window.compress(window.limits.retained)
    assert window.state.ledger.facts == facts


def test_the_work_is_linear():
    window = ContextCompressor(t_max=8000, t_retained=6000, t_summary=500)
    for seed in range(25):
        for message in random_conversation(seed, 100):
            window.append(message)
            window.maybe_compress()
    stats = window.get_stats()
    log = window._log.before[-1]
    assert stats.total_messages > 1800
    assert stats.tokens_passed <= log
    assert stats.tokens_passed + stats.tokens_repeated <= 1.15 * log
    assert stats.compression_count + stats.prune_count <= log / (8000 - 6000)


CODE = """
from longzip import ContextCompressor
from tests.conversations import random_conversation
import hashlib, json
w = ContextCompressor(t_max=1500, t_retained=1000, t_summary=300)
for m in random_conversation(11, 90):
    w.append(m); w.maybe_compress()
print(hashlib.sha256(json.dumps(w.get_current_context()).encode()).hexdigest())
"""


def test_the_same_bytes_in_another_process():
    digests = set()
    for seed in ("0", "1"):
        environment = {
            **os.environ,
            "PYTHONHASHSEED": seed,
            "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent.parent), *sys.path]),
        }
        done = subprocess.run([sys.executable, "-c", CODE], env=environment, capture_output=True, text=True, check=True)
        digests.add(done.stdout)
    assert len(digests) == 1


def rows(name: str) -> list[dict[str, object]]:
    with gzip.open(Path(os.environ["LONGZIP_DATA"]) / name, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


@pytest.mark.data
@pytest.mark.parametrize("size", [4000, 16_000])
def test_the_same_over_real_conversations(size):
    limits = {"t_max": size, "t_retained": size * 3 // 4, "t_summary": size // 12}
    for row in rows("tau_bench/airline.jsonl.gz"):
        _, refused = run(row["traj"], **limits)
        assert not refused
    if size > 4000:
        for row in rows("agent_sessions/sessions.jsonl.gz"):
            _, refused = run(read_messages(row["text"]), **limits)
            assert not refused
