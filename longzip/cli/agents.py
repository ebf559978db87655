"""Where coding agents keep their servers and skills, and how an entry gets into such a file and out again.

It knows JSON and TOML as texts: what is not longzip's stays byte for byte where that can be, and in the same order and
indentation where not.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from longzip import LongzipError

NAME = "longzip"
COMMAND, ARGUMENTS = "longzip", ["mcp", "."]
TABLE = re.compile(rf"^\[mcp_servers\.(?:{NAME}|\"{NAME}\")(?:\..*)?\][ \t]*(?:#.*)?$")


@dataclass(frozen=True, slots=True)
class Agent:
    """config: the file with its servers, below the home folder, and project_config below a project. key: where in it
    they stand. skills: the folder of skills, "" for none. shape: how an entry is written."""

    config: str
    project_config: str
    key: str
    skills: str
    shape: Literal["command", "opencode", "toml"] = "command"


AGENTS: Mapping[str, Agent] = {
    "claude-code": Agent(".claude.json", ".mcp.json", "mcpServers", ".claude/skills"),
    "cursor": Agent(".cursor/mcp.json", ".cursor/mcp.json", "mcpServers", ".cursor/skills"),
    "codex": Agent(".codex/config.toml", ".codex/config.toml", "mcp_servers", ".codex/skills", "toml"),
    "opencode": Agent(".config/opencode/opencode.json", "opencode.json", "mcp", "", "opencode"),
    "gemini-cli": Agent(".gemini/settings.json", ".gemini/settings.json", "mcpServers", ""),
}


@dataclass(frozen=True, slots=True)
class Edit:
    """A file and its new text; None: the file goes. shown: what is added. overwrites: whether it takes something away
    that somebody else wrote."""

    path: Path
    text: str | None
    shown: str
    overwrites: bool = False

    @property
    def verb(self) -> str:
        return "remove" if self.text is None else "write"


def entry(agent: Agent) -> dict[str, Any]:
    if agent.shape == "opencode":
        return {"type": "local", "command": [COMMAND, *ARGUMENTS], "enabled": True}
    return {"command": COMMAND, "args": list(ARGUMENTS)}


def with_entry(agent: Agent, path: Path) -> Edit | None:
    """None where it is there already. Raises LongzipError for a file that cannot be understood."""
    text = read(path)
    if agent.shape == "toml":
        return toml_with_entry(path, text)
    settings = parsed(path, text)
    servers = settings.setdefault(agent.key, {})
    if not isinstance(servers, dict):
        raise LongzipError(f"{path}: {agent.key} is no object; mend it first.")
    known, wished = servers.get(NAME), entry(agent)
    if known == wished:
        return None
    servers[NAME] = wished
    shown = json.dumps({agent.key: {NAME: wished}}, indent=2)
    return Edit(path, written(settings, text), shown, overwrites=known is not None)


def without_entry(agent: Agent, path: Path) -> Edit | None:
    """None where it is not there. Raises LongzipError for a file that cannot be understood."""
    text = read(path)
    if agent.shape == "toml":
        lines = without_table(text)
        return None if lines == text else Edit(path, lines, "")
    settings = parsed(path, text)
    servers = settings.get(agent.key)
    if not isinstance(servers, dict) or NAME not in servers:
        return None
    ours = servers.pop(NAME) == entry(agent)
    if not servers:
        del settings[agent.key]
    return Edit(path, written(settings, text), "", overwrites=not ours)


def read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8") if path.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise LongzipError(f"{path} cannot be read: {error}.") from None


def parsed(path: Path, text: str) -> dict[str, Any]:
    """Raises LongzipError for what is no JSON object: with comments it would lose them, and is left to its owner."""
    try:
        found = json.loads(text) if text.strip() else {}
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise LongzipError(
            f"{path} is no plain JSON (comments, perhaps); add the server by hand: longzip install AGENT --dry-run "
            "in another folder shows how."
        )
    return found


def written(settings: Mapping[str, Any], before: str) -> str:
    """As JSON, indented as it was."""
    match = re.search(r"^([ \t]+)\S", before, re.M)
    indent: int | str = 2 if match is None else match[1]
    return json.dumps(settings, ensure_ascii=False, indent=indent) + "\n"


def toml_with_entry(path: Path, text: str) -> Edit | None:
    """The file with a table at its end; the rest of it stays byte for byte."""
    try:
        known = tomllib.loads(text).get("mcp_servers", {}).get(NAME)
    except (tomllib.TOMLDecodeError, AttributeError) as error:
        raise LongzipError(f"{path} cannot be read as TOML: {error}; mend it first.") from None
    if known == {"command": COMMAND, "args": ARGUMENTS}:
        return None
    table = f"[mcp_servers.{NAME}]\ncommand = {json.dumps(COMMAND)}\nargs = {json.dumps(ARGUMENTS)}\n"
    before = without_table(text).rstrip("\n")
    new = f"{before}\n\n{table}" if before else table
    if known is not None and tomllib.loads(new)["mcp_servers"][NAME] != {"command": COMMAND, "args": ARGUMENTS}:
        raise LongzipError(f"{path} has longzip in a form that is not understood; change it by hand.")
    return Edit(path, new, table, overwrites=known is not None)


def without_table(text: str) -> str:
    """Without the table of longzip and its subtables."""
    kept, ours = [], False
    for line in text.splitlines(keepends=True):
        if re.match(r"\s*\[", line):
            ours = TABLE.match(line.strip()) is not None
        if not ours:
            kept.append(line)
    return "".join(kept)
