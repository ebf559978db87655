"""What ``compress`` was given: a text, a path, messages, documents, sources; and what kind of text that is.

Knows files, providers' messages and shapes of text; not what is done with them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from longzip.errors import SourceError
from longzip.loading import read_repository
from longzip.messages.dialects import PROOF, from_dicts, is_message, rewritten
from longzip.messages.normal import Message
from longzip.messages.text_form import Talk
from longzip.messages.transcripts import notation, read_messages
from longzip.settings import Settings
from longzip.sources.gather import Sources
from longzip.sources.repository import Repository
from longzip.sources.secrets import guarded_messages, mask_secrets
from longzip.texts import kinds
from longzip.texts.documents import as_sources
from longzip.texts.kinds import KINDS, PLAIN_NAMES, SAMPLE, Detected, Kind, with_language
from longzip.types import Masked, Question, Source

Messages = Sequence[Mapping[str, object]]
Anything = Sources | Messages
LOOKED_AT = 100_000  # characters


@dataclass(frozen=True, slots=True)
class Given:
    """What was given. kind: where that follows from how it was given. talk: the messages, where it is messages."""

    found: Repository
    kind: Kind | None = None
    talk: Talk | None = None


def read_given(sources: Anything, settings: Settings, question: Question | None = None) -> Given:
    """Everything that was given, read; see ``read_repository`` for ``question``. Raises SourceError, and UsageError
    for what makes no sense together."""
    if documents := documents_in(sources):
        return Given(read_repository(Repository(as_sources(documents), ()), settings), "research")
    if messages := mappings(sources):
        safe, masked = guarded_messages(messages, settings.secrets)
        return spoken(from_dicts(safe), Repository((Source("", ""),), (), masked, guarded=True))
    found = read_repository(sources, settings, texts=True, question=question)
    if settings.kind in ("auto", "conversation") and len(found.sources) == 1:
        said = messages_in(found.sources[0], settings)
        return guarded_talk(said, found, settings) if said else Given(found)
    return Given(found)


def spoken(messages: Sequence[Message], found: Repository) -> Given:
    """Messages in the place of the one source that they were read from."""
    talk = Talk.of(messages)
    return Given(replace(found, sources=(replace(found.sources[0], text=talk.text),)), "conversation", talk)


def guarded_talk(messages: Sequence[Message], found: Repository, settings: Settings) -> Given:
    """``spoken``, once more looked through for secrets: in JSON within JSON they look otherwise than by themselves."""
    places: list[Masked] = []

    def change(value: object) -> object:
        safe, seen = mask_secrets(value, settings.secrets, found.sources[0].name)
        places.extend(seen)
        return safe

    safe = [rewritten(message, change) for message in messages]
    return spoken(safe, replace(found, masked=(*found.masked, *places)))


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


def kind_of(given: Given, settings: Settings) -> Detected:
    """What the sources are: the one place where that is decided, for the API, the command line and services.

    It is what ``settings.kind`` says, else messages or documents where they were given as such, else what the names
    say: files not all of which are named like prose are code, and so are files for which a strategy was chosen, since
    those are strategies for code. What is left, and text without a name, goes by its shape.
    """
    sources = given.found.sources
    text = sample(sources)
    wanted = next((one for one in KINDS if one == settings.kind), given.kind)
    if wanted is None and named_like_code(given.found, settings):
        wanted = "code"
    detected = kinds.detect(text, sources[0].name if len(sources) == 1 else "", wanted)
    if detected.kind == "code" and wanted is None and with_language(sources[0]) is None:
        # It has the shape of code here and there, but nobody can parse it.
        detected = kinds.detect(text, "", may_be_code=False)
    if settings.language != "auto":
        detected = replace(detected, language="zh" if settings.language == "zh" else "en")
    return detected


def named_like_code(found: Repository, settings: Settings) -> bool:
    """Whether the sources are code without a look at what is in them."""
    names = [*(source.name or "text" for source in found.sources), *found.unread]
    if not names or not all(map(PLAIN_NAMES.search, names)):
        return True
    return settings.strategy != "default" and any(source.name for source in found.sources)


def sample(sources: Sequence[Source]) -> str:
    """The beginning of all text, as much as is looked at."""
    parts: list[str] = []
    left = SAMPLE
    for source in sources:
        if left <= 0:
            break
        parts.append(source.text[:left])
        left -= len(source.text) + 1
    return "\n".join(parts)


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
