"""One turn of the loop around an agent, as a function: messages in, messages to send out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from longzip.conversation.compaction.state import Step
from longzip.conversation.window import ContextCompressor
from longzip.errors import UsageError
from longzip.messages.dialects import from_dicts, to_dicts


def maybe_compress(
    messages: Sequence[Mapping[str, object]], compressor: ContextCompressor
) -> tuple[list[dict[str, object]], Step]:
    """One turn of the maintenance loop as a function: add the messages that the window has not seen, compact where that
    is due, and give the messages to send.

    messages: the whole conversation so far; its beginning must be what the compressor already has.
    Raises UsageError where it is not.
    """
    have = compressor.log
    given = from_dicts(messages)
    if len(given) < len(have) or any(a != b for a, b in zip(have, given, strict=False)):
        raise UsageError(
            "the messages do not begin with those that the window has; make a new window for another conversation."
        )
    compressor.extend(given[len(have) :])
    step = compressor.maybe_compress()
    return to_dicts(compressor.view()), step
