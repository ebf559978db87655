"""What shortens a conversation: longzip's window, alone or with a summariser that only cuts, and its compression of
texts.

The sources are turns, named by number and role (see ``tasks/conversation.py``). The window does not know the question,
unless it is told to (``"window focus=on"``): a conversation is compacted before anybody asks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import longzip
from benchmarks.methods.tools import Method, Tools, changed, each, only
from benchmarks.values import EMPTY, Context
from longzip import (
    BudgetTooSmall,
    ContextCompressor,
    HeadTailSummarizer,
    Source,
    TextOptions,
    TruncateSummarizer,
    UsageError,
    WindowOptions,
)

ROLES = ("system", "user", "assistant")
SUMMARY, LEAST_SUMMARY = (
    4,
    120,
)  # of a budget, the part that the summary may take; its empty sections take so many tokens
TRIES = 6  # with a smaller target, until the text fits


def window(tools: Tools, told: Mapping[str, str]) -> Method:
    return method_of(tools, told, None)


def window_head_tail(tools: Tools, told: Mapping[str, str]) -> Method:
    """The summary is the first and the last of the messages that go."""
    return method_of(tools, told, HeadTailSummarizer())


def window_truncated(tools: Tools, told: Mapping[str, str]) -> Method:
    """The summary is the beginning of each of the messages that go."""
    return method_of(tools, told, TruncateSummarizer())


def method_of(
    tools: Tools, told: Mapping[str, str], summarizer: HeadTailSummarizer | TruncateSummarizer | None
) -> Method:
    only(told, "focus")
    if told.get("focus", "off") not in ("on", "off"):
        raise UsageError(f"focus={told['focus']} is neither on nor off.")
    focused = told.get("focus") == "on"

    def one(sources: Sequence[Source], query: str, budget: int) -> Context:
        messages = messages_of(sources)
        if tools.tokenizer.count(said(messages)) <= budget:
            return Context(said(messages))
        if budget <= 2 * LEAST_SUMMARY:
            raise BudgetTooSmall(2 * LEAST_SUMMARY + 1, budget, "a summary and as much of the messages")
        target = budget
        for _ in range(TRIES):
            compressor = ContextCompressor(
                summarizer, budget + 1, budget, max(LEAST_SUMMARY, budget // SUMMARY), keep_recent=1,
                tokenizer=tools.tokenizer,
                options=WindowOptions(focus=query if focused else ""),
            )  # fmt: skip
            compressor.extend(messages)
            compressor.compress(target)
            text = said([{"role": message.role, "content": message.text} for message in compressor.view()])
            tokens = tools.tokenizer.count(text)
            if tokens <= budget:
                return Context(text)
            target = max(1, int(0.98 * target * budget / tokens))
        return EMPTY

    return each(one)


def compressed(tools: Tools, told: Mapping[str, str]) -> Method:
    """``longzip.compress`` of the whole conversation for the question; no model, but BM25 of its sentences."""
    only(told)
    settings = changed(
        tools.settings, {"kind": "conversation", **({"model": "embedded"} if tools.run.count_for == "embedded" else {})}
    )
    options = TextOptions(settings=settings)

    def one(sources: Sequence[Source], query: str, budget: int) -> Context:
        return Context(longzip.compress(messages_of(sources), query, budget=budget, options=options).text)

    return each(one)


def messages_of(sources: Sequence[Source]) -> list[dict[str, object]]:
    """A provider's messages; a speaker who is no role speaks as the user if it is the first of them, else as the
    assistant, by name."""
    speakers = list(dict.fromkeys(role_of(source) for source in sources))
    first = next((speaker for speaker in speakers if speaker not in ROLES), "")
    found: list[dict[str, object]] = []
    for source in sources:
        speaker, text = role_of(source), source.text.rstrip("\n")
        if speaker in ROLES:
            found.append({"role": speaker, "content": text})
        else:
            found.append({"role": "user" if speaker == first else "assistant", "content": f"{speaker}:\n{text}"})
    return found


def role_of(source: Source) -> str:
    return source.name.partition("-")[2]


def said(messages: Sequence[Mapping[str, object]]) -> str:
    """The messages as a text: each under its role."""
    return "\n\n".join(f"[{message['role']}]\n{message['content']}" for message in messages)
