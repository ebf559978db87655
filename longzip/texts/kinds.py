"""What kind of text this is, in which language, and whether it had better be left alone.

Knows shapes of text, not what is done with them. Every kind gets a score in [0, 1]; the best wins, a document where
none does.
"""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass, replace
from typing import Literal, get_args

from longzip.formats.chat import openings, speaker
from longzip.formats.grammar.guessing import guess, is_diff
from longzip.formats.grammar.languages import find
from longzip.formats.log import CONTINUES, RULE, STAMPED
from longzip.prose.rules import Cue
from longzip.scoring.names import is_code_line
from longzip.types import Source

Kind = Literal["conversation", "code", "research", "document", "log"]
Language = Literal["en", "zh"]
# To ``texts.shortening``, to ``Compressor``, to ``texts.signatures``.
Route = Literal["prose", "functions", "signatures"]
KINDS: tuple[Kind, ...] = get_args(Kind)
PROSE_LANGUAGES = frozenset({"markdown"})
PLAIN_NAMES = re.compile(r"\.(?:txt|text|log|out|err|md|markdown|rst|adoc|org|jsonl?|ndjson)$|(?:^|/)[^./]*$", re.I)
LOG_NAME = re.compile(r"\.(?:log|out|err)(?:\.\d+)?$", re.I)
MARKED_TURN, FEWEST_TURNS = re.compile(r"\s*(?:_?\*\*|#|<\|)"), 3
CHAT_ML = re.compile(r"<\|im_start\|>")
README = re.compile(r"(?:^|/)readme[^/]*$", re.I)
PICTURE = re.compile(
    r"\[?!\[[^\]\n]{0,300}\](?:\([^)\n]{0,600}\)|\[[^\]\n]{0,200}\])(?:\](?:\([^)\n]{0,600}\)|\[[^\]\n]{0,200}\]))?"
)
URL = re.compile(r"https?://[^\s)\]>\"'，。）】]+")
CITATION, TOOL_LINE = Cue(__name__, "citation"), Cue(__name__, "tool_line")
LISTED = re.compile(r"\s*(?:[-*>|+] |\|)")
IDEOGRAPH = re.compile(r"[\u3400-\u9fff]")
LETTER = re.compile(r"[^\W\d_]")
SAMPLE = 400_000  # characters that are looked at

SHORT_WORDS, SHORT_LINES = 200, 50
EVERY_DETAIL = Cue(__name__, "every_detail")
DOMAINS = {domain: Cue(__name__, domain) for domain in ("legal", "medical", "financial")}
TERMS_PER_THOUSAND, DISTINCT_TERMS = 5.0, 3


@dataclass(frozen=True, slots=True)
class Detected:
    """What a text is. confidence: the best score less the second best, in [0, 1]; 1 where somebody said what it is."""

    kind: Kind
    confidence: float
    language: Language

    def route(self, query: str | None) -> Route:
        """Where the text goes, with or without a question."""
        if self.kind != "code":
            return "prose"
        return "functions" if query and query.strip() else "signatures"


def detect(text: str, name: str = "", kind: Kind | None = None, *, may_be_code: bool = True) -> Detected:
    """The kind and language of a text, by its name and its shape; ``kind`` where that is given."""
    language = language_of(text)
    if kind is not None:
        return Detected(kind, 1.0, language)
    scores = scored(text[:SAMPLE], name)
    scores["code"] *= may_be_code
    first, second, *_ = sorted(scores.values(), reverse=True)
    best = max(KINDS, key=lambda one: scores[one])
    return Detected(best, round(first - second, 3), language)


def language_of(text: str) -> Language:
    """ "zh" where more than a fifth of the letters are ideographs."""
    sample = text[:SAMPLE]
    return "zh" if len(IDEOGRAPH.findall(sample)) > 0.2 * max(1, len(LETTER.findall(sample))) else "en"


