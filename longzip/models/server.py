"""A language model on a server that returns the log-probabilities of a prompt, behind the ``LanguageModel`` seam.

Knows nothing of queries, code or budgets. A server has its own tokenizer, so that there are two ways to ask it:

    ids    With the model's tokenizer on this side, context and target are tokenised apart and sent as token ids.
           Exactly what ``models/transformers.py`` computes, windows and start token included.
    text   Otherwise the texts are sent, joined. A target's tokens are by definition those that it has after a line
           break. Where a context makes them others (a token that straddles the border, a merge across it), the
           log-probabilities are laid out over the target's own tokens again, see ``dialects.regrouped``. Names of
           control tokens in a text are whatever the server takes them for.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from longzip.errors import ModelError
from longzip.models.checkpoints import Encoder, find, read_encoder, read_file, start_token, without_surrogates
from longzip.models.context import Ids
from longzip.models.dialects import (
    DIALECTS,
    Dialect,
    Echo,
    Garbled,
    NoPrompt,
    body_of,
    ends_of,
    read,
    regrouped,
    shortened,
    too_long,
    windows,
)
from longzip.models.transport import Endpoint, Refused, all_of, ask, checked, message_in, run
from longzip.models.windows import Row, rows_of
from longzip.protocols import Logprobs, Request

if TYPE_CHECKING:
    import httpx

LEAD = "\n"
UNPREDICTED = -float(np.log(32768))
PROBES = ("The quick brown fox", "The quick brown (")
STEADY = 0.05
HOW_TO = (
    "start one that does: vllm serve MODEL, or python -m llama_cpp.server --model FILE --logits_all true"
    " (llama.cpp's own llama-server does not)"
)

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Spelling:
    """The model's tokenizer on this side. start: the token before every text, or None. name: identity."""

    encoder: Encoder
    start: int | None
    name: str


def load(
    address: str, *, key: str = "", tokenizer: str = "", timeout: float = 120.0, retries: int = 5, concurrency: int = 8,
    window: int = 4096,
) -> ServerModel:  # fmt: skip
    """The model at ``URL#NAME``, such as http://localhost:8000/v1#qwen; NAME may be left out where the server has one
    only.

    key: API key, or "". tokenizer: the model's own (a file, a folder or a hub id), or "" to send texts. timeout:
    seconds for one answer. retries: tries after the first. concurrency: requests at once. window: most tokens in one
    request, with a tokenizer. Raises ModelError where the server is down, refuses, or does not return what is needed.
    """
    url, _, name = address.partition("#")
    endpoint = Endpoint(checked(url), key, timeout, retries, concurrency)
    spelling = read_spelling(tokenizer) if tokenizer else None
    model, told = run(describe(endpoint, name))
    room = (window if told is None else min(window, told)) - 1
    if room < 4:
        raise ModelError(f"{url} has a window of {room + 1} tokens; set server_window to the model's own, at least 5.")
    found = ServerModel(endpoint, model, "echo", spelling, room)
    found.dialect = run(found.probe())
    return found


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


