"""Messages on their way into a window: in the normal form, and without secrets.

Knows messages and what is to be done with secrets; which texts are secrets is known to ``sources.secrets``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from longzip.messages.dialects import from_dict, rewritten
from longzip.messages.normal import Message
from longzip.settings import Secrets
from longzip.sources.secrets import mask, mask_secrets, secret_texts
from longzip.types import Masked


def read(message: Mapping[str, object] | Message, secrets: Secrets) -> tuple[Message, tuple[Masked, ...]]:
    """A provider's message as it may be shown, and what was masked. Raises SourceError for one that is in no form that
    is known, or where there are secrets and ``secrets`` is "fail"."""
    found = message if isinstance(message, Message) else from_dict(message)
    places: list[Masked] = []

    def change(value: object) -> object:
        safe, seen = mask_secrets(value, secrets)
        places.extend(seen)
        return safe

    safe = rewritten(found, change)
    return safe, tuple(dict.fromkeys(places))


def state_without(messages: Iterable[object], state: object, secrets: Secrets) -> object:
    """The state of a saved window, in JSON, without the secrets of its messages: what was found out from these may have
    them by themselves."""
    if secrets == "keep":
        return state
    known = dict(pair for message in messages for pair in secret_texts(parsed(message)))
    longest = sorted(known.items(), key=lambda pair: -len(pair[0]))
    return replaced(mask_secrets(state)[0], [(text, mask(rule)) for text, rule in longest])


def parsed(message: object) -> object:
    """A saved message as an object."""
    return json.loads(message) if isinstance(message, str) else message


def replaced(value: object, pairs: Sequence[tuple[str, str]]) -> object:
    """The value with other texts in the place of some."""
    if isinstance(value, str):
        for text, other in pairs:
            value = value.replace(text, other)
        return value
    if isinstance(value, dict):
        return {key: replaced(item, pairs) for key, item in value.items()} if pairs else value
    return [replaced(item, pairs) for item in value] if isinstance(value, list) else value


def named(places: Iterable[Masked], number: int) -> list[Masked]:
    """The places as a report tells them. number: of the message, from 1."""
    return [replace(place, path=f"message {number}") for place in places]
