"""Where the benchmark's examples come from, on tiny files written here."""

import ast
import gzip
import json
import subprocess
from pathlib import Path

import pytest

from benchmarks import make
from benchmarks.config import Run, TaskTable, load, tokens_of
from benchmarks.methods import tools as equipment
from benchmarks.tasks import examples_of
from benchmarks.tasks.completion import missing, opening
from benchmarks.tasks.conversation import recall_measures
from benchmarks.tasks.data import rows
from benchmarks.tasks.formats import split_at_definition
from benchmarks.tasks.own import within, without
from benchmarks.tasks.styles import minified, style
from benchmarks.tasks.swebench import changed_lines
from benchmarks.values import Context, Example, Wanted
from longzip import MissingExtra, Source, SourceError, UsageError

DATA = Path(__file__).parent.parent / "benchmarks" / "data"


def tools_for(table, **values):
    return equipment.load(Run("t", (table,), model="ngram", count_for="chars/4", **values))


def asked(table, **values):
    tools = tools_for(table, **values)
    return examples_of(tools.run, tools, table)


def write(path, objects, compressed=False):
    text = "".join(json.dumps(item) + "\n" for item in objects)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode()) if compressed else text.encode())
    return str(path)


# --------------------------------------------------------------------------------------------------------- RUN.toml


def test_a_run_file(tmp_path):
    path = tmp_path / "run.toml"
    path.write_text(
        'name = "a"\nbudgets = [500, "5.6x"]\nmethods = ["none", "longzip"]\n[[tasks]]\nkind = '
        '"lcc"\ndata = "x.jsonl"\n[[readers]]\nkind = "likelihood"\n'
    )
    run = load(path)
    assert run.budgets == (500, "5.6x")
    assert run.tasks[0].label == "lcc"
    assert run.readers[0].model == "embedded"
    assert run.place("x.jsonl") == tmp_path / "x.jsonl"
    assert [tokens_of(budget, 5600) for budget in run.budgets] == [500, 1000]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name = ", "no TOML"),
        ('name = "a"', "no \\[\\[tasks\\]\\]"),
        ('[[tasks]]\nkind = "lcc"', "name is missing"),
        ('name = "a/b"\n[[tasks]]\nkind = "lcc"', "becomes a folder"),
        ('name = "a"\ncolour = 1\n[[tasks]]\nkind = "lcc"', "'colour' is no field"),
        ('name = "a"\n[[tasks]]\nkind = "lcc"\nlength = 1', "\\[\\[tasks\\]\\] 1: 'length' is no field"),
        ('name = "a"\nlimit = "many"\n[[tasks]]\nkind = "lcc"', "limit is 'many'"),
        ('name = "a"\nlimit = 0\n[[tasks]]\nkind = "lcc"', "at least 1"),
        ('name = "a"\nbudgets = ["5"]\n[[tasks]]\nkind = "lcc"', "budget '5'"),
        ('name = "a"\nbudgets = [0]\n[[tasks]]\nkind = "lcc"', "budget 0"),
        ('name = "a"\nmethods = ["none"]\n[[tasks]]\nkind = "lcc"', "reference 'longzip' is none"),
        (
            'name = "a"\n[[tasks]]\nkind = "lcc"\n[[readers]]\nkind = "local"\n[[readers]]\nkind = "likelihood"',
            "two readers have the same name",
        ),
        ('name = "a"\nmethods = ["none", "none"]\n[[tasks]]\nkind = "lcc"', "named twice"),
        ('name = "a"\ntasks = 3', "no list of tables"),
        ('name = "a"\n[[tasks]]\nkind = "lcc"\n[[tasks]]\nkind = "lcc"', "same name"),
    ],
)
def test_a_run_file_that_is_none(tmp_path, text, said):
    path = tmp_path / "run.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=said):
        load(path)


def test_a_path_with_an_unknown_variable(monkeypatch):
    monkeypatch.delenv("NOWHERE", raising=False)
    with pytest.raises(UsageError, match="environment variable NOWHERE"):
        Run("a", ()).place("$NOWHERE/x")


# -------------------------------------------------------------------------------------------------------- data files


