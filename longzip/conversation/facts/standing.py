"""What the user said that stays in force: what is forbidden, wanted always, preferred, and what corrects it, with the
values that a correction puts out of date.

It knows words of seven languages (``standing.toml``); it knows nothing of messages and budgets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from longzip.prose.marks import is_question
from longzip.prose.rules import Cue
from longzip.scoring.terms import terms

Force = Literal["", "instruction", "correction"]
CORRECTED, LASTING, MONTH = Cue(__name__, "corrected"), Cue(__name__, "lasting"), Cue(__name__, "month")
FORBIDDEN, ALWAYS, PREFERRED = Cue(__name__, "forbidden"), Cue(__name__, "always"), Cue(__name__, "preferred")
LABELLED = Cue(__name__, "labelled")
CUES = (LASTING, FORBIDDEN, ALWAYS, PREFERRED, LABELLED)
LONGEST = 600  # characters of a sentence that may be an instruction; more is a page
SHORT = 160  # characters that the short form may have
CLAUSE = re.compile(r"(?<=[,;:，；：、])\s*+|(?<!\s)\s++(?<=\s)(?=[-–—] )")
# A number with what it is a number of: the word behind it, or the word before it, or a sign.
# Numbers in names (``Alder-7``, ``v2``, ``a.py:12``) count nothing, and words that only join say not what is counted.
ALONE = r"(?<![A-Za-z\u00c0-\u024f\u0400-\u04ff0-9_.\-/#:@])"
JOINS = (
    r"(?:and|or|of|the|in|on|at|to|for|from|with|by|before|after|under|over|until|if|is|are|was|were|as|not|but|und|oder|für|von|bis|"
    r"et|ou|pour|avec|y|o|para|con|и|или|для|с|до|на|в)\b"
)
COUNTED = re.compile(
    rf"(?P<sign>[$€£¥])\s?(?P<amount>\d[\d.,]*)|{ALONE}(?P<hour>\d{{1,2}}[:h]\d\d)(?!\d)"
    rf"|{ALONE}(?P<cjkmonth>\d{{1,2}})\s?月\s?(?P<cjkday>\d{{1,2}})\s?[日号]"
    rf"|{ALONE}(?P<day>\d{{1,2}})(?:\.|st|nd|rd|th|er)?\s+(?:of |de )?(?!{JOINS})(?P<dated>[^\W\d_]{{3,}})"
    rf"|{ALONE}(?P<number>\d[\d.,]*)\s?(?P<unit>[%％\u2e80-\u9fff]|(?!{JOINS})[^\W\d_]+)",
    re.I,
)
NAMED = re.compile(
    r"\b(?P<before>(?!(?:with|from|than|only|over|under|about|until|jetzt|noch|unter|über|avec|pour|para|теперь)\b)[^\W\d_]{4,})"
    r"(?: (?:is|are|now|was|to|at|be|ist|jetzt|nun|est|es|ahora|теперь|auf|к|a|à|на)){0,3} (?P<after>\d[\d.]*\b)"
)
STATES = re.compile(
    r"\b(?:is|are|was|will be|ist|sind|beträgt|lautet|liegt bei|est|sont|es|son|será|составляет)\b"
    r"|[是为は]|(?<=\w) ?[=:] ",
    re.I,
)
FIGURE = re.compile(r"\d[\d.,:/\-]*\d|\d")
LEAST_SUBJECT = 4  # characters of what something is said of
OPENS = 12  # characters before what takes something back, where a sentence opens with it
SAME_TERMS = 0.5  # of what an instruction is about that a correction has to speak of to change it


@dataclass(frozen=True, slots=True)
class Value:
    """A value in a text, as it stands there. of: what it is a value of; values of one thing exclude each other."""

    text: str
    of: str


@lru_cache(maxsize=1 << 14)
def force(text: str) -> Force:
    """Whether a sentence stays in force, and whether it changes what was said before; "" for most. A question does only
    where it says that it is for good."""
    if len(text) > LONGEST:
        return ""
    if is_question(text):
        return "instruction" if LASTING.found(text) else ""
    taken_back = CORRECTED.found(text)
    if taken_back and (taken_back.start() < OPENS or values(text) or any(cue.found(text) for cue in CUES)):
        return "correction"
    return "instruction" if any(cue.found(text) for cue in CUES) else ""


def short_form(text: str) -> str:
    """The clauses of a long sentence that say what is in force, from the first to the last of them; "" where the
    sentence is short, or no clause is. It is never cut inside a clause."""
    if len(text) <= SHORT:
        return ""
    parts = [part for part in CLAUSE.split(text) if part.strip()]
    telling = [at for at, part in enumerate(parts) if force(part) or CORRECTED.found(part)]
    if not telling:
        return ""
    kept = " ".join(part.strip() for part in parts[telling[0] : telling[-1] + 1]).strip(" ,;:，；：、")
    return kept if len(kept) <= SHORT else ""


@lru_cache(maxsize=1 << 12)
def values(text: str) -> tuple[Value, ...]:
    """The values of a text that another value of the same thing could take the place of."""
    named = (
        Value(match[0], match["before"].lower()) for match in NAMED.finditer(text) if not is_month(match["before"])
    )
    return (*(value_of(match) for match in COUNTED.finditer(text)), *named)


def value_of(match: re.Match[str]) -> Value:
    said = match[0].strip()
    if match["sign"]:
        return Value(said, match["sign"])
    if match["hour"]:
        return Value(said, "an hour")
    if match["cjkmonth"]:
        return Value(said, "a day")
    if match["day"]:
        return Value(said, "a day" if is_month(match["dated"]) else stem(match["dated"]))
    return Value(said, stem(match["unit"]))


def is_month(word: str) -> bool:
    return MONTH.found(word) is not None


def stem(word: str) -> str:
    """What words for one thing share: the first letters, the first sign of a script without blanks."""
    return word[:1] if word[:1] >= "\u2e80" else word.lower()[:4]


def outdated(correction: str, earlier: str) -> list[str]:
    """The values of an earlier text that a correction gives anew, as they stand there."""
    new = values(correction)
    found = []
    for old in values(earlier):
        others = [one for one in new if one.of == old.of]
        if others and all(plain(one.text) != plain(old.text) for one in others):
            found.append(old.text)
    return list(dict.fromkeys(found))


def statement(text: str) -> str:
    """What a sentence says of its subject, but for the numbers in that: of two that are equal the later gives the value
    anew. "" where it states no value."""
    verb = STATES.search(text, LEAST_SUBJECT)
    if verb is None:
        return ""
    said = FIGURE.sub("0", text[verb.end() :])
    return f"{text[: verb.start()]}\n{said}".lower() if "0" in said else ""


def plain(text: str) -> str:
    return re.sub(r"[\s.,]+", "", text.lower())


def changes(correction: str, earlier: str) -> bool:
    """Whether a correction without values speaks of what an earlier instruction is about."""
    about = set(terms(earlier))
    return bool(about) and len(about & set(terms(correction))) >= max(SAME_TERMS * len(about), 2)


def marked(earlier: str, values: Sequence[str], turn: int) -> str:
    """An earlier text with a note of what in it is out of date."""
    note = f" [out of date, see #{turn}: {', '.join(values)}]" if values else f" [changed in #{turn}]"
    return earlier if f"see #{turn}:" in earlier or earlier.endswith(note) else earlier + note


def in_force(said: Sequence[str]) -> Iterator[tuple[str, Force]]:
    """Those of several sentences that stay in force, each with how."""
    for text in said:
        if found := force(text):
            yield text, found
