import math
from concurrent.futures import ThreadPoolExecutor

import pytest

from longzip import BudgetTooSmall, Compressor, Settings, Source, SourceError, UsageError, dry_run, read_repository
from longzip.models import ngram
from longzip.strategies.ranking import is_test
from tests.fakes import CharacterCount, NoModel, WordModel

STORE = '''"""Where records are kept."""

import json
import os


class Store:
    """Records in a folder, one file each."""

    def __init__(self, folder):
        self.folder = folder

    def path_of(self, key):
        return os.path.join(self.folder, key + ".json")

    def load(self, key):
        with open(self.path_of(key)) as handle:
            return json.load(handle)

    def save(self, key, record):
        temporary = self.path_of(key) + ".tmp"
        with open(temporary, "w") as handle:
            json.dump(record, handle)
        os.replace(temporary, self.path_of(key))


def area_of_a_circle(radius):
    pi = 3.14159
    if radius < 0:
        raise ValueError("a circle has no negative radius")
    squared = radius * radius
    return pi * squared


def greeting(name):
    words = ["Hello", name, "and", "welcome"]
    text = " ".join(words)
    return text + "!"
'''
PLANETS = "\n\n".join(
    f'def weight_on_{name}(mass):\n    """Weight of a mass on {name}, in newtons."""\n    gravity = '
    f"{g}\n    return mass * gravity\n"
    for name, g in [("mercury", 3.7), ("venus", 8.87), ("mars", 3.71), ("jupiter", 24.79), ("saturn", 10.44)]
)


@pytest.fixture
def compressor() -> Compressor:
    return Compressor(ngram.load(), CharacterCount())


@pytest.fixture
def repository(tmp_path):
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "store.py").write_text(STORE)
    (tmp_path / "shop" / "planets.py").write_text(PLANETS)
    return tmp_path / "shop"


def test_the_relevant_function_is_kept(compressor, repository):
    result = compressor.compress(repository, query="save a record to a temporary file and replace", budget=110)
    assert "os.replace(temporary, self.path_of(key))" in result.text
    assert "gravity" not in result.text
    assert [file.path for file in result.sources] == ["shop/store.py"]


def test_a_kept_method_shows_its_class(compressor, repository):
    result = compressor.compress(repository, query="save a record to a temporary file and replace", budget=110)
    assert "class Store:" in result.text
    assert result.text.index("class Store:") < result.text.index("def save(")


def test_the_report_says_what_happened(compressor, repository):
    report = compressor.compress(repository, query="weight on mars", budget=120).report
    by_name = {chunk.name: chunk for chunk in report.chunks}
    assert report.asked == 120
    assert report.got <= 120
    assert report.original_tokens == sum(chunk.tokens for chunk in report.chunks)
    assert by_name["weight_on_mars"].reason in ("whole", "part")
    assert by_name["weight_on_mars"].kept[0].start_line == by_name["weight_on_mars"].start_line
    assert by_name["greeting"].kept == ()
    assert {stage.name for stage in report.stages} == {"split", "prefilter", "load", "score", "segment", "select"}
    assert sum(stage.model_calls for stage in report.stages) > 0
    assert math.isclose(report.seconds, sum(stage.seconds for stage in report.stages))


def test_what_fits_asks_no_model(repository):
    result = Compressor(NoModel(), CharacterCount()).compress(repository, query="q", budget=10_000)
    assert result.text == f"# file: shop/planets.py\n{PLANETS}\n# file: shop/store.py\n{STORE}"
    assert {chunk.reason for chunk in result.report.chunks} == {"whole"}


def test_rate_is_a_share_of_the_whole_text(compressor, repository):
    whole = compressor.compress(repository, query="q", rate=1.0)
    half = compressor.compress(repository, query="weight on mars", rate=0.5)
    assert half.report.asked == whole.report.got // 2
    assert half.report.got <= half.report.asked


def test_coarse_stage_only_keeps_functions_whole(repository):
    compressor = Compressor(ngram.load(), CharacterCount(), Settings(fine="off"))
    report = compressor.compress(repository, query="weight on mars", budget=150).report
    assert {chunk.reason for chunk in report.chunks if chunk.kind == "function"} == {
        "whole",
        "outside the budget",
    } or "part" not in {chunk.reason for chunk in report.chunks if chunk.kind == "function"}


