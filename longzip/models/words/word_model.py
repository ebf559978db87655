"""The seam of the word model: which words a context makes likely.

A context is read once, whatever is asked of it then, so that what was read can be kept by the context's content. An
implementation is one file beside this one and, where it is read from a checkpoint, one line in ``readers``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from longzip.models.words.classes import Ids, Values


class Likely(NamedTuple):
    """What a word model says of words after a context.

    trust: how far it is to be trusted, λ in [0, 1); 0 where the context has no words. shares: p(class | context) of the
    classes that were asked, float32[n].
    """

    trust: float
    shares: Values


class WordModel(Protocol):
    """Which words a context makes likely. Thread-safe; an answer does not depend on the others in its batch."""

    @property
    def name(self) -> str:
        """Tells what it reads from what others read, as long as the checkpoint's name stands for its weights."""

    def read(self, contexts: Sequence[Ids]) -> list[bytes]:
        """A reading of each context, given as its tokens: all that the answers are made of. It depends on nothing but
        that context."""

    def sound(self, reading: bytes) -> bool:
        """Whether ``read`` may have made this; a store may be damaged."""

    def answers(self, readings: Sequence[bytes], asked: Sequence[Ids]) -> list[Likely]:
        """For each reading, what it says of the word classes asked of it."""
