"""The benchmark's runner on a tiny version of the smoke run: complete, resumable, honest about failures."""

import json
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import config, methods, publish, report, run
from benchmarks.memory import mark, peak
from benchmarks.methods.tools import each
from benchmarks.progress import Progress, clock
from benchmarks.records import Record, gone_on, read
from benchmarks.values import Context, Outcome
from longzip import BudgetTooSmall, ModelError, SourceError, UsageError

ROOT = Path(__file__).parent.parent
SMOKE = """
name = "tiny"
limit = 2
model = "ngram"
count_for = "chars/4"
budgets = [300, "5.6x"]
methods = ["none", "full", "bm25-functions", "longzip"]
[[tasks]]
kind = "examples"
name = "completion"
data = "{data}/completion.jsonl"
measure = "callee"
[[tasks]]
kind = "boundaries"
data = "{data}/lending/server"
methods = ["blank-line-boundaries"]
budgets = [100]
limit = 1
[[readers]]
kind = "likelihood"
model = "ngram"
"""


@pytest.fixture
def tiny(tmp_path):
    path = tmp_path / "tiny.toml"
    path.write_text(SMOKE.format(data=ROOT / "benchmarks" / "data"))
    return path


def test_a_run_from_end_to_end(tiny, tmp_path, capsys):
    assert run.main([str(tiny), "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr()
    folder = tmp_path / "out" / "tiny"
    outcomes = read(folder / "outcomes.jsonl")
    assert len(outcomes) == 2 * 2 * 4 + 2
    summary = json.loads(said.out.strip().split("\n")[-1])
    assert summary["outcomes"] == len(outcomes)
    assert summary["errors"] == summary["over_budget"] == 0
    assert summary["means"]["completion 300 none"]["callee"] == 0.0
    assert summary["means"]["completion 300 full"]["callee"] == 1.0
    about = json.loads((folder / "run.json").read_text())
    assert about["settings"]["name"] == "tiny"
    assert {"commit", "command", "model", "device", "seed", "versions"} <= set(about)
    assert "| 300 | longzip |" in (folder / "table.md").read_text()
    assert (folder / "completion.svg").is_file()
    assert (folder / "completion.png").is_file()
    assert "0 of 10 steps (0 %), estimating: completion, none" in said.err
    for outcome in outcomes:
        assert outcome.peak_megabytes > 10
        assert "nll ngram" in outcome.measures or outcome.task == "boundaries"


def test_a_run_goes_on_where_it_was_stopped(tiny, tmp_path, capsys, monkeypatch):
    out = ["--out", str(tmp_path / "out")]
    record = tmp_path / "out" / "tiny" / "outcomes.jsonl"
    run.main([str(tiny), *out])
    whole = record.read_text()
    lines = whole.split("\n")
    record.write_text("\n".join(lines[:5]) + "\n" + lines[5][:20])
    run.main([str(tiny), *out])
    kept = record.read_text().split("\n")
    assert kept[:5] == lines[:5]
    strip = [{**json.loads(line), "seconds": 0, "read_seconds": 0, "peak_megabytes": 0} for line in kept if line]
    assert len(strip) == len([line for line in lines if line])
    monkeypatch.setattr(run, "taken", None)
    assert run.main([str(tiny), *out]) == 0
    capsys.readouterr()
    assert record.read_text().split("\n") == kept


def test_the_same_run_gives_the_same_numbers(tiny, tmp_path, capsys):
    run.main([str(tiny), "--out", str(tmp_path / "a")])
    run.main([str(tiny), "--out", str(tmp_path / "b"), "--fresh"])
    capsys.readouterr()
    one, other = (read(tmp_path / name / "tiny" / "outcomes.jsonl") for name in "ab")
    assert [(row.example, row.method, row.tokens, row.measures) for row in one] == [
        (row.example, row.method, row.tokens, row.measures) for row in other
    ]


def test_a_method_that_fails_is_recorded_counted_and_scored_as_no_context(tiny, tmp_path, monkeypatch):
    def failing(_tools, _told):
        def method(_sources, _query, budgets):
            return [BudgetTooSmall(900, budgets[0]), *(Context("x", {}) for _ in budgets[1:])]

        return method

    def crashing(_tools, _told):
        return each(lambda _sources, _query, _budget: {}["nothing"])

    monkeypatch.setattr(methods, "METHODS", {**methods.METHODS, "failing": failing, "crashing": crashing})
    asked = replace(config.load(tiny), methods=("longzip", "failing", "crashing"), tasks=config.load(tiny).tasks[:1])
    folder = tmp_path / "out"
    record = run.execute(asked, folder, "test")
    failed = [outcome for outcome in record.outcomes.values() if outcome.error]
    assert len(failed) == 2 + 4
    assert {outcome.measures["callee"] for outcome in failed} == {0.0}
    assert any("KeyError" in outcome.error for outcome in failed)
    cells = {
        (cell.method, cell.budget): cell for cell in report.summarised(asked, list(record.outcomes.values()), "longzip")
    }
    assert cells["failing", 300].errors == 2
    assert cells["failing", 300].examples == 2
    assert cells["failing", 300].measures["callee"].mean == 0.0
    assert "| 2 |" in (report.write(asked, record, folder, "longzip") and (folder / "table.md").read_text())


def outcome(**values):
    base = {
        "task": "t",
        "example": "e",
        "method": "m",
        "budget": 10,
        "allowed": 10,
        "tokens": 9,
        "original": 90,
        "seconds": 0.1,
        "measures": {"names": 0.5},
    }
    return Outcome(**{**base, **values})


def test_means_are_over_examples_that_all_methods_have_done():
    asked = config.Run("r", (config.TaskTable("examples", name="t"),), methods=("m", "n"), budgets=(10,), reference="m")
    rows = [outcome(), outcome(method="n", measures={"names": 1.0}), outcome(example="f", measures={"names": 0.0})]
    cells = report.summarised(asked, rows, "m")
    assert [(cell.method, cell.examples, cell.measures["names"].mean) for cell in cells] == [
        ("m", 1, 0.5),
        ("n", 1, 1.0),
    ]
    assert cells[1].against["names"].wins == 1
    assert not cells[0].against


def test_a_measure_of_a_reader_is_found_by_its_short_name():
    asked = config.Run("r", (config.TaskTable("lca", name="t"),), methods=("m", "n"), budgets=(10,), reference="m")
    rows = [outcome(measures={"score x": 0.5}), outcome(method="n", measures={"score x": 0.75})]
    text = report.tables(asked, report.summarised(asked, rows, "m"), "m")
    assert "| score x, less that of m |" in text
    assert "| +0.250 [+0.250, +0.250] | 1/0/0 |" in text


def test_a_result_over_its_budget_is_counted():
    asked = config.Run("r", (config.TaskTable("examples", name="t"),), methods=("m",), budgets=(10,))
    assert report.summarised(asked, [outcome(tokens=11)], "m")[0].over_budget == 1


def test_the_table_says_from_where_on_compression_pays():
    asked = config.Run(
        "r",
        (config.TaskTable("examples", name="t"),),
        methods=("m", "slow"),
        budgets=(10,),
        share_scores=False,
        million_price=1.0,
        second_price=1e-5,
    )
    rows = [
        outcome(original=1009, tokens=9, seconds=10.09 / 2),
        outcome(method="slow", original=1009, tokens=9, seconds=1009.0),
    ]
    text = report.tables(asked, report.summarised(asked, rows, "m"), "m")
    assert "| seconds | reading | calls | MB | pays from | pays at |" in text
    assert "| 9 | 0.0505 | " in text.split("| m |")[1].split("\n")[0]
    assert "never" in text.split("| slow |")[1]


def test_where_the_results_lie_is_not_recorded():
    assert run.said(["a.toml", "--out", "/some/where", "--limit", "2", "--out=/else"]) == ["a.toml", "--limit", "2"]


def test_a_record_of_another_version_is_refused(tmp_path):
    (tmp_path / "outcomes.jsonl").write_text('{"task": "t"}\n')
    with pytest.raises(UsageError, match="line 1: no outcome of this version"):
        Record(tmp_path)


def test_a_folder_with_another_run_is_refused(tiny, tmp_path, capsys):
    out = ["--out", str(tmp_path / "out")]
    run.main([str(tiny), *out])
    tiny.write_text(tiny.read_text().replace("limit = 2", "limit = 2\nseed = 9", 1))
    assert run.main([str(tiny), *out]) == 2
    assert "other seed" in capsys.readouterr().err
    assert gone_on(tmp_path / "nowhere", {"commit": "c"}) == {"commit": "c"}


@pytest.mark.parametrize(
    ("change", "said"),
    [(("seed = 9", "settings = { closure = false }"), "other settings"), (("", ""), "with the model ngram@before")],
)
def test_a_run_is_not_gone_on_with_other_settings_or_another_model(tiny, tmp_path, capsys, change, said):
    out = ["--out", str(tmp_path / "out")]
    tiny.write_text(tiny.read_text().replace("limit = 2", "limit = 1\nseed = 9", 1))
    run.main([str(tiny), *out])
    tiny.write_text(tiny.read_text().replace(*change, 1) if change[0] else tiny.read_text())
    about = tmp_path / "out" / "tiny" / "run.json"
    if not change[0]:
        about.write_text(about.read_text().replace('"model": "ngram@', '"model": "ngram@before', 1))
    capsys.readouterr()
    if "settings" in said:
        tiny.write_text("seed = 9\n" + tiny.read_text())
    assert run.main([str(tiny), *out]) == 2
    assert said in capsys.readouterr().err


def test_a_run_says_which_commits_it_was_made_with(tiny, tmp_path, capsys):
    folder = tmp_path / "out" / "tiny"
    run.main([str(tiny), "--out", str(tmp_path / "out"), "--limit", "1"])
    about = json.loads((folder / "run.json").read_text())
    now = about["commit"]
    assert "earlier_commits" not in about
    (folder / "run.json").write_text(json.dumps({**about, "commit": "0123"}))
    run.main([str(tiny), "--out", str(tmp_path / "out")])
    capsys.readouterr()
    about = json.loads((folder / "run.json").read_text())
    assert (about["commit"], about["earlier_commits"]) == (now, ["0123"])
    assert ", begun at 0123, model" in publish.section(folder)


def test_a_field_that_came_later_is_no_difference(tmp_path):
    old = {"commit": "c", "model": "m", "settings": {"readers": [{"kind": "likelihood"}], "tasks": [], "seed": 1}}
    new = {
        "commit": "c",
        "model": "m",
        "settings": {"readers": [{"kind": "likelihood", "judge": ""}], "tasks": [], "seed": 1},
    }
    (tmp_path / "run.json").write_text(json.dumps(old))
    (tmp_path / "outcomes.jsonl").touch()
    assert gone_on(tmp_path, new) == {**new, "earlier_commits": []}


@pytest.mark.parametrize(
    ("failure", "code", "said_last"),
    [
        (
            ModelError("http://host/v1: it is out of credit; call the run again to go on."),
            1,
            "bench: http://host/v1: it is out of credit",
        ),
        (KeyboardInterrupt(), 130, "bench: interrupted; call it again"),
    ],
)
def test_what_was_done_before_a_run_ended_early_has_its_table(
    tiny, tmp_path, capsys, monkeypatch, failure, code, said_last
):
    calls = []

    class Failing:
        def read(self, _example, contexts):
            calls.append(len(contexts))
            if len(calls) == 3:
                raise failure
            return [{"es m": 1.0, "tokens m": 7.0}] * len(contexts)

    monkeypatch.setattr(run.readers, "load", lambda _tools, _folder: [Failing()])
    assert run.main([str(tiny), "--out", str(tmp_path / "out")]) == code
    assert capsys.readouterr().err.rstrip().split("\n")[-1].startswith(said_last)
    table = (tmp_path / "out" / "tiny" / "table.md").read_text()
    assert "| es m | tokens m |" in table
    assert "| 7 |" in table
    assert run.main([str(tiny), "--out", str(tmp_path / "out")]) == 0
    assert len(read(tmp_path / "out" / "tiny" / "outcomes.jsonl")) == 2 * 2 * 4 + 2
    capsys.readouterr()


def test_the_rest_is_foretold_by_the_time_that_steps_of_its_kind_took():
    lines = []
    progress = Progress(lines.append, Counter({("t", "slow"): 3, ("t", "fast"): 3, ("u", "new"): 2}), every=10.0)
    progress.begin(("t", "slow"), 0.0)
    progress.end(("t", "slow"), 50.0)
    progress.end(("t", "fast"), 2.0)
    progress.begin(("t", "slow"), 5.0)
    progress.begin(("t", "slow"), 12.0)
    assert progress.remaining() == 2 * 50 + 2 * 2 + 2 * 26
    assert lines == [
        "[....................] 0 of 8 steps (0 %), estimating: t, slow",
        "[#####...............] 2 of 8 steps (25 %), about 3 min left: t, slow",
    ]


def test_clock():
    assert [clock(seconds) for seconds in (5.2, 99, 100, 5999, 9000)] == ["5 s", "99 s", "2 min", "100 min", "2.5 h"]


def test_the_peak_of_memory_is_that_since_the_mark():
    if not Path("/proc/self/clear_refs").exists():
        pytest.skip("this system does not tell")
    large = bytearray(b"x" * 80_000_000)
    mark()
    high = peak()
    del large
    mark()
    low = peak()
    assert high - low > 40
    assert len(bytearray(b"x" * 40_000_000)) > 0
    assert peak() - low > 20


def test_a_run_stops_after_its_time(tiny, tmp_path, capsys):
    run.main([str(tiny), "--out", str(tmp_path), "--minutes", "0.0001"])
    assert "stopped after" in capsys.readouterr().err
    assert len(read(tmp_path / "tiny" / "outcomes.jsonl")) < 17


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        (('"bm25-functions"', '"longzop"'), 2, "no method 'longzop'"),
        (("completion.jsonl", "nowhere.jsonl"), 1, "no data file"),
        (('kind = "likelihood"', 'kind = "oracle"'), 2, "no reader 'oracle'"),
        (('model = "ngram"\ncount', 'model = "nowhere/none"\ncount'), 1, "nowhere/none"),
    ],
)
def test_bad_input_is_one_line(tiny, tmp_path, capsys, change, code, said):
    tiny.write_text(tiny.read_text().replace(*change, 1))
    assert run.main([str(tiny), "--out", str(tmp_path / "out")]) == code
    error = capsys.readouterr().err.strip().split("\r")[-1]
    assert said in error


