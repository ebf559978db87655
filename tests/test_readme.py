"""The README's code is code, and the options it names exist."""

import ast
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from longzip.cli import app

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(
    r"(?:^|\|\s|/bin/)longzip (compress|expand|rank|segment|batch|chat|advise|config)\b([^\n]*)", README, re.M
)


def test_python_blocks_parse():
    blocks = re.findall(r"```python\n(.*?)```", README, re.S)
    assert len(blocks) >= 2
    for block in blocks[1:]:
        ast.parse(block)


def test_the_commands_were_found():
    assert len(COMMANDS) >= 6


@pytest.mark.parametrize(("command", "rest"), COMMANDS, ids=[command + rest[:30] for command, rest in COMMANDS])
def test_each_option_of_each_command_exists(command, rest):
    text = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "200", "NO_COLOR": "1"}).output
    options = re.findall(r"(?:^| )(--?[a-z][a-z-]*)", rest.split("#")[0])
    assert all(re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", text) for option in options)


def test_the_setup_scripts_are_there():
    for name in ("scripts/setup", "scripts/test"):
        assert name in README
        assert (ROOT / name).stat().st_mode & 0o111
