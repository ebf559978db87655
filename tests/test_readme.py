"""The README's code is code, and the options it names exist."""

import ast
import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from longzip.cli import app, written_out
from longzip.cli.commands import loaded as command_named

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(
    r"(?:^|\|\s|/bin/)longzip (compress|expand|rank|tokens|explain|segment|batch|chat|advise|config)\b([^\n]*)",
    README,
    re.M,
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


ROWS = re.findall(r"^\| [^|]+ \| `([^`]+)` \| `(tests/\w+\.py)::(\w+)` \|$", README, re.M)


@pytest.mark.parametrize(("command", "file", "test"), ROWS, ids=[test for _, _, test in ROWS])
def test_what_is_promised_has_a_command_and_a_test(command, file, test):
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    assert test in {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    program, *words = shlex.split(command)
    if program == "longzip":
        name, *given = written_out(words)
        command_named(name).make_context(name, given)  # raises for an option or an argument that there is not
    else:
        assert program in ("llm", "pip")


def test_the_table_of_promises_was_found():
    assert len(ROWS) == README.partition("## What it promises")[2].partition("\n## ")[0].count("\n| ") - 1 >= 20


def test_the_setup_scripts_are_there():
    for name in ("scripts/setup", "scripts/test"):
        assert name in README
        assert (ROOT / name).stat().st_mode & 0o111
