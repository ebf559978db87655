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

import threading
from collections.abc import Sequence
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from longzip.errors import ModelError
from longzip.models.networks.checkpoints import without_surrogates
from longzip.models.networks.windows import Row, rows_of
from longzip.models.served.dialects import (
    Dialect,
    Echo,
    Ends,
    Garbled,
    body_of,
    ends_of,
    read,
    regrouped,
    shortened,
    too_long,
)
from longzip.models.served.probing import LEAD, Spelling, describe, dialect_of, read_spelling
from longzip.protocols import Logprobs, Request
from longzip.settings import Settings
from longzip.transport.answers import message_in
from longzip.transport.requests import Endpoint, Refused, all_of, ask, checked, run

if TYPE_CHECKING:
    import httpx2

UNPREDICTED = -float(np.log(32768))

Numbers = NDArray[np.float64]


def load(settings: Settings, key: str = "") -> ServerModel:
    """The model that ``settings.model`` names, URL#NAME; NAME may be left out where the server has one only.

    key: the API key, or "". Raises ModelError where the server is down, refuses, or does not return what is needed.
    """
    url, _, name = settings.model.partition("#")
    endpoint = Endpoint(
        checked(url), key, settings.server_timeout, settings.server_retries, settings.server_concurrency
    )
    spelling = read_spelling(settings.server_tokenizer) if settings.server_tokenizer else None
    window = settings.server_window
    model, told = run(describe(endpoint, name))
    room = (window if told is None else min(window, told)) - 1
    if room < 4:
        raise ModelError(f"{url} has a window of {room + 1} tokens; set server_window to the model's own, at least 5.")
    found = ServerModel(endpoint, model, "echo", spelling, room)
    run(found.probe())
    return found


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
            tasks = [partial(self._after, client, request, *alone[request.target]) for request in requests]
            return await all_of(tasks, self.endpoint.concurrency)

    # ----------------------------------------------------------------------------------------------- token ids

    async def _by_ids(
        self, client: httpx2.AsyncClient, spelling: Spelling, requests: Sequence[Request]
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

    async def _row(self, client: httpx2.AsyncClient, row: Row) -> Numbers:
        ids: list[int] = row.ids.tolist()
        try:
            echo = await self._ask(client, ids)
        except Refused as refusal:
            if too_long(refusal.text):
                raise self.wrong(
                    f"has a smaller window than {self.window + 1:,} tokens "
                    f"({message_in(refusal.text)[:120]}); set server_window"
                ) from None
            raise
        values = echo.values[row.first : len(ids)]
        if not len(ids) <= len(echo.values) <= len(ids) + 1 or None in values:
            raise self.wrong(
                f"returns log-probabilities of {len(echo.values):,} tokens for {len(ids):,}; leave out server_tokenizer"
            )
        return np.array(values, dtype=np.float64)

    # --------------------------------------------------------------------------------------------------- texts

    async def _alone(self, client: httpx2.AsyncClient, target: str) -> tuple[Logprobs, bool]:
        """A target after a line break, and whether it fits the server's window so. One that does not is read in halves,
        the first as the context of the second."""
        try:
            return await self._text(client, LEAD, target), True
        except Refused as refusal:
            if not too_long(refusal.text) or len(target) < 2:
                raise
        cut = target.find("\n", len(target) // 2) + 1
        cut = cut if 0 < cut < len(target) else len(target) // 2
        first, _ = await self._alone(client, target[:cut])
        second = await self._after(
            client, Request(target[:cut], target[cut:]), *await self._alone(client, target[cut:])
        )
        values, ends = [first.values, second.values], [first.ends, second.ends + cut]
        return Logprobs(np.concatenate(values), np.concatenate(ends)), False

    async def _after(self, client: httpx2.AsyncClient, request: Request, alone: Logprobs, fits: bool) -> Logprobs:
        """A target after its context, in the tokens that it has alone. What does not fit loses its context's start."""
        context = request.context if fits else ""
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

    async def _text(self, client: httpx2.AsyncClient, context: str, target: str) -> Logprobs:
        """The target's tokens as they are after the context; a token across the border counts as the target's."""
        whole = without_surrogates(context + target)
        echo = await self._ask(client, whole)
        try:
            ends, used = ends_of(echo.texts, whole, echo.generated)
        except Garbled as error:
            raise self.wrong(str(error)) from None
        own = ends > len(context)
        values = np.array([UNPREDICTED if value is None else value for value in echo.values[:used]])
        found: Ends = ends[own] - len(context)
        return Logprobs(values[own], found)

    # ---------------------------------------------------------------------------------------------- the server

    async def _ask(self, client: httpx2.AsyncClient, prompt: str | list[int]) -> Echo:
        try:
            return await self._try(client, prompt, self.dialect)
        except Garbled as error:
            raise self.wrong(str(error)) from None

    async def _try(self, client: httpx2.AsyncClient, prompt: str | list[int], dialect: Dialect) -> Echo:
        body = body_of(dialect, self.model, prompt)
        return read(dialect, await ask(self.endpoint, client, "/completions", body, next(self._numbers)), prompt)

    async def probe(self) -> None:
        """Find the dialect that the server speaks. Raises ModelError where there is none, or its numbers are wrong."""
        async with self.endpoint.client() as client:
            try:
                self.dialect = await dialect_of(partial(self._try, client), self.spelling)
            except Garbled as error:
                raise self.wrong(str(error)) from None

    def wrong(self, what: str) -> ModelError:
        return ModelError(f"The server {self.endpoint.url} {what}.")
