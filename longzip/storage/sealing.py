"""Values that only who has the cache's key can read: what the words of a text are is not to be told from its cache.

The key lies in a file of its own beside the cache, which nobody else may read, so that a copy of the cache alone tells
nothing. Knows neither SQLite nor what is sealed.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from contextlib import suppress
from pathlib import Path

KEY_BYTES = 32


def read_key(path: Path) -> bytes:
    """The key in a file, made where there is none or it is damaged. Raises OSError where none can be kept."""
    with suppress(FileNotFoundError):
        found = path.read_bytes()
        if len(found) == KEY_BYTES:
            return found
        path.unlink(missing_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(6)}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secrets.token_bytes(KEY_BYTES))
    try:
        os.link(fresh, path)  # whole, and only where no other process was faster
    except FileExistsError:
        pass
    except OSError:  # a file system without links: the last of those who begin at once has the key
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
    return path.read_bytes()


def sealed(key: bytes, name: bytes, value: bytes) -> bytes:
    """The value as nobody reads it without the key, and, sealed once more, as it was. name: of the entry; no two values
    may share it."""
    stream = hashlib.shake_256(key + len(name).to_bytes(4, "little") + name).digest(len(value))
    return (int.from_bytes(value, "little") ^ int.from_bytes(stream, "little")).to_bytes(len(value), "little")
