"""A language model that runs in several processes at once, as a rule on a Ray cluster, behind the ``LanguageModel``
seam.

One model per worker. Knows neither which model that is nor where the workers are: it is handed a pool of them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

from longzip.errors import ModelError
from longzip.pools import Broken, Pool
from longzip.protocols import LanguageModel, Logprobs, Request

SLICE_CHARACTERS = 40_000

Hand = TypeVar("Hand")
Slice = tuple[Request, ...]
Scored = tuple[str, list[Logprobs]]


class Scorer:
    """The model in a worker: answers a slice of requests, and tells its name."""

    def __init__(self, load: Callable[[], LanguageModel]) -> None:
        self.model = load()

    def __call__(self, requests: Slice) -> Scored:
        answers = self.model.logprobs(requests)
        return self.model.name, answers


class SpreadModel:
    """Log-probabilities from the models of a pool's workers; thread-safe, one batch at a time.

    A batch is cut into slices, of which each worker has one at a time; a lost worker's slice is done again by another.
    The answers are in the order of the requests.
    """

    def __init__(self, pool: Pool[Slice, Scored, Hand]) -> None:
        """pool: of ``Scorer``. Raises ModelError where the workers cannot load the model."""
        self._pool = pool
        self._lock = threading.Lock()
        ((self._name, _),) = self._scored([()])

    @property
    def name(self) -> str:
        return self._name

    def logprobs(self, requests: Sequence[Request]) -> list[Logprobs]:
        """See ``LanguageModel``. Equal requests are computed once."""
        distinct = list(dict.fromkeys(requests))
        # Sorted, so that a slice's requests have about one length, as a model likes them best.
        order = sorted(range(len(distinct)), key=lambda index: -size(distinct[index]))
        answers: dict[Request, Logprobs] = {}
        slices = sliced([distinct[index] for index in order], SLICE_CHARACTERS)
        for piece, (_, scored) in zip(slices, self._scored(slices), strict=True):
            answers.update(zip(piece, scored, strict=True))
        return [answers[request] for request in requests]

    def close(self) -> None:
        """End the workers."""
        self._pool.close()

    def _scored(self, slices: Sequence[Slice]) -> list[Scored]:
        found: dict[int, Scored] = {}
        with self._lock:
            for index, outcome in self._pool.run(slices):
                if isinstance(outcome, Broken):
                    raise ModelError(
                        outcome.message if outcome.kind.endswith("Error") else f"{outcome.kind}: {outcome.message}."
                    )
                found[index] = outcome
        return [found[index] for index in range(len(slices))]


def size(request: Request) -> int:
    return len(request.context) + len(request.target)


def sliced(requests: Sequence[Request], characters: int) -> list[Slice]:
    """The requests in runs of at most so many characters, but at least one request."""
    slices: list[list[Request]] = []
    room = 0
    for request in requests:
        if room < size(request) or not slices:
            slices.append([])
            room = characters
        slices[-1].append(request)
        room -= size(request)
    return [tuple(piece) for piece in slices]
