"""The command line: what it prints, where, and with which exit code."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shlex
import signal
import sqlite3
import stat
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

import longzip
from longzip import (
    BudgetTooSmall,
    Chunk,
    ChunkReport,
    Compressed,
    Excerpt,
    LongzipError,
    ModelError,
    Report,
    ScoredChunk,
    Settings,
    Skipped,
    Source,
    SourceError,
    Span,
    Stage,
)
from longzip.cli import main
from longzip.cli.commands import COMMANDS
from longzip.cli.commands import loaded as command_named
from longzip.cli.compress import compress
from longzip.cli.config import config
from longzip.cli.console import summary
from longzip.cli.options import share, token_budget, token_budgets
from longzip.cli.rank import rank
from longzip.cli.segment import segment

TEXT = "def retry():\r\n    return 'é'"
CHUNK = Chunk(Source("src/client.py", TEXT), 0, len(TEXT), 1, 2, "retry", "function", 0, 2)
HEAVY = ("torch", "transformers", "tokenizers", "tree_sitter", "numpy")


def chunk_report(name: str, reason: str, kind: str = "function") -> ChunkReport:
    kept = (Span(1, 2),) if reason in ("whole", "part", "pinned") else ()
    return ChunkReport("src/client.py", name, kind, 1, 2, 20, 0.5, 20, kept, reason)  # type: ignore[arg-type]


def result_of(*chunks: ChunkReport, notes: tuple[str, ...] = (), skipped: tuple[Skipped, ...] = ()) -> Compressed:
    stages = (Stage("score", 4.93, 3, 340), Stage("select", 0.01))
    report = Report(4000, 3998, 41203, "fake", "fake", "default", chunks, skipped, stages, notes)
    return Compressed(TEXT, (Excerpt("src/client.py", 3998, (Span(1, 2),)),), report)


RESULT = result_of(chunk_report("retry", "whole"), chunk_report("send", "part"), chunk_report("close", "not relevant"))


@dataclass
class Line:
    """A line of a segmentation."""

    line: int
    text: str
    perplexity: float | None
    boundary: bool
    chunk: str


@dataclass
class Lines:
    """A segmentation."""

    lines: tuple[Line, ...]


@dataclass
class FakeCompressor:
    """Stands for ``Compressor``: remembers how it was called, and fails on demand."""

    failure: BaseException | None = None
    settings: Settings = field(default_factory=Settings)
    asked: dict[str, object] = field(default_factory=dict)

    def load(self, *, settings: Settings) -> FakeCompressor:
        self.settings = settings
        return self

    def compress(
        self,
        sources: longzip.Repository,
        *,
        query: str,
        budget: int | None,
        rate: float | None,
        pins: Sequence[str],
        drops: Sequence[str],
        progress: Callable[[str, int, int], None],
    ) -> Compressed:
        self.asked = {
            "files": [s.name for s in sources.sources],
            "query": query,
            "budget": budget,
            "rate": rate,
            "pins": pins,
            "drops": drops,
        }
        if self.failure:
            raise self.failure
        progress("score", 1, 2)
        progress("select", 0, 0)
        return RESULT

    def compress_to(
        self,
        sources: longzip.Repository,
        *,
        query: str,
        budgets: Sequence[int],
        pins: Sequence[str],
        drops: Sequence[str],
        progress: Callable[[str, int, int], None],
    ) -> tuple[Compressed, ...]:
        self.asked = {
            "files": [s.name for s in sources.sources],
            "query": query,
            "budgets": budgets,
            "pins": pins,
            "drops": drops,
        }
        progress("score", 1, 2)
        return tuple(replace(RESULT, report=replace(RESULT.report, asked=budget)) for budget in budgets)

    def rank(
        self, sources: longzip.Repository, *, query: str, progress: Callable[[str, int, int], None]
    ) -> tuple[ScoredChunk, ...]:
        self.asked = {"files": [s.name for s in sources.sources], "query": query}
        progress("score", 2, 2)
        return (ScoredChunk(CHUNK, 1234.5678, 20), ScoredChunk(CHUNK, float("-inf"), 7))

    def segment(self, source: Path) -> Lines:
        text = source.read_text(encoding="utf-8")
        return Lines((Line(1, text.splitlines()[0], 12.345, True, "retry"), Line(2, "", None, False, "retry")))


@dataclass
class Outcome:
    """What a run left behind."""

    code: int
    out: str
    err: str


class Terminal(io.TextIOWrapper):
    """A standard input that nobody types into."""

    def isatty(self) -> bool:
        return True


Run = Callable[..., Outcome]


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeCompressor:
    compressor = FakeCompressor()
    monkeypatch.setitem(vars(longzip), "Compressor", compressor)
    return compressor


@pytest.fixture
def project(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with ``src/client.py``, no settings and a cache of its own."""
    for name in [name for name in os.environ if name.startswith("LONGZIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "client.py").write_bytes(TEXT.encode())
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsysbinary: pytest.CaptureFixture[bytes],
) -> Run:
    def run(*arguments: str, stdin: str | None = None) -> Outcome:
        stream = io.TextIOWrapper(io.BytesIO(stdin.encode())) if stdin is not None else Terminal(io.BytesIO())
        monkeypatch.setattr(sys, "stdin", stream)
        capsysbinary.readouterr()
        code = main(list(arguments))
        captured = capsysbinary.readouterr()
        return Outcome(code, captured.out.decode(), captured.err.decode())

    return run


def process(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "longzip", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment(), **options)  # type: ignore[call-overload,no-any-return]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(longzip.__file__).parents[1])}


COMPRESS = ("compress", "src", "-q", "retries", "--budget", "4k")


# ------------------------------------------------------------------------------------------------------------ results


def test_result_goes_to_standard_output_exactly(run: Run, fake: FakeCompressor) -> None:
    outcome = run(*COMPRESS)
    assert (outcome.code, outcome.out) == (0, TEXT)
    assert fake.asked == {
        "files": ["src/client.py"],
        "query": "retries",
        "budget": 4000,
        "rate": None,
        "pins": (),
        "drops": (),
    }


@pytest.mark.usefixtures("fake")
def test_summary_has_three_plain_lines(run: Run) -> None:
    lines = run(*COMPRESS).err.splitlines()
    assert lines[:2] == [
        "41,203 → 3,998 tokens (budget 4,000), 10.3x smaller",
        "functions: 1 whole, 1 in part, 1 dropped · files: 1 of 1",
    ]
    assert lines[2].startswith("4.9 s: ")
    assert lines[2].endswith("score 4.9 s (340 texts) · model fake")
    assert len(lines) == 3


def test_summary_tells_notes_and_skipped_files() -> None:
    skipped = (Skipped("a.png", "binary"), Skipped("src/client.py", "read as lines"))
    lines = summary(result_of(chunk_report("retry", "part"), notes=("the query is long",), skipped=skipped), 1.0)
    assert (
        lines[1] == "functions: 0 whole, 1 in part, 0 dropped · files: 1 of 1 (1 more skipped: 1 binary; see --report)"
    )
    assert lines[2] == "5.9 s: load 1.0 s, score 4.9 s (340 texts) · model fake"
    assert lines[3:] == ["note: the query is long"]


def test_summary_of_what_fits_and_of_what_has_no_functions() -> None:
    assert summary(result_of(chunk_report("retry", "whole")), 0.0)[0] == (
        "3,998 tokens, nothing left out: all of it fits the budget of 4,000"
    )
    assert summary(result_of(chunk_report("", "part", "lines")), 0.0)[1].startswith("parts: 0 whole, 1 in part")


@pytest.mark.usefixtures("fake")
def test_quiet_says_nothing(run: Run) -> None:
    outcome = run(*COMPRESS, "--quiet")
    assert (outcome.out, outcome.err) == (TEXT, "")


@pytest.mark.usefixtures("fake")
def test_json_is_one_object(run: Run) -> None:
    outcome = run(*COMPRESS, "--format", "json")
    assert json.loads(outcome.out) == {
        "schema": "longzip/compress/1",
        "text": TEXT,
        "tokens": 3998,
        "budget": 4000,
        "original_tokens": 41203,
        "files": [{"path": "src/client.py", "tokens": 3998, "spans": [{"start_line": 1, "end_line": 2, "tokens": 0}]}],
    }
    assert "é" in outcome.out


@pytest.mark.usefixtures("fake")
def test_terminal_gets_a_last_line_end_and_a_bar_that_vanishes(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    outcome = run(*COMPRESS)
    assert outcome.out == TEXT + "\n"
    assert "\x1b[?25l" in outcome.err  # the cursor is hidden
    assert "\x1b[?25h" in outcome.err  # and shown again
    assert "41,203 → 3,998" in outcome.err
    assert run(*COMPRESS, "--quiet").err == ""


@pytest.mark.usefixtures("fake")
def test_output_and_report_go_to_files(run: Run, project: Path) -> None:
    outcome = run(*COMPRESS, "-o", "out.txt", "--report", "report.json")
    assert (outcome.code, outcome.out) == (0, "")
    assert (project / "out.txt").read_bytes() == TEXT.encode()
    report = json.loads((project / "report.json").read_text(encoding="utf-8"))
    assert (report["got"], report["chunks"][1]["reason"], report["ratio"]) == (
        3998,
        "part",
        pytest.approx(10.306, 0.001),
    )
    assert sorted(path.name for path in project.iterdir()) == ["out.txt", "report.json", "src"]


@pytest.mark.usefixtures("fake")
def test_dash_output_is_standard_output(run: Run) -> None:
    assert run(*COMPRESS, "-o", "-").out == TEXT


@pytest.mark.usefixtures("fake")
def test_existing_output_is_replaced_and_keeps_its_mode(run: Run, project: Path) -> None:
    (project / "out.txt").write_text("old", encoding="utf-8")
    (project / "out.txt").chmod(0o640)
    assert run(*COMPRESS, "-o", "out.txt").code == 0
    assert (project / "out.txt").read_bytes() == TEXT.encode()
    assert stat.S_IMODE((project / "out.txt").stat().st_mode) == 0o640


@pytest.mark.usefixtures("fake")
def test_a_planted_link_leads_nowhere(run: Run, project: Path) -> None:
    (project / "own.txt").write_text("mine", encoding="utf-8")
    (project / "link.txt").symlink_to("own.txt")
    assert run(*COMPRESS, "-o", "link.txt").code == 0
    assert (project / "own.txt").read_text(encoding="utf-8") == "mine"
    assert not (project / "link.txt").is_symlink()
    assert (project / "link.txt").read_bytes() == TEXT.encode()


@pytest.mark.parametrize("failure", [BudgetTooSmall(9, 5), ModelError("no weights."), OSError(28, "No space left")])
def test_failing_run_leaves_the_old_output(run: Run, fake: FakeCompressor, project: Path, failure: Exception) -> None:
    (project / "out.txt").write_text("old", encoding="utf-8")
    fake.failure = failure
    assert run(*COMPRESS, "-o", "out.txt", "--report", "report.json").code in (1, 3)
    assert (project / "out.txt").read_text(encoding="utf-8") == "old"
    assert not (project / "report.json").exists()


@pytest.mark.usefixtures("fake")
def test_failing_write_leaves_the_old_output_and_no_other_file(
    run: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_file: int) -> None:
        raise OSError(28, "No space left on device")

    (project / "out.txt").write_text("old", encoding="utf-8")
    monkeypatch.setattr(os, "fsync", full)
    outcome = run(*COMPRESS, "-o", "out.txt")
    assert outcome.code == 1
    assert outcome.err == "longzip: out.txt cannot be written: No space left on device; choose another file.\n"
    assert (project / "out.txt").read_text(encoding="utf-8") == "old"
    assert sorted(path.name for path in project.iterdir()) == ["out.txt", "src"]


@pytest.mark.usefixtures("fake")
def test_output_may_stand_among_the_inputs_where_it_is_not_read(run: Run, project: Path) -> None:
    (project / "src" / "client.md").write_text("old", encoding="utf-8")
    (project / "client.md").write_text("old", encoding="utf-8")
    assert run("compress", ".", "-q", "x", "--budget", "9", "-o", "new.md").code == 0
    assert run("compress", ".", "-q", "x", "--budget", "9", "-o", "client.md", "--exclude", "/client.md").code == 0
    (project / "new.md").write_text("somebody's own", encoding="utf-8")
    outcome = run("compress", str(project), "-q", "x", "--budget", "9", "-o", "new.md")
    assert (outcome.code, "one of the files to read" in outcome.err) == (2, True)


@pytest.mark.usefixtures("fake")
def test_a_device_is_written_to_and_not_replaced(run: Run) -> None:
    assert run(*COMPRESS, "-o", os.devnull).code == 0
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)


# ------------------------------------------------------------------------------------------------------------- inputs


@pytest.mark.parametrize(
    ("option", "stdin"),
    [(("-q", " retries\n"), None), (("-q", "@task.txt"), None), (("-q", "-"), "retries\n"), ((), "retries\n")],
)
def test_question_from_text_file_or_standard_input(
    run: Run, fake: FakeCompressor, project: Path, option: Sequence[str], stdin: str | None
) -> None:
    (project / "task.txt").write_bytes(b"\xef\xbb\xbfretries\n")
    assert run("compress", "src", "--rate", "0.2", *option, stdin=stdin).code == 0
    assert (fake.asked["query"], fake.asked["budget"], fake.asked["rate"]) == ("retries", None, 0.2)


def test_file_list_on_standard_input(run: Run, fake: FakeCompressor) -> None:
    assert run("compress", "-", "-q", "retries", "--budget", "9", stdin="src/client.py\n").code == 0
    assert fake.asked["files"] == ["src/client.py"]


def test_include_and_exclude_repeat(run: Run, fake: FakeCompressor, project: Path) -> None:
    for name in ("a.py", "b.py", "c.js"):
        (project / "src" / name).write_text("x\n", encoding="utf-8")
    globs = ("--include", "*.py", "--include", "*.js", "--exclude", "client.py", "--exclude", "b.py")
    assert run(*COMPRESS, *globs).code == 0
    assert fake.asked["files"] == ["src/a.py", "src/c.js"]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [("4000", 4000), ("4k", 4000), ("4K", 4000), ("1_000", 1000), ("12,345", 12345), ("1.5k", 1500), ("1m", 1_000_000)],
)
def test_budget_notations(text: str, tokens: int) -> None:
    assert token_budget(text) == tokens


