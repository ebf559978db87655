"""The benchmark's methods: never over the budget, verbatim, and each does what its name says."""

import ast
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import methods
from benchmarks.assembly import Piece, functions, opened, packed, windows
from benchmarks.config import Run, TaskTable
from benchmarks.lexical import Index, identifiers, words_of
from benchmarks.methods.conversation import messages_of
from benchmarks.methods.longzip import Paragraphs
from benchmarks.methods.tools import Remembering, load
from longzip import BudgetTooSmall, LongzipError, MissingExtra, Request, Source, UsageError
from tests.fakes import CharacterCount, WordModel

ROOT = Path(__file__).parent.parent
BODY = "\n".join(f"    value_{number} = compute(value_{number - 1})" for number in range(1, 9))
SOURCES = tuple(
    Source(
        f"{name}.py",
        f"import os\n\n\ndef {name}_one(value_0):\n{BODY}\n    return {name}_word\n\n\ndef "
        f"{name}_two(value_0):\n{BODY}\n    return 2\n",
    )
    for name in ("apple", "banana", "cherry", "date")
)
LOCAL = [
    name
    for name in methods.METHODS
    if not any(word in name for word in ("lingua", "embedding", "boundaries", "texts"))
    and not name.startswith("window")
    and name not in methods.UNLIMITED
]


@pytest.fixture(scope="module")
def tools():
    return load(Run("t", (TaskTable("examples"),), model="ngram", count_for="chars/4"))


@pytest.mark.parametrize("label", LOCAL)
def test_no_method_goes_over_its_budget_and_all_show_whole_lines(tools, label):
    budgets = [60, 200, 400]
    texts = {source.name: source.text.split("\n") for source in SOURCES}
    for budget, found in zip(
        budgets, methods.build(label, tools)(SOURCES, "where is the banana word?", budgets), strict=True
    ):
        if isinstance(found, LongzipError):
            assert budget == 60
            continue
        assert tools.tokenizer.count(found.text) <= budget
        shown = set(found.text.split("\n"))
        for name, lines in found.lines.items():
            assert {texts[name][line - 1] for line in lines} <= shown


@pytest.mark.parametrize("label", ["bm25-functions", "longzip", "longzip-greedy", "longzip-lexical", "rag-longzip"])
def test_methods_that_read_the_query_find_what_it_names(tools, label):
    (found,) = methods.build(label, tools)(SOURCES, "banana_word", [150])
    assert "return banana_word" in found.text


def test_the_ends_of_the_scale(tools):
    (nothing,) = methods.build("none", tools)(SOURCES, "q", [10])
    (everything,) = methods.build("full", tools)(SOURCES, "q", [10])
    assert nothing.text == ""
    assert all(source.text.rstrip("\n") in everything.text for source in SOURCES)


def test_head_and_tail_are_runs_of_lines_from_the_ends(tools):
    (head,) = methods.build("head", tools)(SOURCES, "q", [120])
    (tail,) = methods.build("tail", tools)(SOURCES, "q", [120])
    assert head.lines["apple.py"] == frozenset(range(1, len(head.lines["apple.py"]) + 1))
    assert 23 in tail.lines["date.py"]
    assert "apple.py" not in tail.lines


def test_chance_depends_on_the_seed_alone(tools):
    method = methods.build("random-functions", tools)
    assert method(SOURCES, "q", [200]) == method(SOURCES, "q", [200])
    assert method(SOURCES, "q", [200]) != method(SOURCES, "another query", [200])


TURNS = tuple(
    Source(f"{number:04d}-{role}", f"{text}\n")
    for number, (role, text) in enumerate(
        [
            ("user", "Please find out why the login fails for tenant_jade_7."),
            *(("assistant", f"Step {n}: I read file number {n} and saw nothing odd in it.") for n in range(60)),
            ("user", "And now?"),
        ]
    )
)


@pytest.mark.parametrize(
    "label", ["window", "window focus=on", "window-head-tail", "window-truncated", "longzip-texts"]
)
def test_conversations_are_shortened_to_their_budget(tools, label):
    found = methods.build(label, tools)(TURNS, "which tenant fails?", [200, 600, 5000])
    assert isinstance(found[0], BudgetTooSmall) == label.startswith("window")
    for budget, context in zip([600, 5000], found[1:], strict=True):
        assert 0 < tools.tokenizer.count(context.text) <= budget
        assert "tenant_jade_7" in context.text
    assert "file number 37" in found[2].text


def test_speakers_become_roles():
    turns = [Source("0000-Ann", "Hi.\n"), Source("0001-Bo", "Hello.\n"), Source("0002-system", "Be kind.\n")]
    assert messages_of(turns) == [
        {"role": "user", "content": "Ann:\nHi."},
        {"role": "assistant", "content": "Bo:\nHello."},
        {"role": "system", "content": "Be kind."},
    ]


def test_an_outline_has_heads_and_no_bodies(tools):
    (found,) = methods.build("outline", tools)(SOURCES, "q", [1000])
    assert "def date_two(value_0):" in found.text
    assert "compute" not in found.text


def test_lines_of_stacked_methods_are_those_of_the_whole_sources(tools):
    (found,) = methods.build("rag-longzip", tools)(SOURCES, "cherry_word", [150])
    line = SOURCES[2].text.split("\n").index("    return cherry_word") + 1
    assert line in found.lines["cherry.py"]


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("longzop", "no method"),
        ("longzip closure", "no setting"),
        ("head size=3", "no settings"),
        ("bm25-windows size=x", "positive"),
        ("longzip colour=red", "no setting"),
    ],
)
def test_a_label_that_is_none_is_refused(tools, label, said):
    with pytest.raises(UsageError, match=said):
        methods.build(label, tools)


