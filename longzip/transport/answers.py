"""What a server's answer says beside what was asked for: its complaint, what to do about it, when to come again.

Knows no connection.
"""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

BUSY = frozenset({408, 409, 425, 429, 500, 502, 503, 504})  # the statuses after which another try may help
LONGEST_WAIT = 60.0


def message_in(text: str) -> str:
    """A server's own words in what it answered, in one line."""
    try:
        found = json.loads(text)
        found = found.get("error", found) if isinstance(found, dict) else found
        found = found.get("message", found.get("detail", text)) if isinstance(found, dict) else found
        text = found if isinstance(found, str) else text
    except (ValueError, RecursionError):
        pass
    return " ".join(text.split()).rstrip(".") or "nothing more"


def advice(status: int) -> str:
    """What to do about a refusal."""
    if status in (401, 403):
        return "put the API key into the environment variable that the setting server_key names"
    if status == 404:
        return "check the address, which normally ends in /v1, and the model's name after #"
    return "check the model's name and that the server takes such requests"


def retry_after(header: str | None) -> float | None:
    """Seconds that a Retry-After header asks for, given as a number or a date; None where it is absent or makes no
    sense."""
    if not header:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            date = parsedate_to_datetime(header)
        except ValueError:
            return None
        seconds = (date.replace(tzinfo=date.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    return min(max(seconds, 0.0), LONGEST_WAIT) if math.isfinite(seconds) else None
