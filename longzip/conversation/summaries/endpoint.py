"""A summariser behind any endpoint that speaks OpenAI's chat interface.

It asks at temperature 0, gives up after a time-out and a few tries, and raises ModelError; the guard around it then
lets the ledger stand in. Several samples are compared by the values that they have, and the one that agrees most with
the others is taken. httpx is imported when it is first asked.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from longzip.conversation.summaries.summarizers import Transcript, plain_messages, prompt
from longzip.errors import MissingExtra, ModelError
from longzip.prose.values import distinct

BUSY = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
FIRST_WAIT = 0.5


@dataclass(frozen=True, slots=True)
class OpenAICompatible:
    """A summariser for ``ContextCompressor``.

    base_url: up to and with ``/v1``. max_tokens: of an answer. timeout: seconds for one try. retries: further tries
    after a failure of the connection or a busy server, with doubling waits. samples: answers to compare.
    """

    base_url: str
    model: str
    api_key: str = field(default="", repr=False)
    max_tokens: int = 400
    timeout: float = 60.0
    retries: int = 2
    samples: int = 1

    def __call__(self, messages: Transcript, previous_summary: str | None = None) -> str:
        """The summary. Raises ModelError where the endpoint gives none."""
        request = plain_messages(prompt(messages, previous_summary, self.max_tokens))
        answers = [self.ask(request, seed) for seed in range(max(self.samples, 1))]
        return answers[most_agreed(answers)]

    def ask(self, messages: Sequence[object], seed: int) -> str:
        try:
            import httpx
        except ImportError:
            raise MissingExtra("httpx", "server") from None
        body = {
            "model": self.model,
            "messages": list(messages),
            "max_tokens": self.max_tokens,
            "temperature": 0,
            "seed": seed,
        }
        headers = {"Authorization": f"Bearer {self.api_key}"} if self.api_key else {}
        problem = ""
        for attempt in range(self.retries + 1):
            if attempt:
                time.sleep(FIRST_WAIT * 2 ** (attempt - 1))
            try:
                answer = httpx.post(
                    f"{self.base_url.rstrip('/')}/chat/completions", json=body, headers=headers, timeout=self.timeout
                )
            except httpx.HTTPError as error:
                problem = type(error).__name__
                continue
            if answer.status_code in BUSY:
                problem = f"status {answer.status_code}"
                continue
            return content_of(answer.status_code, answer.text)
        raise ModelError(
            f"{self.base_url} gave no summary ({problem}, {self.retries + 1} tries); check the address and the server."
        )


def content_of(status: int, text: str) -> str:
    """The message in an answer. Raises ModelError where there is none."""

    if status != 200:
        raise ModelError(
            f"the endpoint answered with status {status}: {' '.join(text[:200].split())}; check model and key."
        )
    try:
        content = json.loads(text)["choices"][0]["message"]["content"]
    except (ValueError, LookupError, TypeError):
        raise ModelError("the endpoint's answer is no chat completion; check that base_url ends in /v1.") from None
    if not isinstance(content, str):
        raise ModelError("the endpoint's answer has no text; choose a model that answers with text.")
    return content


def most_agreed(answers: Sequence[str]) -> int:
    """Which answer shares most values with the others; the first of equals."""
    values = [set(distinct(answer)) for answer in answers]
    agreement = [sum(len(mine & other) / max(len(mine | other), 1) for other in values) for mine in values]
    return agreement.index(max(agreement))
