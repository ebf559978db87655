"""An index on disk: one file for each folder, mapped when it is opened, replaced whole when it changes.

A file that is not what this version of longzip wrote, on a machine like this one, or that is cut short, is as good as
none. Opening maps the file and reads the names; the arrays are read where a query looks. The part that says which files
there are carries a checksum; what is in the other parts is believed only as far as it stays within bounds.
"""

from __future__ import annotations

import json
import mmap
import struct
import zlib
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from longzip.index.table import ARRAYS, FILE_ARRAYS, Files, Table
from longzip.storage.keys import fingerprint_of_files
from longzip.writing import write_whole

MAGIC = b"lzindex1"
ORDER = 0x01020304  # as this machine writes it
HEAD = struct.Struct("=8sI16sQQI")  # magic, byte order, version, length of the file, of the description, its checksum
ALIGNED = 64
KINDS = {"stamps": "u1", "digests": "u1", "settled": "u1", "counts": "u2"}
WIDTHS = {"stamps": 32, "digests": 16}
MOST_FILES = 200  # indices that are kept; beyond, the one that was not written for the longest time goes


class UnfitIndexError(Exception):
    """A file that is no index of ours. Never leaves the package."""


@cache
def version() -> bytes:
    """Changes with what decides on the words of a text."""
    here = Path(__file__).parent
    scoring, sources = here.parent / "scoring", here.parent / "sources"
    return fingerprint_of_files(
        [
            *here.glob("*.py"),
            *(scoring / name for name in ("terms.py", "common_words.txt", "bm25.py")),
            *(sources / name for name in ("decoding.py", "secrets.py", "secrets.toml")),
        ]
    )


def opened(path: Path) -> Table | None:
    """The table in a file; None where there is none, or none of ours."""
    try:
        with path.open("rb") as stream:
            data = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        return table_of(data)
    except (OSError, ValueError, TypeError, UnfitIndexError):
        return None


def table_of(data: mmap.mmap | bytes) -> Table:
    """Raises UnfitIndexError."""
    require(len(data) >= HEAD.size)
    magic, order, written, length, described, checksum = HEAD.unpack_from(data)
    require(magic == MAGIC and order == ORDER and written == version() and length == len(data))
    head = HEAD.size + described
    require(head <= length)
    text = bytes(data[HEAD.size : head])
    require(zlib.crc32(text) == checksum)
    names, reasons, sections = json.loads(text)
    found: dict[str, Any] = {name: section(data, name, first, size) for name, first, size in sections}
    require(set(found) == {*ARRAYS, *FILE_ARRAYS})
    files = Files(**{name: found[name] for name in FILE_ARRAYS})
    table = Table(names, reasons, files, **{name: found[name] for name in ARRAYS})
    require(is_sound(table))
    return table


def section(data: mmap.mmap | bytes, name: str, first: int, size: int) -> NDArray[np.generic]:
    require(min(first, size) >= 0 and first + size <= len(data))
    kind = np.dtype(KINDS.get(name, "u4"))
    require(size % kind.itemsize == 0)
    found = np.frombuffer(data, kind, size // kind.itemsize, first)
    return found.reshape(-1, WIDTHS[name]) if name in WIDTHS else found


def is_sound(table: Table) -> bool:
    """Whether the sizes of the arrays fit together, and the numbers that lead from one to the other stay within it."""
    count, files = len(table.names), table.files
    windows = len(table.lengths)
    return (
        len(table.reasons) == len(files.stamps) == len(files.digests) == len(files.settled) == count
        and len(files.characters) == count
        and len(files.windows) == count + 1
        and int(files.windows[-1]) == windows
        and bool((files.windows[1:] >= files.windows[:-1]).all())
        and len(table.firsts) == len(table.words) + 1
        and len(table.holders) == len(table.counts) == int(table.firsts[-1])
        and len(table.defined) == len(table.definers)
        and len(table.placed) == len(table.places)
    )


def require(holds: bool) -> None:
    if not holds:
        raise UnfitIndexError


def packed(table: Table) -> bytes:
    """What ``table_of`` reads."""
    arrays = [(name, np.ascontiguousarray(getattr(table.files, name))) for name in FILE_ARRAYS]
    arrays += [(name, np.ascontiguousarray(getattr(table, name))) for name in ARRAYS]
    sections: list[tuple[str, int, int]] = []
    text, length = b"", 0
    while not length or HEAD.size + len(text) > sections[0][1]:  # the description says where it ends itself
        length, sections = aligned(HEAD.size + len(text) + ALIGNED), []
        for name, array in arrays:
            sections.append((name, length, array.nbytes))
            length = aligned(length + array.nbytes)
        text = json.dumps([list(table.names), list(table.reasons), sections], separators=(",", ":")).encode()
    out = bytearray(length)
    HEAD.pack_into(out, 0, MAGIC, ORDER, version(), length, len(text), zlib.crc32(text))
    out[HEAD.size : HEAD.size + len(text)] = text
    for (_name, array), (_same, start, size) in zip(arrays, sections, strict=True):
        out[start : start + size] = array.tobytes()
    return bytes(out)


def aligned(size: int) -> int:
    return -(-size // ALIGNED) * ALIGNED


def keep(path: Path, table: Table) -> None:
    """Write a table to its file, whole. Nothing happens where that cannot be: an index is never the reason why
    something fails."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(path, packed(table))
        path.chmod(0o600)
        tidy(path.parent)
    except OSError:
        return


def tidy(folder: Path) -> None:
    """Remove the indices that were not written for the longest time, where there are very many."""
    paths = sorted(folder.glob("*.idx"), key=lambda path: path.stat().st_mtime)
    for path in paths[: max(0, len(paths) - MOST_FILES)]:
        path.unlink(missing_ok=True)
