"""How servers tell the log-probabilities of a prompt's tokens, read with suspicion; and where in the text the tokens
lie.

Plain functions from JSON values to numbers; knows neither HTTP nor requests. The dialects:

    echo     OpenAI's completions API with ``echo`` and ``logprobs``: ``choices[0].logprobs`` has ``tokens``,
             ``token_logprobs`` and ``top_logprobs`` of the prompt, then of what was generated (vLLM, SGLang, the server
             of llama-cpp-python)
    prompt   vLLM's extension ``prompt_logprobs``: for each token of the prompt a table from token ids to
             ``{"logprob", "rank", "decoded_token"}``, null for the first

llama.cpp's own ``llama-server`` has log-probabilities of generated tokens only, in both its APIs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeGuard

import numpy as np
from numpy.typing import NDArray

Ends = NDArray[np.int64]
Dialect = Literal["echo", "prompt"]
DIALECTS: tuple[Dialect, ...] = ("echo", "prompt")
LEAST = -1e4
ROUNDING = 1e-3
REACH = 64
TOO_LONG = re.compile(
    r"maximum context length|context.{0,20}(?:exceed|too long|too large)|exceed.{0,20}context|too many tokens", re.I
)
COUNTS = re.compile(r"maximum context length is (\d+) tokens.{0,300}?requested (\d+) tokens", re.I | re.S)


class Garbled(ValueError):
    """An answer that is not what the dialect says. The message tells what is wrong, to stand after "the server"."""


class NoPrompt(Garbled):
    """An answer that has no log-probabilities of the prompt."""


@dataclass(frozen=True, slots=True)
class Echo:
    """A prompt as the server read it, and what it generated. texts: of the tokens, as far as they can be told. values:
    their log-probabilities, None where there is none, as for the first. best: the largest log-probability at each
    place, None where it is not told. generated: how many of the last tokens the server says are its own."""

    texts: tuple[str, ...]
    values: tuple[float | None, ...]
    best: tuple[float | None, ...]
    generated: int = 0


def windows(answer: object) -> dict[str, int | None]:
    """The models in an answer of ``/models``, each with its window in tokens, None where that is not told (only vLLM
    does)."""
    match answer:
        case {"data": [*entries]}:
            pass
        case _:
            return {}
    found: dict[str, int | None] = {}
    for entry in entries:
        match entry:
            case {"id": str(name), "max_model_len": int(window)}:
                found[name] = window
            case {"id": str(name)}:
                found[name] = None
    return found


def body_of(dialect: Dialect, model: str, prompt: str | Sequence[int]) -> dict[str, object]:
    """What is posted to ``/completions``. One token is generated, because to some servers zero means no limit."""
    asked: dict[str, object] = {"model": model, "prompt": prompt, "max_tokens": 1, "temperature": 0}
    return asked | ({"echo": True, "logprobs": 1} if dialect == "echo" else {"prompt_logprobs": 0})


def read(dialect: Dialect, answer: object, prompt: str | Sequence[int]) -> Echo:
    """The prompt's tokens in the server's answer. Raises Garbled, and NoPrompt where the answer has none of the
    prompt."""
    match answer:
        case {"choices": [{**choice}, *_]}:
            pass
        case _:
            raise Garbled("answers without choices")
    if dialect == "prompt":
        return read_prompt(choice.get("prompt_logprobs"), prompt)
    return read_echo(choice.get("logprobs"), generated(answer))


def generated(answer: object) -> int | None:
    """How many tokens the server says it generated."""
    match answer:
        case {"usage": {"completion_tokens": int(count)}} if count >= 0:
            return count
    return None


def read_echo(found: object, extra: int | None) -> Echo:
    """extra: how many of the last tokens were generated, as the server says; None where it does not."""
    match found:
        case {"tokens": [*texts], "token_logprobs": [*given]}:
            pass
        case _:
            raise NoPrompt("returns no log-probabilities")
    if len(texts) != len(given):
        raise Garbled(f"returns {len(texts):,} tokens with {len(given):,} log-probabilities")
    if len(texts) <= (1 if extra is None else extra):
        raise NoPrompt("returns log-probabilities of generated tokens only")
    tops = found.get("top_logprobs") if isinstance(found, dict) else None
    best = (
        [largest(table) for table in tops]
        if isinstance(tops, list) and len(tops) == len(texts)
        else [None] * len(texts)
    )
    if not all(isinstance(text, str) for text in texts):
        raise Garbled("returns tokens that are no text")
    return Echo(tuple(texts), tuple(number(value) for value in given), tuple(best), 1 if extra is None else extra)


def read_prompt(found: object, prompt: str | Sequence[int]) -> Echo:
    if not isinstance(found, list):
        raise NoPrompt("returns no log-probabilities of the prompt")
    if not isinstance(prompt, str) and len(found) != len(prompt):
        raise Garbled(f"returns {len(found):,} log-probabilities for {len(prompt):,} tokens")
    texts: list[str] = []
    values: list[float | None] = []
    for place, table in enumerate(found):
        match table if isinstance(prompt, str) or not isinstance(table, dict) else table.get(str(prompt[place])):
            case None:
                entry: object = {"logprob": None}
            case {"logprob": _} as entry:
                pass
            case {**only} if len(only) == 1:
                (entry,) = only.values()
            case _:
                raise Garbled("returns several tokens for one place of the prompt")
        match entry:
            case {"logprob": value, "decoded_token": str(text)}:
                texts.append(text)
            case {"logprob": value}:
                texts.append("")
            case _:
                raise Garbled("returns tables without log-probabilities")
        values.append(number(value))
    return Echo(tuple(texts), tuple(values), (None,) * len(texts))


def number(value: object) -> float | None:
    """A log-probability, at most 0 and at least -10,000, or None for null. Raises Garbled for what cannot be one."""
    if value is None:
        return None
    if not is_number(value) or value > ROUNDING:
        raise Garbled(f"returns {str(value)[:20]!r} as a log-probability")
    return float(max(LEAST, min(0.0, value)))


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether a JSON value is one, of any size."""
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value


