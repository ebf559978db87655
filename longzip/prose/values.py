"""The values in a text that cannot be said in other words: paths, addresses, identifiers, dates, numbers, quoted
strings.

An atom is a stretch of the text, unaltered. It knows nothing of what a text is about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, cast

AtomKind = Literal["url", "email", "path", "hash", "version", "date", "amount", "identifier", "number", "quoted"]

# Ordered: the first that matches at a place wins. Every repetition is bounded or of one class: no text makes it slow.
PATTERNS: tuple[tuple[AtomKind, str], ...] = (
    ("url", r"(?:https?|ftp|file|postgres(?:ql)?|mysql|redis|s3|gs|" r"wss?)://[^\s<>\"'`，。；）\]]{1,500}[^\s<>\"'`，。；）\].,;:!?)]"),
    ("email", r"[\w.+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}"),
    ("path", r"(?:~|\.{1,2}|[A-Za-z]:)?(?:[/\\][\w.@+-]{1,100}){2,20}/?|" r"(?:[\w.@+-]{1,60}/){1,20}[\w@+-][\w.@+-]{0,80}\.[A-Za-z]\w{0,8}\b(?::\d{1,6}){0,2}|" r"\b[\w@+-]{1,60}\.(?:py|pyi|js|jsx|ts|tsx|go|rs|c|h|cc|cpp|hpp|java|kt|rb|php|sh|sql|md|rst|txt|" r"json|jsonl|ya?ml|toml|ini|cfg|conf|lock|csv|html|css|log|xml|env|ipynb|proto|" r"tf)\b(?:::?[\w\[\].:-]{1,80})?"),
    ("hash", r"\b(?=[0-9a-f]*[a-f])(?=[0-9a-f]*[0-9])[0-9a-f]{7,64}\b"),
    ("version", r"\bv\d{1,4}(?:\.\d{1,4}){0,3}\b|\b\d{1,4}\.\d{1,5}\.\d{1,5}(?:[-+.]?(?:rc|a|b|dev|alpha|beta|" r"post)?\.?\d{1,4})?\b"),
    ("date", r"\b\d{4}-\d{1,2}-\d{1,2}(?:[T ]\d{1,2}:\d{2}(?::\d{2})?Z?)?\b|\b\d{1,2}:\d{2}(?::\d{2})?\b|" r"\b\d{1,2}/\d{1,2}/\d{2,4}\b|\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\.? " r"\d{1,2}(?:st|nd|rd|th)?(?:, \d{4})?\b|\d{2,4}年\d{1,2}月(?:\d{1,2}日)?"),
    ("amount", r"[$€£¥]\s?\d{1,15}(?:,\d{3}){0,4}(?:\.\d{1,4})?[kKmMbB]?\b|" r"\b\d{1,15}(?:,\d{3}){0,4}(?:\.\d{1,6})?\s?(?:%|(?:ms|[kmgt]i?b|seconds?|secs?|minutes?|mins?|" r"hours?|hrs?|days?|weeks?|months?|years?|bytes|rows?|tokens?|requests?|users?|px|mm|cm|km|kg|rpm|" r"qps|usd|eur|元|个|次|秒|分钟|小时|天)\b)"),
    ("identifier", r"\b[A-Za-z][\w]{0,60}(?:::|\.)[A-Za-z_]\w{0,60}(?:\(\))?|--?[a-z][a-z0-9]+(?:-[a-z0-9]+)+\b|" r"\b\w*[^\W\d]_+\w+\b|\b\w*_+[^\W_]\w*\b|\b(?=\w{0,60}\d)(?=\w{0,60}[^\W\d_])[\w]+(?:-\w+){0,6}\b|" r"\b[a-z]+[A-Z]\w*\b|\b[A-Z][a-z]+[A-Z]\w*\b|\b[A-Z][A-Z0-9]{1,}(?:-[A-Z0-9]+){0,4}\b|#\d{1,8}\b"),
    ("number", r"(?<![\w.])[-+]?\d{1,20}(?:,\d{3}){0,5}(?:\.\d{1,12})?(?!\w)"),
    ("quoted", r"\"[^\"\n]{2,60}\"|`[^`\n]{2,80}`|“[^”\n]{2,60}”|「[^」\n]{2,60}」"),
)  # fmt: skip
# Plain words and blanks, which most of a text is, are passed over in one step; a month's name may begin a date.
PLAIN = (
    r"\s+|(?!Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|"
    r"Dec)(?<![\w/\\.@~#-])(?:[A-Z]?[a-z]+(?:'[a-z]{1,3})?[,;.:!?)]*(?=\s))"
)
ATOM = re.compile(f"{PLAIN}|" + "|".join(f"(?P<{kind}>{pattern})" for kind, pattern in PATTERNS))
PRIORITY: dict[AtomKind, float] = {
    "path": 3.0, "url": 3.0, "email": 3.0, "identifier": 3.0, "hash": 2.0, "version": 2.5, "date": 2.0, "amount": 2.0,
    "quoted": 1.0, "number": 1.0,
}  # fmt: skip
COMMON = frozenset({"I", "OK", "AI", "A", "PM", "AM", "JSON", "API", "ID", "UTC", "USA", "US", "TODO", "NOTE", "EOF"})
# After a full stop begins what a new sentence may begin with: a capital, a mark, a digit, a letter of a script without
# capitals.
SENTENCE_END = re.compile(
    r"(?<=[.!?؟۔।])[\"')\]]*\s+(?=[A-Z\"'(\[*`#\d\u00c0-\u00de\u0391-\u03a9\u0410-\u042f\u05d0-\u06ff\u0900-\u0e7f\u4e00-\u9fff-])|(?<=[。！？])|\n+"
)


@dataclass(frozen=True, slots=True)
class Atom:
    """A value, as it stands in the text at ``start``."""

    text: str
    kind: AtomKind
    start: int


def atoms(text: str) -> Iterator[Atom]:
    """The atoms of a text in its order, repeated where they are repeated."""
    for match in ATOM.finditer(text):
        kind, value, start = match.lastgroup, match[0], match.start()
        if kind == "quoted":
            value, start = value[1:-1], start + 1
            inside = ATOM.fullmatch(value)
            kind = inside.lastgroup if inside and inside.lastgroup else kind
        if kind and value not in COMMON:
            yield Atom(value, cast(AtomKind, kind), start)


@lru_cache(maxsize=1 << 12)
def distinct(text: str) -> Mapping[str, AtomKind]:
    """The atoms of a text, each once, in the order of their first place."""
    found: dict[str, AtomKind] = {}
    for atom in atoms(text):
        found.setdefault(atom.text, atom.kind)
    return found


def sentences(text: str) -> list[str]:
    """The sentences and lines of a text, each without the white space around it; a line always ends one."""
    return [part.strip() for part in SENTENCE_END.split(text) if part and part.strip()]
