"""How many tokens a text has for a reader whose vocabulary is not at hand: features of the text, weighed.

The weights stand in ``readers.toml``, where ``scripts/calibrate_tokens.py`` puts them, measured with real vocabularies.
A text of any language, or of many, is the sum of its parts: words by their length, capitals, digits, marks, line ends,
and the characters of other scripts.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import ceil
from pathlib import Path

TABLE = Path(__file__).with_name("readers.toml")
CJK = "\u1100-\u11ff\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff"
ACCENTED = 150  # characters per accented letter below which a text in Latin letters is not English
FOREIGN = 5  # letters per letter of another script from which on a text is of that script
ASCII = {
    "stub": re.compile(r"(?<![a-z])[A-Z]?[a-z]{1,2}(?![a-z])"),
    "short": re.compile(r"(?<![a-z])[A-Z]?[a-z]{3,5}(?![a-z])"),
    "middle": re.compile(r"(?<![a-z])[A-Z]?[a-z]{6,9}(?![a-z])"),
    "long": re.compile(r"(?<![a-z])[A-Z]?[a-z]{10,}"),
    "hump": re.compile(r"(?<=[a-z0-9])[A-Z]"),
    "capital": re.compile(r"[A-Z](?![a-z])"),
    "digit": re.compile(r"[0-9]"),
    "number": re.compile(r"[0-9]{1,3}"),
    "spaced_number": re.compile(r" (?=[0-9])"),
    "mark": re.compile(r"[!-/:-@\[-`{-~]"),
    "marks": re.compile(r"[!-/:-@\[-`{-~]+"),
    "line": re.compile(r"\n\s*"),
    "gap": re.compile(r"(?<=\S)[ \t\r\f\v]{2,}|\t"),
}
OTHERS = {
    "accent": re.compile(r"[\u00c0-\u024f]"),
    "letter": re.compile(r"[\u0370-\u052f]"),  # Greek and Cyrillic
    "cjk": re.compile(f"[{CJK}]"),
    "kana": re.compile("[\u3040-\u30ff\uac00-\ud7ff]"),
    "other": re.compile(rf"[^\x00-\x7f\u00c0-\u024f\u0370-\u052f{CJK}]"),
}
FEATURES = (*ASCII, *OTHERS, "accented_word")
LETTER = re.compile(r"[^\W\d_]")
FAR = re.compile(r"[^\W\d_\x00-\u02ff]")


def features(text: str) -> list[int]:
    """How often the text has what each of ``FEATURES`` names."""
    found = {name: len(pattern.findall(text)) for name, pattern in ASCII.items()}
    plain = text.isascii()
    found |= {name: 0 if plain else len(pattern.findall(text)) for name, pattern in OTHERS.items()}
    words = found["short"] + found["middle"] + found["long"]
    return [*found.values(), words if found["accent"] * ACCENTED > len(text) else 0]


def kind_of(text: str, language: str) -> str:
    """What a text counts as in the table of errors: its script, where that is not Latin; else its language."""
    if not text.isascii():
        letters, far, asian = (len(pattern.findall(text)) for pattern in (LETTER, FAR, OTHERS["cjk"]))
        if asian * FOREIGN * 2 > letters:
            return "cjk"
        if far * FOREIGN > letters:
            return "other scripts"
        if language in ("", "markdown") and len(OTHERS["accent"].findall(text)) * ACCENTED > len(text):
            return "accented prose"
    return language or "text"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What was measured of one vocabulary. weights: tokens for each feature. margin: what puts the estimate above the
    real count in 99 of 100 files. spread: how far 9 of 10 files stay from it, at most, as a share. errors: for each
    language, real tokens per estimated one, on average and in the 99th of 100 files."""

    weights: tuple[float, ...]
    margin: float
    spread: float
    errors: Mapping[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Family:
    """A family of models. vocabulary: the one that it is estimated by. beyond: how many more tokens it may have than
    that one; 1 where it is its own. exact: tokenizers that count as it does, to be used where one is on this machine.
    note: what there is to know."""

    vocabulary: str
    beyond: float = 1.0
    exact: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class EstimatedTokenizer:
    """Counts without a vocabulary, on the safe side: real counts are below it in 99 of 100 files."""

    name: str
    weights: tuple[float, ...]
    margin: float

    def count(self, text: str) -> int:
        return ceil(self.likely(text) * self.margin)

    def likely(self, text: str) -> float:
        """The estimate itself, without the margin."""
        return sum(weight * count for weight, count in zip(self.weights, features(text), strict=True))


@cache
def vocabularies() -> dict[str, Vocabulary]:
    rows = tomllib.loads(TABLE.read_text(encoding="utf-8"))["vocabularies"]
    return {
        name: Vocabulary(
            tuple(float(row["weights"].get(feature, 0.0)) for feature in FEATURES),
            float(row["margin"]),
            float(row["spread"]),
            {language: (float(mean), float(high)) for language, (mean, high, _files) in row["errors"].items()},
        )
        for name, row in rows.items()
    }


@cache
def families() -> dict[str, Family]:
    rows = tomllib.loads(TABLE.read_text(encoding="utf-8"))["families"]
    return {
        name: Family(row["vocabulary"], float(row.get("beyond", 1.0)), tuple(row.get("exact", ())), row.get("note", ""))
        for name, row in rows.items()
    }


def family_of(name: str) -> str | None:
    """The family of a model: "gpt-5" of "gpt-5-mini", "llama-3" of "llama3.3"; None where it is of none. The longest
    that fits counts."""
    fitting = [
        family
        for family in families()
        for wanted, own in ((name.lower(), family), (joined(name), joined(family)))
        if wanted == own or wanted.startswith((f"{own}-", f"{own}."))
    ]
    return max(fitting, key=len, default=None)


def joined(name: str) -> str:
    """As "llama3", whether it is written so or as "llama-3"."""
    return re.sub(r"-(?=\d)", "", name.lower())


def estimated(name: str) -> EstimatedTokenizer | None:
    """What counts for a model of a known family; None for others."""
    family = family_of(name)
    if family is None:
        return None
    known = families()[family]
    vocabulary = vocabularies()[known.vocabulary]
    return EstimatedTokenizer(f"{name} (estimate)", vocabulary.weights, vocabulary.margin * known.beyond)
