"""The files around the package: workflows, the action and the image say what is true of this repository."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import yaml

from longzip import __version__

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def load(name: str) -> dict[str, Any]:
    found = yaml.safe_load((ROOT / ".github" / name).read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def test_one_version() -> None:
    assert PROJECT["version"] == __version__
    assert f"## {__version__} " in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_extras_that_are_named_are_there() -> None:
    extras = PROJECT["optional-dependencies"]
    named: set[str] = set()
    for name in ("README.md", "configs/Dockerfile", ".github/workflows/ci.yml"):
        text = (ROOT / name).read_text(encoding="utf-8")
        named |= {
            extra for group in re.findall(r"(?:longzip|\.|\))\"?\[([a-z,-]+)\]", text) for extra in group.split(",")
        }
    for path in (ROOT / "longzip").rglob("*.py"):
        named |= set(re.findall(r'MissingExtra\([^)]*?"([a-z-]+)"\)', path.read_text(encoding="utf-8")))
    assert {"torch", "mcp", "server", "ray"} <= named
    assert named <= extras.keys()
    everything = set(re.findall(r"[a-z-]+", extras["all"][0])) - {"longzip"}
    assert everything == extras.keys() - {"all", "bench", "dev", "hub", "models", "train"}


def test_the_base_is_light() -> None:
    heavy = ("torch", "transformers", "mcp", "starlette", "langchain", "llama", "ray")
    assert not [needed for needed in PROJECT["dependencies"] if needed.startswith(heavy)]
    assert not [one for one in PROJECT["optional-dependencies"]["torch"] if re.match(r"torch.*[<!]", one)]


def test_the_matrix_has_the_versions_that_are_supported() -> None:
    matrix = load("workflows/ci.yml")["jobs"]["test"]["strategy"]["matrix"]
    assert matrix["python"][0] == PROJECT["requires-python"].removeprefix(">=")
    assert [name.partition("-")[0] for name in matrix["os"]] == ["ubuntu", "macos", "windows"]


def test_a_release_needs_no_token_and_little_else() -> None:
    release = load("workflows/release.yml")
    assert release["permissions"] == {"contents": "read"}
    assert release["jobs"]["publish"]["permissions"] == {"id-token": "write"}
    assert "password" not in str(release)


def test_nothing_of_a_pull_request_stands_in_a_script() -> None:
    for step in load("actions/context/action.yml")["runs"]["steps"]:
        assert "${{" not in step.get("run", "")


def test_the_image_is_not_root() -> None:
    lines = (ROOT / "configs" / "Dockerfile").read_text(encoding="utf-8").splitlines()
    assert lines.index("USER longzip") < next(at for at, line in enumerate(lines) if line.startswith("ENTRYPOINT"))
