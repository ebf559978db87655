"""Where git keeps the ignore rules that hold in all of a user's repositories: ``core.excludesFile``, or its default.

Reads git's configuration files as far as that takes: sections, values, quotes, includes, those for some repositories
among them. Runs nothing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from longzip.sources.decoding import UnfitError, read_bytes
from longzip.sources.gitignore import parse_rule

MAX_BYTES = 1_000_000
MOST_INCLUDES = 8  # one inside of another
SECTION = re.compile(r"\s*\[\s*([\w.-]+)\s*(\"[^\"]*\")?\s*\]\s*(.*)")
ENTRY = re.compile(r"\s*([A-Za-z][\w-]*)\s*=\s*(.*)")


def user_rules(repository: Path, environment: Mapping[str, str] = os.environ) -> Path | None:
    """The user's ignore file as git would find it for the repository whose ``.git`` folder is given; it need not exist.
    None where there is no home."""
    named: str | None = None
    reader = Reader(str(repository), environment)
    for config in [*config_files(environment), repository / "config"]:
        for name, value in reader.entries(config):
            if name == "core.excludesfile":
                named = value
    if named is not None:
        return expanded(named, environment) if named else None
    folder = config_folder(environment)
    return folder / "ignore" if folder is not None else None


def config_files(environment: Mapping[str, str]) -> Iterator[Path]:
    """The files that hold for all repositories, the weakest first."""
    if environment.get("GIT_CONFIG_NOSYSTEM", "0") in ("", "0", "false", "no"):
        yield Path(environment.get("GIT_CONFIG_SYSTEM", "/etc/gitconfig"))
    if "GIT_CONFIG_GLOBAL" in environment:
        if environment["GIT_CONFIG_GLOBAL"]:
            yield Path(environment["GIT_CONFIG_GLOBAL"])
        return
    folder = config_folder(environment)
    if folder is not None:
        yield folder / "config"
    if environment.get("HOME"):
        yield Path(environment["HOME"], ".gitconfig")


def config_folder(environment: Mapping[str, str]) -> Path | None:
    if environment.get("XDG_CONFIG_HOME"):
        return Path(environment["XDG_CONFIG_HOME"], "git")
    return Path(environment["HOME"], ".config", "git") if environment.get("HOME") else None


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads configuration for a repository, that is its ``.git`` folder."""

    repository: str
    environment: Mapping[str, str]

    def entries(self, path: Path, depth: int = 0) -> Iterator[tuple[str, str]]:
        """(section.name in lower case, value) of a file and of those that it includes; none of one that is no file."""
        try:
            text = read_bytes(os.path.realpath(path), MAX_BYTES).decode("utf-8", "surrogateescape")
        except (OSError, UnfitError, ValueError):
            return
        section, condition = "", ""
        for line in text.removeprefix("\ufeff").replace("\\\n", "").splitlines():
            head = SECTION.match(line)
            if head is not None:
                section, condition = head[1].lower(), plain(head[2] or "")
                line = head[3]
            entry = ENTRY.match(line)
            if entry is None:
                continue
            name, value = entry[1].lower(), plain(entry[2])
            included = name == "path" and (section == "include" or section == "includeif")
            if not included:
                yield f"{section}.{name}" if not condition else f"{section}.{condition}.{name}", value
            elif depth < MOST_INCLUDES and (section == "include" or self.applies(condition, path)):
                yield from self.entries(path.parent / expanded(value, self.environment), depth + 1)

    def applies(self, condition: str, config: Path) -> bool:
        """Whether a condition on the place of the repository holds; of other conditions none does."""
        kind, _, pattern = condition.partition(":")
        if kind not in ("gitdir", "gitdir/i"):
            return False
        pattern = f"{config.parent}/{pattern[2:]}" if pattern.startswith("./") else pattern
        pattern = str(expanded(pattern, self.environment)) + "/" * pattern.endswith("/")
        pattern = (pattern if pattern.startswith("/") else f"**/{pattern}") + "**" * pattern.endswith("/")
        places = [self.repository, os.path.realpath(self.repository)]
        if kind == "gitdir/i":
            pattern, places = pattern.lower(), [place.lower() for place in places]
        rule = parse_rule(pattern)
        return rule is not None and any(rule.matches(tuple(place.strip("/").split("/"))) for place in places)


def plain(value: str) -> str:
    """A value without quotes, escapes and what follows as a comment."""
    found, quoted, at = "", False, 0
    while at < len(value):
        character = value[at]
        if character == "\\" and at + 1 < len(value):
            at += 1
            found += {"n": "\n", "t": "\t", "b": "\b"}.get(value[at], value[at])
        elif character == '"':
            quoted = not quoted
        elif character in "#;" and not quoted:
            break
        else:
            found += character
        at += 1
    return found if quoted else found.rstrip()


def expanded(value: str, environment: Mapping[str, str]) -> Path:
    """A path with ``~/`` at its start as the user's home."""
    home = environment.get("HOME")
    return Path(home, value[2:]) if home and value.startswith("~/") else Path(value)