def test_broken_data_names_the_line_and_the_field(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": "a", "n": 1}\n\n{"id": "b"\n')
    with pytest.raises(SourceError, match="line 3: no JSON"):
        rows(path, id=str)
    path.write_text('{"id": "a", "n": 1}\n{"id": "b"}\n')
    with pytest.raises(SourceError, match="line 2: the field 'n' is missing"):
        rows(path, id=str, n=int)
    path.write_text('{"id": 3, "n": 1}\n')
    with pytest.raises(SourceError, match="line 1: id is of type int, not str"):
        rows(path, id=str)
    path.write_text("[1]\n")
    with pytest.raises(SourceError, match="list in place of an object"):
        rows(path)
    with pytest.raises(SourceError, match="no data file"):
        rows(tmp_path / "missing.jsonl")
    (tmp_path / "b.jsonl.gz").write_bytes(b"no gzip")
    with pytest.raises(SourceError, match="cannot be read"):
        rows(tmp_path / "b.jsonl.gz")


def test_an_unknown_task_and_one_without_examples(tmp_path):
    with pytest.raises(UsageError, match="no task 'soup'"):
        asked(TaskTable("soup"))
    with pytest.raises(UsageError, match="has no examples"):
        asked(TaskTable("lcc", write(tmp_path / "a.jsonl", [])))


def test_ids_must_differ(tmp_path):
    row = {
        "id": "a",
        "kind": "question",
        "root": ".",
        "path": "m.py",
        "remove": [],
        "hidden": [],
        "wanted": [["m.py", 1, 1]],
        "query": "q",
    }
    (tmp_path / "m.py").write_text("x = 1\n")
    with pytest.raises(UsageError, match="two examples 'a'"):
        asked(TaskTable("examples", write(tmp_path / "a.jsonl", [row, row])))


# -------------------------------------------------------------------------------------------------------- completion


MODULE = "def helper(value):\n    return value + 1\n\n\ndef other():\n    pass\n"
CALLER = (
    "".join(f"line_{number} = {number}\n" for number in range(30))
    + "def caller(start):\n    total = helper(start)\n    return total\n"
)


def test_repoeval(tmp_path):
    sources = [{"repo": "r", "file": "m.py", "text": MODULE}, {"repo": "r", "file": "c.py", "text": CALLER}]
    body = "    total = helper(start)\n    return total\n"
    write(tmp_path / "sources.jsonl.gz", sources, True)
    write(
        tmp_path / "examples.jsonl.gz",
        [{"id": "x", "repo": "r", "file": "c.py", "line": 31, "ground_truth": body}],
        True,
    )
    (example,) = asked(TaskTable("repoeval", str(tmp_path)))
    assert example.wanted == (Wanted("m.py", 1, 2),)
    assert example.query.split("\n")[-1] == "def caller(start):"
    assert example.names == {"helper"}
    shown = {source.name: source.text for source in example.sources}
    assert shown["c.py"] == "".join(f"line_{number} = {number}\n" for number in range(30))
    assert not any("total = helper" in text for text in shown.values())


def test_keywords_are_no_names():
    sources = (Source("a.ts", "const total = new Counter(); this.other"),)
    assert missing("const x = new Counter(this.other)", "", sources, "a.ts") == {"Counter", "other"}
    assert missing("const = new", "", sources, "a.py") == {"const", "new"}


def test_a_file_with_a_hole(tmp_path):
    lines = CALLER.split("\n")
    row = {
        "id": "x",
        "text": "\n".join([*lines[:31], *lines[33:], "line_40 = 5"]),
        "gt": "    return line_1 + line_40\n",
        "line_no": 31,
    }
    torn = {**row, "id": "y", "text": row["text"] + '\n"""'}
    write(tmp_path / "examples.jsonl.gz", [row, torn], True)
    (example,) = asked(TaskTable("infile", str(tmp_path)))
    assert example.names == {"line_1", "line_40"}
    assert example.prefix == example.query
    assert "caller" not in example.sources[0].text


def test_what_is_taken_away_is_a_whole_function():
    lines = ["x = 1", "@wrap", "@other(", "def f(", "    a,", "):", '    """Doc."""', "    y = 2"]
    assert opening(lines) == 1
    assert opening(["@wrap", *lines[3:]]) == 0
    assert opening(["x"] * 30) == 5


def test_cosqa(tmp_path):
    write(
        tmp_path / "corpus.jsonl.gz",
        [{"id": 7, "code": "def a():\n    pass"}, {"id": 9, "code": "def b():\n    return sorted(x)"}],
        True,
    )
    write(tmp_path / "queries.jsonl.gz", [{"id": "q", "query": "sort a list", "gold": 9}], True)
    (example,) = asked(TaskTable("cosqa", str(tmp_path)))
    assert example.wanted == (Wanted("f1.py", 1, 2),)
    assert len(example.sources) == 2


def test_cosqa_as_published(tmp_path):
    codes = {"def a():\n    pass": 7, "def b():\n    return sorted(x)": 9}
    (tmp_path / "code_idx_map.txt").write_text(json.dumps(codes))
    item = {
        "idx": "cosqa-train-1",
        "doc": "python sort a list",
        "code": "def b():\n    return sorted(x)",
        "docstring_tokens": "",
        "label": 1,
        "retrieval_idx": 9,
    }
    place = tmp_path / "cosqa-retrieval-test-500.json"
    place.write_text(json.dumps([item]))
    (example,) = asked(TaskTable("cosqa", str(tmp_path)))
    assert (example.key, example.query, example.wanted) == (
        "cosqa-train-1",
        "python sort a list",
        (Wanted("f1.py", 1, 2),),
    )
    place.write_text(json.dumps([{**item, "retrieval_idx": 8}]))
    with pytest.raises(SourceError, match="wants the function 8"):
        asked(TaskTable("cosqa", str(tmp_path)))
    place.write_text(json.dumps([{**item, "retrieval_idx": "9"}]))
    with pytest.raises(SourceError, match="item 0: retrieval_idx is of type str"):
        asked(TaskTable("cosqa", str(tmp_path)))


# --------------------------------------------------------------------------------------------------------- own format


@pytest.mark.parametrize("kind", ["completion", "needle"])
def test_the_toy_repository_makes_the_examples_that_are_shipped(tmp_path, kind):
    out = tmp_path / "made.jsonl"
    assert make.main([kind, str(DATA / "lending"), "--out", str(out)]) == 0
    made = {row["id"]: (row["path"], row["remove"], row["wanted"]) for row in rows(out)}
    assert made == {row["id"]: (row["path"], row["remove"], row["wanted"]) for row in rows(DATA / f"{kind}.jsonl")}
    assert len(made) >= 15


REPOSITORY = {
    "a.rs": "struct A;\n\nimpl A {\n    /// Adds one to the number that it is given.\n    fn add_one(n: u32) "
    "-> u32 {\n        let a = helper(n);\n        let b = a + 1;\n        b\n    }\n}\n\n"
    "fn helper(n: u32) -> u32 {\n    n\n}\n",
    "b.py": "from c import Other\n\n\nclass Mine:\n    def work(self, other):\n        self.step()\n        "
    "other.close()\n        push()\n        return 1\n\n    def step(self):\n        pass\n\n    def "
    "push(self):\n        pass\n",
    "c.py": "\n\n".join(
        f"class {name}:\n    def step(self):\n        self.a = {at}\n        return self.a\n\n    def "
        f"close(self):\n        self.a = {at}\n        return self.a\n"
        for at, name in enumerate(("Far", "Other", "Hidden"))
    ),
    "d.go": "package d\n\n// Sum tells how much both of the numbers are together, and Sum is quick.\nfunc "
    "Sum(a int, b int) int {\n\tc := a\n\td := b\n\treturn c + d\n}\n",
    "e.py": 'def one(a):\n    """Tell people how much it was in the end."""\n    b = a\n    c = b\n    '
    'return c\n\n\ndef two(a):\n    """Tell people how much it was in the end."""\n    b = a\n    '
    "return b\n",
}


def made_of(tmp_path, kind):
    for name, text in REPOSITORY.items():
        (tmp_path / "r").mkdir(exist_ok=True)
        (tmp_path / "r" / name).write_text(text)
    assert make.main([kind, str(tmp_path / "r"), "--out", str(tmp_path / "made.jsonl")]) == 0
    return {row["id"]: row for row in rows(tmp_path / "made.jsonl")}


def test_a_body_is_hidden_and_not_what_encloses_it_and_calls_are_told_by_their_receivers(tmp_path):
    made = made_of(tmp_path, "completion")
    assert set(made) == {"a.rs:add_one:6", "b.py:work:6"}
    assert (made["a.rs:add_one:6"]["remove"], made["a.rs:add_one:6"]["hidden"]) == ([4, 9], [6, 9])
    assert made["a.rs:add_one:6"]["wanted"] == [["a.rs", 12, 14]]
    assert made["b.py:work:6"]["wanted"] == [
        ["b.py", 11, 12],
        ["c.py", 16, 18],
    ]  # its own step, and close of the class it imports


def test_a_needle_is_asked_for_without_its_name_and_its_comment_stands_nowhere_else(tmp_path):
    made = made_of(tmp_path, "needle")
    assert {row["query"] for row in made.values()} == {
        "Adds one to the number that it is given.",
        "it tells how much both of the numbers are together, and it is quick.",
    }
    (example,) = (
        found for found in asked(TaskTable("examples", str(tmp_path / "made.jsonl"))) if found.key.startswith("d.go")
    )
    assert (example.kind, example.hidden.split("\n")[0]) == ("needle", "func Sum(a int, b int) int {")
    assert example.choices[0].split("\n")[0].strip() == "fn add_one(n: u32) -> u32 {"


def test_a_body_that_stands_twice_is_no_example(tmp_path):
    body = "    a = helper(1)\n    b = a + 1\n    c = b + 1\n    return c\n"
    (tmp_path / "a.py").write_text(f"def one():\n{body}\n\ndef helper(n):\n    return n\n")
    assert make.main(["completion", str(tmp_path), "--out", str(tmp_path / "o.jsonl")]) == 0
    (tmp_path / "b.py").write_text(f"def two():\n{body}")
    with pytest.raises(SourceError, match="nowhere else"):
        make.main(["completion", str(tmp_path), "--out", str(tmp_path / "o.jsonl")])


def test_names_that_are_words_stay():
    assert (
        make.unnamed("Read what is there, with read_all() or x.read_all", "read_all", "python")
        == "Read what is there, with it or x.read_all"
    )
    assert make.unnamed("read what is there", "read", "python") == "read what is there"


def test_a_hidden_body_is_in_no_source():
    for example in asked(TaskTable("examples", str(DATA / "completion.jsonl")), limit=50):
        assert example.hidden.strip()
        assert example.wanted
        assert not any(example.hidden in source.text for source in example.sources)
        assert example.prefix == example.query


def test_a_needles_comment_is_gone_and_its_function_is_where_it_should_be():
    found = asked(TaskTable("examples", str(DATA / "needle.jsonl")), limit=60)
    assert {example.wanted[0].path.rpartition(".")[2] for example in found} == {"py", "ts", "go"}
    for example in found:
        (place,) = example.wanted
        text = next(source.text for source in example.sources if source.name == place.path)
        name = example.key.split(":")[1]
        assert name in text.split("\n")[place.first - 1]
        assert example.query.split("\n")[0] not in text


def test_own_examples_that_are_broken(tmp_path):
    good = {
        "id": "a",
        "kind": "question",
        "root": ".",
        "path": "m.py",
        "remove": [],
        "hidden": [],
        "wanted": [],
        "query": "q",
    }
    (tmp_path / "m.py").write_text(MODULE)
    broken = [
        ({"path": "n.py"}, "no file n.py"),
        ({"root": "nowhere"}, "no folder"),
        ({"remove": [5, 2]}, "remove is"),
        ({"hidden": [1, 99]}, "hidden is"),
        ({"wanted": [["m.py", 1]]}, "wanted has"),
        ({"remove": [1, 3], "wanted": [["m.py", 1, 2]]}, "taken out"),
    ]
    for change, said in broken:
        with pytest.raises(SourceError, match=said):
            asked(TaskTable("examples", write(tmp_path / "a.jsonl", [{**good, **change}])))


def test_wanted_lines_move_with_what_is_taken_out(tmp_path):
    (tmp_path / "m.py").write_text("a\nb\nc\nd\ne\nf\n")
    row = {
        "id": "a",
        "kind": "question",
        "root": ".",
        "path": "m.py",
        "remove": [3, 4],
        "hidden": [],
        "query": "q",
        "wanted": [["m.py", 1, 2], ["m.py", 2, 5], ["m.py", 6, 6]],
    }
    (example,) = asked(TaskTable("examples", write(tmp_path / "a.jsonl", [row])))
    assert example.wanted == (Wanted("m.py", 1, 2), Wanted("m.py", 2, 3), Wanted("m.py", 4, 4))
    assert without("a\nb\nc\n", (2, 2)) == "a\nc\n"


def test_names_within_a_folder(tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").touch()
    assert within(tmp_path, f"some/where/{tmp_path.name}/src/a.py") == "src/a.py"


def test_nothing_to_make(tmp_path):
    (tmp_path / "a.py").write_text("x = 1\n")
    with pytest.raises(SourceError, match="no functions to ask about"):
        make.main(["completion", str(tmp_path), "--out", str(tmp_path / "o.jsonl")])
    with pytest.raises(SourceError, match="no folder"):
        make.main(["needle", str(tmp_path / "nowhere")])


def test_what_a_comment_says():
    assert make.said('"""Read a file.\n\n    Args:\n        path: where\n    """') == "Read a file."
    assert make.said("/** Sum of two.\n * With care.\n * @param a one\n */\n") == "Sum of two.\nWith care."
    assert make.said("// Words cuts a text.\n// Slowly.\n") == "Words cuts a text.\nSlowly."


# --------------------------------------------------------------------------------------------------------- boundaries


def test_statements_of_a_function_are_its_boundaries(tmp_path):
    text = (
        "def f(a):\n    x = 1\n    if a:\n        x = 2\n        y = 3\n    z = (\n        4,\n    )\n   "
        " for i in a:\n        print(i)\n        print(i)\n    return x\n"
    )
    (tmp_path / "a.py").write_text(text)
    example, short = asked(TaskTable("boundaries", str(tmp_path)))
    assert [place.first for place in example.wanted] == [3, 6, 9, 12]
    assert example.key.startswith("python/black:")
    assert short.key.startswith("python/minified:")
    assert short.sources[0].text.split("\n")[1:4] == [" x = 1", " if a:", "  x = 2"]
    assert [place.first for place in short.wanted] == [3, 6, 9, 12]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("x = 1\n", "black"),
        ("x = '1'\n", "plain"),
        ("x = '\"'\n", "black"),
        ("x = 1 \n", "plain"),
        ("# a\n# b\nx = 1\n", "commented"),
        ("x" * 120 + "\ny\n", "long lines"),
        (f"x = {'+'.join(['1'] * 45)}\n" + "y = 1\n" * 20, "plain"),
        ('x = """\n' + "y" * 95 + '\n"""\n' + "y = 1\n" * 20, "black"),
        ("a = 1\nb = 2\n\ndef f():\n    pass\n", "plain"),
        ("a = 1\nb = 2\n\n\n@wrap\ndef f():\n    pass\n", "black"),
        ("x = (\n", "plain"),
    ],
)
def test_styles(text, name):
    assert style(Source("a.py", text), "python") == name


