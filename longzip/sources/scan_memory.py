"""What was found out about files, kept between runs: a file that did not change is not looked through again.

A file is taken to be unchanged where its size, its times and its inode are, and the last change lies far enough back
for the clock of the file system to have told another one. What is kept is the verdict: fit to be read, or why not.
Texts are not: they are in the files, and whoever wants them reads them there.
"""

from __future__ import annotations

import os
import struct
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from longzip.protocols import Store
from longzip.storage.keys import fingerprint, fingerprint_of_files

STAMP = struct.Struct("<QqqQ")
SETTLED = 3_000_000_000  # nanoseconds; a file system may tell times to two seconds only
FIT = "fit"


@dataclass(slots=True)
class Verdicts:
    """The verdicts on some files, from a store and for it. reasons: of files that did not change, why they are not
    read, or ``FIT``."""

    store: Store | None
    reasons: Mapping[str, str] = field(default_factory=dict)
    _stamps: dict[str, bytes] = field(default_factory=dict)
    _keys: dict[str, bytes] = field(default_factory=dict)
    _new: dict[str, str] = field(default_factory=dict)

    def look_up(self, files: Iterable[tuple[str, str]]) -> None:
        """files: path of each, and what else its verdict depends on."""
        if self.store is None:
            return
        self._keys = {path: fingerprint("file", code(), path, conditions) for path, conditions in files}
        self._stamps = {path: stamp for path in self._keys if (stamp := stamp_of(path)) is not None}
        known = zip(self._stamps, self.store.get("files", [self._keys[path] for path in self._stamps]), strict=True)
        self.reasons = {
            path: data[STAMP.size :].decode("utf-8", "replace")
            for path, data in known
            if data is not None and data[: STAMP.size] == self._stamps[path]
        }

    def tell(self, path: str, reason: str) -> None:
        """The verdict on a file that has just been looked through: why it is not read, or ``FIT``."""
        if path in self._stamps:
            self._new[path] = reason

    def keep(self) -> None:
        """Put what was told into the store, but for files that changed meanwhile or may yet change unnoticed."""
        if self.store is not None:
            now = time.time_ns()
            settled = [
                path
                for path in self._new
                if last_change(self._stamps[path]) < now - SETTLED and stamp_of(path) == self._stamps[path]
            ]
            self.store.put(
                "files",
                [
                    (self._keys[path], self._stamps[path] + self._new[path].encode("utf-8", "replace"))
                    for path in settled
                ],
            )


def stamp_of(path: str) -> bytes | None:
    """Size, times of the last change of content and of inode, number of the inode; None where there is no such file."""
    try:
        status = os.lstat(path)
    except (OSError, ValueError):
        return None
    return STAMP.pack(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


def last_change(stamp: bytes) -> int:
    _size, content, inode, _number = STAMP.unpack(stamp)
    return int(max(content, inode))


@cache
def code() -> bytes:
    """Changes with what judges files."""
    return fingerprint_of_files([Path(__file__).with_name(name) for name in ("decoding.py", "encodings.py")])
