"""The small files of a checkpoint, read with suspicion. Knows nothing of what they say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from longzip.errors import ModelError

MOST_BYTES = 100_000_000


def json_object(path: Path) -> Mapping[str, Any]:
    """What a JSON file of a checkpoint says. Raises ModelError where it is too large, or no JSON object."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ModelError(f"{path} is larger than {MOST_BYTES:,} bytes, which no such file is; fetch it again.")
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(
            f"{path} cannot be read ({type(error).__name__}); fetch it again, or choose another model."
        ) from None
    if not isinstance(found, dict):
        raise ModelError(f"{path} is no JSON object; fetch it again, or choose another model.")
    return found
