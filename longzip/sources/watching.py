"""A folder that is looked at again and again: what did not change since the last look is not read again.

A look lists the folder and compares what the file system says of each file; one that was changed so lately that its
clock may not tell the next change is read again, until it can. What comes out is what ``gather`` would give.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import time_ns

from longzip.settings import Settings
from longzip.sources.decoding import UnfitError
from longzip.sources.git_config import config_files, user_rules
from longzip.sources.repository import Repository, load, named
from longzip.sources.scan_memory import SETTLED, STAMP, Verdicts, last_change, stamp_of
from longzip.sources.secrets import guarded
from longzip.sources.walking import NEVER_ENTERED, RULE_FILES, Found, find
from longzip.types import Guessed, Skipped, Source


@dataclass(frozen=True, slots=True)
class Known:
    """What became of a file: a repository of it alone. stamp: of the file, as it was before it was read; settled:
    whether that would tell another change."""

    stamp: bytes | None
    settled: bool
    found: Repository


@dataclass(slots=True)
class Folder:
    """A folder as it is now. Not safe to share between threads."""

    path: Path
    settings: Settings
    _stamps: dict[str, bytes] = field(default_factory=dict)
    _rules: dict[str, bytes | None] = field(default_factory=dict)
    _items: list[tuple[str, Found]] = field(default_factory=list)
    _known: dict[str, Known] = field(default_factory=dict)
    _last: Repository | None = None
    _own: str | None = None

    def look(self) -> Repository:
        """What is in the folder; the same object as before where nothing changed. Raises SourceError where there is no
        such folder, or secrets that must not be read."""
        stamps, rules = stamps_below(self.path), self.rules()
        listed = self._last is not None and stamps.keys() == self._stamps.keys() and rules == self._rules
        if listed and stamps == self._stamps and all(known.settled for known in self._known.values()):
            return self._last or Repository((), ())
        if not listed or any(stamps[path] != self._stamps.get(path) for path in stamps if is_rule(path)):
            self._items = named(find([self.path], self.settings))
        now = time_ns()
        self._known = {item.path: self.known(name, item, stamps.get(item.path), now) for name, item in self._items}
        self._stamps, self._rules = stamps, rules
        found = joined([self._known[item.path].found for _, item in self._items])
        if self._last is None or found != self._last:
            self._last = found
        return self._last

    def known(self, name: str, item: Found, stamp: bytes | None, now: int) -> Known:
        """What is known of a file, read if need be."""
        before = self._known.get(item.path)
        if before is not None and before.stamp == stamp and before.settled:
            return before
        settled = stamp is not None and last_change(stamp) < now - SETTLED
        found = alone(name, item, self.settings)
        if before is not None and found == before.found:
            found = before.found
        return Known(stamp, settled or bool(item.reason), found)

    def rules(self) -> dict[str, bytes | None]:
        """The state of what says which files count and stands outside of the folder, or is not listed."""
        above = [self.path.resolve(), *self.path.resolve().parents]
        files = [f"{folder}/{name}" for folder in above for name in (*RULE_FILES, ".git/info/exclude", ".git/config")]
        found = {file: stamp_of(file) for file in (*files, *map(str, config_files(os.environ)))}
        if self._own is None or any(found[file] != self._rules.get(file) for file in found):
            self._own = str(user_rules(above[0] / ".git") or "")
        return found | {self._own: stamp_of(self._own)}


def is_rule(path: str) -> bool:
    return path.endswith(RULE_FILES)


def stamps_below(folder: Path) -> dict[str, bytes]:
    """Of each file in a folder that could be read, what the file system says of it."""
    return dict(below(os.path.realpath(folder)))


def below(folder: str) -> Iterator[tuple[str, bytes]]:
    waiting = [folder]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        if entry.name not in NEVER_ENTERED:
                            waiting.append(entry.path)
                        continue
                    status = entry.stat(follow_symlinks=False)
                    yield (
                        entry.path,
                        STAMP.pack(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino),
                    )
        except OSError:
            continue


def alone(name: str, item: Found, settings: Settings) -> Repository:
    """One file, read and looked through for secrets."""
    try:
        found = load(name, item, settings, Verdicts(None))
    except UnfitError as reason:
        return Repository((), (Skipped(name, str(reason)),))
    kept, left_out, masked = guarded([Source(name, found.text, found.language)], settings.secrets)
    guessed = (Guessed(name, found.guess),) if found.guess else ()
    return Repository(kept, left_out, masked, guarded=True, guessed=guessed)


def joined(parts: list[Repository]) -> Repository:
    """What is known of files, together: what was not read first, then what was left out for its secrets."""
    return Repository(
        tuple(source for part in parts for source in part.sources),
        tuple(
            skipped
            for guards in (False, True)
            for part in parts if part.guarded == guards for skipped in part.skipped
        ),
        tuple(place for part in parts for place in part.masked),
        guarded=True,
        guessed=tuple(guess for part in parts for guess in part.guessed),
    )  # fmt: skip
