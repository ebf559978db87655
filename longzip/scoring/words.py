"""What a text is worth to a query by the words they share, and the share of it that neighbours inherit.

The scorer of prose, where a model of code has little to say. Knows words of any script, and no chunk, file or model.
Deterministic: sums run in the order of the texts, and scores are rounded.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from longzip.scoring.bm25 import DIGITS, Index
from longzip.scoring.terms import COMMON, terms

REACH, WINDOW = 1.0, 64  # how many neighbours away half of a score is felt, and where it ends
TOGETHER = 2  # power of a score before it is spread: two words of the query in one place say more than in two places


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
