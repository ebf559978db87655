"""What is read off a window: its state with the messages, and messages that are objects and mappings at once."""

from __future__ import annotations

from dataclasses import dataclass

from longzip.conversation.compaction.state import State
from longzip.messages.dialects import to_dict
from longzip.messages.normal import Message


@dataclass(frozen=True, slots=True)
class Anchored:
    """A summary as it is shown. anchor_index: the last message that it stands for, from 0. token_count: what it
    takes."""

    summary: str
    anchor_index: int
    token_count: int


@dataclass(frozen=True, slots=True)
class WindowState(State):
    """All that a window remembers. messages: the log. current_summary: None before the first compaction."""

    messages: tuple[Message, ...] = ()
    current_summary: Anchored | None = None

    @property
    def compression_count(self) -> int:
        return self.counters.compactions

    @property
    def total_tokens_saved(self) -> int:
        return self.counters.saved


class Spoken(dict[str, object]):
    """A message as its provider writes it, a mapping, with its role and its text as attributes."""

    role: str
    text: str

    @classmethod
    def of(cls, message: Message) -> Spoken:
        found = cls(to_dict(message))
        found.role, found.text = message.role, message.text
        return found

    @property
    def content(self) -> str:
        """What the message says, whatever its form."""
        return self.text