def test_off_is_a_word_for_some_settings_and_a_truth_value_for_others(tools):
    told = tools.compressor({"fine": "off", "closure": "off", "alpha": "0.25", "strategy": "shares"}).settings
    assert (told.fine, told.closure, told.alpha, told.strategy) == ("off", False, 0.25, "shares")


def test_methods_say_what_they_need(tools):
    with pytest.raises(UsageError, match="embeddings under"):
        methods.build("embedding-functions", tools)
    with pytest.raises(UsageError, match="lingua_python"):
        methods.build("llmlingua", tools)


def test_a_missing_package_is_said_before_the_first_example(tools, monkeypatch):
    monkeypatch.setitem(sys.modules, "bm25s", None)
    with pytest.raises(MissingExtra, match="bench"):
        methods.build("bm25-functions", tools)


def test_a_model_that_remembers_is_asked_once():
    inner = WordModel()
    model = Remembering(inner)
    asked = [Request("a b", "a"), Request("", "b"), Request("a b", "a")]
    assert [float(answer.values[0]) for answer in model.logprobs(asked)] == [-1.0, -3.0, -1.0]
    model.logprobs(asked)
    assert len(inner.asked) == 2


def test_a_line_after_a_blank_one_is_a_spike():
    (found,) = Paragraphs(WordModel()).logprobs([Request("", "a\nb\n\nc\nd")])
    assert list(found.values) == [0, 0, 0, -10, 0]
    assert list(found.ends) == [2, 4, 5, 7, 8]
    (every,) = Paragraphs(WordModel(), 2).logprobs([Request("", "a\nb\n\nc\nd")])
    assert list(every.values) == [0, 0, -10, 0, -10]


def test_sub_words():
    assert words_of("parseHTTPHeaders snake_case v2") == ["parse", "http", "header", "snake", "case", "v", "2"]
    assert identifiers("ab abc a_b = _c12") == {"abc", "a_b", "_c12"}


def test_bm25_prefers_the_rarer_word_and_knows_no_others():
    index = Index(["load the file", "load the page", "close"])
    assert list(index.scores("page").nonzero()[0]) == [1]
    assert not index.scores("unheard of").any()
    assert not Index(["", "()"]).scores("word").any()


class PlainFacts:
    """Facts of no language."""

    def language(self, _source):
        return ""


class Plain:
    """Headers of a format of no language."""

    facts = PlainFacts()

    def header(self, source):
        return f"# {source.name}"


@settings(deadline=None)
@given(
    st.lists(st.text("ab \n(é", max_size=60), min_size=1, max_size=4),
    st.integers(1, 60),
    st.integers(1, 5),
    st.integers(1, 5),
)
def test_packing_never_exceeds_the_budget(texts, budget, size, step):
    book = opened([Source(f"{number}", text) for number, text in enumerate(texts)], Plain(), CharacterCount())
    found = packed(book, windows(book, size, step), budget)
    assert CharacterCount().count(found.text) <= budget
    for name, lines in found.lines.items():
        assert all(book.lines[int(name)][line - 1] in found.text for line in lines)


@given(st.integers(0, 40), st.integers(1, 9), st.integers(1, 9))
def test_windows_reach_every_line_unless_they_leave_gaps(count, size, step):
    book = opened([Source("a", "x\n" * count)], Plain(), CharacterCount())
    covered = {line for piece in windows(book, size, step) for line in range(piece.first, piece.last + 1)}
    assert covered <= set(range(1, count + 1))
    assert step > size or covered == set(range(1, count + 1))


def test_what_does_not_fit_is_passed_over(tools):
    book = tools.open(SOURCES)
    pieces = [Piece(0, 1, 23), Piece(1, 1, 1)]
    assert packed(book, pieces, 20).lines == {"banana.py": frozenset({1})}


@pytest.mark.parametrize(
    ("name", "gap"),
    [("a.py", "..."), ("a.ts", "// ..."), ("a.lua", "-- ..."), ("a.css", "/* ... */"), ("0001-user", "...")],
)
def test_gaps_do_not_break_what_is_shown(tools, name, gap):
    assert opened([Source(name, "x\n")], tools.form, tools.tokenizer).gaps == [gap]


def test_functions_are_what_the_format_says(tools):
    book = tools.open(SOURCES[:1])
    assert [book.text(piece).split("\n")[0] for piece in functions(book)][-2:] == [
        "def apple_one(value_0):",
        "def apple_two(value_0):",
    ]


@pytest.mark.parametrize(
    "path", sorted((ROOT / "benchmarks").rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT))
)
def test_the_benchmark_uses_public_names_and_says_what_it_is(path):
    if "data" in path.relative_to(ROOT).parts:
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "longzip":
            assert node.module == "longzip"
        if isinstance(node, ast.Import):
            assert all(alias.name == "longzip" or not alias.name.startswith("longzip") for alias in node.names)
    heavy = {"torch", "transformers", "matplotlib", "httpx2", "bm25s", "datasets"}
    for node in tree.body:
        names = (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [str(node.module)]
            if isinstance(node, ast.ImportFrom)
            else []
        )
        assert not {name.split(".")[0] for name in names} & heavy


def test_the_benchmark_is_not_loaded_with_longzip():
    assert "benchmarks" in sys.modules
    assert not any("benchmarks" in path.read_text(encoding="utf-8") for path in (ROOT / "longzip").glob("*.py"))