def test_minified_code_parses_and_says_the_same():
    form = tools_for(TaskTable("examples")).form
    text = (
        "class A:\n    def f(self):\n\n        # note\n        if self:\n            return (\n          "
        "      1\n            )\n        return 2  # two\n"
    )
    made = minified(form, Source("a.py", text))
    assert made.text == "class A:\n def f(self):\n  if self:\n   return (\n    1\n   )\n  return 2\n"
    ast.parse(made.text)


# -------------------------------------------------------------------------------------------------- published formats


def test_lcc_is_split_at_the_last_definition_and_filtered(tmp_path):
    long = "value = 1\n" * 2500
    good = {"context": f"{long}@wrap\ndef last(a):\n    b = a", "gt": "    return b"}
    short = {"context": "x = 1\ndef last():\n", "gt": "pass"}
    endless = {"context": f"{long}def last():\n" + "    x = 1\n" * 60, "gt": "pass"}
    (example,) = asked(TaskTable("lcc", write(tmp_path / "a.jsonl", [good, short, endless])))
    assert example.query == "@wrap\ndef last(a):\n    b = a"
    assert example.hidden == "    return b"
    assert split_at_definition("x = 1\ny = 2") == ("", "x = 1\ny = 2")


def test_repoeval_as_published(tmp_path):
    folder = tmp_path / "repositories" / "owner_repo" / "pkg"
    folder.mkdir(parents=True)
    (folder / "m.py").write_text(MODULE)
    (folder / "c.py").write_text(CALLER)
    body = "    total = helper(start)\n    return total"
    about = {
        "task_id": "owner_repo/3",
        "ground_truth": body,
        "fpath_tuple": ["owner_repo", "pkg", "c.py"],
        "context_start_lineno": 0,
        "line_no": 31,
    }
    path = write(
        tmp_path / "function_level_completion_2k_context_codex.test.jsonl", [{"prompt": "...", "metadata": about}]
    )
    table = TaskTable("repoeval", path, clones=str(tmp_path / "repositories"))
    (example,) = asked(table)
    assert (example.hidden, example.wanted, example.query.split("\n")[-1]) == (
        body,
        (Wanted("pkg/m.py", 1, 2),),
        "def caller(start):",
    )
    with pytest.raises(SourceError, match="no repository"):
        asked(TaskTable("repoeval", path, clones=str(tmp_path / "elsewhere")))
    write(
        tmp_path / "a.jsonl",
        [{"prompt": "...", "metadata": {key: value for key, value in about.items() if key != "line_no"}}],
    )
    with pytest.raises(SourceError, match="line 1, metadata: the field 'line_no' is missing"):
        asked(TaskTable("repoeval", str(tmp_path / "a.jsonl"), clones=table.clones))
    write(tmp_path / "a.jsonl", [{"prompt": "...", "metadata": {**about, "line_no": 999}}])
    with pytest.raises(SourceError, match="no line 999"):
        asked(TaskTable("repoeval", str(tmp_path / "a.jsonl"), clones=table.clones))