@pytest.mark.parametrize(
    ("text", "budgets"),
    [
        ("2k,4k,8k", [2000, 4000, 8000]),
        ("4,000", [4000]),
        ("500, 1,000", [500, 1000]),
        ("200, 400", [200, 400]),
        ("1000,2000,400", [1000, 2000, 400]),
        ("4096,512", [4096, 512]),
        ("4,000,8,000", [4000, 8000]),
        ("1k,1000", [1000]),
        ("Knee", ["knee"]),
    ],
)
def test_several_budgets(text: str, budgets: list[object]) -> None:
    assert token_budgets(text) == budgets


@pytest.mark.parametrize("text", ["200,400", "200,400,800", "12,345", "2k,100,200"])
def test_budgets_that_could_be_a_number_or_a_list_are_refused_with_both_spellings(text: str) -> None:
    with pytest.raises(longzip.UsageError) as refused:
        token_budgets(text)
    number = text.removeprefix("2k,")
    assert number.replace(",", "") in str(refused.value)
    assert number.replace(",", ", ") in str(refused.value)


@pytest.mark.parametrize("text", ["2k,,4k", "2k,", "knee,2k", ","])
def test_several_budgets_refuse(text: str) -> None:
    with pytest.raises(longzip.UsageError, match="give a whole number"):
        token_budgets(text)


