"""Bytes that are not UTF-8 are read in their encoding; the user's own ignore file counts as it does for git."""

from __future__ import annotations

import os
import random
import subprocess
from pathlib import Path

import pytest

from longzip import Compressor, Settings, SettingsError, from_bytes, read_repository
from longzip.sources.git_config import Reader, plain, user_rules

TEXTS = {
    "gbk": (
        "# \u8bfb\u53d6\u6587\u4ef6\u5e76\u8fd4\u56de\u5185\u5bb9\n"
        "def load(path):\n    return 1  # \u6253\u5f00\u8def\u5f84\n"
    ),
    "shift_jis": (
        "# \u30d5\u30a1\u30a4\u30eb\u3092\u8aad\u307f\u8fbc\u3080\n"
        "def load(path):\n    return 1  # \u30c6\u30ad\u30b9\u30c8\n"
    ),
    "euc_jp": (
        "# \u30d5\u30a1\u30a4\u30eb\u3092\u8aad\u307f\u8fbc\u3080\n"
        "def load(path):\n    return 1  # \u30c6\u30ad\u30b9\u30c8\u3092\u8fd4\u3059\n"
    ),
    "euc_kr": (
        "# \ud30c\uc77c\uc744 \uc77d\uace0 \ub0b4\uc6a9\uc744 \ubc18\ud658\ud55c\ub2e4\ndef load(path):\n    return 1\n"
    ),
    "big5": (
        "# \u8b80\u53d6\u6a94\u6848\u4e26\u8fd4\u56de\u5167\u5bb9\n"
        "def load(path):\n    return 1  # \u958b\u555f\u8def\u5f91\n"
    ),
}
WESTERN = [
    "# gr\xf6\xdfer als caf\xe9, na\xefve \xdcbung\nx = 1\n",
    "# \xc6r\xf8\nx = 1\n",
    "# na\xefve\n",
    "s = 'se\xf1or'  # \xbfqu\xe9?\n",
]


@pytest.mark.parametrize("encoding", TEXTS)
def test_files_of_east_asia_are_read(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.py").write_bytes(TEXTS[encoding].encode(encoding))
    found = read_repository(tmp_path)
    assert [source.text for source in found.sources] == [TEXTS[encoding]]
    assert not found.skipped
    assert [guess.path for guess in found.guessed] == [f"{tmp_path.name}/a.py"]
    result = Compressor.load(settings=Settings(model="ngram", count_for="chars/4", cache=False)).compress(
        found, query="load", budget=1000
    )
    assert any("encodings guessed" in note and "a.py" in note for note in result.report.notes)


@pytest.mark.parametrize("encoding", TEXTS)
def test_what_speaks_for_an_encoding_may_stand_late(encoding: str) -> None:
    text = "def load(path):\n    return 1\n" * 10_000 + TEXTS[encoding]
    assert from_bytes(text.encode(encoding)).sources[0].text == text


@pytest.mark.parametrize("encoding", TEXTS)
def test_standard_input_is_read_as_files_are(encoding: str) -> None:
    found = from_bytes(TEXTS[encoding].encode(encoding), "a.py")
    assert found.sources[0].text == TEXTS[encoding]
    assert found.guessed


@pytest.mark.parametrize("text", WESTERN)
def test_western_files_are_what_they_were(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.py").write_bytes(text.encode("cp1252"))
    found = read_repository(tmp_path)
    assert [source.text for source in found.sources] == [text]
    assert not found.skipped
    assert [guess.encoding for guess in found.guessed] == ["cp1252"]


def test_an_encoding_can_be_said(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes("# \u0447\u0438\u0442\u0430\u0442\u044c\n".encode("cp1251"))
    found = read_repository(tmp_path, Settings(encoding="cp1251"))
    assert found.sources[0].text == "# \u0447\u0438\u0442\u0430\u0442\u044c\n"
    assert not found.guessed
    (tmp_path / "a.py").write_bytes("x = 'a'\n".encode("utf-16-le"))
    assert read_repository(tmp_path, Settings(encoding="utf-16-le")).sources[0].text == "x = 'a'\n"
    with pytest.raises(SettingsError, match="encoding is"):
        Settings(encoding="no such")
    with pytest.raises(SettingsError, match="encoding is"):
        Settings(encoding="zlib")


@pytest.mark.parametrize("where", ["default", "xdg", "gitconfig", "include", "here", "elsewhere", "repository"])
def test_the_users_ignore_file_counts_as_for_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    home, folder, chance = tmp_path / "home", tmp_path / "code", random.Random(where)
    home.mkdir()
    folder.mkdir()
    for name in list(os.environ):
        if name.startswith(("GIT_", "XDG_CONFIG")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    rules = home / "my rules"
    if where == "default":
        rules = home / ".config" / "git" / "ignore"
    elif where == "xdg":
        monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "x"))
        rules = home / "x" / "git" / "ignore"
    elif where == "gitconfig":
        (home / ".gitconfig").write_text('[user]\n\tname = a ; b\n[Core]\n\texcludesFile = "~/my rules" # mine\n')
    elif where == "include":
        (home / ".gitconfig").write_text("[include]\n\tpath = more\n")
        (home / "more").write_text("[core]\nexcludesfile = ~/my\\ rules\n".replace("\\", ""))
    elif where in ("here", "elsewhere"):
        place = f"{folder}/" if where == "here" else "~/other/"
        (home / ".gitconfig").write_text(f'[core]\nexcludesFile = /no\n[includeIf "gitdir:{place}"]\npath = more\n')
        (home / "more").write_text("[core]\nexcludesfile = ~/my rules\n")
    rules.parent.mkdir(parents=True, exist_ok=True)
    rules.write_text("*.log\n/build/\n!keep.log\nnotes.*\n")
    names = ["a.py", "a.log", "keep.log", "build/x.py", "sub/build/x.py", "sub/notes.txt", "sub/a.log", "sub/b.go"]
    for name in chance.sample(names, len(names)):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("x\n")
    subprocess.run(["git", "init", "-q", "."], cwd=folder, check=True)
    (folder / ".gitignore").write_text("!sub/a.log\n")
    if where == "repository":
        with (folder / ".git" / "config").open("a") as config:
            config.write(f"[core]\n\texcludesFile = {rules}\n")
    git = ["git", "ls-files", "--others", "--exclude-standard", "-z"]
    expected = subprocess.run(git, cwd=folder, check=True, capture_output=True).stdout.decode().split("\0")
    found = read_repository(folder, Settings(hidden=True))
    seen = {name.partition("/")[2] for name in [*(s.name for s in found.sources), *(s.path for s in found.skipped)]}
    assert seen == set(filter(None, expected))
    assert "sub/a.log" in seen
    assert ("a.log" in seen) == (where == "elsewhere")


def test_values_are_read_as_git_reads_them(tmp_path: Path) -> None:
    assert plain('"a b" # c') == "a b"
    assert plain("a ; b") == "a"
    assert plain(r'"a\\b\"c"') == 'a\\b"c'
    (tmp_path / "loop").write_text("[include]\npath = loop\n[core] excludesFile = x\n")
    assert ("core.excludesfile", "x") in list(Reader("", {}).entries(tmp_path / "loop"))
    assert user_rules(tmp_path, {}) is None
