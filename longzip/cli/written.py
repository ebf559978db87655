"""Which files longzip wrote itself, so that a second run with the same -o inside the folder does not read its own
result, and still overwrites nothing that somebody else wrote.

It knows a small file beside the cache: paths, and the hash of what was written there.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from pathlib import Path

import longzip
from longzip import LongzipError, Settings
from longzip.cli.output import replace_file

FILE = "outputs.json"
MOST = 1_000


def remember(target: Path, settings: Settings) -> None:
    """Note that this file is a result. Nothing is noted where there is no cache."""
    place = notebook(settings)
    if place is None or not target.is_file():
        return
    known = read(place)
    key = str(target.resolve())
    known.pop(key, None)
    known[key] = digest(target)
    with suppress(OSError, LongzipError):
        place.parent.mkdir(parents=True, exist_ok=True)
        replace_file(place, json.dumps(dict(list(known.items())[-MOST:])))


def is_own(target: Path, settings: Settings) -> bool:
    """Whether a file is a result that nobody has changed since."""
    place = notebook(settings)
    if place is None or not target.is_file():
        return False
    return read(place).get(str(target.resolve())) == digest(target)


def notebook(settings: Settings) -> Path | None:
    cache = longzip.open_cache(settings)
    return None if cache is None else cache.path.with_name(FILE)


def read(place: Path) -> dict[str, str]:
    """Nothing where there is no such file, or a damaged one."""
    try:
        found = json.loads(place.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
