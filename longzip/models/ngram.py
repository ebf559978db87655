"""An interpolated n-gram language model that learns from the context alone: no torch, no randomness, no download.

It stands behind the same seam as a neural model, so it is the fake of the tests and the choice for machines without
torch. It knows words in common, not meaning: it has background frequencies of sub-words, and the context it is given.

With the counts of the context alone, AMI under this model is the query-likelihood model of information retrieval with
Jelinek-Mercer smoothing (Zhai & Lafferty, A study of smoothing methods for language models applied to information
retrieval, ACM TOIS 22(2), 2004), plus its bigrams.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise

import numpy as np

from longzip.errors import UsageError
from longzip.protocols import Logprobs, Request

OTHER = "<other>"
SPACE, NEWLINE = r"\s", r"\n"
# The parts of camelCase and snake_case, with one space or underscore before; digits; punctuation; white space.
SUBWORDS = re.compile(
    r"[ _]?(?:[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+)"
    r"| ?(?:[\u3040-\u30ff\u3400-\u9fff]|[^\W\d_A-Za-z\u3040-\u30ff\u3400-\u9fff]+|[^\w\s]+|_+)"
    r"|\r?\n[ \t]*|\s|[^\s]"
)
CHARACTERS = 64
MEAN_LENGTH = 8
UNSEEN = 0.02


def subwords(text: str) -> list[str]:
    """The text as sub-words; joined, they are the text again."""
    return SUBWORDS.findall(text)


@lru_cache(maxsize=1 << 17)
def fold(subword: str) -> str:
    """What a subword is compared by: no case, no space or underscore before it, no plural s. Never contains white
    space."""
    word = subword.strip()
    if not word:
        return NEWLINE if "\n" in subword else SPACE
    word = (word.lstrip("_") or "_").casefold()
    if len(word) > 3 and word[-1] == "s" and word[-2] != "s" and word.isalpha():
        return word[:-1]
    return word


@dataclass(frozen=True, slots=True)
class Weights:
    """Shares of the three parts, summing to 1. background: λ0; word: λ1, of the context's words; pair: λ2, of its
    bigrams.

    The default leaves to the background what Zhai & Lafferty (2004) find best for queries in sentences, 0.7.
    """

    background: float = 0.7
    word: float = 0.2
    pair: float = 0.1

    def __post_init__(self) -> None:
        shares = (self.background, self.word, self.pair)
        if min(shares) < 0 or self.background == 0 or abs(sum(shares) - 1) > 1e-9:
            raise UsageError(
                f"The weights {shares} must not be negative, sum to 1 and leave something to the background."
            )


DEFAULT_WEIGHTS = Weights()


class History:
    """How often words and pairs of words occur in a text."""

    __slots__ = ("followed", "pairs", "size", "words")

    def __init__(self, words: Sequence[str] = ()) -> None:
        self.size = len(words)
        # Plain dicts: a Counter calls into Python for every word it does not hold.
        self.words = dict(Counter(words))
        self.pairs = dict(Counter(pairwise(words)))
        self.followed = dict(Counter(words[:-1]))


class NgramModel:
    """p(t) = λ2 · c(s, t) / c(s, ·) + λ1 · c(t) / |c| + λ0 · p_background(t), for a token t after a token s.

    The counts c are those of the context and of the target before t. A part without counts gives its share to the next:
    the pair to the word, both to the background. A word outside the background costs what its spelling costs: a
    geometric length and a uniform alphabet of 64 characters, under the mass that unseen words have.
    It counts tokens too, and so is a ``Tokenizer``; its tokens are sub-words, about 4 characters of code each.
    """

    def __init__(self, background: Mapping[str, int] | None = None, weights: Weights = DEFAULT_WEIGHTS) -> None:
        """background: counts by folded word; the count of ``OTHER`` is that of all words not listed."""
        counts = dict(background or {})
        other = counts.pop(OTHER, 0)
        total = sum(counts.values()) + other
        self._unseen = (other / total if other else UNSEEN) if counts else 1.0
        scale = (1 - self._unseen) / (total - other) if counts else 0.0
        self._background = {word: count * scale for word, count in counts.items() if count > 0}
        self._weights = weights
        identity = repr((sorted(counts.items()), other, weights))
        self._name = f"ngram@{hashlib.sha256(identity.encode()).hexdigest()[:12]}"

    @property
    def name(self) -> str:
        return self._name

    def count(self, text: str) -> int:
        """Sub-words of ``text``."""
        return len(subwords(text))

    def background(self, word: str) -> float:
        """Probability of a folded word without any context; above 0."""
        known = self._background.get(word)
        if known is not None:
            return known
        length = min(len(word), 100)
        return self._unseen / MEAN_LENGTH * (1 - 1 / MEAN_LENGTH) ** (length - 1) / float(CHARACTERS) ** length

    def logprobs(self, requests: Sequence[Request]) -> list[Logprobs]:
        """See ``LanguageModel``. Counts of a context that several requests share are made once."""
        by_context: defaultdict[str, list[int]] = defaultdict(list)
        for index, request in enumerate(requests):
            by_context[request.context].append(index)
        answers: dict[int, Logprobs] = {}
        for context, indices in by_context.items():
            words = [fold(subword) for subword in subwords(context)]
            history = History(words)
            for index in indices:
                answers[index] = self._answer(history, words[-1] if words else "", requests[index].target)
        return [answers[index] for index in range(len(requests))]

    def _answer(self, history: History, last: str, target: str) -> Logprobs:
        tokens = subwords(target)
        values = [math.log(value) for value in self._probabilities(history, last, [fold(token) for token in tokens])]
        ends = np.cumsum([len(token) for token in tokens], dtype=np.int64)
        return Logprobs(np.minimum(np.array(values, dtype=np.float64), 0.0), ends)

    def _probabilities(self, history: History, last: str, words: Sequence[str]) -> Iterator[float]:
        share, known, pairs, followed, size = (
            self._weights,
            history.words.get,
            history.pairs.get,
            history.followed.get,
            history.size,
        )
        own_words: dict[str, int] = {}
        own_pairs: dict[tuple[str, str], int] = {}
        own_followed: dict[str, int] = {}
        for word in words:
            couple, own = (last, word), own_words.get(word, 0)
            follower = own_followed.get(last, 0)
            after = followed(last, 0) + follower
            pair = share.pair if after else 0.0
            lower = share.word + share.pair - pair if size else 0.0
            value = (1 - pair - lower) * self.background(word)
            if size:
                value += lower * (known(word, 0) + own) / size
            if after:
                value += pair * (pairs(couple, 0) + own_pairs.get(couple, 0)) / after
            yield value
            own_words[word] = own + 1
            if last:
                own_pairs[couple] = own_pairs.get(couple, 0) + 1
                own_followed[last] = follower + 1
            last, size = word, size + 1


def parse(text: str) -> dict[str, int]:
    """Counts from lines of ``word count``."""
    pairs = (line.rsplit(" ", 1) for line in text.split("\n") if line)
    return {word: int(count) for word, count in pairs}


def load() -> NgramModel:
    """The model with the background frequencies that ship with longzip (made by ``scripts/build_unigrams.py``)."""
    return NgramModel(parse((files("longzip") / "models" / "bundled" / "unigrams.txt").read_text(encoding="utf-8")))
