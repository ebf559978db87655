"""Models and tokenizers that remember: the same answers, asked for once, and nothing believed that does not fit."""

import gc
import struct
import subprocess
import sys
import textwrap
import zlib
from collections.abc import Iterable, Sequence

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from longzip import BudgetTooSmall, Compressor, Request, Settings, Source
from longzip.formats.code import CodeFormat
from longzip.formats.grammar.analysis import Here
from longzip.formats.grammar.cached import Recorded, plain, written
from longzip.pipeline.clock import counted
from longzip.scoring.ami import gain, mean_surprise
from longzip.storage.cache import Cache
from longzip.storage.cached import CachedModel, CachedTokenizer, counts, packed, unpacked
from tests.fakes import CharacterCount, NoModel, WordModel
from tests.strategies import QUERIES, any_text, real_files, real_sources, sources

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
ROOM = 1_000_000_000


class Memory:
    """A store that is a dictionary, and hands out what a test has spoilt."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, bytes], bytes] = {}

    def get(self, shelf: str, keys: Sequence[bytes]) -> list[bytes | None]:
        return [self.known.get((shelf, key)) for key in keys]

    def put(self, shelf: str, entries: Iterable[tuple[bytes, bytes]]) -> None:
        self.known.update({(shelf, key): value for key, value in entries})

    def spoil(self, change) -> None:
        self.known = {key: change(value) for key, value in self.known.items()}


REQUESTS = [Request("", "a b"), Request("a", "a b"), Request("a", "b"), Request("a", "a b"), Request("x", "")]


def same(one, other) -> bool:
    return all(
        np.array_equal(a.values, b.values) and np.array_equal(a.ends, b.ends) and a.values.dtype == b.values.dtype
        for a, b in zip(one, other, strict=True)
    )


def test_a_model_is_asked_once_for_each_request():
    model, store = WordModel(), Memory()
    first = CachedModel(model, store).logprobs(REQUESTS)
    assert len(model.asked) == 4
    assert same(first, WordModel().logprobs(REQUESTS))
    assert same(first, CachedModel(NoModel("words"), store).logprobs(REQUESTS))


def test_numbers_of_answers_are_kept_apart_from_answers_and_from_other_numbers():
    store = Memory()
    means = CachedModel(WordModel(), store).measured(REQUESTS, mean_surprise, "mean")
    assert means == [3.0, 2.0, 3.0, 2.0, 0.0]
    assert CachedModel(NoModel("words"), store).measured(REQUESTS, mean_surprise, "mean") == means
    with pytest.raises(AssertionError, match="was asked"):
        CachedModel(NoModel("words"), store).measured(REQUESTS, mean_surprise, "other")


@pytest.mark.parametrize(
    "other", [CachedModel(NoModel("other"), Memory()), CachedModel(NoModel("words"), Memory(), b"2")]
)
def test_answers_of_another_model_or_version_are_not_taken(other):
    store = Memory()
    CachedModel(WordModel(), store).logprobs(REQUESTS)
    with pytest.raises(AssertionError, match="was asked"):
        CachedModel(other.inner, store, other.version).logprobs(REQUESTS)


@pytest.mark.parametrize("change", [
    lambda _: b"", lambda value: value[:-1], lambda value: value + b"\0", lambda value: b"\7" + value[1:],
    lambda value: value[:5] + struct.pack("<d", 1.0) + value[13:], lambda value: value[:5] + struct.pack("<d", float("nan")) + value[13:],
])  # fmt: skip
def test_what_is_no_answer_is_not_believed(change):
    store = Memory()
    CachedModel(WordModel(), store).logprobs([Request("", "a b")])
    store.spoil(change)
    model = WordModel()
    assert same(CachedModel(model, store).logprobs([Request("", "a b")]), WordModel().logprobs([Request("", "a b")]))
    assert len(model.asked) == 1


def test_numbers_that_are_none_are_not_believed():
    store = Memory()
    CachedModel(WordModel(), store).measured(REQUESTS, mean_surprise, "mean")
    store.spoil(lambda _: struct.pack("<d", float("inf")))
    assert CachedModel(WordModel(), store).measured(REQUESTS, mean_surprise, "mean") == [3.0, 2.0, 3.0, 2.0, 0.0]


@given(st.lists(st.floats(-50, 0, width=32), max_size=20), st.booleans())
@examples(deadline=None)
def test_packed_answers_come_back_as_they_were(values, single):
    ends = np.cumsum(np.arange(len(values)) % 3 + 1).astype(np.int64)
    target = "x" * int(ends[-1] if len(ends) else 0)
    answer = type("", (), {"values": np.array(values, np.float32 if single else np.float64), "ends": ends})()
    found = unpacked(packed(answer), Request("", target))
    assert found is not None
    assert same([found], [answer])


def test_only_what_the_model_itself_was_asked_is_counted():
    store, texts = Memory(), ["a b", "c"]
    for calls in (2, 0):
        model, counting = counted(CachedModel(WordModel(), store), lambda: None)
        assert gain(model, "a c", texts) == [1.0, 1.0]
        assert counting.calls == calls


def test_a_tokenizer_counts_each_text_once():
    class Once(CharacterCount):
        def count(self, text: str) -> int:
            assert text not in seen
            seen.add(text)
            return super().count(text)

    seen: set[str] = set()
    store = Memory()
    tokenizer = CachedTokenizer(Once(), store)
    assert tokenizer.counts(["abcde", "", "abcde"]) == [2, 0, 2]
    assert tokenizer.count("abcde") == 2
    assert CachedTokenizer(Once(), store).counts(["abcde", "xyz"]) == [2, 1]
    store.spoil(lambda _: b"\xff\xff\xff\xff")
    seen.clear()
    assert CachedTokenizer(Once(), store).count("abcde") == 2
    assert counts(CharacterCount(), ["a", "abcde"]) == [1, 2]


# ------------------------------------------------------------------------------------------------------------- sources


def facts(form: CodeFormat, source: Source) -> list[object]:
    return [
        form.split(source), form.units(source), form.imports(source), form.references(source), form.bindings(source), form.literals(source),
        form.comments(source), form.fallback(source), form.language(source), form.valid(source, source.text),
        [form.gap(source, unit, (unit.first_line, unit.last_line), "x") for unit in form.units(source)],
    ]  # fmt: skip


@pytest.mark.parametrize(
    "source",
    [source for source in real_files() if not source.name.endswith(".py")][:60],
    ids=lambda source: source.name,
)
def test_analyses_come_back_as_they_were(source):
    store = Memory()
    fresh = facts(CodeFormat(), source)
    assert facts(CodeFormat(Recorded(Here(), store)), source) == fresh
    assert facts(CodeFormat(Recorded(Here(), store)), source) == fresh


@given(sources(any_text()))
@examples(suppress_health_check=SLOW, deadline=None)
def test_analyses_of_any_text_come_back_as_they_were(texts):
    store = Memory()
    for source in texts:
        fresh = facts(CodeFormat(), source)
        assert facts(CodeFormat(Recorded(Here(), store)), source) == fresh
        assert facts(CodeFormat(Recorded(Here(), store)), source) == fresh


class Nobody:
    """An analyst that must not be asked."""

    parallel = 1

    def __getattr__(self, name: str) -> object:
        raise AssertionError(f"{name} was asked")


CODE = Source("a.py", "import os\n\n\ndef f(x):\n    # why\n    return os.path.join(x)\n")


def test_a_text_that_is_known_is_not_parsed_whatever_the_file_is_called():
    store = Memory()
    facts(CodeFormat(Recorded(Here(), store)), CODE)
    moved = Source("b/c.py", CODE.text)
    assert facts(CodeFormat(Recorded(Nobody(), store)), moved) == facts(CodeFormat(), moved)


@pytest.mark.parametrize("change", [
    lambda rows: rows[:-1], lambda rows: [*rows, 1], lambda _: {}, lambda _: [], lambda _: None,
    lambda _: [[[99, "f", 0, ""]], []], lambda _: [[["1", "f", 0, ""]], []], lambda _: [[], [[0, [1], []]]],
    lambda _: [[], [[-5, 3]]], lambda _: ["x"],
    lambda rows: [*rows[:8], [[5, 3], [1, 1], [1, 1], ["", ""], [[], []], [False, False]], rows[9]] if len(rows) == 10 else [0],
    lambda rows: [*rows[:8], [*rows[8][:4], [[77] for _ in rows[8][4]], rows[8][5]], rows[9]] if len(rows) == 10 else [0],
    lambda rows: ["klingon", *rows[1:]] if len(rows) == 10 else [0],
    lambda rows: [*rows[:9], [[0, 5, 1, 1, "f", 0, 0, 1, ""]]] if len(rows) == 10 else [0],
])  # fmt: skip
def test_records_that_do_not_fit_their_text_are_not_believed(change):
    store = Memory()
    fresh = facts(CodeFormat(Recorded(Here(), store)), CODE)
    store.spoil(lambda data: written(change(plain(data))))
    assert facts(CodeFormat(Recorded(Here(), store)), CODE) == fresh


@pytest.mark.parametrize(
    "data", [b"", b"no zlib", written([1])[:-3], zlib.compress(b"[" * 100_000), zlib.compress(b"{}")]
)
def test_records_that_cannot_be_read_are_not_believed(data):
    store = Memory()
    fresh = facts(CodeFormat(Recorded(Here(), store)), CODE)
    store.spoil(lambda _: data)
    assert facts(CodeFormat(Recorded(Here(), store)), CODE) == fresh


# ---------------------------------------------------------------------------------------------------------- the promise


def loaded(folder) -> Compressor:
    return Compressor.load(
        "ngram",
        settings=Settings(cache_dir=str(folder), isolated=False) if folder else Settings(cache=False, isolated=False),
    )


@given(real_sources(), st.sampled_from(QUERIES), st.integers(40, 3000))
@examples(max_examples=15, suppress_health_check=SLOW, deadline=None)
def test_cold_warm_and_without_a_cache_give_the_same_bytes(tmp_path_factory, texts, query, budget):
    def result(folder) -> object:
        try:
            found = loaded(folder).compress(list(texts), query=query, budget=budget)
        except BudgetTooSmall as error:
            return error.needed
        return found.text, found.sources, found.report.chunks, found.report.notes

    folder = tmp_path_factory.mktemp("cache")
    without, cold, warm = result(None), result(folder), result(folder)
    assert without == cold == warm


def test_a_damaged_cache_is_told_of_in_the_report(tmp_path):
    def result():
        return loaded(tmp_path).compress([CODE], query="join paths", budget=25)

    before = result()
    gc.collect()  # whoever still had the file open would have its log, too
    next(tmp_path.glob("*.sqlite")).write_bytes(b"no database" * 500)
    after = result()
    assert after.text == before.text
    assert any("damaged" in note for note in after.report.notes)
    assert not any("damaged" in note for note in result().report.notes)


def test_a_cache_that_cannot_be_written_is_told_of_in_the_report(tmp_path):
    (tmp_path / "file").write_text("")
    found = loaded(tmp_path / "file" / "cache").compress([CODE], query="join paths", budget=25)
    assert [note for note in found.report.notes if "without a cache" in note]


PROGRAM = """
import sys
from longzip import Compressor, Settings, Source
query = "where is the path joined?"
code = "".join(f"def f{i}(x):\\n    # about number {i}\\n    y = x + {i}\\n    return y\\n\\n\\n" for i in range(40))
result = Compressor.load(settings=Settings(cache_dir=sys.argv[1])).compress([Source("a.py", code)], query=query, budget=200)
print(result.report.model, "torch" in sys.modules, "transformers" in sys.modules, sum(stage.texts_scored for stage in result.report.stages))
print(result.text)
"""


@pytest.mark.embedded
def test_a_query_that_is_fully_cached_loads_no_model(tmp_path):
    def run() -> tuple[str, str]:
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(PROGRAM), str(tmp_path)], capture_output=True, text=True, check=True
        )
        first, _, text = done.stdout.partition("\n")
        return first, text

    cold, warm = run(), run()
    assert cold[1] == warm[1]
    assert warm[0].split()[1:] == ["False", "False", "0"]
    assert cold[0].split()[0] == warm[0].split()[0]
    assert int(cold[0].split()[3]) > 0


def test_a_cache_is_not_fooled_by_texts_that_join_to_the_same(tmp_path):
    cache = Cache(tmp_path, ROOM)
    model = CachedModel(WordModel(), cache)
    assert [
        len(answer.values)
        for answer in model.logprobs([Request("a", "b c"), Request("a b", "c"), Request("", "a b c")])
    ] == [2, 1, 3]
    cache.close()
