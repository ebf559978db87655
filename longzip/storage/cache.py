"""The store on disk: byte strings by digest, in one SQLite file that several processes may use at once.

A cache must never be the reason why something fails. Every write is a transaction of a write-ahead log, so that a
process may be killed at any moment; each entry carries a checksum; a damaged file is begun anew; where nothing can be
written or read, the run goes on without, and ``notes`` says so. What the entries mean is known to those who put them
there.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from longzip.protocols import Shelf
from longzip.storage.sealing import read_key, sealed

LOG = logging.getLogger(__name__)
SCHEMA = 1
FILE = f"longzip-{SCHEMA}.sqlite"  # another schema is another file: two versions of longzip do not fight over one
INDICES = "index-1"  # the folder beside it for what is known of folders; see ``longzip.index``
KEY_FILE = f"longzip-{SCHEMA}.key"
APPLICATION = 0x6C7A6970  # "lzip", in the file's header
SHELVES: tuple[Shelf, ...] = (
    "analyses",
    "names",
    "omittable",
    "tokens",
    "scores",
    "answers",
    "contexts",
    "files",
    "words",
    "vectors",
)
SEALED = frozenset({SHELVES.index("words"), SHELVES.index("names")})  # what tells which words a text has
AT_ONCE = 500  # keys of one question to SQLite
PENDING_BYTES, PENDING_SECONDS = 8_000_000, 2.0  # what is written at once
PATIENCE = 5.0  # seconds to wait for another process that writes
FRESH = 3600.0  # seconds during which another use of an entry is not noted down
ROW_BYTES = 120  # of an entry beside its value
LEFT = 0.8  # of the limit is left after an eviction
STATEMENTS = (
    "PRAGMA auto_vacuum = INCREMENTAL",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",
    "CREATE TABLE IF NOT EXISTS entries (key BLOB NOT NULL, shelf INTEGER NOT NULL, used INTEGER NOT "
    "NULL, value BLOB NOT NULL)",
    "CREATE UNIQUE INDEX IF NOT EXISTS by_key ON entries (shelf, key)",
    f"PRAGMA application_id = {APPLICATION}",
)
KEEP = (
    "INSERT INTO entries (key, shelf, used, value) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET used = "
    "excluded.used, value = excluded.value"
)

OLDEST = """INSERT INTO old SELECT id FROM (
    SELECT
        rowid AS id,
        SUM(LENGTH(value) + ?) OVER (ORDER BY used, rowid ROWS UNBOUNDED PRECEDING) - LENGTH(value) - ? AS before
    FROM entries
) WHERE before < ?"""


@dataclass(frozen=True, slots=True)
class ShelfInfo:
    """What is kept of one kind. size: bytes of keys and values."""

    name: Shelf
    entries: int
    size: int


@dataclass(frozen=True, slots=True)
class CacheInfo:
    """What a cache holds. path: of its file. size: of its file, in bytes; 0 where there is none. limit: in bytes."""

    path: Path
    size: int
    limit: int
    shelves: tuple[ShelfInfo, ...]


class Cache:
    """See the module. Implements ``longzip.protocols.Store``; safe to share between threads."""

    _connection: sqlite3.Connection | None = None  # of one whose making was interrupted, too: ``__del__`` asks for it
    _owner = 0

    def __init__(self, folder: Path, limit: int, clock: Callable[[], float] = time.time) -> None:
        """folder: made when something is written first. limit: bytes the file may have; above it, what was not used for
        the longest time goes. clock: seconds since some day."""
        self.path, self.limit, self.clock = folder / FILE, limit, clock
        self._lock = threading.RLock()
        self._owner = os.getpid()
        self._off = self._mute = False
        self._notes: list[str] = []
        self._pending: dict[tuple[int, bytes], bytes] = {}
        self._touched: set[tuple[int, bytes]] = set()
        self._bytes, self._since = 0, 0.0
        self._key: bytes | None = None
        self._asked: Counter[str] = Counter()  # keys since the last flush, by shelf, and what was there of them
        self._answered: Counter[str] = Counter()

    def __del__(self) -> None:
        self._disconnect()

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know: that the cache was damaged, that it cannot be used. Each once."""
        return tuple(self._notes)

    # ------------------------------------------------------------------------------------------------------ the store

    def get(self, shelf: Shelf, keys: Sequence[bytes]) -> list[bytes | None]:
        """See ``Store.get``."""
        number, found = SHELVES.index(shelf), dict[bytes, bytes]()
        with self._lock:
            with self._guarded():
                for first in range(0, 0 if self._off else len(keys), AT_ONCE):
                    found |= self._read(number, keys[first : first + AT_ONCE])
            values = [self._pending.get((number, key), found.get(key)) for key in keys]
            self._asked[shelf] += len(values)
            self._answered[shelf] += len(values) - values.count(None)
        return values

    def put(self, shelf: Shelf, entries: Iterable[tuple[bytes, bytes]]) -> None:
        """See ``Store.put``. Written when there is enough of it; ``flush`` writes the rest."""
        number = SHELVES.index(shelf)
        with self._lock:
            if self._mute:
                return
            self._since = self._since if self._pending else time.monotonic()
            for key, value in entries:
                self._pending[number, key] = value
                self._bytes += len(value) + len(key)
            if self._bytes > PENDING_BYTES or time.monotonic() - self._since > PENDING_SECONDS:
                self.flush()

    def flush(self) -> None:
        """Write what was put, and make room where the file has grown beyond its limit."""
        with self._lock:
            if (self._pending or self._touched) and not self._mute:
                with self._guarded(writing=True):
                    self._write()
            if self._asked and LOG.isEnabledFor(logging.INFO):
                looks = ", ".join(f"{shelf} {self._answered[shelf]} of {asked}" for shelf, asked in self._asked.items())
                LOG.info("found %s; %d written", looks, len(self._pending))
            self._asked.clear()
            self._answered.clear()
            self._pending, self._touched, self._bytes = {}, set(), 0

    def close(self) -> None:
        """Write what was put and let go of the file; the next use opens it again."""
        with self._lock:
            self.flush()
            self._disconnect()

    # ----------------------------------------------------------------------------------------------------- maintenance

    def info(self) -> CacheInfo:
        """What is kept, by shelf."""
        shelves: list[ShelfInfo] = []
        with self._lock, self._guarded():
            if self.path.exists():
                question = (
                    "SELECT shelf, COUNT(*), SUM(LENGTH(key) + LENGTH(value)) FROM entries GROUP BY "
                    "shelf ORDER BY shelf"
                )
                rows = self._connected().execute(question)
                shelves = [
                    ShelfInfo(SHELVES[number], entries, size)
                    for number, entries, size in rows
                    if number in range(len(SHELVES))
                ]
        return CacheInfo(self.path, size_of(self.path), self.limit, tuple(shelves))

    def clear(self) -> int:
        """Remove the file, and what is known of folders; the bytes that this frees."""
        with self._lock:
            freed = size_of(self.path)
            self._pending, self._touched, self._bytes = {}, set(), 0
            self._disconnect()
            self._remove()
            return freed + self._forget_indices()

    def _forget_indices(self) -> int:
        """Remove what is known of folders (see ``longzip.index``); the bytes that this frees."""
        freed = 0
        for path in (self.path.parent / INDICES).glob("*.idx"):
            with suppress(OSError):
                size = path.stat().st_size
                path.unlink()
                freed += size
        return freed

    def prune(self, limit: int | None = None) -> int:
        """Remove what was not used for the longest time until the file has at most ``limit`` bytes; the bytes that this
        frees."""
        before = size_of(self.path)
        with self._lock, self._guarded(writing=True):
            if self.path.exists():
                self._evict(self.limit if limit is None else limit)
                self._connected().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return max(0, before - size_of(self.path))

    # -------------------------------------------------------------------------------------------------------- inside

    def _read(self, number: int, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        if not self.path.exists():
            return {}
        marks = ",".join("?" * len(keys))
        question = f"SELECT key, value, used FROM entries WHERE shelf = ? AND key IN ({marks})"
        found: dict[bytes, bytes] = {}
        stale = self.clock() - FRESH
        for key, value, used in self._connected().execute(question, (number, *keys)):
            value = self._sealed(number, key, value)
            if value[:4] != checksum(key, value[4:]):
                continue
            found[key] = value[4:]
            if used < stale:
                self._touched.add((number, key))
        return found

    def _write(self) -> None:
        connection, now = self._connected(), int(self.clock())
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            entries = (
                (key, number, now, self._sealed(number, key, checksum(key, value) + value))
                for (number, key), value in self._pending.items()
            )
            connection.executemany(KEEP, entries)
            rows = ((now, number, key) for number, key in self._touched)
            connection.executemany("UPDATE entries SET used = ? WHERE shelf = ? AND key = ?", rows)
        if self._used_bytes(connection) > self.limit:
            self._evict(int(self.limit * LEFT))

    def _sealed(self, number: int, key: bytes, value: bytes) -> bytes:
        """A value of a shelf as it is written, and as it was; one that another key sealed has a wrong checksum."""
        if number not in SEALED:
            return value
        if self._key is None:
            self._key = read_key(self.path.with_name(KEY_FILE))
        return sealed(self._key, key, value)

    def _used_bytes(self, connection: sqlite3.Connection) -> int:
        pages, free, size = (
            connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
        )
        return int((pages - free) * size)

    def _evict(self, limit: int) -> None:
        """Remove the entries that were used before all that fit the limit."""
        connection = self._connected()
        excess = self._used_bytes(connection) - limit
        if excess <= 0:
            return
        connection.execute("CREATE TEMP TABLE IF NOT EXISTS old (id INTEGER PRIMARY KEY)")
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("DELETE FROM old")
            connection.execute(OLDEST, (ROW_BYTES, ROW_BYTES, excess))
            connection.execute("DELETE FROM entries WHERE rowid IN (SELECT id FROM old)")
        connection.executescript("PRAGMA incremental_vacuum")  # execute() would stop after the first page

    def _connected(self) -> sqlite3.Connection:
        if self._owner != os.getpid():  # a connection must not be carried across a fork
            self._connection, self._owner = None, os.getpid()
        if self._connection is None:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            make_private(self.path)
            connection = sqlite3.connect(self.path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
            try:
                if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION:
                    for statement in STATEMENTS:
                        connection.execute(statement)
                connection.execute("PRAGMA synchronous = NORMAL")
            except sqlite3.Error:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    @contextmanager
    def _guarded(self, *, writing: bool = False) -> Iterator[None]:
        """What goes wrong in the block is never fatal: a damaged file is removed, what cannot be used is let alone."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            reason = str(error)
            if isinstance(error, sqlite3.OperationalError) and not reason.startswith("no such"):
                self._give_up(reason, writing)
            else:
                self._disconnect()
                self._remove()
                self._note(f"the cache in {self.path.parent} was damaged ({reason}) and was begun anew")
        except OSError as error:
            self._give_up(error.strerror or str(error), writing)

    def _give_up(self, reason: str, writing: bool) -> None:
        """Go on without writing, or without the cache where it cannot be read either."""
        if "locked" in reason:
            return  # another process writes for longer than we wait: what we had to say is computed again another time
        self._mute, self._off = True, self._off or not writing
        self._note(
            f"goes on without a cache in {self.path.parent}: {reason}; --cache names another folder, --no-cache none"
        )

    def _note(self, text: str) -> None:
        if text not in self._notes:
            self._notes.append(text)

    def _disconnect(self) -> None:
        if self._connection is not None and self._owner == os.getpid():
            with suppress(sqlite3.Error):
                self._connection.close()
        self._connection = None

    def _remove(self) -> None:
        for path in (self.path, self.path.with_name(FILE + "-wal"), self.path.with_name(FILE + "-shm")):
            with suppress(OSError):
                path.unlink()


def make_private(path: Path) -> None:
    """See to it that nobody else reads the file, made where it is not there; the logs beside it are as it is."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600))
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)


def checksum(key: bytes, value: bytes) -> bytes:
    """4 bytes that tell whether a value is the one that was put under the key."""
    return zlib.crc32(value, zlib.crc32(key)).to_bytes(4, "little")


def size_of(path: Path) -> int:
    """Bytes of a file and of the log beside it; 0 where there is none."""
    total = 0
    for part in (path, path.with_name(path.name + "-wal")):
        with suppress(OSError):
            total += part.stat().st_size
    return total


def default_folder() -> Path:
    """``LONGZIP_CACHE_DIR``, else the user's folder for caches."""
    given = os.environ.get("LONGZIP_CACHE_DIR")
    if given:
        return Path(given).expanduser()
    import platformdirs

    return platformdirs.user_cache_path("longzip", appauthor=False)