def scored(text: str, name: str) -> dict[Kind, float]:
    rows = [row for row in text.split("\n") if row.strip()] or [""]
    language = find(Source(name, "")) if name else None
    named = (
        language is not None and language.name not in PROSE_LANGUAGES and not re.search(r"\.(?:jsonl?|ndjson)$", name)
    )
    return {
        "conversation": 0.0 if named else like_conversation(text, rows),
        "code": 1.0 if named or is_diff(text) else 0.0 if README.search(name) else like_code(rows),
        "research": 0.0 if named or README.search(name) else like_research(text),
        "document": 0.3,
        "log": 0.95 if LOG_NAME.search(name) else 0.0 if named else like_log(rows),
    }


def like_conversation(text: str, rows: list[str]) -> float:
    if len(CHAT_ML.findall(text)) > 1:
        return 1.0
    found = openings(text)
    speakers = {speaker(match.group()).lower() for match in found}
    if len(found) < 2 or len(speakers) < 2:
        return 0.0
    if sum(MARKED_TURN.match(match.group()) is not None for match in found) > FEWEST_TURNS:
        return 0.95  # turns that are marked as such may be as long as they like
    return min(1.0, 0.4 + 2 * len(found) / len(rows)) if len(found) * 60 >= len(rows) else 0.2


def like_code(rows: list[str]) -> float:
    shaped = sum(is_code_line(row) and not (LISTED.match(row) or of_log(row)) for row in rows) / len(rows)
    return min(0.9, 1.6 * shaped) if len(rows) > 2 and shaped > 0.35 else 0.0


def like_research(text: str) -> float:
    text = PICTURE.sub(" ", text)  # a picture, and the badge that it is, are no source
    words = max(1, len(text.split()))
    links, cited = len(set(URL.findall(text))), len(CITATION.regex.findall(text))
    return min(0.9, 0.08 * (1000 * (links + 0.7 * cited) / words)) if links + cited >= 3 else 0.0


def like_log(rows: list[str]) -> float:
    sure = sum(of_log(row) for row in rows)
    around = sum(RULE.match(row.strip()) is not None or CONTINUES.match(row) is not None for row in rows)
    share = (sure + 0.3 * around) / len(rows)
    return min(0.98, 1.5 * share) if sure >= 2 or (sure and share > 0.3) else 0.0


def with_language(source: Source) -> Source | None:
    """The source with a language that has a grammar, or a diff; None where none is known. Text without a name is in the
    language whose grammar makes the most of it."""
    if find(source) is not None or source.name:
        return source if find(source) is not None else None
    language = source.language or guess(source.text) or ("python" if is_python(source.text) else None)
    return None if language is None else replace(source, language=language)


def is_python(text: str) -> bool:
    try:
        with warnings.catch_warnings(action="ignore"):
            ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def of_log(row: str) -> bool:
    return STAMPED.match(row) is not None or TOOL_LINE.found(row) is not None


def reason_to_skip(text: str, kind: Kind, query: str) -> str:
    """Why the protocol leaves a text alone: "short", "all details matter", "legal", "medical" or "financial"; "" where
    not."""
    if EVERY_DETAIL.found(query) or (EVERY_DETAIL.found(text[:SAMPLE]) and kind in ("conversation", "document")):
        return "all details matter"
    rows = text.count("\n") + 1
    if rows < SHORT_LINES if kind in ("code", "log") else words_of(text) < SHORT_WORDS:
        return "short"
    return domain_of(text[:SAMPLE]) if kind in ("document", "research") else ""


def domain_of(text: str) -> str:
    """The domain whose terms are thick in a text, "" where none are; thresholds of the seed's table."""
    words = max(1, words_of(text))
    for domain, cue in DOMAINS.items():
        found = [match.group().lower() for match in cue.regex.finditer(text)]
        if 1000 * len(found) / words >= TERMS_PER_THOUSAND and len(set(found)) >= DISTINCT_TERMS:
            return domain
    return ""


def words_of(text: str) -> int:
    """Words; of ideographs, two make one."""
    ideographs = len(IDEOGRAPH.findall(text))
    return len(IDEOGRAPH.sub(" ", text).split()) + (ideographs + 1) // 2
