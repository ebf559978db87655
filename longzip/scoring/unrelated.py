"""Whether a query has anything to do with the sources: a ranking there always is, and the best of nothing is nothing.

AMI alone cannot tell: on foreign questions its best values are as high as on one's own. An encoder's cosine can, beside
the words: a question that means something here lies near to some text, or shares its rare words with one. Without an
encoder, words and AMI have to agree, at least a little, on where. Knows texts and scores only;
``scripts/evaluate_unrelated.py`` measures it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import fmean, pstdev

from longzip.scoring.bm25 import Index
from longzip.scoring.terms import terms

FEWEST_TEXTS, FEWEST_TERMS = 60, 3  # below, agreement by chance is likely, or one word decides
OUTSTANDING = 4.0  # standard deviations: a score so far above all others is trusted
BEST = 20  # texts that are compared, of either ranking
AGREEMENT = 0.2  # of them in both rankings, at most
COVERED = 0.3  # of the query's information in any of the five best by words, at most
CLOSEST = 5
MOST_TERMS = 16  # of a query; no text has a fair share of the words of a longer one
NEARNESS = 2.0  # of the best cosine to the share of the query's information
FOREIGN, SHORT_FOREIGN = 1.08, 0.9  # sums of these below which a query is foreign; of one or two words


def far_off(query: str, texts: Sequence[str], cosine: float) -> bool:
    """Whether nothing in the texts seems to have to do with the query: none that is best by BM25 has much of its
    information, and none is near to it. cosine: the largest of the query and a text, in [-1, 1]."""
    wanted = Counter(terms(query))
    if len(texts) < FEWEST_TEXTS or not 0 < len(wanted) <= MOST_TERMS:
        return False
    index = Index.counting(texts, list(wanted))
    by_words = index.bm25(dict.fromkeys(wanted, 1.0))
    closest = sorted(range(len(texts)), key=lambda place: -by_words[place])[:CLOSEST]
    limit = FOREIGN if len(wanted) >= FEWEST_TERMS else SHORT_FOREIGN
    return covered(index, wanted, closest) + NEARNESS * cosine < limit


def unrelated(query: str, texts: Sequence[str], scores: Sequence[float]) -> bool:
    """Whether nothing in the texts, whose AMI with the query are ``scores``, seems to have to do with it.

    All of: no score stands out; AMI and BM25 name different texts as the best; and no text that is best by BM25 has a
    fair share of the query's information (inverse document frequency of its words).
    """
    wanted = Counter(terms(query))
    if len(texts) < FEWEST_TEXTS or len(wanted) < FEWEST_TERMS:
        return False
    spread = pstdev(scores)
    if spread and max(scores) - fmean(scores) > OUTSTANDING * spread:
        return False
    index = Index.counting(texts, list(wanted))
    by_words = index.bm25(dict.fromkeys(wanted, 1.0))
    closest = sorted(range(len(texts)), key=lambda place: -by_words[place])[:BEST]
    best = sorted(range(len(texts)), key=lambda place: -scores[place])[:BEST]
    common = sum(1 for place in closest if by_words[place] > 0 and place in best)
    return common <= AGREEMENT * BEST and covered(index, wanted, closest[:CLOSEST]) <= COVERED


def covered(index: Index, wanted: Counter[str], places: Sequence[int]) -> float:
    """The largest share of the query's information that one of the texts has, in [0, 1]."""
    rarities = {term: index.rarity(term) or index.rarity_of(0) for term in wanted}
    total = sum(rarities.values()) or 1.0
    held = dict.fromkeys(places, 0.0)
    for term, rarity in rarities.items():
        for place, _count in index.holders.get(term, ()):
            if place in held:
                held[place] += rarity
    return max(held.values(), default=0.0) / total
