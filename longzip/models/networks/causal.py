"""What every causal language model with a tokenizer has in common: requests in, batches of rows through it, answers
out.

Texts to tokens, windows, equal work done once, what a word model of the context is mixed in: here. How a row of tokens
becomes log-probabilities: in the subclasses, one for each run time. Knows no library of networks.
"""

from __future__ import annotations

import math
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from longzip.errors import ModelError
from longzip.models.networks.checkpoints import Encoder
from longzip.models.networks.windows import Row, kept_context, pack, rows_of
from longzip.models.words.classes import Ids, Values, word_classes
from longzip.models.words.mixture import ContextMixture, mixed
from longzip.models.words.readers import read_word_model, word_model_file
from longzip.models.words.readings import Readings
from longzip.protocols import Logprobs, Request, Store
from longzip.storage.keys import fingerprint, fingerprint_of_code

LONGEST_WINDOW = 8192
CPU_BATCH_TOKENS = 4096
REMEMBERED = 8  # targets of the last batch that the network need not read again


@dataclass(frozen=True, slots=True)
class Setup:
    """What a network is run with.

    encoder: its tokenizer. name: see ``LanguageModel``. start: id of the token before every text, or None.
    batch_tokens: at most so many in one forward pass, padding included, but always one whole row.
    mixture: what is mixed into the probabilities of words after a context. words_only: whether the network reads the
    target alone, and the context reaches it through the mixture only. store: where to keep what the word model read of
    contexts, whatever is asked after them.
    """

    encoder: Encoder
    name: str
    start: int | None = None
    batch_tokens: int = 16384
    mixture: ContextMixture | None = None
    words_only: bool = False
    store: Store | None = None


