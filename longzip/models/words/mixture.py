"""What a context's words say about the words that follow, and how that is mixed into a language model's probabilities.

A small language model hardly learns to copy and to associate; counting does. Knows nothing of queries, code or budgets.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]
Values = NDArray[np.float32]

UNSURE = 5.0  # nats; a prediction of that entropy leaves all to the context's words


def word_classes(spellings: Sequence[str]) -> Ids:
    """The class of each token, −1 where it is no word: int64[vocabulary], numbered from 0.

    A class is the set of tokens that spell the same alphabetic word without regard to case and to a space or underscore
    before it: "user", " user", "_user", "User".
    """
    words = [text.lstrip(" _\u2581").casefold() for text in spellings]
    numbers: dict[str, int] = {}
    return np.array(
        [numbers.setdefault(word, len(numbers)) if word.isalpha() else -1 for word in words], dtype=np.int64
    )


def number_of(classes: Ids) -> int:
    """How many classes there are."""
    return int(classes.max(initial=-1)) + 1


class WordModel(Protocol):
    """Which words a context makes likely."""

    def probabilities(self, contexts: Sequence[Ids], asked: Sequence[Ids]) -> list[tuple[float, Values]]:
        """For each context, given as the classes of its words, in order: how far it is to be trusted, λ in [0, 1), and
        p(class | context) of the asked classes. λ is 0 where the context has no words."""
        ...


class UnigramCache:
    """The context's own words (Kuhn & De Mori 1990; Grave et al. 2017, arXiv 1612.04426): p(k | c) = n_k / |c|."""

    def __init__(self, classes: int, weight: float) -> None:
        """weight: λ, in [0, 1)."""
        self.size, self.weight = classes, weight

    def probabilities(self, contexts: Sequence[Ids], asked: Sequence[Ids]) -> list[tuple[float, Values]]:
        return [self._of(context, classes) for context, classes in zip(contexts, asked, strict=True)]

    def _of(self, context: Ids, asked: Ids) -> tuple[float, Values]:
        if len(context) == 0:
            return 0.0, np.zeros(len(asked), np.float32)
        counts = np.bincount(context, minlength=self.size)
        return self.weight, (counts[asked] / len(context)).astype(np.float32)


class ContextMixture:
    """A language model mixed with a word model of the context.

    For a token t of class k after a context c,

        p(t) = (1 − λ_c) p_LM(t) + λ_c · P_LM(words) · p(k | c) · p_LM(t) / P_LM(k)

    so the word model says which word comes, and the language model whether a word comes at all and how it is spelled.
    Tokens that are no words keep p_LM, as does everything after a context without words; p sums to 1 over the
    vocabulary.

    gated: whether λ_c is multiplied by min(1, H / 5)², H the entropy of the language model's prediction in nats: where
    it knows what comes, as so often in code, the context's words have less of a say.
    """

    def __init__(self, classes: Ids, words: WordModel, *, gated: bool = False) -> None:
        self.classes, self.words, self.gated = classes, words, gated
        groups: list[list[int]] = [[] for _ in range(number_of(classes))]
        for token, number in enumerate(classes):
            if number >= 0:
                groups[number].append(token)
        widest = max(map(len, groups), default=1)
        self.is_word = (classes >= 0).astype(np.float32)
        self.members: Ids = np.array([group + [-1] * (widest - len(group)) for group in groups], dtype=np.int64)

    def words_in(self, tokens: Ids) -> Ids:
        """The classes of the tokens that are words."""
        known = self.classes[tokens]
        return known[known >= 0]

    def shares(self, contexts: Sequence[Ids], targets: Sequence[Ids]) -> Values:
        """(λ_c, p(k | c)) of every target of every context, in order: float32[targets, 2]; λ_c = 0 where the language
        model alone decides."""
        known = [self.words_in(context) for context in contexts]
        return self.laid_out(targets, lambda asked: self.words.probabilities(known, asked))

    def laid_out(self, targets: Sequence[Ids], ask: Callable[[Sequence[Ids]], list[tuple[float, Values]]]) -> Values:
        """``shares``; ``ask`` gives the word model's answers for the classes of the words among each context's
        targets."""
        classes = {id(target): self.classes[target] for target in targets}
        words = {key: np.flatnonzero(known >= 0) for key, known in classes.items()}
        asked = {key: known[words[key]] for key, known in classes.items()}
        found = np.zeros((sum(map(len, targets)), 2), np.float32)
        at = 0
        for target, (trust, values) in zip(targets, ask([asked[id(target)] for target in targets]), strict=True):
            places = words[id(target)] + at
            found[places, 0] = trust
            found[places, 1] = values
            at += len(target)
        return found

    def scores(self, logits: Values, targets: Ids) -> Values:
        """Of each target (its token, where the logits' row predicts it) ln p_LM, ln P_LM(words) − ln P_LM(k), which is
        0 for those that are no words, and what λ_c is multiplied by, in [0, 1]: float32[n, 3].

        logits: float32[n, vocabulary], which may be padded beyond the tokens.
        """
        rows = np.arange(len(targets))
        top = logits.max(1, initial=-math.inf)
        likely = np.exp(logits - top[:, None])
        totals = likely.sum(1)
        found = plain_scores(np.minimum(logits[rows, targets] - top - np.log(totals), 0.0))
        said = np.flatnonzero(self.classes[targets] >= 0)
        members = self.members[self.classes[targets[said]]]
        of_class = np.where(members >= 0, logits[said[:, None], np.maximum(members, 0)], -np.inf)
        of_words = np.log(likely[said, : len(self.classes)] @ self.is_word) + top[said]
        highest = of_class.max(1, initial=-math.inf)
        found[said, 1] = of_words - highest - np.log(np.exp(of_class - highest[:, None]).sum(1))
        if self.gated:
            # H = ln Z − Σ p (l − max l), with 0 ln 0 = 0
            shifted = np.maximum(logits - top[:, None], -1e4)
            entropy = np.log(totals) - np.einsum("nv,nv->n", likely, shifted) / totals
            found[:, 2] = np.square(np.clip(entropy / UNSURE, 0.0, 1.0))
        return found


def plain_scores(log_p: Values) -> Values:
    """The scores (see ``ContextMixture.scores``) of tokens into which nothing is mixed: float32[n, 3]."""
    return np.stack([log_p, np.zeros_like(log_p), np.ones_like(log_p)], 1).astype(np.float32)


def mixed(scores: Values, shares: Values) -> Values:
    """ln p of the mixture. scores: ln p_LM, spread and gate (see ``ContextMixture``), [n, 3]; shares: (λ_c, p(k | c)),
    [n, 2]."""
    values, spreads = scores[:, 0], scores[:, 1]
    trusts = shares[:, 0].astype(np.float64) * scores[:, 2]
    said = trusts > 0
    trust, word = trusts[said], shares[said, 1].astype(np.float64)
    with np.errstate(divide="ignore"):
        cached = np.log(trust) + np.log(word) + spreads[said]
    gains = np.zeros(len(values))
    gains[said] = np.logaddexp(cached, np.log1p(-trust))
    return np.minimum(values + gains, 0.0).astype(np.float32)
