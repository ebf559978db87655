"""Globs as people write them, names as git writes them, and the options of the command that stand on both."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from longzip import Settings, list_from, read_repository, unmatched
from longzip.cli import main, written_out
from longzip.sources import globs


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("src/app.py", "src/app.md", "src/tests/test_app.py", "tests/test_all.py", "a,b.py", "docs/{x}.py"):
        place = tmp_path / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(f"# {name}\n", encoding="utf-8")
    return tmp_path


def names(*exclude: str, path: str = ".") -> list[str]:
    return [source.name for source in read_repository([path], Settings(exclude=exclude)).sources]


EVERYTHING = ["a,b.py", "docs/{x}.py", "src/app.md", "src/app.py", "src/tests/test_app.py", "tests/test_all.py"]


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("exclude", "gone"),
    [
        ("*.py,*.md", EVERYTHING),
        ("*.{py,md}", EVERYTHING),
        ("src/*.{m{d,x},py}", ["src/app.md", "src/app.py"]),
        ("./tests", ["tests/test_all.py"]),
        ("tests", ["src/tests/test_app.py", "tests/test_all.py"]),
        ("./src/tests/", ["src/tests/test_app.py"]),
        (r"a\,b.py", ["a,b.py"]),
        ("a[,]b.py", ["a,b.py"]),
        ("*.{py", []),
        ("docs/{x}.py", ["docs/{x}.py"]),
        (".", EVERYTHING),
    ],
)
def test_exclude(exclude: str, gone: list[str]) -> None:
    if exclude == ".":
        exclude = "./"
    assert names(exclude) == [name for name in EVERYTHING if name not in gone]


def test_absolute_paths(project: Path) -> None:
    assert "tests/test_all.py" not in names(f"{project}/tests")
    assert "src/tests/test_app.py" in names(f"{project}/tests")
    assert names(f"{project}/src/tests", path=str(project / "src")) == ["src/app.md", "src/app.py"]
    link = project / "link"
    link.symlink_to(project / "src")
    assert names(f"{project}/src/app.*", path=str(link)) == ["link/tests/test_app.py"]


def test_braces_that_would_be_too_many_stand_as_they_are() -> None:
    monster = "{a,b}" * 30
    assert globs.written_out([monster]) == [monster]


@pytest.mark.usefixtures("project")
def test_what_matched_nothing() -> None:
    found = read_repository(["."], Settings(exclude=("*.md", "nothing", "src/tests/")))
    given = ["*.md", "nothing", "src/tests/", "./lib", "*.{md,rst}"]
    assert unmatched(given, found.sources, found.skipped, exclude=True) == ["nothing", "./lib"]
    assert unmatched(["*.py", "src/", "*.go"], found.sources, found.skipped, exclude=False) == ["*.go"]


def test_ignored_files_on_request(project: Path) -> None:
    (project / ".git").mkdir()
    (project / ".gitignore").write_text("docs/\n", encoding="utf-8")
    (project / ".longzipignore").write_text("*.md\n", encoding="utf-8")
    assert "docs/{x}.py" not in names()
    found = [source.name for source in read_repository(["."], Settings(gitignore=False)).sources]
    assert "docs/{x}.py" in found
    assert "src/app.md" not in found


def test_names_as_git_writes_them(project: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=project, check=True)
    odd = ["größe.py", 'quo"te.py', "back\\slash.py", "tab\there.py", "日本.py", '"quoted".py']
    for name in odd:
        (project / name).write_text("x = 1\n", encoding="utf-8")
    listed = subprocess.run(
        ["git", "ls-files", "--others"], cwd=project, check=True, capture_output=True, text=True
    ).stdout
    assert '"gr\\303\\266\\303\\237e.py"' in listed
    assert {path.name for path in list_from(listed)} >= set(odd)
    assert all(path.exists() for path in list_from(listed))


def run(capfd: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main([*arguments, "--model", "ngram"])
    out, err = capfd.readouterr()
    return code, out, err


@pytest.mark.usefixtures("project")
def test_the_short_form_and_short_options(capfd: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capfd, "src", "-q", "app", "-b", "2k", "-e", "py", "--format", "md", "--exclude", "*.rst")
    assert code == 0
    assert "```python" in out
    assert "app.md" not in out
    assert "note: --exclude '*.rst' matched nothing" in err
    assert run(capfd, "nothing/here", "-q", "x", "-b", "9")[0] in (1, 2)
    assert "No such command" in run(capfd, "compres", "src")[2]


def test_the_shape_of_arguments(project: Path) -> None:
    assert written_out(["."]) == ["compress", "."]
    assert written_out(["compress", "--diff", "src"]) == ["compress", "--diff=HEAD", "src"]
    assert written_out(["compress", "--diff", "HEAD~2", "src"]) == ["compress", "--diff", "HEAD~2", "src"]
    assert written_out(["src", "--diff"]) == ["compress", "src", "--diff=HEAD"]
    assert written_out(["cache", "info"]) == ["cache", "info"]
    assert written_out(["--version"]) == ["--version"]


def test_files_of_the_list_that_are_gone(
    project: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = project / "listed"
    listed.write_text("src/app.py\nsrc/gone.py\n", encoding="utf-8")
    with listed.open() as file:
        monkeypatch.setattr("sys.stdin", file)
        code, out, err = run(capfd, "compress", "-", "-q", "app", "-b", "100")
    assert code == 0
    assert "src/app.py" in out
    assert "note: 1 listed files are not there: src/gone.py" in err


@pytest.mark.usefixtures("project")
def test_a_second_run_leaves_its_own_result_out(capfd: pytest.CaptureFixture[str]) -> None:
    asked = ("compress", ".", "-q", "app", "-b", "2k", "--exclude", "nothing", "-o", "out.md")
    assert run(capfd, *asked)[0] == 0
    first = Path("out.md").read_text(encoding="utf-8")
    assert run(capfd, *asked)[0] == 0
    assert Path("out.md").read_text(encoding="utf-8") == first
    Path("out.md").write_text("# somebody's own\n", encoding="utf-8")
    code, _, err = run(capfd, *asked)
    assert code == 2
    assert "one of the files to read" in err
    assert run(capfd, "compress", "src", "-q", "app", "-b", "2k", "-o", "src/app.py")[0] == 2


@pytest.mark.usefixtures("project")
def test_a_tree_of_tokens(capfd: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capfd, "src", "--tree", "--count-for", "chars/1")
    assert code == 0
    assert out.splitlines() == [
        "50  .",
        "50  └── src/",
        "24      ├── tests/",
        "24      │   └── test_app.py",
        "13      ├── app.md",
        "13      └── app.py",
    ]


def test_copy(project: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ("compress", "src", "-q", "app", "-b", "2k", "--copy")
    monkeypatch.setenv("PATH", str(project))
    code, out, err = run(capfd, *asked)
    assert code == 1
    assert "clipboard" in err
    program = project / "xclip"
    program.write_text(f"#!/bin/sh\n/bin/cat > {project}/copied\n", encoding="utf-8")
    program.chmod(0o755)
    code, out, err = run(capfd, *asked)
    assert (code, out) == (0, "")
    assert "# src/app.py" in (project / "copied").read_text(encoding="utf-8")


def test_changes_are_a_question(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *identity, *arguments], cwd=project, check=True, capture_output=True)

    code = "".join(
        f"def step{n}(value):\n    first = value + {n}\n    return step{n - 1}(first)\n\n\n" for n in range(30)
    )
    (project / "steps.py").write_text(code, encoding="utf-8")
    git("init", "-q")
    git("add", "-A")
    git("commit", "-qm", "one")
    (project / "steps.py").write_text(code.replace("value + 17", "value - 17"), encoding="utf-8")
    result, out, err = run(capfd, "compress", "--diff", "--budget", "150", "--count-for", "chars/4")
    assert result == 0, err
    assert "first = value - 17" in out
    assert "def step18(" in out or "def step16(" in out, "what calls it, or what it calls"
    result, out, _ = run(capfd, ".", "--diff", "--with-diff", "-b", "400", "--count-for", "chars/4")
    assert out.startswith("diff --git a/steps.py b/steps.py")
    assert run(capfd, "compress", "--staged", "-b", "99")[0] == 1
    assert run(capfd, "compress", ".", "--with-diff", "-b", "99", "-q", "x")[0] == 2
    assert run(capfd, "compress", "--diff", "--since", "HEAD", "-b", "99")[0] == 2
    assert run(capfd, "compress", "-q", "x", "-b", "99")[0] == 2


def test_a_profile_with_a_budget_and_a_question(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (project / "longzip.toml").write_text('budget = 300\n[profiles.review]\nformat = "xml"\n', encoding="utf-8")
    (project / "own.toml").write_text('budget = 150\nquery = "app"\n', encoding="utf-8")
    assert "budget of 150" in run(capfd, "src", "--config", "own.toml")[2]
    code, out, err = run(capfd, "src", "-q", "app", "--profile", "review")
    assert code == 0, err
    assert out.startswith("<")
    assert "budget of 300" in err
    code, _, err = run(capfd, "src", "--profile", "nothing")
    assert code == 2
    assert "there are: review" in err
    assert "budget of 150" in run(capfd, "src", "-q", "app", "-b", "150")[2]
