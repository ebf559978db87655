"""``pip install longzip``: the wheel in an environment of its own, without torch, does the README's main job."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
MOST_MEGABYTES = 250


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an environment with nothing in it but the wheel and what that asks for."""
    folder = tmp_path_factory.mktemp("install")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", str(folder), str(ROOT)], check=True)
    (wheel,) = folder.glob("longzip-*.whl")
    place = folder / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place)], check=True)
    subprocess.run([*pip, "--python", str(place / "bin" / "python"), "install", str(wheel)], check=True)
    return place


def run(environment: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    outer = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "LONGZIP"))}
    return subprocess.run(
        [str(environment / "bin" / "longzip"), *arguments],
        env={**outer, "HF_HUB_OFFLINE": "1", **variables},
        cwd=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_is_light(environment: Path) -> None:
    files = [path for path in environment.rglob("*") if path.is_file() and not path.is_symlink()]
    assert sum(path.stat().st_size for path in files) < MOST_MEGABYTES * 1_000_000
    for absent in ("torch", "transformers", "starlette", "mcp"):
        assert not list(environment.rglob(f"site-packages/{absent}"))


def test_the_main_job_of_the_readme(environment: Path) -> None:
    found = re.search(r'longzip compress \S+/(typer) -q "([^"]+)" --budget (\d+)', README)
    assert found
    (package,) = environment.rglob(f"site-packages/{found[1]}")
    result = run(environment, "compress", str(package), "-q", found[2], "--budget", found[3], "--report", "r.json")
    assert result.returncode == 0, result.stderr
    assert "def _extract_default_help_str(" in result.stdout
    report = json.loads((environment / "r.json").read_text(encoding="utf-8"))
    assert 0.95 * int(found[3]) <= report["got"] <= int(found[3])
    assert report["model"].startswith("embedded@")


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--model", "Qwen/Qwen2.5-Coder-0.5B"), "longzip[torch]"),
        (("--device", "cuda"), "longzip[torch]"),
        (("--ray", "local"), "longzip[ray]"),
        (("--count-for", "tiktoken:o200k_base"), "longzip[tiktoken]"),
    ],
)
def test_what_needs_more_says_which_extra(environment: Path, options: tuple[str, str], named: str) -> None:
    variables = {"LONGZIP_RAY": options[1]} if options[0] == "--ray" else {}
    given = () if variables else options
    (package,) = environment.rglob("site-packages/typer")
    result = run(
        environment, "compress", str(package), "-q", "what is a default?", "--budget", "500", *given, **variables
    )
    assert result.returncode == 1
    assert named in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1, "one line, no traceback"
