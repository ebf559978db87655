"""Secrets in texts: keys, tokens, passwords; found by the rules of ``secrets.toml`` and masked where they stand.

A mask keeps the number of lines, so that places stay what they are. What is masked never reaches a model, a result or
the cache. Knows texts and names of files; not where they come from.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from longzip.errors import SourceError
from longzip.settings import Secrets
from longzip.types import Compressed, Masked, Skipped, Source

BARE_NAMES = re.compile(
    r"(?:^|/)\.?env(?:\.[\w.-]+)?$|\.(?:env|ini|cfg|conf|properties|ya?ml|toml|log|sh|txt|tfvars)$|^$"
)
PLACEHOLDER = re.compile(
    r"[\W_]*+(?:(?:your|my|the|some|test|fake|dummy|example|sample|changeme|change|replace|insert|put|enter|todo|username"
    r"|user|passwd|password|pass|pw|pwd|secret|token|key|api|here|value|string|none|null|true|false|undefined|xxx++|foo"
    r"|bar|baz|abcdef|abc|redacted|hidden|masked|placeholder|default|admin|root|guest|me|this|it|in|a|an|to|with|of|id"
    r"|name|field|type)[\W_\d]{0,4})+",
    re.I,
)
WORDS = re.compile(r"[\W_]*(?:[A-Za-z][a-z]*|[A-Z]+)(?:[-_./:\s]*(?:[A-Z]?[a-z]+|[A-Z]+))*[\W_]*")
NAMES = re.compile(r"[a-z]+\d?(?:_[a-z]+\d?)+|[A-Z][a-z]{2,}\d?(?:(?:[A-Z]\d)?[A-Z][a-z]{2,}\d?){2,}")
CODE = re.compile(
    r"[\w.]+\(|\$\{|\{[\w.\[\]\"']*\}|%\(|%s|\$\(|^\$|^<|>$|^https?://|^[./~]|\.\.\.|\*{3}|\\[wdsunt]|^@[\w-]+/|^#|[|^]"
    r"|,.*,|^\[.*\]$|[<>=]=\d"
)
PATH = re.compile(r"[\w.-]+(?:/[\w.-]+)+")
LONGEST_STEP = 16  # characters of a path's part that is no secret
RANDOM = 3.8  # bits a character of what nobody would call a name
DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
MASK = "«secret:"
SHOWN = 3
REPEATED = re.compile(r"(.)\1{5}")
QUESTION = "the question"  # what a report calls it
LEAST_SECRET = 6  # characters of a secret that is looked for by itself
KEYED = "an object"  # the name of what has quotes around its values


@dataclass(frozen=True, slots=True)
class Rule:
    """What one kind of secret looks like. words: one stands where it begins. entropy: bits a character at least.

    placeholders: whether values that say nothing (``<your key>``, names, paths) are let alone. bare: whether only in
    files whose values need no quotes. any_case: whether capitals do not count.
    """

    id: str
    words: tuple[str, ...]
    regex: re.Pattern[str]
    entropy: float
    any_case: bool
    placeholders: bool
    bare: bool
    example: str
    unlike: str


@dataclass(frozen=True, slots=True)
class Found:
    """A secret in a text: half-open range of its characters, and the id of its rule."""

    start: int
    end: int
    rule: str


@cache
def rules() -> tuple[Rule, ...]:
    """The table, in its order."""
    table = tomllib.loads(files(__package__).joinpath("secrets.toml").read_text(encoding="utf-8"))
    return tuple(
        Rule(
            row["id"],
            tuple(row["words"]),
            re.compile(row["pattern"], re.I if row.get("any_case") else 0),
            float(row.get("entropy", 0.0)),
            row.get("any_case", False),
            row.get("placeholders", False),
            row.get("bare", False),
            row["example"],
            row["not"],
        )
        for row in table["rules"]
    )


def find(text: str, name: str = "") -> list[Found]:
    """The secrets of a text, in order and apart. name: of its file; "" where it has none."""
    lowered = text.lower()
    lowered = lowered if len(lowered) == len(text) else "".join(c.lower() if c.isascii() else c for c in text)
    bare = BARE_NAMES.search(name.lower()) is not None
    found = [one for rule in rules() if bare or not rule.bare for one in by_rule(rule, text, lowered)]
    return list(apart(found))


def by_rule(rule: Rule, text: str, lowered: str) -> Iterator[Found]:
    hay = lowered if rule.any_case else text
    for word in rule.words:
        at = hay.find(word)
        while at >= 0:
            match = rule.regex.match(text, at)
            if match is not None and is_secret(rule, match):
                yield Found(*match.span("secret" if "secret" in rule.regex.groupindex else 0), rule.id)
            at = hay.find(word, at + len(word))


def is_secret(rule: Rule, match: re.Match[str]) -> bool:
    """Whether what a pattern matched has the look of something that nobody is to know."""
    value = match["secret"] if "secret" in rule.regex.groupindex else match[0]
    if entropy(value) < rule.entropy or MASK in value or match.string.startswith(MASK, match.start() - 1):
        return False
    return not rule.placeholders or not says_nothing(value)


def says_nothing(value: str) -> bool:
    """Whether a value is a name, a path, a piece of code or what stands where a secret would."""
    inner = value.strip("\"'")
    if PLACEHOLDER.fullmatch(inner) or CODE.search(inner) or REPEATED.search(inner) or NAMES.fullmatch(inner):
        return True
    if DOTTED.fullmatch(inner) and entropy(inner) < RANDOM:
        return True
    if PATH.fullmatch(inner) and max(map(len, inner.split("/"))) < LONGEST_STEP and entropy(inner) < RANDOM:
        return True
    if any(character.isdigit() for character in inner):
        return inner.isdigit() and len(inner) < 12
    return WORDS.fullmatch(inner) is not None


def entropy(value: str) -> float:
    """Bits a character, by how often each stands in the value."""
    size = len(value)
    return -sum(count / size * math.log2(count / size) for count in Counter(value).values()) if size else 0.0


def apart(found: Iterable[Found]) -> Iterator[Found]:
    """In order; of those that overlap the first, then the longest."""
    end = -1
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        if one.start >= end:
            yield one
            end = one.end


def mask(rule: str) -> str:
    """What stands in the place of a secret."""
    return f"{MASK}{rule}»"


def masked(text: str, found: Sequence[Found]) -> str:
    """The text with a mask in the place of each secret, and as many lines as before."""
    parts: list[str] = []
    at = 0
    for one in found:
        ends = re.findall(r"\r?\n", text[one.start : one.end])
        parts += [text[at : one.start], ends[0] if ends else "", mask(one.rule), *ends[1:]]
        at = one.end
    return "".join([*parts, text[at:]])


def masked_text(text: str, name: str = "") -> tuple[str, tuple[Masked, ...]]:
    """The text without its secrets, and where they stood."""
    found = find(text, name)
    if not found:
        return text, ()
    return masked(text, found), tuple(Masked(name, text.count("\n", 0, one.start) + 1, one.rule) for one in found)


def guarded_text(text: str, wanted: Secrets, name: str = "") -> tuple[str, tuple[Masked, ...]]:
    """A text that cannot be left out, such as a question or a diff, as it may be shown, and what was masked: "skip"
    masks, too. Raises SourceError where ``wanted`` is "fail" and there are secrets."""
    safe, places = mask_secrets(text, wanted, name)
    return str(safe), places


def mask_secrets(value: object, wanted: Secrets = "mask", name: str = "") -> tuple[object, tuple[Masked, ...]]:
    """``guarded_text`` for whatever JSON can say. name: what the report calls it."""
    if wanted == "keep":
        return value, ()
    places: list[Masked] = []
    safe = masked_value(value, places, name)
    if places and wanted == "fail":
        raise refusal(places)
    return safe, tuple(places)


def guarded_messages(
    messages: Sequence[Mapping[str, object]], wanted: Secrets
) -> tuple[list[Mapping[str, object]], tuple[Masked, ...]]:
    """``guarded_text`` for a provider's messages; the report says which one it was, from 1."""
    safe: list[Mapping[str, object]] = []
    places: list[Masked] = []
    for number, message in enumerate(messages, 1):
        value, found = mask_secrets(message, wanted, f"message {number}")
        safe.append(value if isinstance(value, Mapping) else message)
        places += found
    return safe, tuple(places)


