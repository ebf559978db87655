"""When a query has nothing to do with the sources, longzip says so and shows an outline."""

import pytest

from longzip import Compressor, Settings, Source
from longzip.scoring.bm25 import Index
from longzip.scoring.unrelated import far_off, unrelated
from tests.fakes import CharacterCount, WordModel

TOPICS = ("parse", "render", "socket", "colour", "matrix", "folder", "token", "cache")
TEXTS = [
    f"def {topic}_{number}(value):\n    first = {topic}(value, {number})\n    second = {topic}(first, "
    f"{number})\n    return second\n"
    for topic in TOPICS
    for number in range(10)
]
NOISE = [((number * 37) % 80) / 80 for number in range(80)]
FOREIGN = "which cheese did the guests like best at dinner"


def test_a_query_whose_words_are_nowhere_is_unrelated():
    assert unrelated(FOREIGN, TEXTS, NOISE)


def test_a_query_whose_words_are_here_is_not():
    assert not unrelated("parse the value of a token", TEXTS, NOISE)


def test_a_score_that_stands_out_is_trusted():
    assert not unrelated(FOREIGN, TEXTS, [*NOISE[:-1], 30.0])


def test_agreement_of_words_and_scores_is_enough():
    query = "which cheese did the guests like best at dinner in the folder"
    scores = [1.0 + noise if "folder" in text else noise for text, noise in zip(TEXTS, NOISE, strict=True)]
    assert not unrelated(query, TEXTS, scores)
    assert unrelated(query, TEXTS, NOISE)


@pytest.mark.parametrize(("query", "texts"), [("cheese", TEXTS), (FOREIGN, TEXTS[:30])])
def test_too_little_to_tell_counts_as_related(query, texts):
    assert not unrelated(query, texts, NOISE[: len(texts)])


def test_where_all_scores_are_equal_the_words_decide():
    assert unrelated(FOREIGN, TEXTS, [0.5] * len(TEXTS))
    assert not unrelated("parse the value", TEXTS, [0.5] * len(TEXTS))


def test_terms_are_counted_where_they_stand_in_words():
    index = Index.counting(["Parser parses", "nothing"], ["pars", "cheese"])
    assert index.holders == {"pars": [(0, 2)]}
    assert index.rarity("cheese") == 0 < index.rarity("pars") < index.rarity_of(0)


def sources():
    files = {}
    for number, text in enumerate(TEXTS):
        files.setdefault(f"pkg/{TOPICS[number // 10]}.py", []).append(text)
    private = "def _secret(value):\n    return value\n"
    return [Source(name, private + "\n".join(parts)) for name, parts in files.items()] + [
        Source("main.py", "class App:\n    def run(self):\n        return 1\n")
    ]


def compress(query, **settings):
    return Compressor(WordModel(), CharacterCount(), Settings(**settings)).compress(sources(), query=query, budget=400)


def test_the_result_is_an_outline_and_the_report_says_so():
    result = compress(FOREIGN)
    assert not result.report.related
    assert "nothing here seems to have to do with the query" in result.report.notes[0]
    assert result.report.got <= 400
    assert "class App:" in result.text
    assert all(f"def {topic}_0(value):" in result.text for topic in TOPICS)
    assert "second = " not in result.text


@pytest.mark.parametrize(
    ("query", "settings"),
    [
        ("parse the value of a token", {}),
        (FOREIGN, {"outline": False}),
        (FOREIGN + " `App`", {}),
        (FOREIGN, {"strategy": "longcodezip"}),
        ("def cheese(guests):\n    dinner = 1\n    return best(dinner)\n", {}),
    ],
)
def test_other_results_are_none(query, settings):
    assert compress(query, **settings).report.related


def test_pins_are_kept_and_make_it_no_outline():
    result = Compressor(WordModel(), CharacterCount(), Settings()).compress(
        sources(), query=FOREIGN, budget=300, pins=["pkg/cache.py:cache_7"]
    )
    assert result.report.related
    assert "first = cache(value, 7)" in result.text


@pytest.mark.parametrize(
    ("query", "cosine", "foreign"),
    [
        (FOREIGN, 0.2, True),
        (FOREIGN, 0.6, False),
        ("parse the value of a token", 0.35, False),
        ("cheese", 0.3, True),
        ("cheese", 0.5, False),
        ("socket", 0.1, False),
        ("the of", 0.0, False),
        (" ".join(f"{FOREIGN} {number} cheeses{number} guests{number}" for number in range(9)), 0.2, False),
    ],
)
def test_with_an_encoder_words_and_nearness_decide_together(query, cosine, foreign):
    assert far_off(query, TEXTS, cosine) is foreign


def test_few_texts_are_too_few_to_tell():
    assert not far_off(FOREIGN, TEXTS[:30], 0.0)