def test_parquet_and_a_folder_of_it(tmp_path):
    parquet, arrow = pytest.importorskip("pyarrow.parquet"), pytest.importorskip("pyarrow")
    row = {"context": "value = 1\n" * 2500 + "def last(a):\n    b = a", "gt": "    return b"}
    (tmp_path / "d").mkdir()
    parquet.write_table(arrow.Table.from_pylist([row, row]), tmp_path / "d" / "test-0.parquet")
    for place in ("d", "d/test-0.parquet"):
        assert len(asked(TaskTable("lcc", str(tmp_path / place)))) == 2
    parquet.write_table(arrow.Table.from_pylist([{"context": "x"}]), tmp_path / "d" / "test-1.parquet")
    with pytest.raises(SourceError, match=r"test-1\.parquet, row 1: the field 'gt' is missing"):
        asked(TaskTable("lcc", str(tmp_path / "d")))
    (tmp_path / "d" / "test-0.parquet").write_text("no parquet")
    with pytest.raises(SourceError, match="cannot be read"):
        asked(TaskTable("lcc", str(tmp_path / "d")))


def test_parquet_without_its_package(tmp_path, monkeypatch):
    (tmp_path / "a.parquet").write_text("")
    monkeypatch.setitem(__import__("sys").modules, "pyarrow.parquet", None)
    with pytest.raises(MissingExtra, match="longzip\\[hub\\]"):
        asked(TaskTable("lcc", str(tmp_path / "a.parquet")))
    with pytest.raises(SourceError, match="no data file"):
        asked(TaskTable("lcc", str(tmp_path / "b.parquet")))


