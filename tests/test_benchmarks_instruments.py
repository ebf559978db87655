"""Instruments on a git repository, questions and peers' answers made here: right, resumable, honest about gaps."""

import gzip
import json
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.instruments import __main__ as command
from benchmarks.instruments import callees, code_search, localization, pools, tables
from benchmarks.instruments.checkouts import git_folder, read_at
from benchmarks.instruments.peers import Peers, rank_among, ranking_measures
from benchmarks.instruments.running import chosen, settings_of
from benchmarks.instruments.values import Place, alternating
from benchmarks.records import read
from benchmarks.values import Outcome
from longzip import Settings, SettingsError, SourceError, UsageError

SHELF = '''"""A shelf of books."""


def put_book(shelf, book):
    """Put a book on the shelf."""
    if book in shelf:
        raise ValueError("the book stands there already")
    shelf.append(book)
    return len(shelf)


def lend_book(shelf, book, reader):
    """Lend a book to a reader."""
    shelf.remove(book)
    reader.books.append(book)
    return reader
'''
FINES = '''"""What a late reader owes."""


def fine_of(days):
    """The fine for so many days."""
    cents = 20 * days
    return min(cents, 1000)
'''
PATCH = """diff --git a/lib/shelf.py b/lib/shelf.py
--- a/lib/shelf.py
+++ b/lib/shelf.py
@@ -6,3 +6,4 @@ def put_book(shelf, book):
     if book in shelf:
--        raise ValueError("the book stands there already")
+--        raise KeyError("the book stands there already")
++        # why
     shelf.append(book)
diff --git a/lib/new.py b/lib/new.py
--- /dev/null
+++ b/lib/new.py
@@ -0,0 +1,2 @@
+--- a/lib/trap.py
+@@ -1,2 +1,2 @@
"""