def masked_value(value: object, places: list[Masked], name: str = "", key: str = "") -> object:
    """Whatever a message is made of, without the secrets in its texts, whose places are added to ``places``.

    key: under which an object holds the value: it may say that this is a password.
    """
    if isinstance(value, str):
        found = find(value) or given_away(key, value)
        places += (Masked(name, value.count("\n", 0, one.start) + 1, one.rule) for one in found)
        return masked(value, found) if found else value
    if isinstance(value, Mapping):
        return {held: masked_value(item, places, name, str(held)) for held, item in value.items()}
    return [masked_value(item, places, name, key) for item in value] if isinstance(value, list | tuple) else value


def secret_texts(value: object, key: str = "") -> Iterator[tuple[str, str]]:
    """Every secret in whatever a message is made of, with its rule; of one over many lines each line, too."""
    if isinstance(value, str):
        for one in find(value) or given_away(key, value):
            text = value[one.start : one.end]
            yield from ((part, one.rule) for part in {text, *text.split("\n")} if len(part) >= LEAST_SECRET)
    elif isinstance(value, Mapping):
        for held, item in value.items():
            yield from secret_texts(item, str(held))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from secret_texts(item, key)


def given_away(key: str, value: str) -> list[Found]:
    """The secret that a value is because of the name under which it stands."""
    head = f'{key}="'
    inside = [
        one for one in find(f'{head}{value}"', KEYED) if len(head) <= one.start < one.end <= len(head) + len(value)
    ]
    return [Found(one.start - len(head), one.end - len(head), one.rule) for one in inside]


