"""What ``compress`` was given: a text, a path, messages, documents, sources; and what kind of text that is.

Knows files, providers' messages and shapes of text; not what is done with them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from longzip.compressor import Sources
from longzip.errors import SourceError, UsageError
from longzip.messages.dialects import PROOF, from_dicts, is_message
from longzip.messages.normal import Message
from longzip.messages.text_form import Talk
from longzip.messages.transcripts import notation, read_messages
from longzip.settings import Settings
from longzip.sources.repository import Repository
from longzip.sources.repository import read as read_files
from longzip.texts import kinds
from longzip.texts.documents import as_sources
from longzip.texts.kinds import KINDS, PLAIN_NAMES, Detected, Kind, with_language
from longzip.types import Source

Messages = Sequence[Mapping[str, object]]
Anything = Sources | Messages
LONGEST_PATH = 1_024
LOOKED_AT = 100_000  # characters


@dataclass(frozen=True, slots=True)
class Given:
    """What was given. kind: where that follows from how it was given. talk: the messages, where it is messages."""

    found: Repository
    kind: Kind | None = None
    talk: Talk | None = None


def read_given(sources: Anything, settings: Settings) -> Given:
    """Everything that was given, read. Raises SourceError, and UsageError for what makes no sense together."""
    if documents := documents_in(sources):
        return Given(Repository(as_sources(documents), ()), "research")
    if messages := mappings(sources):
        return spoken(from_dicts(messages), Repository((Source("", ""),), ()))
    found = gathered(sources, settings)
    if settings.kind in ("auto", "conversation") and len(found.sources) == 1:
        said = messages_in(found.sources[0], settings)
        return spoken(said, found) if said else Given(found)
    return Given(found)


def spoken(messages: Sequence[Message], found: Repository) -> Given:
    """Messages in the place of the one source that they were read from."""
    talk = Talk.of(messages)
    return Given(replace(found, sources=(replace(found.sources[0], text=talk.text),)), "conversation", talk)


def messages_in(source: Source, settings: Settings) -> list[Message]:
    """The messages of a conversation in JSON or JSON lines; [] for any other text.

    Raises SourceError, with the line, for what is a conversation by its look or by request, but cannot be read as one.
    """
    if notation(source.text) not in ("json", "jsonl"):
        return []
    try:
        return read_messages(source.text, source.name or "the conversation")
    except SourceError:
        if settings.kind == "conversation" or PROOF.search(source.text, 0, LOOKED_AT):
            raise
        return []


def gathered(sources: Anything, settings: Settings) -> Repository:
    """The sources in texts and paths. Raises SourceError."""
    if isinstance(sources, Repository):
        return sources
    if isinstance(sources, Source):
        return Repository((sources,), ())
    if isinstance(sources, Path):
        return read_files([sources], settings)
    if isinstance(sources, str):
        return read_files([sources], settings) if is_path(sources) else Repository((Source("", sources),), ())
    items = list(sources)
    texts = [item for item in items if isinstance(item, Source)]
    paths = [Path(item) for item in items if isinstance(item, str | Path)]
    if len(texts) + len(paths) != len(items):
        raise UsageError("sources are texts, paths, sources or messages, not a mixture of messages and others.")
    from_disk = read_files(paths, settings) if paths else Repository((), ())
    return Repository((*texts, *from_disk.sources), from_disk.skipped)


def is_path(text: str) -> bool:
    """Whether a string means a file or folder: one that exists, or a single word."""
    if not text.strip() or "\n" in text or len(text) > LONGEST_PATH or "\0" in text:
        return False
    try:
        return Path(text).exists() or not re.search(r"\s", text.strip())
    except OSError:
        return False


def kind_of(given: Given, settings: Settings) -> Detected:
    """What the sources are. A folder, and more than one file, is code unless it is said, or named like prose, to be
    something else."""
    sources = given.found.sources
    wanted = next((one for one in KINDS if one == settings.kind), given.kind)
    text = "\n".join(source.text for source in sources)
    if wanted is None and (len(sources) != 1 or not PLAIN_NAMES.search(sources[0].name or "text")):
        plain = sources and all(PLAIN_NAMES.search(source.name or "text") for source in sources)
        wanted = None if plain else "code"
    detected = kinds.detect(text, sources[0].name if len(sources) == 1 else "", wanted)
    if detected.kind == "code" and wanted is None and with_language(sources[0]) is None:
        detected = kinds.detect(
            text, "", may_be_code=False
        )  # it has the shape of code here and there, but nobody can parse it
    if settings.language != "auto":
        detected = replace(detected, language="zh" if settings.language == "zh" else "en")
    return detected


def documents_in(given: object) -> list[Mapping[str, object] | Source | str]:
    """What was given, where it is documents: mappings without a role, and sources and texts among them; else []."""
    if not isinstance(given, Sequence) or isinstance(given, str) or any(is_message(item) for item in mappings(given)):
        return []
    found = [item for item in given if isinstance(item, Mapping | Source | str)]
    return found if len(found) == len(given) and any(isinstance(item, Mapping) for item in found) else []


def mappings(given: object) -> list[Mapping[str, object]]:
    """What was given, where it is a sequence of nothing but mappings; else []."""
    if not isinstance(given, Sequence) or isinstance(given, str):
        return []
    found = [item for item in given if isinstance(item, Mapping)]
    return found if len(found) == len(given) else []
