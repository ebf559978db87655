"""Getting acquainted with a server before it is relied upon: which model, which dialect, whether its numbers can be
right.

Knows the protocols and not what they are used for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from longzip.errors import ModelError
from longzip.models.networks.checkpoints import Encoder, find, read_encoder, read_file, start_token
from longzip.models.served.dialects import DIALECTS, Dialect, Echo, Garbled, NoPrompt, ends_of, windows
from longzip.transport.answers import message_in
from longzip.transport.requests import Endpoint, Refused, ask

LEAD = "\n"
PROBES = ("The quick brown fox", "The quick brown (")
STEADY = 0.05
SHOWN = 120
HOW_TO = (
    "start one that does: vllm serve MODEL, or python -m llama_cpp.server --model FILE --logits_all true"
    " (llama.cpp's own llama-server does not)"
)

Try = Callable[[str | list[int], Dialect], Awaitable[Echo]]


@dataclass(frozen=True, slots=True)
class Spelling:
    """The model's tokenizer on this side. start: the token before every text, or None. name: identity."""

    encoder: Encoder
    start: int | None
    name: str


def read_spelling(spec: str) -> Spelling:
    """The tokenizer that ``spec`` names. Raises ModelError where there is none."""
    path = Path(spec).expanduser()
    folder = path.parent if path.is_file() else find(spec, weights=False)
    encoder = read_file(path) if path.is_file() else read_encoder(folder)
    digest = hashlib.sha256(repr(encoder.spell(range(256))).encode()).hexdigest()[:8]
    return Spelling(
        encoder, start_token(folder, encoder), f"{folder.resolve().name if path.exists() else spec}@{digest}"
    )


async def describe(endpoint: Endpoint, name: str) -> tuple[str, int | None]:
    """The model's name, and its window in tokens where the server tells it (``max_model_len``, as vLLM does).

    Raises ModelError where the server is down or there are several models and none is named.
    """
    hasty = Endpoint(endpoint.url, endpoint.key, endpoint.timeout, min(1, endpoint.retries), 1)
    async with hasty.client() as client:
        try:
            answer = await ask(hasty, client, "/models", None)
        except Refused:
            answer = None
    known = windows(answer)
    if not name and len(known) != 1:
        listed = f"one of: {', '.join(list(known)[:5])}" if known else "it does not tell what it has"
        raise ModelError(
            f"{endpoint.url} does not say which model is meant; add its name, {endpoint.url}#NAME ({listed})."
        )
    model = name or next(iter(known))
    return model, known.get(model)


async def dialect_of(attempt: Try, spelling: Spelling | None) -> Dialect:
    """The dialect that a server speaks. attempt: sends a prompt. spelling: the model's tokenizer, or None to send
    texts.

    Raises Garbled where it speaks none, or its numbers are those of other tokens; Refused.
    """
    refused: Refused | None = None
    for dialect in DIALECTS:
        try:
            echoes = [await attempt(prompt_of(text, spelling), dialect) for text in PROBES]
        except NoPrompt:
            continue
        except Refused as refusal:
            if refusal.status not in (400, 422):
                raise
            refused = refused or refusal
            continue
        for text, echo in zip(PROBES, echoes, strict=True):
            check(text, echo, spelling)
        if late(*echoes):
            raise Garbled(
                "gives each token the log-probability of its place's successor (llama-cpp-python does so for models"
                " that add no start token); serve a model that adds one, or use vllm serve"
            )
        return dialect
    if refused and spelling:
        said = message_in(refused.text)[:SHOWN]
        raise Garbled(f"takes no token ids ({said}); leave out server_tokenizer, or use vllm serve")
    if refused:
        raise refused
    raise Garbled(f"returns no log-probabilities of the prompt; {HOW_TO}")


def prompt_of(text: str, spelling: Spelling | None) -> str | list[int]:
    if spelling is None:
        return LEAD + text
    ids: list[int] = spelling.encoder.encode([text])[0].ids.tolist()
    return [*([] if spelling.start is None else [spelling.start]), *ids]


def check(text: str, echo: Echo, spelling: Spelling | None) -> None:
    """Raises Garbled where the server's tokens are not those of ``text``."""
    if spelling is None:
        ends_of(echo.texts, LEAD + text)
    elif any(echo.texts):
        try:
            ends_of(echo.texts[spelling.start is not None :], text)
        except Garbled as error:
            advice = f"the tokenizer {spelling.name} is not the model's; name another as server_tokenizer"
            raise Garbled(f"{error}; {advice}") from None


def late(one: Echo, other: Echo) -> bool:
    """Whether the likeliest token at a place depends on that place's own token: it must not, where the prompts first
    differ."""
    places = [place for place, texts in enumerate(zip(one.texts, other.texts, strict=False)) if texts[0] != texts[1]]
    first, second = (one.best[places[0]], other.best[places[0]]) if places else (None, None)
    return first is not None and second is not None and abs(first - second) > STEADY
