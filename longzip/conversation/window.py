"""``ContextCompressor``: a conversation that grows without end, and the view of it that never does.

Messages are appended to a log that nothing takes away from. A compaction reads a snapshot of it without a lock, and is
committed only if the state is still the one that it began with; what was appended meanwhile stands after the new
anchor. One compaction runs at a time.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path

from longzip.conversation import masking, storage
from longzip.conversation.compaction.compact import Summarize, Work
from longzip.conversation.compaction.log import Log
from longzip.conversation.compaction.quality import gated
from longzip.conversation.compaction.state import Limits, Pin, State, Step
from longzip.conversation.compaction.view import cost, dropped, summary_cost, summary_text, view
from longzip.conversation.options import DEFAULTS, OPENING, TRIGGER, Trigger, WindowOptions, as_tokenizer, bounds
from longzip.conversation.readings import Anchored, Spoken, WindowState
from longzip.conversation.recall import Recalled, by_reference, by_words
from longzip.conversation.stats import Stats
from longzip.conversation.summaries.strategies import by_name
from longzip.conversation.summaries.summarizers import Summarizer, around, finished
from longzip.errors import BudgetTooSmall, UsageError
from longzip.messages.dialects import alternating, plain, to_dicts
from longzip.messages.normal import Message, count
from longzip.prose.values import distinct
from longzip.protocols import Tokenizer
from longzip.sources.secrets import guarded_text
from longzip.types import Masked

ROUNDS = 4


class ContextCompressor:
    """A window over a conversation. Safe to share between threads."""

    def __init__(
        self,
        summarizer: Summarizer | None = None,
        t_max: int | None = None,
        t_retained: int | None = None,
        t_summary: int | None = None,
        *,
        window: int | None = None,
        trigger: Trigger = TRIGGER,
        keep_recent: int = 6,
        keep_tools: int = 3,
        overhead: int = 0,
        reserve_output: int = 0,
        tokenizer: Tokenizer | Callable[[str], int] | None = None,
        auto_compress: bool = True,
        options: WindowOptions = DEFAULTS,
    ) -> None:
        """Give either ``t_max``, ``t_retained`` and ``t_summary`` or a ``window`` and a ``trigger``, all in tokens.

        summarizer: writes the summary from (messages, summary so far); the options' strategy does where it is None.
        t_max: compact above it (default 8,000); t_retained: what stays (6,000); t_summary: what the summary may take
        (500).
        window: the model's context; trigger: the share of it above which to compact, or ("messages", n) for a number of
        messages since the last time. keep_recent, keep_tools, overhead, reserve_output: as in ``Limits``.
        """
        maximum, retained, summary = bounds(t_max, t_retained, t_summary, window, trigger)
        limits = options.applied_to(
            Limits(
                maximum,
                retained,
                summary,
                keep_recent,
                keep_tools,
                overhead=overhead + OPENING * options.alternate,
                reserve_output=reserve_output,
            )
        )
        self.auto_compress = auto_compress
        self.options = options
        self.most_messages = trigger[1] if isinstance(trigger, tuple) else None
        self._begin(limits, as_tokenizer(tokenizer), summarizer)

    def _begin(self, limits: Limits, tokenizer: Tokenizer, summarizer: Summarizer | None) -> None:
        self.limits = limits
        self.summarizer = summarizer
        self._lock = threading.RLock()
        self._one_compaction = threading.Lock()
        self._clear(tokenizer)

    def _clear(self, tokenizer: Tokenizer) -> None:
        self._log = Log(tokenizer)
        self._masked: list[Masked] = []
        self._state = State()
        self._mentions: Counter[str] = Counter()
        self._mentions_end = 0
        self._seconds = 0.0
        self._read: tuple[State, WindowState] | None = None
        self._summary_of: State | None = None
        self._summary_tokens = 0

    # Adding

    def add_message(self, content: str | Sequence[Mapping[str, object]], role: str = "user", **fields: object) -> None:
        """Append a message. fields: what else the provider's message has, such as ``tool_calls`` or
        ``tool_call_id``."""
        self.append({"role": role, "content": content, **fields})

    def append(self, message: Mapping[str, object] | Message) -> None:
        """Append one message, a provider's object or a ``Message``."""
        self.extend([message])

    def extend(self, messages: Iterable[Mapping[str, object] | Message]) -> None:
        """Append messages in order; all of them or, where one is malformed, none. Secrets are dealt with as the options
        say; raises SourceError where these refuse them."""
        ready = [masking.read(message, self.options.secrets) for message in messages]
        with self._lock:
            for message, places in ready:
                self._log.append(message)
                self._masked += masking.named(places, len(self._log))

    # Reading

    @property
    def messages(self) -> list[dict[str, object]]:
        """Every message ever appended, as it came but for masks."""
        return to_dicts(message for message in self.log)

    @property
    def log(self) -> tuple[Message, ...]:
        with self._lock:
            return tuple(entry.message for entry in self._log.entries)

    @property
    def masked(self) -> tuple[Masked, ...]:
        """The secrets that masks stand for, by message from 1."""
        with self._lock:
            return tuple(self._masked)

    @property
    def state(self) -> WindowState:
        """All that the window remembers, the messages included."""
        with self._lock:
            read = self._read
            if read is not None and read[0] is self._state and len(read[1].messages) == len(self._log):
                return read[1]
            text = summary_text(self._state, dropped(self.limits)) if self._state.anchor else ""
            summary = Anchored(text, self._state.anchor - 1, self._log.tokenizer.count(text)) if text else None
            known = {field.name: getattr(self._state, field.name) for field in fields(State)}
            seen = WindowState(**known, messages=self.log, current_summary=summary)
            self._read = (self._state, seen)
            return seen

    @property
    def t_max(self) -> int:
        return self.limits.maximum

    @property
    def t_retained(self) -> int:
        return self.limits.retained

    @property
    def t_summary(self) -> int:
        return self.limits.summary

    @property
    def tokens(self) -> int:
        """What the view costs now, overhead and reserve included."""
        with self._lock:
            if self._summary_of is not self._state:
                self._summary_of, self._summary_tokens = (
                    self._state,
                    summary_cost(self._state, self.limits, self._log.tokenizer),
                )
            return cost(self._log, self._state, self.limits, len(self._log), self._summary_tokens)

    def view(self) -> list[Message]:
        """The messages to send, without compacting."""
        with self._lock:
            messages = view(self._log, self._state, self.limits, len(self._log))
        return alternating(messages) if self.options.alternate else messages

    def get_current_context(self, auto_compress: bool | None = None) -> list[dict[str, object]]:
        """The messages to send, compacted first where that is due: objects as their provider has them, which also have
        a ``role`` and a ``content``.

        auto_compress: whether to compact; as the window was told where that is None. Raises BudgetTooSmall where what
        must stay does not fit.
        """
        wanted = self.auto_compress if auto_compress is None else auto_compress
        for _ in range(ROUNDS if wanted else 0):
            self.maybe_compress()
            with self._lock:
                if self.tokens <= self.limits.maximum:
                    break
        shown: list[dict[str, object]] = [Spoken.of(message) for message in self.view()]
        return shown

    async def aget_current_context(self) -> list[dict[str, object]]:
        """``get_current_context`` in a thread."""
        return await asyncio.to_thread(self.get_current_context)

    def get_stats(self) -> Stats:
        with self._lock:
            return Stats.of(len(self._log), self.tokens, self._state, self.limits, self._seconds)

    # Compacting

    def due(self) -> bool:
        """Whether the view is over its bound."""
        if self.tokens > self.limits.maximum:
            return True
        return self.most_messages is not None and len(self._log) - self._state.anchor > self.most_messages

    def maybe_compress(self) -> Step:
        """Compact where that is due; what was done, or why nothing was. Cheap, and without any model, where it is
        not."""
        return self.compress(self._target()) if self.due() else self._unneeded()

    def _target(self) -> int:
        """What a view may cost after a compaction: where messages were the trigger, at most half of what it costs."""
        tokens = self.tokens
        return self.limits.retained if tokens > self.limits.maximum else min(self.limits.retained, tokens // 2)

    def _unneeded(self) -> Step:
        tokens = self.tokens
        return Step("none", tokens, tokens, f"under_threshold: {tokens:,} of {self.limits.maximum:,} tokens")

    def compress(
        self, target: int | None = None, *, dry_run: bool = False, stop: threading.Event | None = None
    ) -> Step:
        """Compact now, down to ``target`` tokens, or to what the limits retain.

        dry_run: only say what would be done. stop: where it is set before the end, nothing changes.
        Raises BudgetTooSmall where what must stay does not fit; the window is then as it was.
        """
        with self._one_compaction:
            started = time.perf_counter()
            with self._lock:
                end, state = len(self._log), self._state
            mentions, options = self._read_mentions(end), self.options
            work = Work(self._log, self.limits, end, mentions, self._summarize(), options.focus, options.post)
            new, step = gated(work, state, target)
            with self._lock:
                self._seconds += time.perf_counter() - started
                if not dry_run and step.action != "none" and not (stop and stop.is_set()):
                    self._commit(new)
            return step

    def _commit(self, new: State) -> None:
        """Take over what a compaction made, and keep what only others change: pins, checkpoints, what was recalled."""
        now = self._state
        counters = replace(new.counters, recalls=now.counters.recalls, recalled=now.counters.recalled)
        self._change(replace(new, version=now.version, pins=now.pins, closed=now.closed, counters=counters))

    def _read_mentions(self, end: int) -> Mapping[str, int]:
        """How many messages mention each atom, brought up to date. Only the one compaction that runs calls this."""
        for at in range(self._mentions_end, end):
            self._mentions.update(distinct(self._log.entries[at].message.text).keys())
        self._mentions_end = end
        return self._mentions

    def _summarize(self) -> Summarize:
        if self.summarizer is None:
            return by_name(self.limits.strategy, self._log.tokenizer)
        return around(finished(self.summarizer), self._log.tokenizer, self.options.summarizer_window)

    async def acompress(self, target: int | None = None) -> Step:
        """``compress`` in a thread. Cancelled before its end, it changes nothing."""
        stop = threading.Event()
        try:
            return await asyncio.to_thread(lambda: self.compress(target, stop=stop))
        except asyncio.CancelledError:
            stop.set()
            raise

    async def amaybe_compress(self) -> Step:
        """``maybe_compress`` in a thread."""
        return await self.acompress(self._target()) if self.due() else self._unneeded()

    # Notes and recall

    def pin(self, text: str, key: str = "") -> None:
        """A note that every view shows word for word. key: a later pin of the same key takes its place.

        Raises BudgetTooSmall where the pins would take more than half of what is retained, UsageError for an empty one.
        """
        if not text.strip():
            raise UsageError("the pin is empty; give a text to keep.")
        text, places = guarded_text(text, self.options.secrets, "a pin")
        with self._lock:
            pins = (*(pin for pin in self._state.pins if not key or pin.key != key), Pin(text, key))
            needed = sum(count(plain("user", pin.text), self._log.tokenizer) for pin in pins)
            if needed > self.limits.retained // 2:
                raise BudgetTooSmall(needed * 2, self.limits.retained, "twice the pins")
            self._masked += places
            self._change(replace(self._state, pins=pins))

    def unpin(self, key_or_text: str) -> None:
        """Take a pin away, by its key or its text."""
        with self._lock:
            kept = tuple(pin for pin in self._state.pins if key_or_text not in (pin.key, pin.text))
            self._change(replace(self._state, pins=kept))

    def checkpoint(self, label: str = "") -> Step:
        """Say that the work so far is finished: its results count as spent, and the view is compacted where it is over
        what is retained, before it has to be. label: pinned for the reader, under "done"."""
        with self._lock:
            self._change(replace(self._state, closed=len(self._log)))
            if label:
                self.pin(label, "done")
        return self.compress() if self.tokens > self.limits.retained else self._unneeded()

    def _change(self, state: State) -> None:
        self._state = replace(state, version=state.version + 1)

    def recall(self, reference: str | int) -> Recalled:
        """The message that a summary or stub refers to ("ref:17"), whole. Raises UsageError where there is none."""
        with self._lock:
            found = by_reference([entry.message for entry in self._log.entries], reference)
            self._count_recalls([found])
            return found

    def search(self, query: str, top: int = 3) -> list[Recalled]:
        """The messages of the whole log that share most with the words of the query, best first."""
        found = by_words(self.log, query, top)
        with self._lock:
            self._count_recalls(found)
        return found

    def _count_recalls(self, found: Sequence[Recalled]) -> None:
        counters = self._state.counters
        tokens = sum(count(one.message, self._log.tokenizer) for one in found)
        counters = replace(counters, recalls=counters.recalls + len(found), recalled=counters.recalled + tokens)
        self._change(replace(self._state, counters=counters))

    # Storage

    def save(self, path: str | Path) -> None:
        """Write the window to a file, as a whole or not at all."""
        with self._lock:
            stored = storage.Stored(self.log, self._state, self.limits, self._log.tokenizer.name)
        storage.save(Path(path), stored)

    @classmethod
    def load(
        cls,
        path: str | Path,
        *,
        summarizer: Summarizer | None = None,
        tokenizer: Tokenizer | Callable[[str], int] | None = None,
        options: WindowOptions = DEFAULTS,
    ) -> ContextCompressor:
        """The window that ``save`` wrote, with the summariser and tokenizer that it is to have from now on; of the
        options, ``focus``, ``post``, ``secrets`` and ``summarizer_window``, which are not saved.

        Raises SourceError where the file is damaged, UsageError where it was counted with another tokenizer.
        """
        stored = storage.load(Path(path), options.secrets)
        counter = as_tokenizer(tokenizer)
        if counter.name != stored.tokenizer:
            raise UsageError(
                f"{path} was counted with {stored.tokenizer!r}, not {counter.name!r}; load it with that tokenizer."
            )
        loaded = cls(summarizer=summarizer, options=options)
        loaded._begin(stored.limits, counter, summarizer)
        loaded.extend(stored.messages)
        loaded._state = stored.state
        return loaded

    def reset(self) -> None:
        """Forget everything but the limits."""
        with self._one_compaction, self._lock:
            self._clear(self._log.tokenizer)