def test_several_budgets_are_several_files(run: Run, fake: FakeCompressor, project: Path) -> None:
    arguments = ("compress", "src", "-q", "retries", "--budget", "2k,4k", "--report", "report.json")
    refused = run(*arguments)
    assert (refused.code, "say where they go" in refused.err) == (2, True)
    assert run(*arguments, "-o", "context-{budget}.md").code == 0
    assert fake.asked["budgets"] == [2000, 4000]
    assert [(project / f"context-{size}.md").read_bytes().decode() for size in (2000, 4000)] == [RESULT.text] * 2
    assert [report["asked"] for report in json.loads((project / "report.json").read_text(encoding="utf-8"))] == [
        2000,
        4000,
    ]


def test_none_of_several_results_may_overwrite_a_source(run: Run, project: Path) -> None:
    (project / "src" / "4000.py").write_text("x = 1\n", encoding="utf-8")
    outcome = run("compress", "src", "-q", "retries", "--budget", "2k,4k", "-o", "src/{budget}.py")
    assert (outcome.code, "is one of the files to read" in outcome.err) == (2, True)
    assert not (project / "src" / "2000.py").exists()


def test_the_knee_is_asked_for_by_name(run: Run, fake: FakeCompressor) -> None:
    assert run("compress", "src", "-q", "retries", "--budget", "knee").code == 0
    assert fake.asked["budget"] == "knee"