def test_the_run_files_that_are_shipped_are_runs():
    paths = sorted((ROOT / "configs" / "benchmarks").glob("*.toml"))
    assert len(paths) >= 5
    for path in paths:
        found = config.load(path)
        for label in {*found.methods, *(label for task in found.tasks for label in task.methods)}:
            methods.check(label)
        for task in found.tasks:
            report.measure_of(found, task.label)


# ---------------------------------------------------------------------------------------------------------------- CLI


def test_longzip_bench_runs_the_benchmark(tiny, tmp_path, capsys):
    from longzip.cli import main

    assert main(["bench", str(tiny), "--out", str(tmp_path / "out"), "--limit", "1"]) == 0
    assert json.loads(capsys.readouterr().out.strip().split("\n")[-1])["name"] == "tiny"
    assert (
        main(
            [
                "bench",
                "make",
                "needle",
                str(ROOT / "benchmarks" / "data" / "lending"),
                "--out",
                str(tmp_path / "n.jsonl"),
                "--limit",
                "3",
            ]
        )
        == 0
    )
    assert "3 examples" in capsys.readouterr().out


def test_longzip_bench_without_the_source_says_how_to_get_it(monkeypatch, tmp_path, capsys):
    from longzip.cli import main

    monkeypatch.setattr(sys.modules["longzip.cli.bench"], "CHECKOUT", tmp_path)
    assert main(["bench", "run.toml"]) == 1
    error = capsys.readouterr().err
    assert "clone the repository" in error
    assert error.count("\n") == 1


