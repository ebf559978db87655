"""What a text is worth to a query by the words they share: BM25, and the share of it that neighbours inherit.

The scorer of prose, where a model of code has little to say. Knows words of any script, and no chunk, file or model.
Deterministic: sums run in the order of the texts, and scores are rounded.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

K1, B = 1.2, 0.75  # Robertson & Zaragoza, The probabilistic relevance framework, 2009, section 3.5
REACH, WINDOW = 1.0, 64  # how many neighbours away half of a score is felt, and where it ends
TOGETHER = 2  # power of a score before it is spread: two words of the query in one place say more than in two places
DIGITS = 6
CHARACTERS = 8  # for each term of a text, about
WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_\u3040-\u30ff\u3400-\u9fff]+")
CASES = re.compile(r"(?<=[a-z\d])(?=[A-Z])")
IDEOGRAPH = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
SUFFIXES = (("ies", "y"), ("sses", "ss"), ("ing", ""), ("ed", ""), ("ly", ""), ("es", ""), ("s", ""))
COMMON = frozenset(
    ["a", "about", "above", "after", "again", "all", "also", "am", "an", "and", "any", "are", "as", "at", "be", "because", "been", "before", "being", "between", "both", "but", "by", "can", "could", "did", "do", "does", "doing", "down", "during", "each", "few", "for", "from", "further", "get", "go", "had", "has", "have", "having", "he", "her", "here", "hers", "him", "his", "how", "i", "if", "in", "into", "is", "it", "its", "just", "like", "me", "more", "most", "my", "no", "nor", "not", "of", "off", "on", "once", "only", "or", "other", "our", "out", "over", "own", "same", "she", "should", "so", "some", "such", "than", "that", "the", "their", "them", "then", "there", "these", "they", "this", "those", "through", "to", "too", "under", "until", "up", "us", "very", "was", "we", "were", "what", "when", "where", "which", "while", "who", "whom", "why", "will", "with", "would", "you", "your", "yours", "don", "didn", "doesn", "isn", "wasn", "won", "ll", "ve", "re"]
)  # fmt: skip
NOTHING_SAID = "的了是在和与吗呢吧啊我你他她它们这那有就也都"


def terms(text: str) -> list[str]:
    """The words of a text that tell something, folded: no case, no English endings, camelCase apart, CJK in pairs."""
    found: list[str] = []
    before = ""
    for match in WORD.finditer(CASES.sub(" ", text)):
        word = match.group()
        if IDEOGRAPH.match(word):
            word = "" if word in NOTHING_SAID else word
            found += [word] if word and not before else [before + word] if word else []
            before = word
            continue
        before = ""
        if word.lower() not in COMMON:
            found.append(stem(word.lower()))
    return found


@lru_cache(maxsize=1 << 16)
def stem(word: str) -> str:
    """A lower-case word without its commonest English endings; what is no plain word, or short, stays as it is."""
    if len(word) <= 3 or not word.isascii() or not word.isalpha():
        return word
    for ending, instead in SUFFIXES:
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not (ending == "s" and word.endswith("ss")):
            word = word[: len(word) - len(ending)] + instead
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "els":
        word = word[:-1]
    return word[:-1] if len(word) > 3 and word.endswith("e") else word


def rarity(held: int, texts: int) -> float:
    """Inverse document frequency, above 0, of a term that ``held`` of so many texts have."""
    return math.log(1 + (texts - held + 0.5) / (held + 0.5))


@dataclass(frozen=True, slots=True)
class Index:
    """Texts as counts of their terms. lengths: in terms. holders: of each term, (text, count)."""

    lengths: tuple[int, ...]
    holders: Mapping[str, Sequence[tuple[int, int]]]

    @classmethod
    def of(cls, texts: Sequence[str]) -> Index:
        holders: dict[str, list[tuple[int, int]]] = {}
        lengths = []
        for place, text in enumerate(texts):
            counts = Counter(terms(text))
            lengths.append(sum(counts.values()))
            for term, count in counts.items():
                holders.setdefault(term, []).append((place, count))
        return cls(tuple(lengths), holders)

    @classmethod
    def counting(cls, texts: Sequence[str], wanted: Sequence[str]) -> Index:
        """Of the wanted terms alone, counted wherever they stand in a word, and lengths from characters: rougher than
        ``of``, and a fraction of the work."""
        holders: dict[str, list[tuple[int, int]]] = {}
        for place, text in enumerate(texts):
            folded = text.lower()
            for term in wanted:
                if count := folded.count(term):
                    holders.setdefault(term, []).append((place, count))
        return cls(tuple(len(text) // CHARACTERS for text in texts), holders)

    def rarity(self, term: str) -> float:
        """Inverse document frequency, above 0; 0 for a term that no text has."""
        held = len(self.holders.get(term, ()))
        return self.rarity_of(held) if held else 0.0

    def rarity_of(self, held: int) -> float:
        """Inverse document frequency of a term that so many of the texts have."""
        return rarity(held, len(self.lengths))

    def bm25(self, query: Mapping[str, float]) -> NDArray[np.float64]:
        """BM25 of each text for terms with weights."""
        scores = np.zeros(len(self.lengths))
        mean = sum(self.lengths) / max(1, len(self.lengths)) or 1.0
        for term, weight in query.items():
            rarity = weight * self.rarity(term)
            for place, count in self.holders.get(term, ()):
                scores[place] += rarity * count * (K1 + 1) / (count + K1 * (1 - B + B * self.lengths[place] / mean))
        return scores


def spread(values: NDArray[np.float64], reach: float = REACH) -> NDArray[np.float64]:
    """Each value and its neighbours', d places away for 1 / (1 + d / reach) of it: an answer is seldom one sentence
    long.

    The tail is heavy on purpose: short-range kernels find the sentence, long-range ones the topic, and this does both.
    """
    kernel = 1 / (1 + np.abs(np.arange(-WINDOW, WINDOW + 1)) / reach)
    return np.convolve(values, kernel)[WINDOW : WINDOW + len(values)] if len(values) else values


def worth(query: str, texts: Sequence[str], reach: float = REACH) -> list[float]:
    """What each of consecutive texts is worth to the query: BM25, squared and spread to neighbours; at least 0.

    reach: see ``spread``; 0 for plain BM25 of each text for itself.

    Without a query, or where no text has any of its terms, how much a text says of what is said most.
    """
    index = Index.of(texts)
    wanted = Counter(terms(query))
    if not any(term in index.holders for term in wanted):
        return [round(float(value), DIGITS) for value in central(index)]
    scores = index.bm25({term: float(count) for term, count in wanted.items()})
    return [round(float(value), DIGITS) for value in (spread(scores**TOGETHER, reach) if reach else scores)]


def central(index: Index) -> NDArray[np.float64]:
    """The mean weight of a text's terms, where a term weighs by how many texts have it and how rare it is all the same.

    Damped for very short texts. After SumBasic (Nenkova & Vanderwende, 2005), with rarity in the place of stop words.
    """
    total = np.zeros(len(index.lengths))
    for term, held in index.holders.items():
        weight = math.log1p(len(held)) * index.rarity(term) if len(held) > 1 else 0.0
        for place, _count in held:
            total[place] += weight
    return total / (np.array(index.lengths, dtype=np.float64) + 8.0)


def missing(query: str, texts: Sequence[str]) -> list[str]:
    """The words of a query, as written, that no text has in any form; each once, in order."""
    have = {term for text in texts for term in terms(text)}
    words = [match.group() for match in re.finditer(r"[^\W_]{3,}", query)]
    return list(
        dict.fromkeys(
            word for word in words if word.lower() not in COMMON and not have.intersection(terms(word)) and terms(word)
        )
    )
