"""A window over LangChain's messages: the ones that nothing was done to come out as the objects that went in.

Messages are read as they are, whatever provider's items their contents hold. It knows LangChain's messages and the
public names of longzip. Needs the extra ``langchain``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from longzip import ContextCompressor, Message, MissingExtra, WindowOptions, mask_secrets, to_dict

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

PLACE = "longzip_place"  # where a message stands among those that were given; no part of what is counted
TOLD = ("content", "tool_calls", "invalid_tool_calls", "additional_kwargs", "artifact")  # where a secret may stand
FIELDS = ("type", "content", "id", "name", "role", "tool_calls", "invalid_tool_calls", "tool_call_id", "status")


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
        """Append messages in order. A RemoveMessage takes the message of its id away; what was compacted already is
        then compacted anew."""
        kept, rebuild = list(self.given), False
        for message in messages:
            if message.type == "remove":
                left = [] if message.id == "__remove_all__" else [one for one in kept if one.id != message.id]
                rebuild = rebuild or left[: len(self.given)] != self.given
                kept = left
            else:
                kept.append(message)
        start = len(self.given)
        if rebuild:
            self.compressor.reset()
            start = 0
        self.compressor.extend([fields(kept[place], place) for place in range(start, len(kept))])
        self.given = [without_secrets(message, self.compressor.options) for message in kept]

    def messages(self) -> list[BaseMessage]:
        """The messages to send, compacted first where that is due. Raises BudgetTooSmall as ``get_current_context``
        does."""
        self.compressor.get_current_context()
        log = self.compressor.log
        return [self.as_langchain(message, log) for message in self.compressor.view()]

    def as_langchain(self, message: Message, log: Sequence[Message]) -> BaseMessage:
        from langchain_core.messages import convert_to_messages, messages_from_dict

        data = to_dict(message)
        place = data.pop(PLACE, None)
        if not isinstance(place, int):
            if "role" in data:
                return convert_to_messages([data])[0]
            return messages_from_dict([{"type": str(data["type"]), "data": data}])[0]
        if message == log[place]:
            return self.given[place]
        return self.given[place].model_copy(update={"content": data["content"]})


def without_secrets(message: BaseMessage, options: WindowOptions) -> BaseMessage:
    """The very message where there are none in it."""
    kept = {name: value for name in TOLD if (value := getattr(message, name, None))}
    safe, places = mask_secrets(kept, options.secrets)
    return message.model_copy(update=safe) if places and isinstance(safe, dict) else message


def fields(message: BaseMessage, place: int) -> Mapping[str, object]:
    """What of a message is said or called, without what only programs have in it."""
    found: dict[str, Any] = {name: getattr(message, name, None) for name in FIELDS}
    if legacy := message.additional_kwargs.get("function_call"):
        found["additional_kwargs"] = {"function_call": legacy}
    return {**{name: value for name, value in found.items() if value is not None}, PLACE: place}