def test_repobench(tmp_path):
    row = {
        "repo_name": "r",
        "file_path": "f.py",
        "context": [{"path": "a.py", "snippet": "def a(): pass"}, {"path": "b.py", "snippet": "def b():\n    pass"}],
        "cropped_code": "import b\n",
        "next_line": "b()",
        "gold_snippet_index": 1,
    }
    (example,) = asked(TaskTable("repobench", write(tmp_path / "a.jsonl", [row])))
    assert example.wanted == (Wanted("1/b.py", 1, 2),)
    (example,) = asked(
        TaskTable(
            "repobench",
            write(tmp_path / "c.jsonl", [{**row, "import_statement": "from b import b", "cropped_code": "x = 1"}]),
        )
    )
    assert (example.prefix, example.query, example.names) == ("from b import b\n\nx = 1", "x = 1", frozenset())
    torn = [{**row, "context": [{"path": "a.py"}]}]
    with pytest.raises(SourceError, match="line 1, context 0: the field 'snippet' is missing"):
        asked(TaskTable("repobench", write(tmp_path / "d.jsonl", torn)))
    with pytest.raises(SourceError, match="'next_line' is missing"):
        asked(
            TaskTable(
                "repobench", write(tmp_path / "b.jsonl", [{**{k: v for k, v in row.items() if k != "next_line"}}])
            )
        )