def test_a_budget_that_holds_nothing_is_an_error_that_says_what_would(compressor, repository):
    with pytest.raises(BudgetTooSmall) as caught:
        compressor.compress(repository, query="weight on mars", budget=3)
    assert compressor.compress(repository, query="weight on mars", budget=caught.value.needed).text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"query": "", "budget": 10}, "query"),
        ({"query": " \n", "budget": 10}, "query"),
        ({"query": "q"}, "either"),
        ({"query": "q", "budget": 10, "rate": 0.5}, "either"),
        ({"query": "q", "budget": 0}, "at least 1"),
        ({"query": "q", "budget": -4}, "at least 1"),
        ({"query": "q", "rate": 0.0}, "rate"),
        ({"query": "q", "rate": 1.5}, "rate"),
    ],
)
def test_a_call_that_makes_no_sense(compressor, repository, arguments, message):
    with pytest.raises(UsageError, match=message):
        compressor.compress(repository, **arguments)


def test_nothing_to_compress(compressor, tmp_path):
    with pytest.raises(SourceError, match="nothing to compress"):
        compressor.compress(tmp_path, query="q", budget=10)
    (tmp_path / "blob.bin").write_bytes(b"\0\1\2" * 100)
    with pytest.raises(SourceError, match="blob"):
        compressor.compress(tmp_path, query="q", budget=10)


def test_the_whole_prompt_is_counted(repository):
    settings = Settings(prompt=True, instruction="Answer from this context.")
    result = Compressor(ngram.load(), CharacterCount(), settings).compress(
        repository, query="weight on mars?", budget=120
    )
    assert result.text.startswith("Answer from this context.\n\n# ")
    assert result.text.endswith("\n\nweight on mars?\n")
    assert CharacterCount().count(result.text) <= 120


def test_rank_gives_every_function_best_first(compressor, repository):
    ranked = compressor.rank(repository, query="weight of a mass on jupiter")
    assert ranked[0].chunk.label == "weight_on_jupiter"
    assert [item.relevance for item in ranked] == sorted((item.relevance for item in ranked), reverse=True)
    assert {"Store.load", "Store.save", "greeting"} <= {item.chunk.label for item in ranked}


def test_relevance_is_that_of_the_model():
    source = Source("a.py", "def open_file(): pass\n")
    (ranked,) = Compressor(WordModel(), CharacterCount()).rank(source, query="pass x")
    assert ranked.relevance == pytest.approx(1.0)
    (ranked,) = Compressor(WordModel(), CharacterCount(), Settings(strategy="longcodezip")).rank(source, query="pass x")
    assert ranked.relevance == pytest.approx(math.exp(3) - math.exp(2))


def test_segment_gives_every_line_and_begins_a_block_with_each_function(compressor):
    lines = compressor.segment(Source("store.py", STORE)).lines
    assert "\n".join(line.text for line in lines) == STORE.removesuffix("\n")
    assert [line.line for line in lines] == list(range(1, len(lines) + 1))
    assert next(line for line in lines if "def save" in line.text).boundary
    assert all((line.perplexity is None) == (not line.text.strip()) for line in lines)


def test_of_a_long_query_the_model_reads_what_says_most_and_this_is_said(repository):
    compressor = Compressor(ngram.load(), CharacterCount(), Settings(query_characters=40))
    result = compressor.compress(repository, query="weight on jupiter\n" + "noise\n" * 50, budget=120)
    assert "weight_on_jupiter" in result.text
    assert any("of which the model read 35" in note for note in result.report.notes)


def test_concurrent_calls_give_what_single_calls_give(compressor, repository):
    queries = ["weight on mars", "save a record", "greeting", "area of a circle"] * 4
    single = [compressor.compress(repository, query=query, budget=120).text for query in queries]
    with ThreadPoolExecutor(8) as pool:
        assert (
            list(pool.map(lambda query: compressor.compress(repository, query=query, budget=120).text, queries))
            == single
        )


def test_dry_run_counts_without_a_model(repository):
    estimate = dry_run(read_repository([repository], Settings()), Settings(model="ngram"))
    assert (estimate.files, estimate.skipped) == (2, ())
    assert estimate.characters == len(STORE) + len(PLANETS)
    assert estimate.tokens == ngram.load().count(STORE) + ngram.load().count(PLANETS)
    assert estimate.chunks > 10