class CausalModel(ABC):
    """Log-probabilities from a causal language model; thread-safe, one forward pass at a time.

    Context and target are tokenised apart, so that the target's tokens do not depend on the context, and read as
    ``[start] + context + target``. Without a start token the first token of a target after an empty context cannot be
    predicted: it gets log(1 / vocabulary), so that means over a target are always over the same tokens.
    It counts tokens as well, and so is a ``Tokenizer``.
    """

    def __init__(self, setup: Setup, *, vocabulary: int, window: int | None) -> None:
        """vocabulary: how many tokens the network knows. window: tokens that it reads at once, or None."""
        self._encoder, self._name, self._vocabulary = setup.encoder, setup.name, vocabulary
        self._start = setup.start if setup.start is not None and 0 <= setup.start < vocabulary else None
        self._batch_tokens = setup.batch_tokens
        self.window = max(4, min(window or LONGEST_WINDOW, LONGEST_WINDOW))
        self._lock = threading.Lock()
        self._mixture = setup.mixture
        self._readings: Readings | None = None  # where the network reads no contexts
        if setup.mixture is not None and setup.words_only:
            origin = fingerprint(setup.name, fingerprint_of_code(Path(__file__).parent))
            self._readings = Readings(setup.mixture.words, self._tokens, origin, setup.store)
        self._plain: dict[str, Values] = {}

    @property
    def name(self) -> str:
        return self._name

    def _tokens(self, texts: Sequence[str]) -> list[Ids]:
        return self._encoder.ids(texts)

    def count(self, text: str) -> int:
        """Tokens of ``text``, without a start token."""
        return self._encoder.lengths([text])[0]

    def logprobs(self, requests: Sequence[Request]) -> list[Logprobs]:
        """See ``LanguageModel``. Equal requests and equal texts are computed once; values are float32."""
        answers: dict[Request, Logprobs] = {}
        begun = [self._begun(group) for group in self._groups(list(dict.fromkeys(requests)))]
        for finished in begun:
            answers |= finished()
        return [answers[request] for request in requests]

    def _groups(self, requests: list[Request]) -> list[list[Request]]:
        """The requests in groups, each begun before the one before it is finished. One group, unless the network runs
        on a device of its own: that computes one while this processor makes tokens of the next."""
        return [requests]

    def _begun(self, distinct: Sequence[Request]) -> Callable[[], dict[Request, Logprobs]]:
        """Begins with some requests; what is returned waits for the answers."""
        passes = list(dict.fromkeys(self._read(request) for request in distinct))
        read = passes if self._readings else (*distinct, *passes)
        contexts = self._ids(request.context for request in read)
        targets = list(dict.fromkeys(request.target for request in distinct))
        tokens = dict(zip(targets, self._encoder.encode(targets), strict=True))
        plain = {request: self._plain[request.target] for request in passes if request.target in self._plain}
        rows: list[Row] = []
        spans: dict[Request, slice] = {}
        for request in passes:
            if request in plain:
                continue
            target = tokens[request.target].ids
            added = rows_of(self._start, contexts[request.context], target, self.window) if len(target) else []
            spans[request] = slice(len(rows), len(rows) + len(added))
            rows += added
        scores = self._scores(rows)

        def finished() -> dict[Request, Logprobs]:
            found = scores()
            known = plain | {
                request: np.concatenate([np.zeros((0, 3), np.float32), *found[own]]) for request, own in spans.items()
            }
            if self._readings:  # the same query comes again with every batch of contexts
                self._plain = {request.target: values for request, values in list(known.items())[-REMEMBERED:]}
            shares = self._shares(distinct, contexts, {text: encoded.ids for text, encoded in tokens.items()})
            values = self._mixed(
                [known[self._read(request)] for request in distinct], [shares.get(request) for request in distinct]
            )
            if any(np.isnan(own).any() for own in values):
                raise ModelError(f"{self.name} gives no numbers: its weights are damaged; fetch it again.")
            return {
                request: self._answer(own, tokens[request.target].ends)
                for request, own in zip(distinct, values, strict=True)
            }

        return finished

    def _ids(self, texts: Iterable[str]) -> dict[str, Ids]:
        distinct = list(dict.fromkeys(texts))
        return dict(zip(distinct, self._encoder.ids(distinct), strict=True))

    def _read(self, request: Request) -> Request:
        """What the network reads for a request: without the context where only the word model is to know it."""
        return Request("", request.target) if self._readings else request

    def _mixed(self, scores: Sequence[Values], shares: Sequence[Values | None]) -> list[Values]:
        """Log-probabilities of each request's tokens, with what the word model says where it says anything; all in one
        go."""
        given = [
            (own, known[len(known) - len(own) :])
            for own, known in zip(scores, shares, strict=True)
            if known is not None
        ]
        values = (
            mixed(np.concatenate([own for own, _ in given]), np.concatenate([known for _, known in given]))
            if given
            else np.zeros(0, np.float32)
        )
        found = iter(np.split(values, np.cumsum([len(own) for own, _ in given])[:-1]) if given else ())
        return [own[:, 0] if known is None else next(found) for own, known in zip(scores, shares, strict=True)]

    def _answer(self, values: Values, ends: Ids) -> Logprobs:
        unpredicted = np.full(len(ends) - len(values), -math.log(self._vocabulary), dtype=np.float32)
        return Logprobs(np.concatenate([unpredicted, values]), ends)

    def _shares(
        self, requests: Sequence[Request], contexts: Mapping[str, Ids], tokens: Mapping[str, Ids]
    ) -> dict[Request, Values]:
        """What the word model says of each target's tokens, for requests with a context; none where there is no such
        model."""
        asked = [request for request in requests if request.context] if self._mixture is not None else []
        if self._mixture is None or not asked:
            return {}
        targets = [tokens[request.target] for request in asked]
        if self._readings:
            readings = self._readings.of([request.context for request in asked])
        else:
            pairs = zip((contexts[request.context] for request in asked), targets, strict=True)
            seen = [kept_context(self._start, *pair, self.window) for pair in pairs]
            readings = self._mixture.words.read(seen)
        found = self._mixture.shares(readings, targets)
        return dict(zip(asked, np.split(found, np.cumsum([len(target) for target in targets])[:-1]), strict=True))

    def _scores(self, rows: Sequence[Row]) -> Callable[[], list[Values]]:
        """Begins to compute, for each row's predicted tokens, log-probability, spread and gate (see
        ``ContextMixture``): float32[n, 3]; what is returned waits for them."""
        if max((int(row.ids.max()) for row in rows), default=0) >= self._vocabulary:
            raise ModelError(
                f"The tokenizer of {self.name} has more tokens than the model knows; they do not belong together."
            )
        with self._lock:
            begun = [(batch, self._started([rows[index] for index in batch])) for batch in self._packed(rows)]

        def finished() -> list[Values]:
            found: dict[int, Values] = {}
            for batch, results in begun:
                found.update(zip(batch, results(), strict=True))
            return [found[index] for index in range(len(rows))]

        return finished

    def _packed(self, rows: Sequence[Row]) -> Iterator[list[int]]:
        """Indices of the rows in batches."""
        return pack(rows, self._batch_tokens)

    @abstractmethod
    def _started(self, rows: list[Row]) -> Callable[[], list[Values]]:
        """As ``_scores``, of rows that fit into one batch."""


def done(values: list[Values]) -> Callable[[], list[Values]]:
    """What waits for what is there already."""
    return lambda: values


def read_mixture(folder: Path, encoder: Encoder, vocabulary: int) -> ContextMixture | None:
    """The checkpoint's word model, ready to be mixed in; None, and no token spelled, where it has none."""
    file = word_model_file(folder)
    if file is None:
        return None
    classes = word_classes(encoder.spell(range(vocabulary)))
    return ContextMixture(classes, read_word_model(file, classes), gated=True)