def test_crosscodeeval(tmp_path):
    context = {"text": "", "list": [{"retrieved_chunk": "def used(): pass", "filename": "u.py", "score": 1.0}]}
    row = {
        "prompt": "x = ",
        "groundtruth": "used()",
        "right_context": "\nprint(x)",
        "crossfile_context": context,
        "metadata": {"task_id": "t/1"},
    }
    (example,) = asked(TaskTable("crosscodeeval", write(tmp_path / "a.jsonl", [row])))
    assert (example.key, example.hidden, example.suffix, example.names) == ("t/1", "used()", "\nprint(x)", {"used"})
    assert example.before == "x = "  # the answer goes on in this line
    alone = {**row, "crossfile_context": {"text": "", "list": []}}
    assert len(asked(TaskTable("crosscodeeval", write(tmp_path / "b.jsonl", [alone, row, alone])), limit=1)) == 1


def test_repoqa(tmp_path):
    content = {"a.py": "import os\n\ndef one():\n    return 1\n\ndef two():\n    return 2\n"}
    needles = [
        {"name": "one", "path": "a.py", "start_line": 2, "end_line": 4, "description": "gives one"},
        {"name": "two", "path": "a.py", "start_line": 5, "end_line": 7, "description": "gives two"},
    ]
    path = tmp_path / "q.json"
    path.write_text(
        json.dumps(
            {"python": [{"repo": "r", "content": content, "needles": needles}, {"repo": "none", "content": content}]}
        )
    )
    found = {example.query: example for example in asked(TaskTable("repoqa", str(path)))}
    assert found["gives two"].hidden == "def two():\n    return 2"
    assert found["gives two"].wanted == (Wanted("a.py", 6, 7),)
    assert found["gives two"].choices == ("def one():\n    return 1",)
    assert found["gives two"].kind == "needle"
    one = needles[0]
    files = {
        name: "".join(f"line_{number} = {name}\n" for number in range(40))
        for name in ("low.py", "mid.py", "top.py", "far.py")
    }
    files["mid.py"] = files["mid.py"] + content["a.py"] + files["mid.py"]
    dependency = {"top.py": ["mid.py"], "mid.py": ["low.py"], "low.py": [], "far.py": ["top.py"]}
    there = {**one, "path": "mid.py", "start_line": 42, "end_line": 44}
    path.write_text(
        json.dumps({"python": [{"repo": "r", "content": files, "dependency": dependency, "needles": [there]}]})
    )
    for size, names in (
        (60, ["mid.py"]),
        (700, ["low.py", "mid.py", "top.py"]),
        (5000, ["low.py", "mid.py", "top.py", "far.py"]),
    ):
        (example,) = asked(TaskTable("repoqa", str(path), size=size))
        assert [source.name for source in example.sources] == names
        assert sum(len(source.text) for source in example.sources) <= 4 * size
        (place,) = example.wanted
        shown = next(source.text for source in example.sources if source.name == "mid.py").split("\n")[
            place.first - 1 : place.last
        ]
        assert "\n".join(shown) == example.hidden == "def one():\n    return 1"
    path.write_text(
        json.dumps({"python": [{"repo": "r", "content": content, "needles": [{**needles[0], "end_line": 99}]}]})
    )
    with pytest.raises(SourceError, match=r"python 0, needles 0: lines 2 to 99 are not in a\.py"):
        asked(TaskTable("repoqa", str(path)))
    path.write_text('{"python":\n [}')
    with pytest.raises(SourceError, match="line 2: no JSON"):
        asked(TaskTable("repoqa", str(path)))


