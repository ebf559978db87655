"""The rules about wording that are data: every example of every file, both ways, and no rule that nobody reads."""

import re
from importlib import import_module
from pathlib import Path
from typing import get_args

import pytest

from longzip.prose import rules
from longzip.prose.rules import NAME, Cue, complaints, finder, parsed, tables, written

ROOT = Path(rules.__file__).parent.parent
CYRILLIC = re.compile("[\u0430-\u044f]")
IDEOGRAPH = re.compile(r"[\u3400-\u9fff]")
NOT_WORDING = ("formats", "models", "sources", "strategies")  # rooms whose files of data are no rules about wording
LONGEST = 340  # characters of a line of a file
FILE = """
[word]
rules = [{ language = "en", pattern = 'so(?:on|uth)', matches = "Sooner", not = "Sofa" }]

[row]
at = "whole"
exact_case = true
frame = 'go {rules}!{1,2}'
rules = [
  { language = "en", pattern = '{word}', matches = "go soon!", not = "go Soon!" },
  { language = "en", pattern = 'east|west', matches = "go west!!", not = "go west!!!" },
]
"""


def modules() -> list[str]:
    """The modules that have a file of rules beside them."""
    found = [path.relative_to(ROOT.parent).with_suffix("") for path in ROOT.rglob("*.toml")]
    return sorted(".".join(path.parts) for path in found if path.parts[1] not in NOT_WORDING)


def named() -> list[tuple[str, str]]:
    return [(module, name) for module in modules() for name in tables(module)]


def cues_of(module: str) -> set[str]:
    """The tables that a module holds as cues: by themselves and in mappings of its own."""
    values = list(vars(import_module(module)).values())
    values += [inner for value in values if isinstance(value, dict) for inner in value.values()]
    return {value.name for value in values if isinstance(value, Cue) and value.module == module}


def test_there_are_files_of_rules():
    assert len(modules()) >= 6


@pytest.mark.parametrize(("module", "name"), named())
def test_every_rule_finds_its_example_and_not_what_is_unlike_it(module, name):
    assert complaints(tables(module), name) == []


@pytest.mark.parametrize(("module", "name"), named())
def test_joined_the_rules_find_each_example(module, name):
    for rule in tables(module)[name].rules:
        assert Cue(module, name).found(rule.matches), rule


@pytest.mark.parametrize("module", modules())
def test_a_rule_says_whose_words_it_knows(module):
    for table in tables(module).values():
        for rule in table.rules:
            assert rule.language in get_args(rules.Language), rule
            assert (rule.language in ("zh", "ja")) == bool(IDEOGRAPH.search(rule.pattern)), rule
            assert (rule.language == "ru") == bool(CYRILLIC.search(rule.pattern)), rule


@pytest.mark.parametrize("module", modules())
def test_every_table_is_used(module):
    known = tables(module)
    inside = {name for table in known.values() for name in NAME.findall(table.frame + str(table.rules))}
    assert set(known) - inside - cues_of(module) == set()
    assert cues_of(module) <= set(known)


@pytest.mark.parametrize("module", modules())
def test_a_line_is_a_rule_and_no_page(module):
    path = ROOT.parent.joinpath(*module.split(".")).with_suffix(".toml")
    lines = path.read_text(encoding="utf-8").splitlines()
    assert max(map(len, lines)) <= LONGEST
    assert sum(line.startswith("  { language = ") for line in lines) == sum(
        len(table.rules) for table in tables(module).values()
    )


def test_a_table_is_looked_for_where_and_as_it_says():
    known = parsed(FILE)
    assert written(known, "row") == "go (?:(?:so(?:on|uth))|east|west)!{1,2}"
    assert finder(known, "word")("It will be SOON.")
    find = finder(known, "row")
    assert find("go soon!")
    assert find("go west!!")
    assert not find("go west! ")
    assert not find("Go west!")


def test_bad_examples_are_told():
    assert complaints(parsed(FILE), "row") == []
    assert len(complaints(parsed(FILE.replace("go Soon!", "go south!")), "row")) == 1
    assert len(complaints(parsed(FILE.replace('matches = "go west!!"', 'matches = "go north!"')), "row")) == 1


@pytest.mark.parametrize(
    "wrong", ["[row]\nrules = [{ language = 'en', pattern = 'a' }]", "[row]\nat = 'start'", "rules"]
)
def test_a_file_without_what_it_needs_is_refused(wrong):
    with pytest.raises((KeyError, ValueError)):
        parsed(wrong)
