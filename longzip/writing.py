"""Files written whole or not at all: the one place where longzip writes what somebody keeps.

Beside the file first, under a name that nobody else has, in a file made anew; then to the disk; then in its place.
A link is never followed: what stands at the path afterwards is a file. Knows nothing of what is written.
"""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

NAME_BYTES = 8


def write_whole(path: Path, data: bytes) -> None:
    """Put a file with this content in the place of whatever was there, but for devices and pipes, which are written to.

    Its mode is that of the file it replaces, else what the user's mask allows. Raises OSError; then nothing changed.
    """
    mode = mode_of(path)
    if mode is not None and not (stat.S_ISREG(mode) or stat.S_ISLNK(mode)):
        with path.open("wb", buffering=0) as device:
            device.write(data)
        return
    temporary = path.with_name(f".{path.name[:100]}.{os.getpid()}.{secrets.token_hex(NAME_BYTES)}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    file = os.open(temporary, flags, 0o666)
    try:
        with os.fdopen(file, "wb") as written:
            written.write(data)
            written.flush()
            os.fsync(written.fileno())
        if mode is not None and stat.S_ISREG(mode):
            temporary.chmod(stat.S_IMODE(mode))
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def mode_of(path: Path) -> int | None:
    """Of what is there; of a link to a device or a pipe (``/dev/stdout``) that of the device, of others the link's."""
    try:
        own = path.lstat().st_mode
        led = path.stat().st_mode if stat.S_ISLNK(own) else own
    except FileNotFoundError:
        return path.lstat().st_mode if path.is_symlink() else None
    return own if stat.S_ISREG(led) or stat.S_ISDIR(led) else led
