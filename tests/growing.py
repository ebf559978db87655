"""Inputs that grow, for whatever must not take more than in proportion to them: patterns, and whole functions.

A pattern is tried on what its own parts match, over and over, with an end that nothing matches: that is where
backtracking shows. Knows nothing of longzip but where its patterns are.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from importlib.util import find_spec
from pathlib import Path
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import longzip
from longzip.formats.grammar.languages import customs, languages
from longzip.prose import rules

FEW = (14, 18, 21, 24, 40, 102, 104, 108, 768)  # repetitions; few of them show what grows exponentially
SUSPICIOUS = 0.002  # seconds; what is linear needs a tenth of it for so many
STEP = 2  # repetitions more; what doubles with each takes four times as long, and twice as many would never end
DOUBLING = 3  # times as long for so few more: no power of the length does that
GROWTH = 8  # of the time where the text is four times as long; in proportion, 4
ENDS = ("\0", " ")
MOST_PUMPS = 40
SEARCHES = ("search", "finditer", "findall", "sub", "subn", "split")
COMMON = (" ", "\n", "a", "0", ".", "a ", " \n", "a.", "(", "é")
Pattern = re.Pattern[Any]
SEARCHED, ANY_WAY = frozenset({"search"}), frozenset({"search", "match", "fullmatch"})
PLACES = {"anywhere": "search", "start": "match", "whole": "fullmatch"}


@dataclass(frozen=True)
class Slow:
    """A pattern, and what it takes too long for."""

    where: str
    pattern: str
    method: str
    pump: str
    repetitions: int
    seconds: float

    def __str__(self) -> str:
        return (
            f"{self.where}: {self.method} takes {self.seconds:.3f} s for {self.repetitions} times {self.pump!r}:\n"
            f"    {self.pattern}"
        )


# ----------------------------------------------------------------------------------------------------------- patterns


def patterns() -> dict[str, tuple[Pattern, frozenset[str]]]:
    """Every regular expression of the package, by the place where it stands, and how it is used: search, match or
    fullmatch."""
    found: dict[str, Pattern] = {}
    used = uses()
    ways: dict[str, frozenset[str]] = {}
    for name in module_names():
        module = importlib.import_module(name)
        for key, value in vars(module).items():
            for number, pattern in enumerate(inside(value)):
                place = f"{name}.{key}" + (f"[{number}]" if number else "")
                found.setdefault(place, pattern)
                ways[place] = used.get(key, ANY_WAY)
        for place, (pattern, method) in written_in(name, Path(str(module.__file__))).items():
            found[place], ways[place] = pattern, frozenset({method})
        if Path(str(module.__file__)).with_suffix(".toml").is_file() and hasattr(module, "Cue"):
            for table, rows in rules.tables(name).items():
                found[f"{name}:{table}"] = rules.regex(name, table)
                ways[f"{name}:{table}"] = frozenset({PLACES[rows.at]})
    for language in languages():
        at = f"queries/{language.name}"
        found[f"{at} tail"] = language.tail
        for key, held in (("masks", language.masks), ("refuses", language.refuses)):
            found.update({f"{at} {key}": held} if held is not None else {})
        if language.claims is not None:
            found[f"{at} claims"] = language.claims[1]
        if (directives := customs(language).directives) is not None:
            found[f"{at} directives"] = directives
        ways |= {f"{at} {key}": frozenset({"match"}) for key in ("tail", "directives")}
    merged: dict[Pattern, tuple[str, frozenset[str]]] = {}
    for place, pattern in found.items():
        first, methods = merged.get(pattern, (place, frozenset()))
        merged[pattern] = first, methods | ways.get(place, SEARCHED)
    return {place: (pattern, methods) for pattern, (place, methods) in merged.items()}


def uses() -> dict[str, frozenset[str]]:
    """The methods by which patterns are used, by the name that they have."""
    found: dict[str, set[str]] = {}
    for path in Path(longzip.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in (*SEARCHES, "match", "fullmatch"):
                held = node.value
                if isinstance(held, ast.Name | ast.Attribute):
                    key = held.id if isinstance(held, ast.Name) else held.attr
                    found.setdefault(key, set()).add("search" if node.attr in SEARCHES else node.attr)
    return {key: frozenset(methods) for key, methods in found.items()}


# Hosts that are in no extra of the tests; what stands in these thin files is as linear as their imports.
HOSTS = {"haystack": "haystack", "llama_index": "llama_index", "llm_fragments": "llm"}


def module_names() -> list[str]:
    found = [module.name for module in pkgutil.walk_packages(longzip.__path__, "longzip.")]
    heavy = tuple(f"longzip.integrations.{host}" for host, package in HOSTS.items() if find_spec(package) is None)
    return [name for name in found if not name.endswith("__main__") and not name.startswith(heavy)]


def inside(value: object, depth: int = 3) -> Iterator[Pattern]:
    """The patterns in a value, and in what it is made of."""
    if isinstance(value, re.Pattern):
        yield value
    elif depth and isinstance(value, tuple | list | set | frozenset):
        for item in value:
            yield from inside(item, depth - 1)
    elif depth and isinstance(value, Mapping):
        for item in value.values():
            yield from inside(item, depth - 1)
    elif depth and is_dataclass(value) and not isinstance(value, type):
        for one in fields(value):
            yield from inside(getattr(value, one.name, None), depth - 1)


def written_in(name: str, path: Path) -> dict[str, tuple[Pattern, str]]:
    """The patterns that stand in calls (``re.sub("...", ...)``), and what is called."""
    found: dict[str, tuple[Pattern, str]] = {}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "re"
            and node.args
            and isinstance(node.args[0], ast.Constant)
            and isinstance(node.args[0].value, str | bytes)
            and node.func.attr != "compile"
        ):
            method = "search" if node.func.attr in SEARCHES else node.func.attr
            found[f"{name}:{node.lineno}"] = re.compile(node.args[0].value), method
    return found


# -------------------------------------------------------------------------------------------------------------- pumps


def pumps(pattern: Pattern) -> list[tuple[str, str]]:
    """(what stands before, what is repeated): of each repetition in the pattern what it repeats, and common ones."""
    text = pattern.pattern.decode("latin-1") if isinstance(pattern.pattern, bytes) else pattern.pattern
    found: dict[tuple[str, str], None] = {}
    for before, body in repeated(parser.parse(text, pattern.flags & ~re.UNICODE & ~re.DEBUG), ""):
        for pump in dict.fromkeys((body, body + " ")):
            if pump:
                found[before, pump] = None
                found["", before + pump] = None
    step = max(1, len(found) // MOST_PUMPS)
    return [*list(found)[::step], *(("", pump) for pump in COMMON)]


def repeated(tree: Iterable[Any], before: str) -> Iterator[tuple[str, str]]:
    """(what the pattern matches up to a repetition, what the repetition matches once), for each without an end."""
    for code, argument in tree:
        if code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            least, most, body = argument
            for variant in variants(body):
                if most > 8:
                    yield before, variant
            yield from repeated(body, before)
            before += example(body) * int(least)
        elif code == codes.BRANCH:
            for branch in argument[1]:
                yield from repeated(branch, before)
            before += example(argument[1][0])
        elif code == codes.SUBPATTERN:
            yield from repeated(argument[3], before)
            before += example(argument[3])
        elif code == codes.ATOMIC_GROUP:
            yield from repeated(argument, before)
            before += example(argument)
        elif code in (codes.ASSERT, codes.ASSERT_NOT):
            yield from repeated(argument[1], before)
        else:
            before += example([(code, argument)])


def variants(body: Iterable[Any]) -> Iterator[str]:
    """What one round may match: each branch, and different characters of a set."""
    rows = list(body)
    yield example(rows)
    for index, (code, argument) in enumerate(rows):
        rest = example(rows[:index]), example(rows[index + 1 :])
        if code == codes.BRANCH:
            for branch in argument[1]:
                yield rest[0] + example(branch) + rest[1]
        elif code == codes.SUBPATTERN:
            for variant in variants(argument[3]):
                yield rest[0] + variant + rest[1]
        elif code in (codes.IN, codes.NOT_LITERAL, codes.ANY):
            for character in some_of(code, argument):
                yield rest[0] + character + rest[1]


def some_of(code: Any, argument: Any) -> Iterator[str]:
    pattern = re.compile("(?s).") if code == codes.ANY else None
    for character in "a0 -_\n\t.:*#`|/\\([\"'é\u4e00{<&@":
        if pattern is not None or in_set(code, argument, character):
            yield character


def in_set(code: Any, argument: Any, character: str) -> bool:
    if code == codes.NOT_LITERAL:
        return bool(ord(character) != argument)
    members = [item for item in argument if item[0] != codes.NEGATE]
    held = any(is_in(item, character) for item in members)
    return held != (len(members) < len(argument))


def is_in(item: Any, character: str) -> bool:
    code, argument = item
    if code == codes.LITERAL:
        return bool(ord(character) == argument)
    if code == codes.RANGE:
        return bool(argument[0] <= ord(character) <= argument[1])
    if code == codes.CATEGORY:
        kinds: dict[Any, Callable[[str], bool]] = {
            codes.CATEGORY_DIGIT: str.isdigit,
            codes.CATEGORY_SPACE: str.isspace,
            codes.CATEGORY_WORD: lambda one: one.isalnum() or one == "_",
        }
        if argument in kinds:
            return kinds[argument](character)
        opposite = {
            codes.CATEGORY_NOT_DIGIT: codes.CATEGORY_DIGIT,
            codes.CATEGORY_NOT_SPACE: codes.CATEGORY_SPACE,
            codes.CATEGORY_NOT_WORD: codes.CATEGORY_WORD,
        }[argument]
        return not kinds[opposite](character)
    return False


def example(tree: Iterable[Any]) -> str:
    """A text that the pattern matches, as far as its parts say so."""
    said = ""
    for code, argument in tree:
        if code == codes.LITERAL:
            said += chr(argument)
        elif code in (codes.IN, codes.NOT_LITERAL, codes.ANY):
            said += next(some_of(code, argument), chr(argument[0][1]) if code == codes.IN and known(argument) else "a")
        elif code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            said += example(argument[2]) * int(max(argument[0], 1 if argument[1] > 0 and argument[0] else 0))
        elif code == codes.BRANCH:
            said += example(argument[1][0])
        elif code == codes.SUBPATTERN:
            said += example(argument[3])
        elif code == codes.ATOMIC_GROUP:
            said += example(argument)
    return said


def known(argument: Any) -> bool:
    return bool(argument) and argument[0][0] == codes.LITERAL


# -------------------------------------------------------------------------------------------------------------- growth


def slowest(where: str, pattern: Pattern, methods: Iterable[str]) -> Slow | None:
    """What makes the pattern take more than in proportion to a text; None where nothing was found that does."""
    for before, pump in pumps(pattern):
        for end in ENDS:
            for method in methods:
                found = too_slow(where, pattern, method, (before, pump, end))
                if found is not None:
                    return found
    return None


def too_slow(where: str, pattern: Pattern, method: str, text: tuple[str, str, str]) -> Slow | None:
    """The text as something slow, where it is: growing more than in proportion, or hopeless from the start."""
    for count in FEW:
        seconds = seconds_for(pattern, method, text, count)
        if seconds > SUSPICIOUS:
            if seconds_for(pattern, method, text, count + STEP) > DOUBLING * seconds:
                return Slow(where, str(pattern.pattern), method, text[1], count, seconds)
            longer = count * 2 if seconds < 1 else count
            most_seconds = seconds_for(pattern, method, text, longer)
            if most_seconds > GROWTH * seconds_for(pattern, method, text, longer // 4):
                return Slow(where, str(pattern.pattern), method, text[1], count, seconds)
    return None


def seconds_for(pattern: Pattern, method: str, text: tuple[str, str, str], count: int) -> float:
    """The best of three tries, but one where that is not suspicious, or takes long."""
    said: Any = text[0] + text[1] * count + text[2]
    if isinstance(pattern.pattern, bytes):
        said = said.encode("utf-8")
    best = float("inf")
    for _ in range(3):
        started = time.thread_time()
        if method == "search":
            for _found in pattern.finditer(said):
                pass
        else:
            getattr(pattern, method)(said)
        best = min(best, time.thread_time() - started)
        if best < SUSPICIOUS or best > 1:
            break
    return best
