"""Who writes the summary: nobody (the ledger is it), a cut of the messages, or a function of the caller's, such as a
call of a language model; and the guard behind the last.

A summariser takes a ``Transcript`` of the messages that leave the view and the summary so far, and returns text.
Whatever it returns, the window's bounds hold: the guard shortens, corrects or refuses it, and the ledger stands in.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from longzip.conversation.compaction.accounting import Written
from longzip.conversation.compaction.compact import Summarize
from longzip.conversation.facts.ledger import Ledger
from longzip.conversation.summaries.guards import guarded
from longzip.errors import LongzipError
from longzip.messages.dialects import from_dict, plain, to_dict
from longzip.messages.normal import Message, count
from longzip.protocols import Tokenizer


class Transcript(list[dict[str, object]]):
    """The messages as dicts; as a string, ``role: text`` with a line for each."""

    def __init__(self, messages: Iterable[Message] = ()) -> None:
        kept = list(messages)
        super().__init__(to_dict(message) for message in kept)
        self.text = "\n".join(f"{message.role}: {message.text}" for message in kept)

    def __str__(self) -> str:
        return self.text

    def __format__(self, spec: str) -> str:
        return format(self.text, spec)

    def __radd__(self, before: str) -> str:
        """``"Summarize: " + messages_text``."""
        return before + self.text


class TranscriptText(str):
    """The messages as text, which also gives them one by one as dicts where it is iterated over."""

    messages: Transcript

    def __iter__(self) -> Iterator[dict[str, object]]:  # type: ignore[override]
        return iter(self.messages)


Summarizer = Callable[[Transcript, "str | None"], "str | Awaitable[str]"]
COMPACTOR_SYSTEM = (
    "You condense a stretch of a conversation so that the work can go on without it. Keep every "
    "decision and its reason, every"
    " fact that was established, every named entity, path, number, error and fix, and every open "
    "question, each with who said"
    " it. Leave out pleasantries, repetition and digressions that were settled. Do not answer, do "
    "not advise, add nothing."
)
CREATE_PROMPT = "Summarise these messages in at most {tokens} tokens:\n\n{messages}"
UPDATE_PROMPT = (
    "Summary so far:\n\n{previous}\n\nBring it up to date with these messages, in at most {tokens} "
    "tokens:\n\n{messages}"
)


def prompt(messages: object, previous: str | None, tokens: int) -> str:
    """What a language model is asked: to create a summary, or where there is one, to bring it up to date."""
    if previous:
        return UPDATE_PROMPT.format(previous=previous, messages=messages, tokens=tokens)
    return CREATE_PROMPT.format(messages=messages, tokens=tokens)


@dataclass(frozen=True, slots=True)
class TruncateSummarizer:
    """The first ``max_chars`` characters of every message, a line each, after the summary so far."""

    max_chars: int = 50
    ellipsis: str = "..."
    include_previous: bool = True
    separator: str = "\n"

    def __call__(self, messages: Transcript, previous_summary: str | None = None) -> str:
        lines = [previous_summary] if previous_summary and self.include_previous else []
        for message in messages:
            text = text_of(message)
            lines.append(
                f"{message.get('role')}: {text[: self.max_chars]}{self.ellipsis if len(text) > self.max_chars else ''}"
            )
        return self.separator.join(lines)


@dataclass(frozen=True, slots=True)
class HeadTailSummarizer:
    """The first ``head`` and the last ``tail`` messages whole, and a line for those between, after the summary so
    far."""

    head: int = 3
    tail: int = 2
    placeholder: str = "... [{count} messages left out] ..."

    def __call__(self, messages: Transcript, previous_summary: str | None = None) -> str:
        lines = [f"{message.get('role')}: {text_of(message)}" for message in messages]
        hidden = len(lines) - self.head - self.tail
        if hidden > 0:
            lines[self.head : len(lines) - self.tail] = [self.placeholder.format(count=hidden)]
        return "\n".join([previous_summary, *lines] if previous_summary else lines)


def text_of(message: dict[str, object]) -> str:
    """The text of a message in any form, in one line."""
    return " ".join(from_dict(message).text.split())


def create_truncate_summarizer(max_chars: int = 50) -> TruncateSummarizer:
    return TruncateSummarizer(max_chars)


def create_head_tail_summarizer(head: int = 3, tail: int = 2) -> HeadTailSummarizer:
    return HeadTailSummarizer(head, tail)


def extractive(messages: Sequence[Message], previous: str, ledger: Ledger, room: int) -> Written:
    """The default: the ledger is the summary."""
    return Written("", "extractive")


def around(
    summarizer: Callable[[Transcript, str | None], str],
    tokenizer: Tokenizer,
    most: int | None = None,
    attempts: int = 2,
) -> Summarize:
    """A caller's summariser, guarded: its answer is mended or, where it fails or is no use, the ledger stands in.

    most: tokens of messages that it is given at once; what is more is given in parts, each with the summary so far.
    """
    name = str(getattr(summarizer, "__name__", type(summarizer).__name__))

    def summarize(messages: Sequence[Message], previous: str, ledger: Ledger, room: int) -> Written:
        text, calls, problem = previous, 0, ""
        for part in parts(messages, tokenizer, most):
            for _ in range(attempts):
                calls += 1
                answer, problem = asked(summarizer, name, part, text)
                if answer:
                    break
            if not answer:
                return Written("", "extractive", (problem,), calls, 1)
            text = answer
        source = "\n".join([previous, *(message.text for message in messages)])
        found = guarded(text, source, ledger, room, tokenizer, previous)
        if not found.text:
            return Written("", "extractive", (f"{name}: {'; '.join(found.notes)}",), calls, 1)
        return Written(found.text, name, found.notes, calls)

    return summarize


def asked(
    summarizer: Callable[[Transcript, str | None], str], name: str, messages: Sequence[Message], previous: str
) -> tuple[str, str]:
    """The answer and no problem, or no answer and the problem."""
    try:
        text = summarizer(as_wanted(summarizer, Transcript(messages)), previous or None)  # type: ignore[arg-type]
    # A caller's function may raise anything, and none of it may cost the conversation.
    except Exception as error:  # noqa: BLE001
        return "", f"{name} failed ({type(error).__name__})"
    return (text, "") if isinstance(text, str) and text.strip() else ("", f"{name} returned nothing")


def as_wanted(summarizer: Callable[..., object], given: Transcript) -> Transcript | str:
    """The messages as a summariser's first parameter has them: as text where it is annotated so, as text that is also
    messages where it is called ``messages_text``, and else as messages that are also text."""
    try:
        first = next(iter(inspect.signature(summarizer).parameters.values()), None)
    except (TypeError, ValueError):
        return given
    if first is not None and first.annotation in (str, "str"):
        return given.text
    if first is None or first.annotation is not first.empty or not first.name.endswith("text"):
        return given
    text = TranscriptText(given.text)
    text.messages = given
    return text


def parts(messages: Sequence[Message], tokenizer: Tokenizer, most: int | None) -> list[list[Message]]:
    """Consecutive messages of at most ``most`` tokens together; one that is larger stands alone."""
    found: list[list[Message]] = [[]]
    used = 0
    for message in messages:
        tokens = count(message, tokenizer)
        if most is not None and found[-1] and used + tokens > most:
            found.append([])
            used = 0
        found[-1].append(message)
        used += tokens
    return found


def finished(summarizer: Summarizer) -> Callable[..., str]:
    """A summariser that may be a coroutine function as one that is not; run where no event loop runs."""

    def call(*arguments: object) -> str:
        answer = summarizer(*arguments)  # type: ignore[arg-type]
        return asyncio.run(awaited(answer)) if isinstance(answer, Awaitable) else answer

    call.__wrapped__ = summarizer  # type: ignore[attr-defined]
    call.__name__ = str(getattr(summarizer, "__name__", type(summarizer).__name__))
    return call


async def awaited(answer: Awaitable[str]) -> str:
    return await answer


def plain_messages(text: str, system: str = COMPACTOR_SYSTEM) -> list[dict[str, object]]:
    """A request for a chat interface: the role text, and the text of the call."""
    if not text.strip():
        raise LongzipError("there is nothing to summarise; give a summariser at least one message.")
    return [to_dict(plain("system", system)), to_dict(plain("user", text))]
