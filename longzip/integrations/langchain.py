"""A window over LangChain's messages: the ones that nothing was done to come out as the objects that went in.

It knows LangChain's messages and the public names of longzip. Needs the extra ``langchain``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from longzip import ContextCompressor, Message, MissingExtra, to_dict

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

PLACE = "longzip_place"  # where a message stands among those that were given; no part of what is counted


class LangChainWindow:
    """``ContextCompressor`` for LangChain.

    window = LangChainWindow(ContextCompressor(window=128_000))
    window.extend(messages)
    model.invoke(window.messages())
    """

    def __init__(self, compressor: ContextCompressor) -> None:
        """compressor: an empty one, with the limits that are wanted. Raises MissingExtra without langchain-core."""
        try:
            import langchain_core.messages  # noqa: F401
        except ImportError:
            raise MissingExtra("langchain-core", "langchain") from None
        self.compressor = compressor
        self.given: list[BaseMessage] = []

    def extend(self, messages: Sequence[BaseMessage]) -> None:
        """Append messages in order."""
        from langchain_core.messages import convert_to_openai_messages

        written: Any = convert_to_openai_messages(list(messages))
        places = range(len(self.given), len(self.given) + len(messages))
        self.compressor.extend([{**data, PLACE: place} for data, place in zip(written, places, strict=True)])
        self.given += messages

    def messages(self) -> list[BaseMessage]:
        """The messages to send, compacted first where that is due. Raises BudgetTooSmall as ``get_current_context``
        does."""
        self.compressor.get_current_context()
        log = self.compressor.log
        return [self.as_langchain(message, log) for message in self.compressor.view()]

    def as_langchain(self, message: Message, log: Sequence[Message]) -> BaseMessage:
        from langchain_core.messages import convert_to_messages

        data = to_dict(message)
        place = data.pop(PLACE, None)
        if not isinstance(place, int):
            made: list[BaseMessage] = convert_to_messages([data])
            return made[0]
        if message == log[place]:
            return self.given[place]
        return self.given[place].model_copy(update={"content": data["content"]})