@pytest.mark.parametrize("text", ["0", "-5", "0k", "1.5", "0.0001k", "", "k", "many", "٣", "1e3", "nan", "inf"])
def test_budget_refuses(text: str) -> None:
    with pytest.raises(longzip.UsageError, match="give a whole number of tokens above 0"):
        token_budget(text)


@pytest.mark.parametrize("text", ["0", "-0.1", "1.01", "nan", "inf", "", "20%"])
def test_rate_refuses(text: str) -> None:
    with pytest.raises(longzip.UsageError, match="above 0 and at most 1"):
        share(text)


def test_rate_of_one_is_allowed() -> None:
    assert share("1") == 1.0


# ------------------------------------------------------------------------------------------------------------- errors

USAGE_ERRORS = [
    (["compress", "-q", "x", "--budget", "9"], "say what to read"),
    (["compress", "src", "-q", "x"], "--budget 4000 (tokens), or --rate 0.2"),
    (["compress", "src", "-q", "x", "--budget", "9", "--rate", "0.5"], "only one of them"),
    (["compress", "src", "-q", "x", "--budget", "0"], "--budget is '0'"),
    (["compress", "src", "-q", "x", "--budget", "-5"], "--budget is '-5'"),
    (["compress", "src", "-q", "x", "--budget", "many"], "--budget is 'many'"),
    (["compress", "src", "-q", "x", "--rate", "3"], "--rate is '3'"),
    (["compress", "src", "-q", "", "--budget", "9"], "the question is empty"),
    (["compress", "src", "-q", " \n\t", "--budget", "9"], "the question is empty"),
    (["compress", "src", "--budget", "9"], "there is no question"),
    (["compress", "src", "-q", "@none.txt", "--budget", "9"], "there is no such file"),
    (["compress", "src", "-q", "@src", "--budget", "9"], "there is no such file"),
    (["compress", "-", "--budget", "9"], "standard input holds the list of files"),
    (["compress", "none", "-q", "x", "--budget", "9"], "no file or folder 'none'"),
    (["compress", "", "-q", "x", "--budget", "9"], "no file or folder ''"),
    (["compress", "src", "-q", "x", "--budget", "9", "--format", "pdf"], "command line: format is 'pdf'"),
    (["compress", "src", "-q", "x", "--budget", "9", "--device", "tpu"], "command line: device is 'tpu'"),
    (["compress", "src", "-q", "x", "--budget", "9", "--strategy", "best"], "command line: strategy is 'best'"),
    (["compress", "src", "-q", "x", "--budget", "9", "--instruction", "Fix it."], "add --prompt"),
    (["compress", "src", "-q", "x", "--budget", "9", "--config", "none.toml"], "none.toml cannot be read as TOML"),
    (["compress", "src", "-q", "x", "--budget", "9", "-o", "src"], "is a folder"),
    (["compress", "src", "-q", "x", "--budget", "9", "-o", "no/out.txt"], "there is no folder no"),
    (["compress", "src", "-q", "x", "--budget", "9", "-o", "src/client.py"], "one of the files to read"),
    (["compress", ".", "-q", "x", "--budget", "9", "--report", "src/client.py"], "one of the files to read"),
    (["compress", "src/client.py", "-q", "x", "--budget", "9", "-o", "./src/client.py"], "one of the files to read"),
    (["compress", "src", "-q", "x", "--budget", "9", "-o", "a", "--report", "./a"], "the same place"),
    (["compress", "src", "-q", "x", "--budget", "9", "--report", "-"], "the same place"),
    (["segment"], "Missing argument 'FILE'; see: longzip segment --help"),
    (["compress", "src", "-q", "x", "--budgte", "9"], "--budgte"),
    (["compres", "src"], "compres"),
    (["rank", "src"], "there is no question"),
    (["rank", "src", "-q", "x", "--top", "0"], "--top is '0'"),
    (["rank", "src", "-q", "x", "--format", "xml"], "--format is 'xml'"),
    (["segment"], "Missing argument"),
    (["segment", "src"], "is a folder"),
    (["segment", "none.py"], "there is no file 'none.py'"),
    (["segment", "src/client.py", "--alpha", "0"], "alpha is 0"),
    (["segment", "src/client.py", "--alpha", "x"], "--alpha"),
    (["config", "--config", "src/client.py"], "cannot be read as TOML"),
]


