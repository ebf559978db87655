"""The prefilter: words by where they stand, kept between runs; and what the model then reads."""

import math

import numpy as np
import pytest

from longzip import Compressor, Settings, Source
from longzip.formats.code import CodeFormat
from longzip.loading import tokens_to_score
from longzip.scoring.bm25 import K1, B, count, fielded, hash_of, joined, rank, read, unpacked
from tests.fakes import CharacterCount, WordModel
from tests.test_storage_cached import Memory

FORM = CodeFormat()


def test_it_is_bm25():
    words = joined(
        [
            count(FORM.split(Source("a.py", "red = blue\n"))),
            count(FORM.split(Source("b.py", "green = green + white\n"))),
        ]
    )
    scores = fielded(["green", "grey"], words, [frozenset(), frozenset()], np.array([0, 1]))
    sizes = [float(words.counts[:2].sum()), float(words.counts[2:].sum())]
    own = float(words.counts[2:][words.hashes[2:] == hash_of("green")][0])
    norm = K1 * (1 - B + B * sizes[1] / np.mean(sizes))
    assert scores == [0.0, pytest.approx(math.log(1 + 1.5 / 1.5) * own * (K1 + 1) / (own + norm), abs=1e-6)]


def ranked(query: str, *sources: Source, store=None) -> list[str]:
    chunks = [(page, chunk) for page, source in enumerate(sources) for chunk in FORM.split(source)]
    order = rank(query, sources, [chunk for _, chunk in chunks], [page for page, _ in chunks], store)
    return [chunks[index][1].label for index in order]


FILLER = "    x = load(1)\n    y = store(x)\n    return y\n"
CODE = Source("shop/orders.py", (
    f"def alpha():\n{FILLER}\n\ndef retry_order():\n{FILLER}\n\ndef beta():\n    # retry it\n{FILLER}\n\n"
    f"def gamma():\n{FILLER}    retry = y\n    other = words + that + make + it + longer\n"
))  # fmt: skip


def test_names_come_before_comments_and_these_before_bodies():
    assert ranked("where is a retry", CODE) == ["retry_order", "beta", "gamma", "alpha"]


def test_a_path_counts():
    assert ranked(
        "orders", Source("a/x.py", "def f():\n    return 1\n"), Source("a/orders.py", "def g():\n    return 1\n")
    ) == ["g", "f"]


def test_words_are_kept_and_what_does_not_fit_is_not_believed():
    store = Memory()
    fresh = ranked("retry", CODE, store=store)
    assert len(store.known) == 1
    (kept,) = read([FORM.split(CODE)], store)
    again = unpacked(kept.packed(), 4)
    assert again is not None
    assert again.packed() == kept.packed() == count(FORM.split(CODE)).packed()
    for change in (
        lambda data: data[:-4],
        lambda data: data + b"\0" * 4,
        lambda _: b"",
        lambda data: b"\1" + data[1:],
        lambda data: data[:-1],
    ):
        store.spoil(change)
        assert ranked("retry", CODE, store=store) == fresh
    assert unpacked(kept.packed(), 5) is None


def compressor(model: WordModel, settings: Settings) -> Compressor:
    return Compressor(model, CharacterCount(), settings)


def test_the_model_reads_the_best_and_what_they_use():
    text = "".join(f"def f{i}(x):\n    first = {i}\n    second = first\n    return second\n\n\n" for i in range(30))
    text += "def retry(x):\n    first = x\n    second = helper(first)\n    return second\n\n\n"
    text += "def helper(x):\n    first = x\n    second = first\n    return second\n"
    model = WordModel()
    found = compressor(model, Settings(score_tokens=60, isolated=False)).compress(
        [Source("a.py", text)], query="retry it", budget=150
    )
    asked = [request.context for request in model.asked if request.context.startswith("def ")]
    assert len([context for context in asked if "def retry" in context]) >= 1
    assert any("def helper" in context for context in asked)
    read_first = [chunk for chunk in found.report.chunks if chunk.relevance is not None]
    assert {"retry", "helper"} <= {chunk.name for chunk in read_first}
    assert sum(chunk.tokens for chunk in read_first) <= 60
    assert "def retry(" in found.text
    assert any("the model read" in note for note in found.report.notes)


def test_all_is_read_where_it_is_not_too_much():
    model = WordModel()
    found = compressor(model, Settings(score_tokens=100_000, isolated=False)).compress(
        [CODE], query="retry it", budget=60
    )
    assert all(chunk.relevance is not None for chunk in found.report.chunks)
    assert not any("the model read" in note for note in found.report.notes)


def test_how_much_may_be_read():
    assert tokens_to_score(Settings(model="ngram", max_seconds=2.0)) == 600_000
    assert tokens_to_score(Settings(model="ngram", max_seconds=2.0, score_tokens=5)) == 5
    assert tokens_to_score(Settings(model="ngram", max_seconds=0.0)) is None
