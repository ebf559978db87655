"""Repositories somewhere else, fetched by the git of this machine; changes; neither trusts what a repository says.

The "other machine" is a folder here, which the settings of git forbid; the tests allow it by name.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from longzip import SourceError, UsageError, changes, fetch_remote, remote
from longzip.sources import git as git_module
from longzip.sources.remote import Remote


def git(folder: Path, *arguments: str) -> str:
    identity = [
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@b.c",
        "-c",
        "init.defaultBranch=main",
        "-c",
        "commit.gpgsign=false",
    ]
    return subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    folder = tmp_path / "origin" / "parser.git"
    folder.mkdir(parents=True)
    git(folder, "init", "-q")
    (folder / "a.py").write_text("def first():\n    return 1\n", encoding="utf-8")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "one")
    git(folder, "tag", "-a", "v1", "-m", "v1")
    (folder / "a.py").write_text("def second():\n    return 2\n", encoding="utf-8")
    git(folder, "commit", "-qam", "two")
    return folder


@pytest.fixture
def local(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git_module, "HARMLESS", (*git_module.HARMLESS, "protocol.file.allow=always"))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("pallets/click", Remote("https://github.com/pallets/click.git", "click", "")),
        ("pallets/click@8.1.x", Remote("https://github.com/pallets/click.git", "click", "8.1.x")),
        ("a/b.js@feature/x", Remote("https://github.com/a/b.js.git", "b.js", "feature/x")),
        ("https://example.org/x/y.git", Remote("https://example.org/x/y.git", "y", "")),
        ("https://example.org/x/y@v2", Remote("https://example.org/x/y", "y", "v2")),
        ("git@example.org:x/y.git", Remote("git@example.org:x/y.git", "y", "")),
        ("git@example.org:x/y.git@main", Remote("git@example.org:x/y.git", "y", "main")),
        ("ssh://git@example.org/x/y.git", Remote("ssh://git@example.org/x/y.git", "y", "")),
        ("src", None),
        ("src/app/main.py", None),
        ("./a/b", None),
        ("a/..", None),
        ("C:\\x\\y", None),
        ("--upload-pack=touch/x", None),
        ("ext::sh -c touch% x", None),
        ("file:///etc", None),
    ],
)
def test_what_is_an_address(text: str, found: Remote | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert remote(text) == found


def test_a_path_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "src").mkdir()
    assert remote("src/misspelt") is None


@pytest.mark.parametrize("text", ["https://me:pw@example.org/x/y.git", "a/b@../../x", "a/b@-x"])
def test_what_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        remote(text)


@pytest.mark.usefixtures("local")
def test_fetched_by_commit_and_kept(origin: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    place = fetch_remote(Remote(str(origin), "parser", ""), kept)
    assert (place / "a.py").read_text() == "def second():\n    return 2\n"
    assert place.name == "parser"
    assert list((place / ".git").iterdir()) == []
    for ref in ("v1", git(origin, "rev-parse", "HEAD~1").strip()):
        assert "first" in (fetch_remote(Remote(str(origin), "parser", ref), kept) / "a.py").read_text()
    (place / "marked").touch()
    assert (fetch_remote(Remote(str(origin), "parser", "main"), kept) / "marked").exists(), "not fetched again"
    with pytest.raises(SourceError, match="no branch or tag 'nothing'"):
        fetch_remote(Remote(str(origin), "parser", "nothing"), kept)
    assert {path.name for path in kept.iterdir()} == {path.name for path in kept.iterdir() if len(path.name) == 16}


@pytest.mark.usefixtures("local")
def test_nothing_of_a_repository_runs(origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Attributes with filters, links out of the folder, hooks of a template, a hostile configuration of the user's."""
    touched = tmp_path / "touched"
    (origin / ".gitattributes").write_text("* filter=evil diff=evil\n", encoding="utf-8")
    (origin / "passwd").symlink_to("/etc/passwd")
    (origin / "longzip.toml").write_text("trust_remote_code = true\n", encoding="utf-8")
    git(origin, "add", "-A")
    git(origin, "commit", "-qm", "three")
    home = tmp_path / "home"
    (home / "hooks").mkdir(parents=True)
    hook = home / "hooks" / "post-checkout"
    hook.write_text(f"#!/bin/sh\ntouch {touched}\n", encoding="utf-8")
    hook.chmod(0o755)
    (home / ".gitconfig").write_text(
        f'[filter "evil"]\nsmudge = touch {touched}\n[core]\nhooksPath = {home}/hooks\n[init]\ntemplateDir = {home}\n',
        encoding="utf-8",
    )
    monkeypatch.setenv("HOME", str(home))
    place = fetch_remote(Remote(str(origin), "parser", ""), tmp_path / "kept")
    assert not touched.exists()
    assert not (place / "passwd").is_symlink()
    found = longzip_names(place)
    assert found == {"parser/a.py", "parser/longzip.toml", "parser/passwd"}


def longzip_names(place: Path) -> set[str]:
    from longzip import read_repository

    return {source.name for source in read_repository([place]).sources}


def test_files_of_this_machine_are_no_repositories(origin: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="not allowed"):
        fetch_remote(Remote(str(origin), "parser", ""), tmp_path / "kept")


def test_no_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SourceError, match="git is not installed"):
        fetch_remote(Remote("https://example.org/x/y", "y", ""), tmp_path / "kept")


@pytest.mark.usefixtures("local")
def test_what_is_too_large_or_too_slow(origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\nexec sleep 30\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    with pytest.raises(SourceError, match="longer than"):
        git_module.git(["fetch"], tmp_path, seconds=0.1)

    def too_large() -> None:
        raise SourceError("too large")

    with pytest.raises(SourceError, match="too large"):
        git_module.git(["fetch"], tmp_path, watch=too_large)


def test_changes(origin: Path) -> None:
    (origin / "a.py").write_text("def second():\n    return 22\n", encoding="utf-8")
    (origin / "new.py").write_text("x = 1\n", encoding="utf-8")
    found = changes(origin)
    assert found.files == ("a.py",)
    assert "+    return 22" in found.text
    assert "return 22" in found.words
    git(origin, "add", "new.py")
    assert changes(origin, staged=True).files == ("new.py",)
    assert changes(origin, "v1").files == ("a.py", "new.py")
    with pytest.raises(SourceError, match="nothing has changed"):
        changes(origin, "HEAD..HEAD")
    for ref in ("--output=x", "-p", " "):
        with pytest.raises(UsageError):
            changes(origin, ref)
    with pytest.raises(SourceError, match="git diff failed"):
        changes(origin, "nowhere")


def test_a_repository_runs_nothing_while_its_changes_are_read(origin: Path, tmp_path: Path) -> None:
    touched = tmp_path / "touched"
    (origin / ".gitattributes").write_text("*.py filter=evil diff=evil\n", encoding="utf-8")
    for name in (
        "filter.evil.clean",
        "filter.evil.process",
        "diff.evil.textconv",
        "diff.evil.command",
        "diff.external",
    ):
        git(origin, "config", name, f"touch {touched}")
    git(origin, "config", "core.fsmonitor", f"touch {touched}")
    git(origin, "config", "filter.evil.required", "true")
    (origin / "a.py").write_text("def second():\n    return 22\n", encoding="utf-8")
    assert "+    return 22" in changes(origin).text
    assert not touched.exists()