PATCH = (
    "diff --git a/m.py b/m.py\n--- a/m.py\n+++ b/m.py\n@@ -1,3 +1,4 @@\n a\n-b\n+B\n+C\n c\n@@ -9,2 "
    "+10,3 @@ def f\n x\n+new\n y\n"
)


def test_the_lines_that_a_patch_changes():
    assert changed_lines(PATCH) == [Wanted("m.py", 2, 2), Wanted("m.py", 9, 9)]
    assert changed_lines("--- /dev/null\n+++ b/n.py\n@@ -0,0 +1 @@\n+x\n") == []


def test_swebench(tmp_path):
    clone = tmp_path / "clones" / "o__r"
    clone.mkdir(parents=True)
    for words in (["init", "-q"], ["config", "user.email", "a@b.c"], ["config", "user.name", "a"]):
        subprocess.run(["git", "-C", str(clone), *words], check=True)
    (clone / "m.py").write_text(
        "a\nb\nc\n\n\ndef f(x):\n    y = x\n    z = y\n    x = z\n    return x\n\n\ndef g():\n    a "
        "= 1\n    b = 2\n    return a + b\n"
    )
    (clone / "empty.py").write_text("")
    (clone / "ü b.py").write_text("u = 1\n")
    subprocess.run(["git", "-C", str(clone), "add", "."], check=True)
    subprocess.run(["git", "-C", str(clone), "commit", "-qm", "x"], check=True)
    commit = subprocess.run(
        ["git", "-C", str(clone), "rev-parse", "HEAD"], check=True, capture_output=True, text=True
    ).stdout.strip()
    (clone / "m.py").write_text("changed\n")
    row = {"instance_id": "i", "repo": "o/r", "base_commit": commit, "problem_statement": "b is wrong", "patch": PATCH}
    (example,) = asked(TaskTable("swebench", write(tmp_path / "a.jsonl", [row]), clones=str(tmp_path / "clones")))
    assert [source.name for source in example.sources] == ["m.py", "ü b.py"]
    assert example.sources[0].text.startswith("a\nb\n")
    assert example.wanted == (Wanted("m.py", 2, 2), Wanted("m.py", 6, 12))  # line 9 lies in f
    with pytest.raises(SourceError, match="git ls-tree"):
        asked(
            TaskTable(
                "swebench",
                write(tmp_path / "b.jsonl", [{**row, "base_commit": "0" * 40}]),
                clones=str(tmp_path / "clones"),
            )
        )
    with pytest.raises(SourceError, match="no clone"):
        asked(TaskTable("swebench", str(tmp_path / "a.jsonl"), clones=str(tmp_path)))


def test_module_summaries(tmp_path):
    code = "def f():\n    return 1\n" * 200  # 1,150 tokens; the paper's code leaves out what has fewer than 1,024
    row = {"relevant_code_context": code, "docfile_name": "f.rst", "intent": "using f", "target_text": "How to use f"}
    small, large = {**row, "relevant_code_context": "def f(): pass"}, {**row, "relevant_code_context": 30 * code}
    (example,) = asked(TaskTable("lca", write(tmp_path / "a.jsonl", [small, row, large])))
    assert (example.query, example.hidden, example.kind) == (
        "Generate documentation for f.rst about using f",
        "How to use f",
        "documentation",
    )


def test_the_hub_is_asked_only_where_it_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "datasets", None)
    with pytest.raises(MissingExtra, match="datasets"):
        asked(TaskTable("lcc", "hub:microsoft/LCC_python"))


