"""The cascade: a quick model orders, a slow one reads the best again, as many as its time allows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from longzip import Compressor, ModelError, Settings, Source, open_cache
from longzip.formats.code import CodeFormat
from longzip.loading import cascades, load_evidence
from longzip.models.networks.transformers import check_memory
from longzip.pipeline import second_reading, stages
from longzip.pipeline.second_reading import (
    EXCERPT_TOKENS,
    SAMPLE,
    excerpt,
    read_again,
    rounded,
    steps,
    tokens_per_second,
)
from longzip.protocols import Evidence, Logprobs, Request
from longzip.strategies.run import Engine, Job
from tests.fakes import CharacterCount, WordModel

FUNCTION = """def do_{0}(value):
    first = value + {0}
    second = first * {0} + tax_{0}
    return second


"""
SOURCES = (Source("orders.py", "".join(FUNCTION.format(number) for number in range(12))),)
QUERY = "add the tax to the value of an order"


@dataclass
class Fond:
    """Finds the query likely after whatever holds a word, and nothing else."""

    word: str
    name: str = "large"
    asked: list[Request] = field(default_factory=list)

    def logprobs(self, requests):
        self.asked += requests
        return [
            Logprobs(np.array([-1.0 if self.word in request.context else -3.0]), np.array([len(request.target)]))
            for request in requests
        ]


@pytest.fixture(autouse=True)
def speed(monkeypatch):
    monkeypatch.setattr(second_reading, "measured", lambda *_: 100.0)


def scored(reader, query=QUERY, sources=SOURCES, **settings):
    chosen = Settings(**{"outline": False} | settings)
    engine = Engine(WordModel(), CharacterCount(), CodeFormat(), chosen, evidence=Evidence(), reader=reader)
    run = stages.begin(Job(tuple(sources), query), engine)
    return replace(run, scores=stages.score(run))


def labels(run):
    return [run.corpus.chunks[index].label for index in run.scores.order]


def test_what_the_large_model_likes_comes_first():
    before = scored(Fond("tax_7"))
    after = read_again(before)
    assert labels(before)[0] != "do_7"
    assert labels(after)[0] == "do_7"
    assert sorted(labels(after)) == sorted(labels(before))
    assert after.scores.relevance == before.scores.relevance
    assert after.scores.signals["second reading"][after.scores.order[0]] > 0


def test_without_one_nothing_changes():
    run = scored(None)
    assert read_again(run) is run


@pytest.mark.parametrize(("seconds", "score_tokens"), [(2.0, 0), (300.0, 200), (0.0, 200)])
def test_time_and_tokens_bound_what_it_reads_and_the_report_says_so(seconds, score_tokens):
    reader = Fond("tax_7")
    run = read_again(scored(reader, max_seconds=seconds, score_tokens=score_tokens))
    contexts = {request.context for request in reader.asked if request.context}
    assert 2 <= len(contexts) < 12
    assert sum(len(context) / 4 for context in contexts) <= 200
    (note,) = run.scores.notes[-1:]
    assert f"large read the best {len(contexts)} of 12 functions" in note
    assert "100 tokens a second" in note


def test_too_little_time_is_said():
    reader = Fond("tax_7")
    before = scored(reader, max_seconds=0.1)
    after = read_again(before)
    assert reader.asked == []
    assert after.scores.order == before.scores.order
    assert "large read nothing: at 100 tokens a second" in after.scores.notes[-1]


def test_those_that_it_reads_are_the_best_of_the_order():
    reader = Fond("nothing")
    before = scored(reader, max_seconds=2.0)
    read_again(before)
    texts = [before.corpus.chunks[index].text.strip() for index in before.scores.order]
    read = [request.context.strip() for request in reader.asked if request.context]
    assert sorted(read) == sorted(texts[: len(set(read))])


def test_reading_is_neither_a_gain_nor_a_loss_on_the_average():
    assert sum(steps([5.0, 3.0, 1.0], [0.1, 0.9, 0.2])) == pytest.approx(0.0)
    assert steps([5.0, 3.0, 1.0], [2.0, 2.0, 2.0]) == [0.0, 0.0, 0.0]
    assert steps([1.0, 1.0], [0.0, 5.0]) == [-1.0, 1.0]


def test_long_functions_are_read_by_their_head_and_the_statements_that_were_asked_for():
    body = "".join(f"    step_{number} = prepare({number})\n" for number in range(300))
    middle = "    discount = voucher_percentage(customer)\n"
    text = f"def checkout(customer):\n{body}{middle}{body}    return discount\n"
    run = scored(None, "voucher percentage of a customer", [Source("a.py", text)])
    (index,) = [at for at, chunk in enumerate(run.corpus.chunks) if chunk.label == "checkout"]
    found = excerpt(run.corpus, index, run.scores.query, EXCERPT_TOKENS)
    assert found.startswith("def checkout(customer):")
    assert middle in found
    assert CharacterCount().count(found) <= EXCERPT_TOKENS + 20
    assert [line for line in text.splitlines() if line in found.splitlines()]
    assert excerpt(run.corpus, index, run.scores.query, 100_000) == run.corpus.chunks[index].text


def test_the_speed_is_measured_once_and_kept(tmp_path, monkeypatch):
    told = iter([412.3, 9999.0])
    monkeypatch.setattr(second_reading, "measured", lambda *_: next(told))
    for _ in range(2):
        cache = open_cache(Settings(cache_dir=str(tmp_path)))
        assert tokens_per_second(Fond("x"), CharacterCount(), cache) == 410.0
        cache.close()
    assert tokens_per_second(Fond("x", name="other"), CharacterCount(), None) == 10_000.0


def test_a_measurement_counts_the_tokens_that_were_read(monkeypatch):
    monkeypatch.undo()
    clock = iter([10.0, 12.0])
    monkeypatch.setattr(second_reading.time, "perf_counter", lambda: next(clock))
    model = Fond("x")
    speed = second_reading.measured(model, CharacterCount())
    assert [request.context for request in model.asked[1:]] == list(SAMPLE)
    assert speed == sum(CharacterCount().count(one.context + one.target) for one in model.asked[1:]) / 2.0
    assert rounded(1234.0) == 1200.0
    assert rounded(0.2) == 1.0


def compressor(reader, **settings):
    chosen = Settings(**{"cache": False, "outline": False} | settings)
    return Compressor(reader, CharacterCount(), chosen, evidence=Evidence(first=WordModel()))


def test_users_get_it_from_compress_and_rank():
    reader = Fond("tax_7")
    found = compressor(reader).compress(SOURCES, query=QUERY, budget=120)
    assert "do_7" in found.text
    assert found.report.model == "large"
    assert any("large read the best 12 of 12" in note for note in found.report.notes)
    assert "read again" in [stage.name for stage in found.report.stages]
    assert compressor(reader).rank(SOURCES, query=QUERY)[0].chunk.label == "do_7"


@pytest.mark.parametrize("settings", [{"strategy": "longcodezip"}, {"blocks": "perplexity"}])
def test_what_is_to_be_read_by_the_model_itself_is(settings):
    reader = Fond("tax_7")
    found = compressor(reader, **settings).compress(SOURCES, query=QUERY, budget=150)
    assert not any("read the best" in note for note in found.report.notes)
    assert len({request.context for request in reader.asked}) >= 12


def test_large_models_on_the_processor_cascade_and_small_ones_do_not(tmp_path):
    for name, size, expected in (("small", 10_000, False), ("large", 400_000_000, True)):
        folder = tmp_path / name
        folder.mkdir()
        for file in ("config.json", "tokenizer.json"):
            (folder / file).write_text("{}")
        with (folder / "model.safetensors").open("wb") as weights:
            weights.truncate(size)
        settings = Settings(model=str(folder), device="cpu")
        assert cascades(settings) is expected
        assert cascades(replace(settings, cascade="on"))
        assert not cascades(replace(settings, cascade="off"))
        evidence = load_evidence(settings)
        assert (evidence is not None and evidence.first is not None) is expected
    assert not cascades(Settings(cascade="on"))


def test_too_little_memory_is_said_with_what_would_fit(monkeypatch):
    from longzip.models.networks import identity

    monkeypatch.setattr(identity, "computes_bfloat16", lambda: False)
    check_memory("m", 500_000_000, 4_000_000_000)
    check_memory("m", None, 1)
    check_memory("m", 500_000_000, None)
    with pytest.raises(ModelError, match=r"1\.5 billion parameters .* 6\.7 GB .* at most 0\.9 billion"):
        check_memory("m", 1_540_000_000, 4_000_000_000)