def test_longzip_and_its_help_load_no_benchmark():
    code = "import sys, longzip; from longzip.cli import main; main(['--help']); sys.exit('benchmarks' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, cwd=ROOT, check=False).returncode == 0


def test_tables_are_published_where_they_belong(tmp_path):
    folder = tmp_path / "one"
    folder.mkdir()
    about = {
        "command": "python -m benchmarks.run one.toml",
        "seed": 1,
        "commit": "c",
        "model": "m",
        "device": "cpu",
        "versions": {"python": "3"},
    }
    (folder / "run.json").write_text(json.dumps(about))
    (folder / "table.md").write_text("| new |\n")
    text = "before\n<!-- one -->\nold\n<!-- /one -->\nafter\n"
    found = publish.published(text, tmp_path, [])
    assert found.startswith("before\n<!-- one -->\n`python -m benchmarks.run one.toml` (seed 1, commit c")
    assert found.endswith("| new |\n\n<!-- /one -->\nafter\n")
    assert "old" not in found
    assert publish.published(found, tmp_path, ["one"]) == found
    with pytest.raises(SourceError, match="no place for two"):
        publish.published(text, tmp_path, ["two"])
    with pytest.raises(SourceError, match="no results"):
        publish.published("<!-- two -->\n<!-- /two -->", tmp_path, [])


def test_what_leaves_nothing_pays_from_no_length():
    priced = config.Run("r", (config.TaskTable("examples"),), million_price=1.0, second_price=0.00003)
    cell = report.Cell("t", 100, "none", 1, 0.0, 50.0, 0.1, 0.0, 0.0, 1.0, 0, 0, {}, {})
    assert report.pays_from(cell, priced) == ""
    assert report.pays_from(replace(cell, tokens=100.0), priced) == "100"
