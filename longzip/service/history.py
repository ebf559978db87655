"""What of a conversation is forwarded to a model: a function of the conversation alone.

A client sends all messages again with every request. What was forwarded for the earlier requests is computed again from
the messages that they had, so it comes out the same, byte for byte: in another process, after a restart, for two
branches of a conversation. That is what a provider's cache of prefixes needs. A long result of a tool is shortened when
it is forwarded for the first time, never later; old messages become a summary only where the window is full, and then
so many of them that it stays unchanged for a while.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import longzip
from longzip import ContextCompressor, LongzipError, ScriptCount, Settings, Source, TextOptions

Json = Mapping[str, Any]
MOST_KEPT = 64
QUESTION_CHARACTERS = 1_000
RETAINED = 0.5


@dataclass(frozen=True, slots=True)
class Limits:
    """window: tokens of all messages above which old ones are summarised. result: of one result of a tool, above which
    it is shortened to so many; 0: never. All by ``ScriptCount``."""

    window: int = 100_000
    result: int = 6_000


@dataclass(frozen=True, slots=True)
class View:
    """The messages to forward, and the tokens of them all before and after."""

    messages: list[dict[str, Any]]
    before: int
    after: int


class History:
    """Computes views, and keeps the last ones at hand. Safe to share between threads."""

    def __init__(self, limits: Limits, settings: Settings) -> None:
        self.limits, self.settings = limits, settings
        self.counter = ScriptCount()
        self._lock = threading.Lock()
        self._views: OrderedDict[str, View] = OrderedDict()
        self._windows: OrderedDict[str, ContextCompressor] = OrderedDict()
        self._results: OrderedDict[str, str] = OrderedDict()

    def view(self, messages: Sequence[Json]) -> View:
        """Raises LongzipError where the messages are malformed, or what must stay does not fit the window."""
        ends = requests(messages)
        keys = prefixes(messages)
        with self._lock:
            known = self._views.get(keys[-1])
            window, done = self._nearest(ends, keys)
        if known is not None:
            return known
        for end in ends:
            if end > done:
                window.extend(self.shortened(messages, done, end))
                shown = [dict(message) for message in window.get_current_context()]
                done = end
        view = View(shown, self.count(messages), self.count(shown))
        with self._lock:
            put(self._views, keys[-1], view)
            put(self._windows, keys[-1], window)
        return view

    def _nearest(self, ends: Sequence[int], keys: Sequence[str]) -> tuple[ContextCompressor, int]:
        """The window of the longest earlier request of this conversation, which leaves the shelf; or a new one."""
        for end in reversed(ends[:-1]):
            if keys[end] in self._windows:
                return self._windows.pop(keys[end]), end
        most, retained = self.limits.window, int(self.limits.window * RETAINED)
        return ContextCompressor(t_max=most, t_retained=retained, t_summary=max(500, most // 20)), 0

    def shortened(self, messages: Sequence[Json], start: int, end: int) -> list[Json]:
        """Some of the messages, with long results of tools cut down to what the user's last words need."""
        if not self.limits.result:
            return list(messages[start:end])
        found: list[Json] = []
        for at in range(start, end):
            copied = deepcopy(dict(messages[at]))
            for holder, key in results(copied):
                holder[key] = self.result(str(holder[key]), question(messages[: at + 1]))
            found.append(copied)
        return found

    def result(self, text: str, query: str) -> str:
        if self.counter.count(text) <= self.limits.result:
            return text
        key = hashlib.sha256(json.dumps([text, query]).encode()).hexdigest()
        with self._lock:
            known = self._results.get(key)
        if known is None:
            known = self.compressed(text, query)
            with self._lock:
                put(self._results, key, known)
        return known

    def compressed(self, text: str, query: str) -> str:
        """The text itself where it cannot be shortened."""
        options = TextOptions(settings=self.settings)
        try:
            return longzip.compress([Source("", text)], query or None, budget=self.limits.result, options=options).text
        except LongzipError:
            return text

    def count(self, messages: Sequence[Json]) -> int:
        return sum(self.counter.count(json.dumps(message, ensure_ascii=False)) for message in messages)


def put(shelf: OrderedDict[str, Any], key: str, value: object) -> None:
    shelf[key] = value
    while len(shelf) > MOST_KEPT:
        shelf.popitem(last=False)


def requests(messages: Sequence[Json]) -> list[int]:
    """How many messages each request of the conversation had: all before an answer of the model's, and now all."""
    ends = [at for at, message in enumerate(messages) if at and answers(message) and not answers(messages[at - 1])]
    return [*ends, len(messages)]


def answers(message: Json) -> bool:
    """Whether the model said it."""
    return message.get("role") == "assistant" or message.get("type") in ("function_call", "reasoning")


def prefixes(messages: Sequence[Json]) -> list[str]:
    """A key for each number of messages from none to all. Marks that say what a provider should cache wander from
    request to request, and are no part of it."""
    digest = hashlib.sha256()
    found = [digest.hexdigest()]
    for message in messages:
        digest.update(json.dumps(without_marks(message), sort_keys=True).encode())
        found.append(digest.hexdigest())
    return found


def without_marks(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: without_marks(held) for key, held in value.items() if key != "cache_control"}
    return [without_marks(held) for held in value] if isinstance(value, list) else value


def results(message: MutableMapping[str, Any]) -> Iterator[tuple[MutableMapping[str, Any], str]]:
    """Where a message holds texts that tools returned: the object, and the key of the text in it."""
    if message.get("role") == "tool":
        yield from texts(message, "content")
    elif message.get("type") == "function_call_output":
        yield from texts(message, "output")
    elif isinstance(message.get("content"), list):
        for part in message["content"]:
            if isinstance(part, dict) and part.get("type") == "tool_result":
                yield from texts(part, "content")


def texts(holder: MutableMapping[str, Any], key: str) -> Iterator[tuple[MutableMapping[str, Any], str]]:
    held = holder.get(key)
    if isinstance(held, str):
        yield holder, key
    elif isinstance(held, list):
        yield from ((part, "text") for part in held if isinstance(part, dict) and isinstance(part.get("text"), str))


def question(messages: Sequence[Json]) -> str:
    """The end of what the user said last."""
    for message in reversed(messages):
        if message.get("role") == "user":
            content = message.get("content")
            parts = content if isinstance(content, list) else [{"type": "text", "text": content}]
            own = [part for part in parts if isinstance(part, Mapping) and part.get("type") != "tool_result"]
            said = [part.get("text") for part in own]
            if words := "\n".join(text for text in said if isinstance(text, str)).strip():
                return words[-QUESTION_CHARACTERS:]
    return ""
