"""How what a word model says of a context's words is mixed into a language model's probabilities.

A small language model hardly learns to copy and to associate; counting does. Knows nothing of queries, code or budgets.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from longzip.models.words.classes import Ids, Values, number_of
from longzip.models.words.word_model import WordModel

UNSURE = 5.0  # nats; a prediction of that entropy leaves all to the context's words


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
        """classes: of each token, see ``word_classes``."""
        self.classes, self.words, self.gated = classes, words, gated
        groups: list[list[int]] = [[] for _ in range(number_of(classes))]
        for token, number in enumerate(classes):
            if number >= 0:
                groups[number].append(token)
        widest = max(map(len, groups), default=1)
        self.is_word = (classes >= 0).astype(np.float32)
        self.members: Ids = np.array([group + [-1] * (widest - len(group)) for group in groups], dtype=np.int64)

    def shares(self, readings: Sequence[bytes], targets: Sequence[Ids]) -> Values:
        """(λ_c, p(k | c)) of every token of every target, in order: float32[tokens, 2]; λ_c = 0 where the language
        model alone decides. readings: of each target's context, see ``WordModel.read``."""
        classes = {id(target): self.classes[target] for target in targets}
        words = {key: np.flatnonzero(known >= 0) for key, known in classes.items()}
        asked = {key: known[words[key]] for key, known in classes.items()}
        found = np.zeros((sum(map(len, targets)), 2), np.float32)
        at = 0
        answers = self.words.answers(readings, [asked[id(target)] for target in targets])
        for target, (trust, shares) in zip(targets, answers, strict=True):
            places = words[id(target)] + at
            found[places, 0] = trust
            found[places, 1] = shares
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
