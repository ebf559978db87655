"""What is to be done with some prose, and what was chosen of it. Plain data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from longzip.messages.text_form import Talk
from longzip.protocols import Logprobs, Request
from longzip.settings import Settings, TextLayout
from longzip.strategies.corpus import Cell
from longzip.strategies.passages import Passages
from longzip.strategies.run import Choice
from longzip.texts.kinds import Detected
from longzip.texts.levels import Wish
from longzip.texts.reading import UNUSED, Reading
from longzip.texts.usage import Usage
from longzip.types import Source

Probe = Callable[[str], float]


@dataclass(frozen=True, slots=True)
class AbsentModel:
    """Stands where a language model would: prose is scored by its words, and no model is asked."""

    name: str = "bm25"

    def logprobs(self, requests: Sequence[Request]) -> list[Logprobs]:
        if requests:
            raise AssertionError("the selection of passages asks no model")
        return []


@dataclass(frozen=True, slots=True)
class TextOptions:
    """What is seldom said of a text to compress.

    pins: parts that stay whatever they are worth; drops: parts of code that are never shown; both see
    ``Compressor.compress``.
    probe: for a target of quality: how well a context serves your task, the more the better; the floor is then a share
        of what the whole text gets. usage: what was of use before. Both for prose.
    alternate: of messages, whether those that come back have no two of one author in a row, and begin with the user's.
    settings: kind of text, layout, language, tokenizer and the rest; the default where it is None.
    """

    pins: Sequence[str] = ()
    drops: Sequence[str] = ()
    probe: Probe | None = None
    usage: Usage = UNUSED
    settings: Settings | None = None
    alternate: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done with some sources. pinned: cells that stay whatever they are worth. talk: the messages that
    the source was made of, where it was."""

    sources: tuple[Source, ...]
    detected: Detected
    query: str
    wish: Wish
    layout: TextLayout
    pinned: frozenset[Cell] = frozenset()
    options: TextOptions = field(default_factory=TextOptions)
    talk: Talk | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What was chosen, and what is said about it. passages: what it was chosen from, and by which worth."""

    reading: Reading
    passages: Passages
    choice: Choice
    notes: tuple[str, ...] = ()
