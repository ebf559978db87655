"""A folder -> the sources in it that are worth reading for a question; small folders whole.

Looks at every file (or takes from the index what is known of it), has the files chosen, reads those and what the best
of them import. What is chosen follows from the files and the question alone, whatever was known before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from longzip.index.imports import by_stem, imported
from longzip.index.stored import keep, opened
from longzip.index.table import Table
from longzip.index.updating import Look, reason_of
from longzip.protocols import Store
from longzip.settings import Settings
from longzip.sources.repository import Repository, listed, read_items
from longzip.sources.walking import Found
from longzip.storage.cache import INDICES
from longzip.storage.keys import fingerprint
from longzip.types import Skipped

Items = Sequence[tuple[str, Found]]
Choose = Callable[[Table], list[int] | None]
IMPORTING, MOST_IMPORTED = 12, 16  # of the best files, what they import is read, too; of it, so many files


@dataclass(frozen=True, slots=True)
class ChoosingReader:
    """Reads what is worth it; see ``sources.gather.Reader``.

    choose: the rows of the files to read, best first; None: all. fewest: up to so many files all are read, and nothing
    is looked at before. folder: of the cache; None: nothing is kept.
    """

    choose: Choose
    fewest: int
    folder: Path | None

    def __call__(self, paths: Sequence[Path], settings: Settings | None, store: Store | None) -> Repository:
        """Raises SourceError for an argument that does not exist or cannot be read."""
        settings = settings or Settings()
        items = listed(paths, settings)
        if sum(not reason_of(name, item) for name, item in items) <= self.fewest:
            return read_items(items, settings, store)
        table = self.table(items, settings)
        rows = self.choose(table)
        return read_items(items, settings, store) if rows is None else read_rows(items, table, rows, settings, store)

    def table(self, items: Items, settings: Settings) -> Table:
        """Of the folder as it is now; kept for the next time."""
        path = None if self.folder is None else self.folder / INDICES / f"{key_of(items, settings)}.idx"
        before = None if path is None else opened(path)
        table = Look(items, settings, before).table()
        if path is not None and table is not before:
            keep(path, table)
        return table


def key_of(items: Items, settings: Settings) -> str:
    """What tells the index of these places, read in this way, from others."""
    arguments = sorted({(item.argument.real, item.argument.shown) for _name, item in items})
    reading = (settings.include, settings.exclude, settings.hidden, settings.gitignore, settings.max_file_bytes)
    return fingerprint("index", repr(arguments), repr(reading), settings.kind, settings.encoding).hex()


def read_rows(items: Items, table: Table, rows: Sequence[int], settings: Settings, store: Store | None) -> Repository:
    """What was chosen, and what the best of it imports; the rest by name."""
    best = read_items([items[row] for row in rows[:IMPORTING]], settings, store)
    chosen, known = dict.fromkeys(rows), by_stem(table.names)
    texts = {source.name: source.text for source in best.sources}
    more: list[int] = []
    for row in rows[:IMPORTING]:
        own = imported(items[row][0], texts.get(items[row][0], ""), known)
        more += [found for found in own if found not in chosen and not table.reasons[found]]
    chosen |= dict.fromkeys(list(dict.fromkeys(more))[:MOST_IMPORTED])
    found = read_items([item for row, item in enumerate(items) if row in chosen], settings, store)
    told = {skipped.path: skipped.reason for skipped in found.skipped}
    told |= {name: reason for name, reason in zip(table.names, table.reasons, strict=True) if reason}
    skipped = [Skipped(name, told[name]) for name, _item in items if name in told]
    unread = [name for row, (name, _item) in enumerate(items) if row not in chosen and name not in told]
    return replace(found, skipped=tuple(skipped), unread=tuple(unread))