def largest(table: object) -> float | None:
    """The largest number in a table of the likeliest tokens."""
    values = [value for value in table.values() if is_number(value)] if isinstance(table, dict) else []
    return float(max(LEAST, min(-LEAST, max(values)))) if values else None


def ends_of(texts: Sequence[str], whole: str, generated: int = 0) -> tuple[Ends, int]:
    """Where the tokens end in ``whole``, and how many of them belong to it; what follows was generated.

    generated: how many that are, which is believed only where the last tokens of ``whole`` have no text.

    A token that is part of a character has no text of its own, a control token may have none or be left out, and the
    first token may be a start token or have a space too many: where such a one ends is told by the next token whose
    text is found, at most 64 characters on. Raises Garbled where the tokens do not spell ``whole``.
    """
    ends: list[int] = []
    at, waiting = 0, 0
    for place, text in enumerate(texts):
        if at == len(whole) and not waiting:
            break
        if not text or "\ufffd" in text or (place == 0 and not whole.startswith(text)):
            waiting += 1
            continue
        start = whole.find(text, at, at + len(text) + REACH)
        if start < 0 and waiting and place >= len(texts) - generated:
            break
        if start < 0:
            raise Garbled("returns tokens that do not spell the prompt")
        ends += [start] * waiting
        waiting, at = 0, start + len(text)
        ends.append(at)
    if len(whole) - at > (REACH if waiting else 0):
        raise Garbled("returns tokens that do not spell the prompt")
    if waiting:
        ends += [len(whole)] * max(1, len(texts) - generated - len(ends))
    return np.array(ends, dtype=np.int64), len(ends)


def regrouped(wanted: Ends, ends: Ends, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values for tokens that end at ``wanted``, from those of tokens of the same text that end at ``ends``.

    Between two places where both have a token's end, the sum is the same: the log-probability of that stretch, by the
    chain rule. Within it, each token gets an equal share.
    """
    if np.array_equal(wanted, ends):
        return values
    bounds = np.intersect1d(wanted, ends)
    mine, theirs = np.searchsorted(bounds, wanted), np.searchsorted(bounds, ends)
    sums = np.bincount(theirs, weights=values, minlength=len(bounds))
    counts = np.bincount(mine, minlength=len(bounds))
    shares: NDArray[np.float64] = (sums / counts)[mine]
    return shares


def too_long(complaint: str) -> bool:
    """Whether a server refuses a prompt because it does not fit its window."""
    return TOO_LONG.search(complaint) is not None


def shortened(context: str, target: int, complaint: str) -> str:
    """The context without so much of its start that it may fit; "" where nothing is left of it.

    complaint: what the server said. Where it has the window and the request in tokens, the part is in proportion; else
    it is half.
    target: characters of the target, which are in the request as well.
    """
    counts = COUNTS.search(complaint)
    drop = len(context) // 2 + 1
    if counts and int(counts[2]) > int(counts[1]):
        excess = (int(counts[2]) - int(counts[1]) + 1) / int(counts[2])
        drop = min(len(context), int(1.1 * excess * (len(context) + target)) + 1)
    return context[drop:]