class TestComplete:
    PREFIX = STORE[: STORE.index("        with open(temporary")]
    SUFFIX = STORE[STORE.index("        os.replace(") :]

    def test_the_result_ends_at_the_cursor(self, compressor, repository):
        result = compressor.complete(
            prefix=self.PREFIX, suffix=self.SUFFIX, path="shop/store.py", root=repository, budget=260
        )
        assert result.text.endswith(
            '    def save(self, key, record):\n        temporary = self.path_of(key) + ".tmp"\n'
        )
        assert CharacterCount().count(result.text) <= 260

    def test_the_files_own_imports_stay(self, compressor, repository):
        result = compressor.complete(
            prefix=self.PREFIX, suffix=self.SUFFIX, path="shop/store.py", root=repository, budget=200
        )
        assert "import json\nimport os\n" in result.text

    def test_the_open_function_is_no_context_to_itself(self, compressor, repository):
        result = compressor.complete(
            prefix=self.PREFIX, suffix=self.SUFFIX, path="shop/store.py", root=repository, budget=5000
        )
        assert result.text.count("def save(") == 1
        assert "os.replace" not in result.text
        assert "json.dump(record, handle)" not in result.text
        assert "def load(self, key)" in result.text

    def test_a_function_that_does_not_parse_yet_is_found(self, compressor, repository):
        prefix = STORE + "\n\ndef total_weight(mass):\n    total = weight_on_mars(mass)\n    for "
        result = compressor.complete(prefix=prefix, path="shop/store.py", root=repository, budget=300)
        assert result.text.endswith("def total_weight(mass):\n    total = weight_on_mars(mass)\n    for ")
        assert "def weight_on_mars" in result.text

    def test_works_without_a_repository_or_a_name(self, compressor):
        result = compressor.complete(prefix="x = 1\n" * 40 + "def f(a):\n    return ", budget=60)
        assert result.text.endswith("def f(a):\n    return ")

    def test_an_open_function_that_does_not_fit(self, compressor, repository):
        with pytest.raises(BudgetTooSmall):
            compressor.complete(prefix=self.PREFIX, path="shop/store.py", root=repository, budget=5)

    def test_nothing_around_the_cursor(self, compressor):
        with pytest.raises(UsageError):
            compressor.complete(prefix=" ", budget=60)


def test_a_text_without_words_is_worth_as_little_as_the_least(compressor):
    sources = [
        Source("a.py", "def weight(mass):\n    return mass\n"),
        Source("b.json", "}\n" * 8),
        Source("c.py", "def greeting(name):\n    return name\n"),
    ]
    ranked = compressor.rank(sources, query="weight of a mass")
    values = {item.chunk.source.name: item.relevance for item in ranked}
    assert values["a.py"] > values["c.py"] == values["b.json"]


BODY = "    total = 0\n    for item in items:\n        total += item.price\n    return total\n"


def test_tests_stand_back_unless_the_query_is_about_them():
    sources = [
        Source("shop/tests/test_cart.py", f"def test_price_of_cart(items):\n{BODY}"),
        Source("shop/cart.py", f"def price_of_cart(items, discount, currency, country):\n{BODY}"),
    ]
    others = [
        Source(f"shop/m{i}.py", f"def other_{i}(x):\n    y = x * {i}\n    return y + helper_{i}(y)\n") for i in range(6)
    ]

    def first(query: str, settings: Settings) -> str:
        ranked = Compressor(ngram.load(), CharacterCount(), settings).rank([*sources, *others], query=query)
        return ranked[0].chunk.source.name

    assert first("price of cart", Settings()) == "shop/cart.py"
    assert first("test the price of cart", Settings()) == "shop/tests/test_cart.py"
    assert first("price of cart", Settings(demote_tests=False)) == "shop/tests/test_cart.py"


@pytest.mark.parametrize(
    ("name", "test"),
    [("src/app.py", False), ("tests/a.py", True), ("a/test_b.py", True), ("b_test.go", True), ("x.spec.ts", True),
        ("ATest.java", True),
     ("contest.py", False), ("latest/a.py", False), ("src/attest.c", False), ("conftest.py", True)],
)  # fmt: skip
def test_what_is_a_test(name, test):
    assert is_test(name) is test
