"""One call for any text: compress(text | path | messages | documents, query=None, ...).

Finds out what it was given, and hands code with a question to ``Compressor``, everything else to ``shortening``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from longzip.compressor import Compressor, Sources
from longzip.errors import SourceError, UsageError
from longzip.formats.chat import ChatFormat
from longzip.formats.document import DocumentFormat
from longzip.formats.log import LogFormat
from longzip.formats.prose import ProseFormat
from longzip.loading import load_tokenizer
from longzip.messages import from_dicts
from longzip.pinning import pinned
from longzip.protocols import Tokenizer
from longzip.repository import Repository
from longzip.repository import read as read_files
from longzip.settings import Settings
from longzip.texts import kinds
from longzip.texts.documents import as_sources
from longzip.texts.kinds import KINDS, PLAIN_NAMES, Detected, Kind, reason_to_skip, with_language
from longzip.texts.layouts import LAYOUTS, header, size_of
from longzip.texts.levels import Wish, wish
from longzip.texts.orders import Order, Probe, Words
from longzip.texts.outlines import outline
from longzip.texts.reading import UNUSED, engine_for
from longzip.texts.shortening import shorten
from longzip.texts.usage import Usage
from longzip.types import Budget, Compressed, Digest, Report, Skipped, Source
from longzip.work import Engine

Messages = Sequence[Mapping[str, object]]
Anything = Sources | Messages

FORMATS: dict[Kind, type[ProseFormat]] = {
    "conversation": ChatFormat, "research": DocumentFormat, "document": DocumentFormat, "log": LogFormat,
}  # fmt: skip
MARKERS: dict[Kind, str] = {"log": "{count} ({range})"}
BRIEF, BRIEFEST = "{range}", "..."  # sentences are many, and each gap costs
LONGEST_PATH = 1_024


@dataclass(frozen=True, slots=True)
class Hints:
    """What else is known of a text. See ``compress``."""

    pins: Sequence[str] = ()
    probe: Probe | None = None
    usage: Usage = UNUSED


def compress(
    sources: Anything, query: str | None = None, *, budget: Budget | None = None, rate: float | None = None, level: str | None = None,
    target: str | None = None, kind: str | None = None, pins: Sequence[str] = (), drops: Sequence[str] = (),
    probe: Probe | None = None, usage: Usage = UNUSED, settings: Settings | None = None,
) -> Compressed:  # fmt: skip
    """The part of any text that matters: code, a conversation, a document, findings, a log.

    sources: a text; a path; messages (mappings with a "role"); documents (mappings with a "text" and a "source"); sources, paths
        or a repository. A ``str`` is a path where it is
        one line and such a file or folder exists, or it has no white space; otherwise it is a text. Pass a ``Path`` or a
        ``Source`` where that must not be left to chance.
    query: what it is to be good for. Without one, prose keeps what is critical (decisions, errors and fixes, numbers,
        dependencies, action items, the state of things) and what says most; code keeps every signature.
    budget: the most tokens of the result, or "knee" (code only, see ``Compressor.compress``). rate: the share of the tokens to keep, in (0, 1]. level: "lossless", "light" (0.6),
        "balanced" (0.3, the default) or "aggressive" (0.15); its rate yields to what is critical where there is no query.
        target: "quality>=0.95", the smallest result that keeps so much of what the text is worth; "rate=0.3"; "tokens=2000".
        Give at most one of the four.
    kind: "conversation", "code", "research", "document" or "log", where the text is not what it looks like.
    pins, drops: see ``Compressor.compress``; drops for code only.
    probe: for target="quality>=...": how well a context serves your task, the more the better; the floor is then a share of
        what the whole text gets. usage: what was of use before, see ``Usage``. Both for prose.

    A text that is short, of which somebody says that all details matter, or that is legal, medical or financial comes back
    byte for byte, with the reason in ``digest.skipped``, unless a budget is given or ``settings.force`` is set.
    Raises UsageError, SourceError, BudgetTooSmall, ModelError.
    """
    settings = settings or Settings()
    asked = wish(None if budget == "knee" else budget, rate, level, target)
    if retrieved := documents_in(sources):
        sources, kind = as_sources(retrieved), kind or "research"
    found = gathered(sources, settings)
    if kind in (None, "conversation") and settings.kind in ("auto", "conversation") and len(found.sources) == 1:
        found = with_transcripts(found)
    detected = kind_of(found, kind or (None if settings.kind == "auto" else settings.kind), sources)
    if budget == "knee":
        return to_knee(found, query, detected, settings, pins, drops)
    if settings.language != "auto":
        detected = replace(detected, language="zh" if settings.language == "zh" else "en")
    if detected.kind != "code":
        if drops:
            raise UsageError("drops name parts of code; leave them out, or say that kind is code.")
        return compress_prose(found, query or "", asked, detected, Hints(pins, probe, usage), settings)
    if query and query.strip():
        if asked.quality is not None or asked.level == "lossless":
            raise UsageError("code with a question takes a budget, a rate, or a level other than lossless.")
        share = asked.rate if asked.rate is not None or asked.budget is not None else {"light": 0.6, "aggressive": 0.15}.get(asked.level or "", 0.3)
        return Compressor.load(settings=settings).compress(found, query=query, budget=asked.budget, rate=share, pins=pins, drops=drops)
    return outline(parseable(found), asked, detected, settings, load_tokenizer(settings))


def to_knee(
    found: Repository, query: str | None, detected: Detected, settings: Settings, pins: Sequence[str], drops: Sequence[str]
) -> Compressed:
    """See ``Compressor.compress``. Raises UsageError where there is nothing to measure a knee by."""
    if detected.kind != "code" or not query or not query.strip():
        raise UsageError('the budget "knee" is for code with a question; give a number of tokens, or a rate.')
    return Compressor.load(settings=settings).compress(found, query=query, budget="knee", pins=pins, drops=drops)


def detect(sources: Anything, kind: str | None = None, settings: Settings | None = None) -> Detected:
    """What ``compress`` takes the sources for. Raises UsageError for an unknown kind, SourceError for nothing to read."""
    return kind_of(gathered(sources, settings or Settings()), kind, sources)


def compress_prose(
    found: Repository, query: str, asked: Wish, detected: Detected, hints: Hints, settings: Settings
) -> Compressed:
    """What ``compress`` does with all but code. Raises SourceError where there is no text."""
    sources = tuple(source for source in found.sources if source.text)
    if not sources:
        raise SourceError("there is nothing to compress: the text is empty.")
    tokenizer = load_tokenizer(settings)
    whole = "\n".join(source.text for source in sources)
    reason = "" if settings.force or asked.budget is not None else reason_to_skip(whole, detected.kind, query)
    if reason:
        return untouched(sources, reason, detected, tokenizer)
    form = FORMATS[detected.kind]()
    engine = engine_for(Engine(Words(), tokenizer, form, settings), MARKERS.get(detected.kind, BRIEFEST if query.strip() else BRIEF))
    layout = next(name for name in LAYOUTS if name == settings.layout)
    return shorten(Order(sources, detected, query.strip(), asked, layout, pinned(hints.pins, sources, form), hints.probe, hints.usage), engine)


def untouched(sources: Sequence[Source], reason: str, detected: Detected, tokenizer: Tokenizer) -> Compressed:
    """The text as it is, and why."""
    text = sources[0].text if len(sources) == 1 else "\n".join(source.text for source in sources)
    tokens = tokenizer.count(text)
    size = size_of(text, tokens)
    note = f"left as it is: {EXPLAINED.get(reason, f'it is a {reason} text, and what is lost could matter')}; force compresses it all the same"
    report = Report(tokens, tokens, tokens, "none", tokenizer.name, "passages", notes=(note,))
    digest = Digest(detected.kind, detected.confidence, detected.language, "", reason, size, size, header=header(detected.kind, size, size, detected.language))
    return Compressed(text, (), report, digest)


def parseable(found: Repository) -> Repository:
    """The sources with a grammar; the others are skipped. Raises UsageError where there are none."""
    known = [(source, with_language(source)) for source in found.sources if source.text.strip()]
    sources = tuple(source for _, source in known if source is not None)
    if not sources:
        raise UsageError("there is no grammar for this code, so it has no outline; ask a question, or pass a Source with a language.")
    skipped = (Skipped(source.name, "no grammar, so no outline") for source, named in known if named is None)
    return Repository(sources, (*found.skipped, *skipped))


EXPLAINED = {"short": "it is short already", "all details matter": "it is said that all details matter"}


# ------------------------------------------------------------------------------------------------------------- input


def gathered(sources: Anything, settings: Settings) -> Repository:
    """The sources in whatever was given. Raises SourceError."""
    if isinstance(sources, Repository):
        return sources
    if isinstance(sources, Source):
        return Repository((sources,), ())
    if isinstance(sources, Path):
        return read_files([sources], settings)
    if isinstance(sources, str):
        return read_files([sources], settings) if is_path(sources) else Repository((Source("", sources),), ())
    items = list(sources)
    if mappings(items):
        return Repository((Source("", conversation_text(mappings(items))),), ())
    texts = [item for item in items if isinstance(item, Source)]
    paths = [Path(item) for item in items if isinstance(item, str | Path)]
    if len(texts) + len(paths) != len(items):
        raise UsageError("sources are texts, paths, sources or messages, not a mixture of messages and others.")
    from_disk = read_files(paths, settings) if paths else Repository((), ())
    return Repository((*texts, *from_disk.sources), from_disk.skipped)


def is_messages_text(text: str) -> list[Mapping[str, object]]:
    """The messages in a JSON or JSON lines text; [] where it holds none."""
    if not text.lstrip("\ufeff \t\r\n").startswith(("[", "{")) or '"role"' not in text:
        return []
    try:
        found: object = json.loads(text)
    except ValueError:
        try:
            found = [json.loads(line) for line in text.splitlines() if line.strip()]
        except ValueError:
            return []
    if isinstance(found, dict):
        found = found.get("messages", [found])
    items = found if isinstance(found, list) else []
    return items if items and all(isinstance(item, dict) and "role" in item for item in items) else []


def with_transcripts(found: Repository) -> Repository:
    """The sources, conversations in JSON as transcripts."""
    sources = [replace(source, text=conversation_text(items)) if (items := is_messages_text(source.text)) else source for source in found.sources]
    return replace(found, sources=tuple(sources))


def is_path(text: str) -> bool:
    """Whether a string means a file or folder: one that exists, or a single word."""
    if not text.strip() or "\n" in text or len(text) > LONGEST_PATH or "\0" in text:
        return False
    try:
        return Path(text).exists() or not re.search(r"\s", text.strip())
    except OSError:
        return False


def conversation_text(messages: Messages) -> str:
    """Messages of any provider as a transcript: ``role: text``, a turn each."""
    for number, message in enumerate(messages):
        if "role" not in message:
            raise UsageError(f"message {number} has no role; give mappings with role and content.")
    return "".join(f"{message.role}: {message.text}\n" for message in from_dicts(messages))


def kind_of(found: Repository, kind: str | None, given: object) -> Detected:
    """What the sources are. A folder, and more than one file, is code unless it is said, or named like prose, to be something else."""
    if kind is not None and kind not in KINDS:
        raise UsageError(f"the kind is {kind!r}; choose one of: {', '.join(KINDS)}.")
    wanted = next((one for one in KINDS if one == kind), None)
    text = "\n".join(source.text for source in found.sources)
    if wanted is None and is_messages(given):
        wanted = "conversation"
    if wanted is None and (len(found.sources) != 1 or not PLAIN_NAMES.search(found.sources[0].name or "text")):
        plain = found.sources and all(PLAIN_NAMES.search(source.name or "text") for source in found.sources)
        wanted = None if plain else "code"
    detected = kinds.detect(text, found.sources[0].name if len(found.sources) == 1 else "", wanted)
    if detected.kind == "code" and wanted is None and with_language(found.sources[0]) is None:
        return kinds.detect(text, "", may_be_code=False)  # it has the shape of code here and there, but nobody can parse it
    return detected


def documents_in(given: object) -> list[Mapping[str, object] | Source | str]:
    """What was given, where it is documents: mappings without a role, and sources and texts among them; else []."""
    if not isinstance(given, Sequence) or isinstance(given, str) or is_messages(given):
        return []
    found = [item for item in given if isinstance(item, Mapping | Source | str)]
    return found if len(found) == len(given) and any(isinstance(item, Mapping) for item in found) else []


def mappings(given: object) -> list[Mapping[str, object]]:
    """What was given, where it is a sequence of nothing but mappings; else []."""
    if not isinstance(given, Sequence) or isinstance(given, str):
        return []
    found = [item for item in given if isinstance(item, Mapping)]
    return found if len(found) == len(given) else []


def is_messages(given: object) -> bool:
    return any("role" in item for item in mappings(given))