@pytest.mark.parametrize(("arguments", "message"), USAGE_ERRORS)
@pytest.mark.usefixtures("fake")
def test_usage_errors_are_one_line_and_exit_2(run: Run, project: Path, arguments: list[str], message: str) -> None:
    outcome = run(*arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("longzip: ")
    assert outcome.err.count("\n") == 1
    assert message in outcome.err
    assert (project / "src" / "client.py").read_bytes() == TEXT.encode()


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (longzip.UsageError("no."), 2),
        (longzip.SettingsError("no."), 2),
        (BudgetTooSmall(9, 5), 3),
        (SourceError("no."), 1),
        (ModelError("no\nweights."), 1),
        (longzip.MissingExtra("tiktoken", "tiktoken"), 1),
        (LongzipError("no."), 1),
        (PermissionError(13, "Permission denied", "secret.py"), 1),
    ],
)
def test_exit_code_of_each_error(run: Run, fake: FakeCompressor, failure: Exception, code: int) -> None:
    fake.failure = failure
    outcome = run(*COMPRESS)
    assert (outcome.code, outcome.out) == (code, "")
    assert outcome.err.startswith("longzip: ")
    assert outcome.err.count("\n") == 1


def test_interruption_exits_130_without_a_word(run: Run, fake: FakeCompressor) -> None:
    fake.failure = KeyboardInterrupt()
    outcome = run(*COMPRESS)
    assert (outcome.code, outcome.out, outcome.err) == (130, "", "")


def test_a_bug_is_not_hidden(run: Run, fake: FakeCompressor) -> None:
    fake.failure = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        run(*COMPRESS)


@pytest.mark.usefixtures("fake")
def test_empty_folder_exits_1(run: Run, project: Path) -> None:
    (project / "empty").mkdir()
    (project / "binary").mkdir()
    (project / "binary" / "a.py").write_bytes(b"\0\1\2\0" * 100)
    outcome = run("compress", "empty", "-q", "x", "--budget", "9")
    assert (outcome.code, outcome.err.count("\n")) == (1, 1)
    assert outcome.err.startswith("longzip: no readable files in empty: there is nothing to read;")
    outcome = run("rank", "binary", "-q", "x")
    assert outcome.code == 1
    assert outcome.err.startswith("longzip: no readable files in binary: 1 skipped (1 ")


@pytest.mark.usefixtures("fake")
def test_unreadable_question_exits_2(run: Run, project: Path) -> None:
    (project / "task.txt").write_bytes(b"\xff\xfe\xfa")
    outcome = run("compress", "src", "-q", "@task.txt", "--budget", "9")
    assert (outcome.code, "is not UTF-8 text" in outcome.err) == (2, True)


# ----------------------------------------------------------------------------------------------------------- settings


def test_later_layers_of_settings_win(
    run: Run, fake: FakeCompressor, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "pyproject.toml").write_text(
        '[tool.longzip]\nmodel = "ngram"\nalpha = 2\nbeta = 0.1\nexact = false\n', encoding="utf-8"
    )
    (project / "longzip.toml").write_text('model = "embedded"\nbeta = 0.2\n', encoding="utf-8")
    monkeypatch.setenv("LONGZIP_MODEL", "c")
    assert run(*COMPRESS).code == 0
    assert fake.settings == Settings(model="c", alpha=2, beta=0.2, exact=False)
    assert run(*COMPRESS, "--model", "d", "--fine", "off", "--prompt", "--instruction", "Fix.").code == 0
    assert fake.settings == Settings(
        model="d", alpha=2, beta=0.2, exact=False, fine="off", prompt=True, instruction="Fix."
    )


def test_config_option_replaces_the_settings_file(run: Run, fake: FakeCompressor, project: Path) -> None:
    (project / "longzip.toml").write_text('model = "b"\n', encoding="utf-8")
    (project / "own.toml").write_text("beta = 0.2\n", encoding="utf-8")
    assert run(*COMPRESS, "--config", "own.toml").code == 0
    assert fake.settings == Settings(beta=0.2)
    (project / "pyproject.toml").write_text("[tool.longzip]\nbeta = 0.3\n[tool.other]\nx = 1\n", encoding="utf-8")
    assert run(*COMPRESS, "--config", "pyproject.toml").code == 0
    assert fake.settings == Settings(beta=0.3)


def test_every_option_reaches_its_setting(run: Run, fake: FakeCompressor) -> None:
    options = (
        "--model m --device cpu --trust-remote-code --count-for chars/4 --strategy longcodezip --fine off --format xml "
        "--prompt --instruction Fix. --include *.py --exclude a.py --hidden --cache c --no-cache "
        "--score-tokens 9 --max-seconds 2.5"
    )
    assert run(*COMPRESS, *options.split()).code == 0
    assert fake.settings == Settings(
        model="m",
        device="cpu",
        trust_remote_code=True,
        count_for="chars/4",
        strategy="longcodezip",
        fine="off",
        format="xml",
        instruction="Fix.",
        prompt=True,
        include=("*.py",),
        exclude=("a.py",),
        hidden=True,
        cache_dir="c",
        cache=False,
        score_tokens=9,
        max_seconds=2.5,
    )