def refusal(places: Sequence[Masked]) -> SourceError:
    shown = ", ".join(f"{one.path or 'the text'}:{one.line} ({one.rule})" for one in places[:SHOWN])
    more = f" and {len(places) - SHOWN:,} more" if len(places) > SHOWN else ""
    return SourceError(f"there are secrets in {shown}{more}; take them out, or choose --secrets mask, skip or keep.")


def guarded(
    sources: Sequence[Source], wanted: Secrets
) -> tuple[tuple[Source, ...], tuple[Skipped, ...], tuple[Masked, ...]]:
    """The sources as they may be shown, those left out for their secrets, and what was masked.

    Raises SourceError where ``wanted`` is "fail" and there are secrets.
    """
    if wanted == "keep":
        return tuple(sources), (), ()
    kept: list[Source] = []
    skipped: list[Skipped] = []
    places: list[Masked] = []
    for source in sources:
        text, found = masked_text(source.text, source.name)
        if found and wanted == "skip":
            skipped.append(Skipped(source.name, f"holds secrets ({', '.join(sorted({one.rule for one in found}))})"))
            continue
        kept.append(replace(source, text=text) if found else source)
        places += found
    if places and wanted == "fail":
        raise refusal(places)
    return tuple(kept), tuple(skipped), tuple(places)


def with_masks(result: Compressed, places: Sequence[Masked]) -> Compressed:
    """The result whose report tells of masks, where there are any."""
    if not places:
        return result
    said = ", ".join(f"{count:,} {rule}" for rule, count in Counter(one.rule for one in places).most_common())
    note = f"secrets masked in what was read: {len(places):,} ({said}); --secrets keep shows them"
    report = replace(result.report, masked=tuple(places), notes=(*result.report.notes, note))
    return replace(result, report=report)
