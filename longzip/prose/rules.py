r"""Rules about wording as data: TOML beside the module that uses them, read when first needed. Knows no rule's meaning.

A file has tables, and each table becomes one pattern::

    [answers]
    at = "start"              # where it is looked for: "anywhere" (if not said), "start", or as the "whole" text
    exact_case = true         # if not said, capitals do not count
    frame = '\W*(?:{rules})'  # what stands around the rules; if not said, nothing
    rules = [
      { language = "en", pattern = 'yes\b', matches = "Yes, do it.", not = "yesterday" },
    ]

A line is one alternative, in the order of the file, with the language whose words it knows ("any" for signs, digits and
code), a text that it finds and one that it does not. ``{name}`` in a pattern or a frame stands for the rules of that
table.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Literal, TypeAlias

Language = Literal["en", "zh", "ja", "de", "fr", "es", "ru", "any"]
At = Literal["anywhere", "start", "whole"]
Find: TypeAlias = "Callable[[str], re.Match[str] | None]"
NAME = re.compile(r"\{([a-z_]+)\}")  # a quantifier has digits


@dataclass(frozen=True, slots=True)
class Rule:
    """One alternative. matches: a text that it finds. unlike: one that it does not."""

    language: Language
    pattern: str
    matches: str
    unlike: str


@dataclass(frozen=True, slots=True)
class Table:
    """The rules of one name, and how they are joined and looked for."""

    rules: tuple[Rule, ...]
    frame: str = "{rules}"
    at: At = "anywhere"
    exact_case: bool = False


Tables: TypeAlias = Mapping[str, Table]


@dataclass(frozen=True, slots=True)
class Cue:
    """A table of the file beside a module, as a pattern. module: its ``__name__``."""

    module: str
    name: str

    @property
    def pattern(self) -> str:
        """The pattern's text, to be a part of another one."""
        return written(tables(self.module), self.name)

    @property
    def regex(self) -> re.Pattern[str]:
        return regex(self.module, self.name)

    def found(self, text: str) -> re.Match[str] | None:
        """What the rules find in a text, at the place where the file says that they count."""
        return find(self.module, self.name)(text)


@cache
def tables(module: str) -> Tables:
    """The tables of the file beside a module."""
    package, _, stem = module.rpartition(".")
    return parsed(files(package).joinpath(f"{stem}.toml").read_text(encoding="utf-8"))


@cache
def regex(module: str, name: str) -> re.Pattern[str]:
    return compiled(tables(module), name)


@cache
def find(module: str, name: str) -> Find:
    return finder(tables(module), name)


@cache
def alternatives(module: str, name: str) -> tuple[str, ...]:
    """Patterns of which one finds something wherever a table does: its rules, or the whole of it where it has a frame.
    Raises ValueError for a table whose rules do not count anywhere in a text."""
    known = tables(module)
    table = known[name]
    if table.at != "anywhere":
        raise ValueError(f"the rules of {name} count at one place only")
    whole = table.frame != "{rules}" or table.exact_case
    return (written(known, name),) if whole else tuple(filled_in(known, rule.pattern) for rule in table.rules)


def parsed(text: str) -> Tables:
    """The tables in a file's text. Raises KeyError or ValueError for a text that is no such file."""
    return {
        name: Table(
            tuple(Rule(line["language"], line["pattern"], line["matches"], line["not"]) for line in table["rules"]),
            table.get("frame", "{rules}"),
            table.get("at", "anywhere"),
            table.get("exact_case", False),
        )
        for name, table in tomllib.loads(text).items()
    }


def written(known: Tables, name: str) -> str:
    """The text of a table's pattern: its rules in their frame."""
    rules = "|".join(rule.pattern for rule in known[name].rules)
    frame = known[name].frame
    whole = rules if frame == "{rules}" else frame.replace("{rules}", f"(?:{rules})")
    return filled_in(known, whole)


def filled_in(known: Tables, pattern: str) -> str:
    """A pattern with the tables that it names."""
    return NAME.sub(lambda match: f"(?:{written(known, match[1])})", pattern)


def compiled(known: Tables, name: str) -> re.Pattern[str]:
    return re.compile(written(known, name), 0 if known[name].exact_case else re.I)


def finder(known: Tables, name: str) -> Find:
    pattern = compiled(known, name)
    return {"anywhere": pattern.search, "start": pattern.match, "whole": pattern.fullmatch}[known[name].at]


def complaints(known: Tables, name: str) -> list[str]:
    """What is wrong with a table: rules that do not find what they say, or find what they should not."""
    said = []
    for rule in known[name].rules:
        find = finder({**known, name: replace(known[name], rules=(rule,))}, name)
        if find(rule.matches) is None:
            said.append(f"{name}: {rule.pattern} does not find {rule.matches!r}")
        if find(rule.unlike) is not None:
            said.append(f"{name}: {rule.pattern} finds {rule.unlike!r}")
    return said