class ServerModel:
    """Log-probabilities from a server; thread-safe, one batch at a time, of which several requests are under way at
    once."""

    def __init__(
        self, endpoint: Endpoint, model: str, dialect: Dialect, spelling: Spelling | None, window: int
    ) -> None:
        """model: its name on the server. spelling: the model's tokenizer, or None to send texts. window: in tokens."""
        self.endpoint, self.model, self.dialect, self.spelling, self.window = endpoint, model, dialect, spelling, window
        self._lock = threading.Lock()
        self._numbers = count()

    @property
    def name(self) -> str:
        return f"{self.endpoint.url}#{self.model}/{self.spelling.name if self.spelling else 'text'}"

    def logprobs(self, requests: Sequence[Request]) -> list[Logprobs]:
        """See ``LanguageModel``. Equal requests are asked once. Raises ModelError where the server cannot or will not
        answer."""
        distinct = [request for request in dict.fromkeys(requests) if request.target]
        found = {request: Logprobs(np.zeros(0), np.zeros(0, np.int64)) for request in requests if not request.target}
        if distinct:
            with self._lock:
                found |= dict(zip(distinct, run(self._answers(distinct)), strict=True))
        return [found[request] for request in requests]

    async def _answers(self, requests: Sequence[Request]) -> list[Logprobs]:
        async with self.endpoint.client() as client:
            if self.spelling:
                return await self._by_ids(client, self.spelling, requests)
            targets = list(dict.fromkeys(request.target for request in requests))
            own = await all_of([partial(self._alone, client, target) for target in targets], self.endpoint.concurrency)
            alone = dict(zip(targets, own, strict=True))
            tasks = [partial(self._after, client, request, alone[request.target]) for request in requests]
            return await all_of(tasks, self.endpoint.concurrency)

    # ----------------------------------------------------------------------------------------------- token ids

    async def _by_ids(
        self, client: httpx.AsyncClient, spelling: Spelling, requests: Sequence[Request]
    ) -> list[Logprobs]:
        texts = list(dict.fromkeys(text for request in requests for text in (request.context, request.target)))
        tokens = dict(zip(texts, spelling.encoder.encode(texts), strict=True))
        rows = [rows_of(spelling.start, tokens[r.context].ids, tokens[r.target].ids, self.window) for r in requests]
        asked = [row for own in rows for row in own if row.predicted > 0]
        scored = iter(await all_of([partial(self._row, client, row) for row in asked], self.endpoint.concurrency))
        answers: list[Logprobs] = []
        for request, own in zip(requests, rows, strict=True):
            ends = tokens[request.target].ends
            values = np.concatenate([np.zeros(0), *(next(scored) for row in own if row.predicted > 0)])
            # As in models/transformers.py: without a start token nothing predicts the first one.
            missing = np.full(len(ends) - len(values), UNPREDICTED)
            answers.append(Logprobs(np.concatenate([missing, values]), ends))
        return answers

    async def _row(self, client: httpx.AsyncClient, row: Row) -> Values:
        ids: list[int] = row.ids.tolist()
        try:
            echo = await self._ask(client, ids)
        except Refused as refusal:
            if too_long(refusal.text):
                raise self.wrong(
                    f"has a smaller window than {self.window + 1:,} tokens ({said_by(refusal)}); set server_window"
                ) from None
            raise
        values = echo.values[row.first : len(ids)]
        if not len(ids) <= len(echo.values) <= len(ids) + 1 or None in values:
            raise self.wrong(
                f"returns log-probabilities of {len(echo.values):,} tokens for {len(ids):,}; leave out server_tokenizer"
            )
        return np.array(values, dtype=np.float64)

    # --------------------------------------------------------------------------------------------------- texts

    async def _alone(self, client: httpx.AsyncClient, target: str) -> Logprobs | None:
        """A target after a line break; None where it does not fit the server's window by itself."""
        try:
            return await self._text(client, LEAD, target)
        except Refused as refusal:
            if not too_long(refusal.text) or len(target) < 2:
                raise
            return None

    async def _after(self, client: httpx.AsyncClient, request: Request, alone: Logprobs | None) -> Logprobs:
        """A target after its context, in the tokens that it has alone. What does not fit loses its context; a target
        that does not fit alone is read in halves, the first as the context of the second."""
        if alone is None:
            return await self._halves(client, request.target)
        context = request.context
        while context:
            try:
                given = await self._text(client, context, request.target)
            except Refused as refusal:
                if not too_long(refusal.text):
                    raise
                context = shortened(context, len(request.target), refusal.text)
                continue
            return Logprobs(regrouped(alone.ends, given.ends, given.values.astype(np.float64)), alone.ends)
        return alone

    async def _halves(self, client: httpx.AsyncClient, target: str) -> Logprobs:
        cut = target.find("\n", len(target) // 2) + 1
        cut = cut if 0 < cut < len(target) else len(target) // 2
        first = await self._after(client, Request("", target[:cut]), await self._alone(client, target[:cut]))
        rest = target[cut:]
        second = await self._after(client, Request(target[:cut], rest), await self._alone(client, rest))
        return Logprobs(np.concatenate([first.values, second.values]), np.concatenate([first.ends, second.ends + cut]))

    async def _text(self, client: httpx.AsyncClient, context: str, target: str) -> Logprobs:
        """The target's tokens as they are after the context; a token across the border counts as the target's."""
        whole = without_surrogates(context + target)
        echo = await self._ask(client, whole)
        try:
            ends, used = ends_of(echo.texts, whole, echo.generated)
        except Garbled as error:
            raise self.wrong(str(error)) from None
        own = ends > len(context)
        values = np.array([UNPREDICTED if value is None else value for value in echo.values[:used]])
        found: Ids = ends[own] - len(context)
        return Logprobs(values[own], found)

    # ---------------------------------------------------------------------------------------------- the server

    async def _ask(self, client: httpx.AsyncClient, prompt: str | list[int]) -> Echo:
        try:
            return await self._try(client, prompt, self.dialect)
        except Garbled as error:
            raise self.wrong(str(error)) from None

    async def _try(self, client: httpx.AsyncClient, prompt: str | list[int], dialect: Dialect) -> Echo:
        body = body_of(dialect, self.model, prompt)
        return read(dialect, await ask(self.endpoint, client, "/completions", body, next(self._numbers)), prompt)

    async def probe(self) -> Dialect:
        """The dialect that the server speaks. Raises ModelError where it speaks none, or its numbers are those of other
        tokens."""
        async with self.endpoint.client() as client:
            refused: Refused | None = None
            for dialect in DIALECTS:
                try:
                    echoes = [await self._try(client, self.prompt(text), dialect) for text in PROBES]
                except NoPrompt:
                    continue
                except Refused as refusal:
                    if refusal.status not in (400, 422):
                        raise
                    refused = refused or refusal
                    continue
                except Garbled as error:
                    raise self.wrong(str(error)) from None
                for text, echo in zip(PROBES, echoes, strict=True):
                    self.check(text, echo)
                if late(*echoes):
                    raise self.wrong(
                        "gives each token the log-probability of its place's successor (llama-cpp-python does so for models that"
                        " add no start token); serve a model that adds one, or use vllm serve"
                    )
                return dialect
        if refused and self.spelling:
            raise self.wrong(f"takes no token ids ({said_by(refused)}); leave out server_tokenizer, or use vllm serve")
        if refused:
            raise refused
        raise self.wrong(f"returns no log-probabilities of the prompt; {HOW_TO}")

    def prompt(self, text: str) -> str | list[int]:
        if self.spelling is None:
            return LEAD + text
        ids: list[int] = self.spelling.encoder.encode([text])[0].ids.tolist()
        return [*([] if self.spelling.start is None else [self.spelling.start]), *ids]

    def check(self, text: str, echo: Echo) -> None:
        """Raises ModelError where the server's tokens are not those of ``text``."""
        try:
            if self.spelling is None:
                ends_of(echo.texts, LEAD + text)
            elif any(echo.texts):
                shift = self.spelling.start is not None
                ends_of(echo.texts[shift:], text)
        except Garbled:
            advice = (
                f"the tokenizer {self.spelling.name} is not the model's; name another as server_tokenizer"
                if self.spelling
                else ""
            )
            raise self.wrong(f"returns tokens that do not spell the prompt; {advice or 'use another server'}") from None

    def wrong(self, what: str) -> ModelError:
        return ModelError(f"The server {self.endpoint.url} {what}.")


def late(one: Echo, other: Echo) -> bool:
    """Whether the likeliest token at a place depends on that place's own token: it must not, where the prompts first
    differ."""
    places = [place for place, texts in enumerate(zip(one.texts, other.texts, strict=False)) if texts[0] != texts[1]]
    first, second = (one.best[places[0]], other.best[places[0]]) if places else (None, None)
    return first is not None and second is not None and abs(first - second) > STEADY


def said_by(refusal: Refused) -> str:
    """The beginning of a refusal's own words."""
    return message_in(refusal.text)[:120]