def packed(path: Path, rows: list[dict[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode()))


@pytest.fixture
def library(tmp_path: Path) -> tuple[Path, str]:
    """A folder with a bare repository, and a commit of it that is not its newest."""
    work = tmp_path / "work"
    (work / "lib").mkdir(parents=True)

    def git(*words: str) -> str:
        own = ["-c", "user.name=a", "-c", "user.email=a@b", "-C", str(work)]
        return subprocess.run(["git", *own, *words], check=True, capture_output=True, text=True).stdout.strip()

    git("init", "-q")
    (work / "lib" / "shelf.py").write_text(SHELF)
    (work / "lib" / "fines.py").write_text(FINES)
    (work / "readme.md").write_text("# A library\n")
    git("add", ".")
    git("commit", "-qm", "first")
    commit = git("rev-parse", "HEAD")
    (work / "lib" / "shelf.py").write_text("# gone\n")
    git("commit", "-qam", "second")
    bare = tmp_path / "repositories" / "town+library" / "repo"
    subprocess.run(["git", "clone", "-q", "--bare", str(work), str(bare)], check=True)
    return tmp_path / "repositories", commit


@pytest.fixture
def issues(tmp_path: Path, library: tuple[Path, str]) -> Path:
    data = tmp_path / "issues"
    own = {"repo": "town/library", "source": "github:town/library", "commit": library[1], "patch": PATCH}
    packed(
        data / "instances.jsonl.gz",
        [{**own, "id": f"town__library-{number}", "query": "putting a book twice says nothing"} for number in (9, 10)],
    )
    answer = {"arm": "engine", "tokens": 77, "error": None, "regions": {"lib/shelf.py": [[4, 6]], "lib/x.py": [[1, 1]]}}
    packed(
        data / "roust.jsonl.gz",
        [
            {**answer, "id": "town__library-9"},
            {**answer, "id": "town__library-10", "tokens": None, "error": "timed out", "regions": {}},
        ],
    )
    return data


def called(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str, str]:
    code = command.main([str(word) for word in words])
    out, err = capsys.readouterr()
    return code, out, err


SMALL = ("--set", "model=ngram", "--set", "count_for=chars/4", "--set", "cache=off", "--set", "isolated=off")


def test_old_lines_are_those_of_hunks_with_their_context_and_no_line_of_a_hunk_is_taken_for_a_header() -> None:
    assert localization.old_lines(PATCH) == {"lib/shelf.py": frozenset({6, 7, 8})}
    assert localization.old_lines("--- a/x\n+++ b/x\n@@ -5 +5 @@\n-a\n+b\n@@ -9,0 +9,2 @@\n+c\n+d\n") == {
        "x": frozenset({5})
    }


def test_an_answer_is_scored_by_files_functions_lines_share_and_precision() -> None:
    gold = {"lib/shelf.py": frozenset({6, 7, 8, 16})}
    texts = {"lib/shelf.py": SHELF}
    found = localization.located(gold, {"lib/shelf.py": frozenset({4, 6, 7}), "b": frozenset({1})}, texts)
    assert found == {"file": 1, "function": 0, "line": 0, "share": 0.5, "precision": 0.5, "lines shown": 4}
    both = localization.located(gold, {"lib/shelf.py": frozenset({4, 12})}, texts)
    assert (both["function"], both["share"]) == (1, 0)  # each function is touched, no gold line shown
    nothing = localization.located(gold, {}, texts)
    assert set(nothing.values()) == {0.0}
    assert "function" not in localization.located({"lib/shelf.py": frozenset({1})}, {}, texts)


def test_functions_are_the_innermost_with_their_decorators() -> None:
    text = "class A:\n    @once\n    def f(self):\n        def g():\n            return 1\n        return g\n"
    assert localization.functions_with(text, frozenset({2})) == [range(2, 7)]
    assert localization.functions_with(text, frozenset({5})) == [range(4, 6)]
    assert localization.functions_with(text, frozenset({1})) == []
    assert localization.functions_with("def broken(:\n", frozenset({1})) == []


def test_a_repository_is_read_at_a_commit_under_its_own_paths(library: tuple[Path, str]) -> None:
    folder, commit = library
    whole = read_at(folder, Place("github:town/library", commit), Settings(cache=False))
    assert {source.name: source.text for source in whole.sources}["lib/shelf.py"] == SHELF
    assert "readme.md" in {source.name for source in whole.sources}
    part = read_at(folder, Place("github:town/library", commit, "lib"), Settings(cache=False))
    assert [source.name for source in part.sources] == ["lib/fines.py", "lib/shelf.py"]
    with pytest.raises(SourceError, match="no repository town/hall"):
        git_folder(folder, "github:town/hall")
    with pytest.raises(SourceError, match="archive"):
        read_at(folder, Place("github:town/library", "0" * 40), Settings(cache=False))


def test_localization_records_ours_and_the_peers_once_and_goes_on(
    library: tuple[Path, str], issues: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["localization", issues, "--repositories", library[0], "--out", tmp_path / "out", "--budgets", "60,100000"]
    code, _out, err = called(capsys, *words, "--limit", "1", *SMALL)
    assert (code, err.count("left out")) == (0, 0)
    record = tmp_path / "out" / "instrument-localization" / "outcomes.jsonl"
    first = record.read_text()
    code, out, _err = called(capsys, *words, *SMALL)
    assert code == 0
    assert record.read_text().startswith(first)
    assert len(first) < len(record.read_text())
    found = read(record)
    assert sorted((row.example[-2:], row.method, row.budget) for row in found) == sorted(
        (end, method, budget)
        for end in ("-9", "10")
        for method, budget in (("longzip", 60), ("longzip", 100000), ("roust", 8192))
    )
    whole = next(row for row in found if row.budget == 100000)
    assert whole.measures["line"] == whole.measures["share"] == whole.measures["function"] == 1
    small = next(row for row in found if row.budget == 60)
    assert 0 < small.tokens <= 60
    assert small.measures["tokens chars/4"] == small.tokens
    roust = {row.example[-2:]: row for row in found if row.method == "roust"}
    assert (roust["-9"].tokens, roust["-9"].measures["share"], roust["-9"].measures["file"]) == (77, 1 / 3, 1)
    assert roust["-9"].measures["precision"] == 0.25
    assert (roust["10"].error, roust["10"].measures["file"]) == ("timed out", 0)
    assert "| 100,000 | roust at 8,192 | 2 |" in out
    about = json.loads((record.parent / "run.json").read_text())
    assert str(tmp_path) not in json.dumps(about)
    assert about["command"].startswith(
        "python -m benchmarks.instruments localization DATA --repositories REPOSITORIES "
        "--budgets 60,100000 --set model=ngram"
    )
    assert about["settings"]["settings"] == {
        "model": "ngram", "count_for": "chars/4", "cache": False, "isolated": False
    }  # fmt: skip
    code, _out, err = called(capsys, *words, "--set", "model=ngram", "--set", "cache=off")
    assert (code, "other settings" in err) == (2, True)


def test_what_cannot_be_read_is_said_and_the_rest_is_asked(
    library: tuple[Path, str], issues: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [json.loads(line) for line in gzip.decompress((issues / "instances.jsonl.gz").read_bytes()).splitlines()]
    packed(issues / "instances.jsonl.gz", [rows[0], {**rows[1], "commit": "0" * 40}])
    words = ["localization", issues, "--repositories", library[0], "--budgets", "60", *SMALL]
    code, out, err = called(capsys, *words, "--out", tmp_path / "out")
    assert (code, "town__library-10 is left out" in err, "| 60 | longzip | 1 |" in out) == (0, True, True)
    packed(issues / "instances.jsonl.gz", [{**row, "commit": "0" * 40} for row in rows])
    code, _out, err = called(capsys, *words, "--out", tmp_path / "other")
    assert (code, "git" in err) == (1, True)


def test_another_run_is_compared_question_by_question(
    library: tuple[Path, str], issues: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["localization", issues, "--repositories", library[0], "--out", tmp_path, "--budgets", "60"]
    called(capsys, *words, "--name", "before", *SMALL, "--set", "fine=off")
    code, out, _err = called(capsys, *words, "--name", "after", *SMALL, "--against", tmp_path / "before")
    assert code == 0
    assert "| 60 | longzip before | 2 |" in out
    assert "| 60 | longzip before | +0.000 [+0.000, +0.000] 0/2/0 |" in out  # files are the same


def test_code_search_ranks_by_chunk_and_by_file_and_stands_beside_the_peers_means(
    library: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "tasks"
    task = {"repo": "library", "category": "x", "secondary": []}
    packed(
        data / "tasks.jsonl.gz",
        [
            {**task, "query": "fine for days", "relevant": ["lib/fines.py"]},
            {**task, "query": "lend a book to a reader", "relevant": [{"path": "shelf.py", "start_line": 1}]},
        ],
    )
    own = {"name": "library", "language": "python", "source": "github:town/library", "revision": library[1]}
    (data / "repos.json").write_text(json.dumps([{**own, "root": "lib", "peers_ndcg10": {"semble": 0.25}}]))
    words = ["code-search", data, "--repositories", library[0], "--out", tmp_path, "--budgets", "rank,60,9000"]
    code, out, _err = called(capsys, *words, *SMALL)
    assert code == 0
    found = read(tmp_path / "instrument-code-search" / "outcomes.jsonl")
    assert len(found) == 6
    assert all(row.measures["recall"] == 1 for row in found if row.budget == 9000)
    first = next(row for row in found if row.budget == "rank")
    assert first.measures["ndcg file"] in (1, pytest.approx(1 / np.log2(3)))
    assert "| library | 2 | " in out
    mean = json.loads(out.splitlines()[-1])["means"]["rank longzip"]["ndcg chunk"]
    assert f"| longzip less it | | | {mean - 0.25:+.3f} [" in out
    assert called(capsys, *words, "--half", "report", *SMALL)[0] == 2  # the only repository is for choosing


def test_gain_of_a_ranking() -> None:
    second = 1 / np.log2(3)
    assert code_search.gain(["a.py", "src/b.py"], ["b.py"]) == pytest.approx(second)
    assert code_search.gain(["a.py", "ab.py"], ["b.py"]) == 0
    assert code_search.gain(["a.py", "a.py", "b.py"], ["a.py", "b.py"]) == pytest.approx((1 + 0.5) / (1 + second))
    assert code_search.gain(["x"] * 10 + ["a.py"], ["a.py"]) == 0


def test_a_function_out_of_a_corpus(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    codes = ["def merge_lists(a, b):\n    return a + b", "def read_lines(path):\n    return open(path).readlines()"]
    packed(tmp_path / "corpus.jsonl.gz", [{"id": 7 + number, "code": code} for number, code in enumerate(codes)])
    asked = [("q1", "read the lines of a file", 8), ("q2", "merge two lists", 7)]
    packed(tmp_path / "queries.jsonl.gz", [{"id": key, "query": query, "gold": gold} for key, query, gold in asked])
    assert [item.half for item in pools.cosqa_questions(tmp_path)] == ["choose", "report"]
    code, out, _err = called(capsys, "cosqa", tmp_path, "--out", tmp_path / "out", *SMALL)
    assert code == 0
    found = {(row.example, row.method): row for row in read(tmp_path / "out" / "instrument-cosqa" / "outcomes.jsonl")}
    assert found["cosqa:q1", "bm25"].measures["mrr"] == found["cosqa:q1", "longzip"].measures["mrr"] == 1
    assert len(found) == 4
    assert "| rank | bm25 |" in out
    packed(tmp_path / "queries.jsonl.gz", [{"id": "q", "query": "x", "gold": 99}])
    assert called(capsys, "cosqa", tmp_path, "--out", tmp_path / "out", *SMALL)[0] == 1


def test_comments_are_asked_by_their_first_sentence_among_functions_of_their_language(tmp_path: Path) -> None:
    own = [
        {
            "id": number, "repo": "r", "lang": "go" if number < 41 else "lua", "path": f"p{number}.go",
            "name": f"f{number}",
            "code": f"func f{number}() {{}}", "doc": f"Gives the number {number}. And more.", "held": True,
        }
        for number in range(50)
    ]  # fmt: skip
    packed(tmp_path / "functions-000.jsonl.gz", [*own, {**own[0], "id": 99, "held": False}])
    found = pools.comment_questions(tmp_path)
    assert {item.group for item in found} == {"go"}  # of Lua there are too few
    assert sorted(item.query for item in found)[0] == "Gives the number 0."
    sources = pools.comment_sources(tmp_path, found[0]).sources
    assert len(sources) == 41
    assert found[0].wanted in {source.name for source in sources}
    with pytest.raises(SourceError, match="functions-"):
        pools.comment_questions(tmp_path / "nowhere")


def test_callees_are_ranked_among_the_functions_of_the_repository(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = "from shelf import put_book\n\n\ndef give_back(shelf, reader, book):\n    reader.books.remove(book)\n"
    body = "    put_book(shelf, book)\n    return shelf\n"
    files = {"shelf.py": SHELF, "fines.py": FINES, "desk.py": desk + body}
    packed(
        tmp_path / "sources.jsonl.gz",
        [{"repo": "town/library", "file": name, "text": text} for name, text in files.items()],
    )
    packed(
        tmp_path / "examples.jsonl.gz",
        [{"id": "e1", "repo": "town/library", "file": "desk.py", "line": 5, "ground_truth": body}],
    )
    code, out, _err = called(capsys, "callees", tmp_path, "--out", tmp_path / "out", "--budgets", "rank,9000", *SMALL)
    assert code == 0
    found = {(row.method, row.budget): row for row in read(tmp_path / "out" / "instrument-callees" / "outcomes.jsonl")}
    assert set(found) == {("longzip", "rank"), ("bm25", "rank"), ("longzip", 9000)}
    assert found["longzip", 9000].measures["callee"] == 1
    assert found["bm25", "rank"].measures["mrr"] in (1, 0.5)
    assert found["longzip", "rank"].measures["mrr best"] in (1, 0.5, pytest.approx(1 / 3))
    assert callees.numbers_of([], callees.examples(tmp_path)["library:e1@desk.py:5"].wanted) == []
    assert "| rank | bm25 |" in out


def test_ties_share_their_places_and_recall_counts_all_that_is_right() -> None:
    scores = np.array([3.0, 1.0, 1.0, 1.0, 0.0])
    assert [rank_among(scores, gold) for gold in range(5)] == [1, 3, 3, 3, 5]
    assert ranking_measures([1, 20]) == {"mrr": 0.525, "recall@1": 0.5, "recall@10": 0.5, "recall@100": 1.0}
    assert set(ranking_measures([]).values()) == {0.0}
    assert list(Peers(["alpha beta", "gamma"]).scores("gamma")["bm25"] > 0) == [False, True]


def test_a_limit_takes_the_same_questions_and_fewer_are_a_part_of_more(issues: Path) -> None:
    questions = [replace(localization.questions(issues)[0], key=f"library:{number}") for number in range(40)]
    five, nine = ({item.key for item in chosen(questions, "all", [], limit)} for limit in (5, 9))
    assert (len(five), len(nine), five < nine) == (5, 9, True)
    halves = alternating(["c", "a", "b", "a"])
    assert halves == {"a": "choose", "b": "report", "c": "choose"}
    with pytest.raises(UsageError, match="--repos hall"):
        chosen(questions, "all", ["hall"], 0)


def test_settings_are_read_as_the_environment_is() -> None:
    assert settings_of(["include=*.py, *.go", "closure=off", "beta=0.25"]) == {
        "include": ("*.py", "*.go"), "closure": False, "beta": 0.25
    }  # fmt: skip
    with pytest.raises(UsageError, match="no_such"):
        settings_of(["no_such=1"])
    with pytest.raises(SettingsError, match="beta"):
        settings_of(["beta=7"])


def test_tables_hold_the_questions_that_all_methods_have_done() -> None:
    ours = [Outcome("t", f"a:{number}", "longzip", 50, 50, 40, 99, 1.0, measures={"m": 1.0}) for number in range(3)]
    theirs = [replace(row, method="peer", budget=80, measures={"m": 0.0}) for row in ours[:2]]
    groups = tables.grouped([*ours, *theirs], {"a:0", "a:1", "a:2"}, [50])
    text = tables.table("t", groups, [50], ["m"])
    assert "| 50 | longzip | 2 | 40 | 1.000 | 1.0 |  |" in text
    assert "| 50 | peer at 80 | +1.000 [+1.000, +1.000] 2/0/0 |" in text
    assert tables.summary(groups, [50])["50 peer at 80"] == {"questions": 2, "m": 0.0}