# -------------------------------------------------------------------------------------------------------------- cache


def test_the_cache_is_shown_pruned_and_cleared(run: Run, project: Path) -> None:
    (project / "src" / "client.py").write_text("".join(f"def f{i}(x):\n    return x + {i}\n\n\n" for i in range(50)))
    assert run("compress", "src", "-q", "f7", "--budget", "100", "--model", "ngram", "--cache", "kept").code == 0
    known = json.loads(run("cache", "info", "--cache", "kept", "--format", "json").out)
    assert {shelf["name"] for shelf in known["shelves"]} >= {"analyses", "tokens", "scores"}
    assert Path(known["path"]).parent == Path("kept")
    assert known["size"] == sum(
        file.stat().st_size for file in Path("kept").glob("*") if not file.name.endswith(("-shm", ".key"))
    )
    assert "analyses" in run("cache", "info", "--cache", "kept").out
    assert run("cache", "prune", "--cache", "kept", "--to", "1").err.startswith("freed ")
    assert run("cache", "clear", "--cache", "kept").err.startswith("freed ")
    assert json.loads(run("cache", "info", "--cache", "kept", "--format", "json").out)["shelves"] == []


def entries_in(folder: Path) -> int:
    """How many entries a cache holds; 0 where there is none yet, or somebody is writing."""
    for file in folder.glob("*.sqlite"):
        with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(file)) as connection:
            return int(connection.execute("SELECT COUNT(*) FROM entries").fetchone()[0])
    return 0


@pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise on Windows")
def test_an_interrupt_leaves_a_cache_that_is_whole(project: Path) -> None:
    for number in range(300):
        body = "".join(f"def f{number}_{i}(x):\n    y = x + {i}\n    return y * {number}\n\n\n" for i in range(60))
        (project / "src" / f"m{number}.py").write_text(body)
    arguments = ["compress", "src", "-q", "f7", "--budget", "100", "--model", "ngram", "--cache", "kept"]
    working = subprocess.Popen(
        [sys.executable, "-m", "longzip", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
    )
    until = time.monotonic() + 60
    while not entries_in(Path("kept")) and working.poll() is None and time.monotonic() < until:
        time.sleep(0.05)
    working.send_signal(signal.SIGINT)
    out, err = working.communicate(timeout=60)
    assert working.returncode == 0 or (working.returncode, out, err) == (
        130,
        b"",
        b"",
    )  # a fast machine may be done by then
    with contextlib.closing(sqlite3.connect(next(Path("kept").glob("*.sqlite")))) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("SELECT COUNT(*) FROM entries").fetchone()[0] > 0


def test_without_a_cache_none_is_made(run: Run) -> None:
    assert (
        run("compress", "src", "-q", "f7", "--budget", "100", "--model", "ngram", "--cache", "kept", "--no-cache").code
        == 0
    )
    assert not Path("kept").exists()


def test_the_cache_command_alone_shows_its_help(run: Run) -> None:
    outcome = run("cache")
    assert (outcome.code, outcome.err) == (2, "")
    assert "prune" in outcome.out
    assert run("cache", "prune", "--to", "none").code == 2


def test_config_prints_toml_with_origins(run: Run, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "longzip.toml").write_text('exclude = ["a \\"b\\" \\\\ é", "y"]\n', encoding="utf-8")
    monkeypatch.setenv("LONGZIP_BETA", "0.25")
    outcome = run("config")
    table = tomllib.loads(outcome.out)
    assert (outcome.code, outcome.err) == (0, "")
    assert (table["exclude"], table["beta"]) == (['a "b" \\ é', "y"], 0.25)
    assert set(table) == set(Settings.__dataclass_fields__)
    origins = {line.split(" = ")[0]: line.rsplit("  # ", 1)[1] for line in outcome.out.splitlines()}
    assert (origins["exclude"], origins["beta"]) == (str(project / "longzip.toml"), "environment")
    assert origins["alpha"] == "default"
    assert {"name": "beta", "value": 0.25, "origin": "environment"} in json.loads(
        run("config", "--format", "json").out
    )["settings"]


def test_config_blames_the_place_of_a_wrong_setting(run: Run, project: Path) -> None:
    (project / "longzip.toml").write_text("betta = 1\n", encoding="utf-8")
    outcome = run("config")
    assert outcome.code == 2
    assert f"{project / 'longzip.toml'} sets 'betta'" in outcome.err


# --------------------------------------------------------------------------------------------------- rank and segment


@pytest.mark.usefixtures("fake")
def test_rank_prints_a_table(run: Run) -> None:
    lines = run("rank", "src", "-q", "retries").out.splitlines()
    assert lines[0].split() == ["relevance", "tokens", "lines", "name"]
    assert lines[1].split() == ["1,234.568", "20", "src/client.py:1-2", "retry"]
    assert len(lines) == 3


@pytest.mark.usefixtures("fake")
def test_a_question_is_asked_for_at_a_terminal_only(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = iter(["where are retries\n", "\n"])
    monkeypatch.setattr(Terminal, "readline", lambda _self: next(lines))
    arguments = ("rank", "src", "--format", "json")
    refused = run(*arguments)
    assert (refused.code, "there is no question" in refused.err) == (2, True)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    asked = run(*arguments)
    assert (asked.code, "question: " in asked.err) == (0, True)
    assert run(*arguments).code == 2  # an empty line is no question


@pytest.mark.usefixtures("fake")
def test_a_summary_fits_the_terminal_and_has_colours_where_they_are_wanted(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    coloured = run(*COMPRESS).err.rsplit("\x1b[?25h", 1)[1]
    assert "\x1b[1m" in coloured
    monkeypatch.setenv("NO_COLOR", "1")
    said = run(*COMPRESS).err.rsplit("\x1b[?25h", 1)[1]
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", said).replace("\r", "")
    assert max(map(len, plain.splitlines())) <= 40
    assert "\n  " in plain  # what is broken goes on indented
    assert not re.search(r"\x1b\[3[0-9]", said)


def test_a_log_says_what_was_read_and_kept_and_is_silent_unless_asked(run: Run, project: Path) -> None:
    (project / "src" / "logo.png").write_bytes(b"\x89PNG\0\0")
    arguments = ("compress", "src", "-q", "retries", "-b", "40", "--model", "ngram", "--cache", "kept", "--quiet")
    assert run(*arguments).err == ""
    said = run(*arguments, "-v").err
    assert re.search(r"sources\.gather: \d+ files read, 1 skipped", said)
    assert re.search(r"storage\.cache: found .*analyses (\d+) of \1", said)
    assert "pipeline.clock: split: " in said
    assert "logo.png" not in said
    assert "skipped src/logo.png: binary" in run(*arguments, "-vv").err
    assert run(*arguments).err == ""


@pytest.mark.usefixtures("fake")
def test_rank_prints_json(run: Run) -> None:
    listed = json.loads(run("rank", "src", "-q", "retries", "--format", "json").out)["chunks"]
    assert listed[0] == {
        "path": "src/client.py",
        "name": "retry",
        "start_line": 1,
        "end_line": 2,
        "tokens": 20,
        "relevance": 1234.5678,
    }
    assert listed[1]["relevance"] is None
    assert len(json.loads(run("rank", "src", "-q", "retries", "--format", "json", "--top", "1").out)["chunks"]) == 1


def test_segment_prints_lines_and_marks(run: Run, fake: FakeCompressor) -> None:
    assert run("segment", "src/client.py", "--alpha", "0.5").out.splitlines() == [
        "     1        12.35 > def retry():",
        "     2",
    ]
    assert fake.settings == Settings(alpha=0.5)
    assert json.loads(run("segment", "src/client.py", "--format", "json").out)["lines"] == [
        {"line": 1, "text": "def retry():", "perplexity": 12.345, "boundary": True, "chunk": "retry"},
        {"line": 2, "text": "", "perplexity": None, "boundary": False, "chunk": "retry"},
    ]


# --------------------------------------------------------------------------------------------------------------- help


def examples(text: str) -> list[str]:
    return [part.removeprefix("Example: ") for part in text.split("\n\n") if part.startswith("Example: ")]


@pytest.mark.parametrize("command", [compress, rank, segment, config])
@pytest.mark.usefixtures("fake")
def test_examples_in_the_help_run(run: Run, project: Path, command: Callable[..., None]) -> None:
    (project / "task.txt").write_text("retries", encoding="utf-8")
    found = examples(command.__doc__ or "")
    assert found
    for example in found:
        ours = example.split("| ")[-1].split(" > ")[0]
        program, *arguments = shlex.split(ours)
        outcome = run(*arguments, stdin="src/client.py\n" if "|" in example else None)
        assert (program, outcome.code) == ("longzip", 0), outcome.err


@pytest.mark.parametrize("name", ["compress", "rank", "segment", "batch", "config"])
def test_help_of_each_command(run: Run, name: str) -> None:
    outcome = run(name, "--help")
    assert (outcome.code, outcome.err) == (0, "")
    assert f"Example: longzip {name}" in " ".join(outcome.out.split())
    assert run(name, "-h").out == outcome.out


def test_help_says_what_a_token_budget_is(run: Run) -> None:
    outcome = run("--help")
    words = " ".join(outcome.out.split())
    assert outcome.code == 0
    assert "the token budget. A token is the piece of text a language model counts in" in words
    assert "Example: longzip compress src" in words


def test_without_a_command_the_help_and_exit_2(run: Run) -> None:
    outcome = run()
    assert outcome.code == 2
    assert "compress" in outcome.out


def test_version(run: Run) -> None:
    assert run("--version").out == f"longzip {longzip.__version__}\n"


# ---------------------------------------------------------------------------------------------------- a process alone


def loaded_modules(*arguments: str, folder: Path) -> set[str]:
    """Those of ``HEAVY`` that a command imports."""
    program = (
        "import sys; from longzip.cli import main; code = main(sys.argv[1:]);"
        f"print('LOADED', *[name for name in {HEAVY!r} if name in sys.modules]); sys.exit(code)"
    )
    command = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder, env=environment())
    return set(done.stdout.splitlines()[-1].split()[1:])


@pytest.mark.parametrize(
    "arguments", [["--help"], ["compress", "--help"], ["batch", "--help"], ["config"], ["--version"]]
)
def test_nothing_heavy_is_imported_for_a_few_words(project: Path, arguments: list[str]) -> None:
    assert loaded_modules(*arguments, folder=project) == set()


def test_dry_run_loads_no_model(project: Path) -> None:
    loaded = loaded_modules("compress", "src", "--dry-run", "--count-for", "chars/4", folder=project)
    assert loaded.isdisjoint({"torch", "transformers"})


def test_dry_run_tells_numbers(run: Run, project: Path) -> None:
    (project / "src" / "image.py").write_bytes(b"\0\1\2\0" * 100)
    options = ("compress", "src", "--dry-run", "--count-for", "chars/4", "--model", "ngram")
    outcome = run(*options, "--format", "json")
    told = json.loads(outcome.out)
    assert (outcome.code, outcome.err) == (0, "")
    assert (told["files"], told["chunks"], told["characters"]) == (1, 1, len(TEXT))
    assert told["tokens"] == -(-len(TEXT) // 4)
    assert told["largest"] == [{"path": "src/client.py", "tokens": told["tokens"]}]
    assert sum(told["skipped"].values()) == 1
    lines = run(*options).out.splitlines()
    assert lines[0].split() == ["files", "1"]
    assert lines[-2:][0] == "skipped files"


def test_ngram_model_end_to_end(run: Run, project: Path) -> None:
    body = "".join(f"def f{i}():\n    return retry_{i}(wait={i})\n\n\n" for i in range(40))
    (project / "src" / "many.py").write_text(body, encoding="utf-8")
    outcome = run(
        "compress", "src", "-q", "where is retry_7", "--budget", "200", "--model", "ngram", "--format", "json"
    )
    told = json.loads(outcome.out)
    assert outcome.code == 0
    assert 0 < told["tokens"] <= told["budget"] == 200
    assert told["original_tokens"] > 200
    assert run("compress", "src", "-q", "x", "--budget", "1", "--model", "ngram").code == 3


def test_closed_pipe_is_no_error(project: Path) -> None:
    command = [sys.executable, "-m", "longzip", "config"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=project, env=environment()
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        complaint = running.stderr.read()
    assert (running.returncode, complaint) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_full_disk_is_one_line_and_exit_1(project: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-m", "longzip", "config"]
        done = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, check=False, cwd=project, env=environment()
        )
    assert (done.returncode, done.stderr) == (
        1,
        "longzip: standard output cannot be written: No space left on device.\n",
    )


def test_closed_streams_cause_no_traceback(project: Path) -> None:
    shell = f"{shlex.quote(sys.executable)} -m longzip"
    for command, code in ((f"{shell} config 2>&-", 0), (f"{shell} config >&-", 1), (f"{shell} rank src <&-", 2)):
        done = subprocess.run(
            command, shell=True, capture_output=True, text=True, check=False, cwd=project, env=environment()
        )
        assert (done.returncode, done.stderr.count("\n")) == (code, 0 if code == 0 else 1), done.stderr


def test_module_runs_as_the_command(project: Path) -> None:
    done = process("--version", cwd=project)
    assert (done.returncode, done.stdout) == (0, f"longzip {longzip.__version__}\n")


def test_completion_knows_options_and_their_values(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def complete(line: str) -> set[str]:
        monkeypatch.setenv("_LONGZIP_COMPLETE", "complete_bash")
        monkeypatch.setenv("COMP_WORDS", line)
        monkeypatch.setenv("COMP_CWORD", str(len(line.split(" ")) - 1))
        return set(process(cwd=project).stdout.split())

    assert complete("longzip ") == {
        "compress",
        "expand",
        "rank",
        "tokens",
        "schema",
        "segment",
        "batch",
        "bench",
        "chat",
        "advise",
        "explain",
        "config",
        "mcp",
        "serve",
        "install",
        "cache",
    }
    assert "--budget" in complete("longzip compress --b")
    assert complete("longzip compress --device c") == {"cpu", "cuda"}
    assert complete("longzip rank --format ") == {"text", "json"}
    assert complete("longzip rank --model n") == {"ngram"}
    kept = tmp_path / "hub" / "models--Qwen--Qwen2.5-Coder-0.5B"
    kept.mkdir(parents=True)
    monkeypatch.setenv("HF_HUB_CACHE", str(kept.parent))
    assert complete("longzip rank --model Q") == {"Qwen/Qwen2.5-Coder-0.5B"}
    assert complete("longzip rank --model s") == {"src/"}
    assert {"gpt-5", "claude"} <= complete("longzip rank --count-for ")
    assert complete("longzip tokens --for gem") == {"gemini", "gemma-3"}


def test_expand_prints_the_lines_of_a_marker(run: Run, project: Path) -> None:
    (project / "long.py").write_text("".join(f"x{number} = {number}\n" for number in range(1, 13)))
    assert run("expand", "long.py:3-4").out == "x3 = 3\nx4 = 4\n"
    assert run("expand", "long.py:12", "long.py:1-1").out == "x12 = 12\nx1 = 1\n"
    for wrong in ("long.py", "long.py:0-2", "long.py:5-3", "long.py:99", "none.py:1"):
        assert run("expand", wrong).code == 2


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_each_says_of_itself(name: str) -> None:
    assert (command_named(name).help or "").split("\n\n")[0] == COMMANDS[name][1]


def test_the_list_of_commands_needs_neither_rich_nor_the_commands(project: Path) -> None:
    program = "import sys; from longzip.cli import main; main(['--help']); print('LOADED', *sys.modules)"
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=project, env=environment())
    loaded = set(done.stdout.splitlines()[-1].split())
    assert loaded.isdisjoint({"rich", "longzip.cli.compress", "longzip.settings", "longzip.types"})
