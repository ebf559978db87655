"""A folder as it is now -> its table: what did not change is taken from the table before, the rest is read and counted.

A file is taken to be unchanged where its size, its times and its inode are, and its last change lies far enough back
for the clock of the file system to have told another one; one whose content is that of a file known before is not
counted again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from longzip.index.counting import Counted
from longzip.index.helping import shared
from longzip.index.looking import Seen, Task, together
from longzip.index.table import Fresh, Table, joined
from longzip.scoring.bm25 import hashes_of
from longzip.settings import Settings
from longzip.sources.decoding import UnfitError, check_name
from longzip.sources.scan_memory import STAMP, stamp_of
from longzip.sources.walking import Found
from longzip.storage.keys import SIZE

NOT_THERE = "cannot be read: No such file or directory"


@dataclass(slots=True)
class Look:
    """What one look at a folder finds out, file by file."""

    items: Sequence[tuple[str, Found]]
    settings: Settings
    before: Table | None
    reasons: list[str] = field(default_factory=list)
    kept: list[int] = field(default_factory=list)
    stamps: list[bytes] = field(default_factory=list)
    digests: list[bytes] = field(default_factory=list)
    settled: list[bool] = field(default_factory=list)
    characters: list[int] = field(default_factory=list)

    def table(self) -> Table:
        """The table of the folder; the one before, itself, where nothing changed."""
        pending = list(self.unknown())
        if not pending and self.before is not None and self.is_same(self.before):
            return self.before
        counted = self.counted(pending)
        return joined(
            self.before,
            Fresh(
                [name for name, _item in self.items],
                self.reasons,
                as_rows(self.stamps, STAMP.size),
                as_rows(self.digests, SIZE),
                np.array(self.settled, np.uint8),
                np.array(self.characters, np.uint32),
                np.array(self.kept, np.int64),
                counted,
                [hashes_of(name) for name, _item in self.items],
            ),
        )

    def is_same(self, before: Table) -> bool:
        """Whether nothing was added, removed or renamed, and no reason changed."""
        return len(before.names) == len(self.items) and self.reasons == list(before.reasons)

    def unknown(self) -> Iterator[int]:
        """The files that have to be read; of the others, notes down what is known."""
        before = self.before
        for place, (name, item) in enumerate(self.items):
            reason = reason_of(name, item)
            stamp = None if reason else stamp_of(item.path)
            row = None if before is None else before.rows.get(name)
            self.note(reason or ("" if stamp else NOT_THERE), stamp or bytes(STAMP.size))
            if before is None or row is None or stamp is None or not before.files.settled[row]:
                if stamp is not None:
                    yield place
                continue
            if before.files.stamps[row].tobytes() != stamp:
                yield place
                continue
            self.take(place, row, before)
            self.settled[place] = True

    def note(self, reason: str, stamp: bytes) -> None:
        """A file of which nothing else is known yet."""
        self.reasons.append(reason)
        self.stamps.append(stamp)
        self.kept.append(-1)
        self.digests.append(bytes(SIZE))
        self.settled.append(False)
        self.characters.append(0)

    def take(self, place: int, row: int, before: Table) -> None:
        """What is known of a file is that of a row of the table before."""
        self.kept[place], self.reasons[place] = row, before.reasons[row]
        self.digests[place] = before.files.digests[row].tobytes()
        self.characters[place] = int(before.files.characters[row])

    def counted(self, pending: Sequence[int]) -> Counted:
        """The words of all that is not kept, in its order: none, of what is not read. Notes down what else is found
        out about the pending files."""
        before = self.before
        known = frozenset[bytes]() if before is None else frozenset(before.contents)
        files = [
            Seen(name, item.path, item.chosen, self.stamps[place])
            for place in pending
            for name, item in (self.items[place],)
        ]
        looked = shared(Task(files, self.settings, known))
        for place, told in zip(pending, (told for part in looked for told in part.files), strict=True):
            if before is not None and told.digest in known:
                self.take(place, before.contents[told.digest], before)
            else:
                self.reasons[place], self.digests[place] = told.reason, told.digest
                self.characters[place] = told.characters
            self.settled[place] = told.settled
        found = together([part.counted for part in looked])
        own = {place: row for row, place in enumerate(pending)}
        rows = [own.get(place, -1) for place, kept in enumerate(self.kept) if kept < 0]
        return replace(found, windows=picked(found.windows, rows), names=picked(found.names, rows))


def picked(values: NDArray[np.uint32], rows: Sequence[int]) -> NDArray[np.uint32]:
    """The values in these rows; 0 for a row below 0."""
    return np.array([values[row] if row >= 0 else 0 for row in rows], np.uint32)


def reason_of(name: str, item: Found) -> str:
    """Why a file is not opened; "" where it is."""
    if item.reason or item.chosen:
        return item.reason
    try:
        check_name(name)
    except UnfitError as reason:
        return str(reason)
    return ""


def as_rows(parts: Sequence[bytes], width: int) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    return np.frombuffer(b"".join(parts), np.uint8).reshape(-1, width)
