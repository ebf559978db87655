"""Files -> what is in them: read, decoded, secrets masked, their words counted. The part of a look that takes time.

A task is plain data, so that it can be done in another process; see ``helping``.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from longzip.index.counting import Counted, Vocabulary, count
from longzip.settings import Settings
from longzip.sources.decoding import UnfitError, read_bytes, size_limit, text_of
from longzip.sources.scan_memory import SETTLED, last_change, stamp_of
from longzip.sources.secrets import masked_text
from longzip.storage.keys import SIZE, fingerprint

AT_ONCE = 4_000_000  # characters that are counted together


@dataclass(frozen=True, slots=True)
class Seen:
    """A file to be looked at. stamp: its state on disk when it was found. chosen: given by name."""

    name: str
    path: str
    chosen: bool
    stamp: bytes


@dataclass(frozen=True, slots=True)
class Task:
    """known: digests of contents whose words need not be counted."""

    files: Sequence[Seen]
    settings: Settings
    known: frozenset[bytes]


@dataclass(frozen=True, slots=True)
class Told:
    """What was found out about one file. reason: why it is not read; "" where it is. settled: whether its stamp tells
    any change from now on. characters: of its text, where that was not known."""

    reason: str = ""
    digest: bytes = bytes(SIZE)
    settled: bool = False
    characters: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """What was found out about each file of a task; counted: the words of those whose content was not known."""

    files: Sequence[Told]
    counted: Counted


def looked_at(task: Task) -> Looked:
    """Does a task."""
    vocabulary = Vocabulary()
    told: list[Told] = []
    parts: list[Counted] = []
    batch: list[tuple[str, str]] = []
    size = 0
    for seen in task.files:
        found, text = told_of(seen, task)
        told.append(found)
        batch.append((seen.name, text))
        size += len(text)
        if size > AT_ONCE:
            parts.append(count(batch, vocabulary))
            batch, size = [], 0
    return Looked(told, together([*parts, count(batch, vocabulary)]))


def told_of(seen: Seen, task: Task) -> tuple[Told, str]:
    """What there is to say of a file, and the text to count; "" where there is none, or its content is known."""
    now, settings = time.time_ns(), task.settings
    text, reason, digest, characters = "", "", bytes(SIZE), 0
    try:
        data = read_bytes(seen.path, size_limit(seen.name, settings.max_file_bytes, seen.chosen))
        digest = fingerprint(seen.name.rpartition("/")[2], str(seen.chosen), data)
        if digest not in task.known:
            text = text_of(seen.name, data, settings.max_file_bytes, seen.chosen, settings.encoding).text
            characters = len(text)
    except UnfitError as error:
        reason = str(error)
    except OSError as error:
        return Told(f"cannot be read: {error.strerror}"), ""
    settled = last_change(seen.stamp) < now - SETTLED and stamp_of(seen.path) == seen.stamp
    return Told(reason, digest, settled, characters), masked_text(text, seen.name)[0] if text else ""


def together(parts: Sequence[Counted]) -> Counted:
    """The words of many texts, counted in parts."""
    names = ("windows", "sizes", "lengths", "words", "counts", "names", "named")
    return Counted(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))
