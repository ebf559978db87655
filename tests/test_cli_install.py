"""``longzip install AGENT``: what it writes, what it leaves alone, and what it asks."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from longzip.cli import main
from longzip.cli.agents import AGENTS


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def servers(home: Path, name: str) -> object:
    agent = AGENTS[name]
    text = (home / agent.config).read_text(encoding="utf-8")
    return (tomllib.loads(text) if agent.shape == "toml" else json.loads(text))[agent.key]["longzip"]


@pytest.mark.parametrize("name", AGENTS)
def test_installed_again_and_taken_out(home: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["install", name, "--dry-run"]) == 0
    assert list(home.rglob("*")) == []
    assert "longzip" in capsys.readouterr().out
    assert main(["install", name]) == 0
    assert "mcp" in json.dumps(servers(home, name))
    skills = AGENTS[name].skills
    assert not skills or (home / skills / "longzip" / "SKILL.md").read_text(encoding="utf-8").startswith(
        "---\nname: longzip"
    )
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    assert main(["install", name]) == 0
    assert "nothing to do" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == before
    assert main(["install", name, "--uninstall"]) == 0
    assert not list(home.rglob("SKILL.md"))
    assert "longzip" not in (home / AGENTS[name].config).read_text(encoding="utf-8")
    assert main(["install", name, "--uninstall"]) == 0


def test_the_rest_of_the_file_stays(home: Path) -> None:
    config = home / ".claude.json"
    rest = {"z": 1, "projects": {"/ü": {"n": 2}}, "mcpServers": {"other": {"command": "x"}}, "a": [1.0, None]}
    config.write_text(json.dumps(rest, indent=4, ensure_ascii=False) + "\n", encoding="utf-8")
    before = config.read_bytes()
    assert main(["install", "claude-code"]) == 0
    found = json.loads(config.read_bytes())
    assert list(found) == ["z", "projects", "mcpServers", "a"]
    assert list(found["mcpServers"]) == ["other", "longzip"]
    assert main(["install", "claude-code", "--uninstall"]) == 0
    assert config.read_bytes() == before


def test_toml_stays_byte_for_byte(home: Path) -> None:
    config = home / ".codex" / "config.toml"
    config.parent.mkdir()
    before = '# mine\nmodel = "m"  # best\n\n[mcp_servers.other]\ncommand = "x"\n\n[tui]\ntheme = "dark"\n'
    config.write_text(before, encoding="utf-8")
    assert main(["install", "codex"]) == 0
    after = config.read_text(encoding="utf-8")
    assert after.startswith(before)
    assert tomllib.loads(after)["mcp_servers"]["longzip"] == {"command": "longzip", "args": ["mcp", "."]}
    config.write_text(after + '\n[mcp_servers.longzip.env]\nA = "1"\n\n[last]\nx = 1\n', encoding="utf-8")
    assert main(["install", "codex", "--uninstall"]) == 0
    assert tomllib.loads(config.read_text(encoding="utf-8")) == {**tomllib.loads(before), "last": {"x": 1}}


@pytest.mark.parametrize("name", ["cursor", "codex"])
def test_it_asks_before_it_overwrites(home: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    config = home / AGENTS[name].config
    config.parent.mkdir(parents=True)
    own = (
        '{"mcpServers": {"longzip": {"command": "mine"}}}'
        if name == "cursor"
        else '[mcp_servers.longzip]\ncommand = "mine"\n'
    )
    config.write_text(own, encoding="utf-8")
    assert main(["install", name]) == 2
    assert "--yes" in capsys.readouterr().err
    assert config.read_text(encoding="utf-8") == own
    assert main(["install", name, "--yes"]) == 0
    assert "mine" not in config.read_text(encoding="utf-8")


def test_what_cannot_be_understood_is_left_alone(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, text in (
        ("gemini-cli", '{"a": 1, // why\n}'),
        ("opencode", "[]"),
        ("codex", "a = \n"),
        ("cursor", '{"mcpServers": 5}'),
    ):
        config = home / AGENTS[name].config
        config.parent.mkdir(parents=True, exist_ok=True)
        config.write_text(text, encoding="utf-8")
        assert main(["install", name]) == 1
        assert str(config) in capsys.readouterr().err
        assert config.read_text(encoding="utf-8") == text
    assert main(["install", "emacs"]) == 2


def test_for_one_project(home: Path) -> None:
    assert main(["install", "claude-code", "--project"]) == 0
    assert json.loads((home / ".mcp.json").read_bytes())["mcpServers"]["longzip"]["args"] == ["mcp", "."]
