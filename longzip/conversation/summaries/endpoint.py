"""A summariser behind any endpoint that speaks OpenAI's chat interface.

It asks at temperature 0, gives up after a time-out and a few tries, and raises ModelError; the guard around it then
lets the ledger stand in. Several samples are compared by the values that they have, and the one that agrees most with
the others is taken. httpx2 is imported when it is first asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from longzip.conversation.summaries.summarizers import Transcript, plain_messages, prompt
from longzip.errors import ModelError
from longzip.prose.values import distinct
from longzip.transport.requests import SHOWN, Endpoint, Refused, ask, run


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
        answers = run(self.samples_of(plain_messages(prompt(messages, previous_summary, self.max_tokens))))
        return answers[most_agreed(answers)]

    async def samples_of(self, messages: Sequence[object]) -> list[str]:
        """The answers to compare, one after the other."""
        endpoint = Endpoint(self.base_url.rstrip("/"), self.api_key, self.timeout, self.retries, concurrency=1)
        request = {"model": self.model, "messages": list(messages), "max_tokens": self.max_tokens, "temperature": 0}
        async with endpoint.client() as client:
            try:
                return [
                    content_of(await ask(endpoint, client, "/chat/completions", {**request, "seed": seed}, seed))
                    for seed in range(max(self.samples, 1))
                ]
            except Refused as error:
                said = " ".join(error.text[:SHOWN].split())
                raise ModelError(
                    f"the endpoint answered with status {error.status}: {said}; check model and key."
                ) from None


def content_of(answer: object) -> str:
    """The message in an answer. Raises ModelError where there is none."""
    try:
        content = answer["choices"][0]["message"]["content"]  # type: ignore[index]
    except (LookupError, TypeError):
        raise ModelError("the endpoint's answer is no chat completion; check that base_url ends in /v1.") from None
    if not isinstance(content, str):
        raise ModelError("the endpoint's answer has no text; choose a model that answers with text.")
    return content


def most_agreed(answers: Sequence[str]) -> int:
    """Which answer shares most values with the others; the first of equals."""
    values = [set(distinct(answer)) for answer in answers]
    agreement = [sum(len(mine & other) / max(len(mine | other), 1) for other in values) for mine in values]
    return agreement.index(max(agreement))