def test_the_hub_offline(monkeypatch):
    class Datasets:
        @staticmethod
        def load_dataset(_name, split):  # noqa: ARG004
            raise ConnectionError("no route")

    monkeypatch.setitem(__import__("sys").modules, "datasets", Datasets)
    with pytest.raises(SourceError, match="go online, or give a local file"):
        asked(TaskTable("lcc", "hub:microsoft/LCC_python"))


def test_a_split_of_a_set_on_the_hub(monkeypatch):
    class Datasets:
        @staticmethod
        def load_dataset(name, split):
            assert (name, split) == ("tianyang/repobench_python_v1.1", "cross_file_first")
            context = [{"path": "a.py", "identifier": "a", "snippet": "def a(): pass"}]
            return [{"context": context, "cropped_code": "x", "next_line": "a()", "gold_snippet_index": 0}]

    monkeypatch.setitem(__import__("sys").modules, "datasets", Datasets)
    assert len(asked(TaskTable("repobench", "hub:tianyang/repobench_python_v1.1:cross_file_first"))) == 1


def test_locomo(tmp_path):
    talk = {
        "speaker_a": "Ann",
        "speaker_b": "Bo",
        "session_2": [{"speaker": "Bo", "dia_id": "D2:1", "text": "I moved to Oslo."}],
        "session_1_date_time": "1 May",
        "session_1": [
            {"speaker": "Ann", "dia_id": "D1:1", "text": "Hi."},
            {"speaker": "Bo", "dia_id": "D1:2", "text": "I sold the boat."},
        ],
    }
    qa = [
        {"question": "Where does Bo live?", "answer": "Oslo", "evidence": ["D2:1"], "category": 1},
        {"question": "Which year?", "answer": 2022, "evidence": ["D1:2; D2:1"]},
        {"question": "Which car?", "evidence": ["D1:1"], "category": 5},
        {"question": "Nothing?", "answer": "x", "evidence": []},
    ]
    path = tmp_path / "locomo.json"
    path.write_text(json.dumps([{"sample_id": "s", "conversation": talk, "qa": qa}]))
    found = {example.query: example for example in asked(TaskTable("locomo", str(path)))}
    assert set(found) == {"Where does Bo live?", "Which year?"}
    assert [source.name for source in found["Which year?"].sources] == ["0000-Ann", "0001-Bo", "0002-Bo"]
    assert found["Which year?"].wanted == (Wanted("0001-Bo", 1, 1), Wanted("0002-Bo", 1, 1))
    assert found["Which year?"].hidden == "2022"
    assert found["Which year?"].sources[1].text == "[1 May] I sold the boat.\n"
    path.write_text(json.dumps({"conversation": talk, "qa": [{"answer": "x"}]}))
    with pytest.raises(SourceError, match="sample 0, qa 0: the field 'question' is missing"):
        asked(TaskTable("locomo", str(path)))


def test_what_is_recalled_of_a_conversation():
    asked = Example(
        "c:0",
        (Source("0000-user", "My cat is called Mo Junior.\n"),),
        "q",
        hidden="Mo Junior",
        wanted=(Wanted("0000-user", 1, 1),),
        kind="recall",
    )
    assert recall_measures(asked, Context("A cat, Mo, is mentioned."), None) == {
        "callee": 0.0,
        "lines": 0.0,
        "whole": 0.0,
        "answer": 0.0,
        "words": 0.5,
    }
    assert recall_measures(asked, Context("[user]\nMy cat is called Mo Junior."), None) == {
        "callee": 1.0,
        "lines": 1.0,
        "whole": 1.0,
        "answer": 1.0,
        "words": 1.0,
    }


def test_probes_over_a_conversation(tmp_path):
    turns = [{"role": "user", "text": "My cat is called Mo."}, {"role": "assistant", "text": "A fine name.\nHow old?"}]
    row = {
        "id": "c",
        "turns": turns,
        "probes": [
            {"question": "what is the cat's name?", "turns": [0]},
            {"question": "what was asked?", "turns": [1]},
        ],
    }
    found = {example.key: example for example in asked(TaskTable("conversation", write(tmp_path / "a.jsonl", [row])))}
    assert found["c:0"].wanted == (Wanted("0000-user", 1, 1),)
    assert found["c:1"].wanted == (Wanted("0001-assistant", 1, 2),)
    assert len(found["c:0"].sources) == 2
    with pytest.raises(SourceError, match="no turn 2"):
        asked(
            TaskTable(
                "conversation", write(tmp_path / "b.jsonl", [{**row, "probes": [{"question": "q", "turns": [2]}]}])
            )
        )
    with pytest.raises(SourceError, match="line 1, turns 0: the field 'role' is missing"):
        asked(TaskTable("conversation", write(tmp_path / "b.jsonl", [{**row, "turns": [{"text": "x"}]}])))
