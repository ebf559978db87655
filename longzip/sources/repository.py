"""Paths -> Sources: which files of a folder are read, under which name, and why the others are not.

Nothing in a scanned folder is trusted: links are not followed, only regular files are opened, and no size, depth or
pattern can make the scan hang. Files are found by ``walking`` and their bytes understood by ``decoding``; languages,
chunks and budgets are unknown here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from longzip.protocols import Store
from longzip.settings import Settings
from longzip.sources.decoding import Decoded, UnfitError, check_name, decode, read_bytes, size_limit, suffix, text_of
from longzip.sources.scan_memory import FIT, Verdicts
from longzip.sources.walking import Argument, Found, find, printable, unreadable
from longzip.types import Guessed, Masked, Skipped, Source

QUOTED = re.compile(r'"(?:[^"\\]|\\(?:[0-7]{3}|[abtnvfr"\\]))*"')
LONGEST = 255  # of a name that is looked for as it stands, quotes and all
ESCAPES = {b"a": b"\a", b"b": b"\b", b"t": b"\t", b"n": b"\n", b"v": b"\v", b"f": b"\f", b"r": b"\r"}


@dataclass(frozen=True, slots=True)
class Repository:
    """What was read, and what was seen but not read; both sorted by the parts of their path.

    skipped: without what ignore rules leave out, what is hidden, and folders that hold no sources (``.git``,
        ``node_modules``, virtual environments, caches).
    guessed: what was read in an encoding that only the look of its bytes tells.
    masked: secrets in whose place masks stand. guarded: whether the sources have been looked through for secrets.
    unread: files that could be read, and were not, since others promise more for what was asked.
    """

    sources: tuple[Source, ...]
    skipped: tuple[Skipped, ...]
    masked: tuple[Masked, ...] = ()
    guarded: bool = False
    guessed: tuple[Guessed, ...] = ()
    unread: tuple[str, ...] = ()


def read(paths: Sequence[str | Path], settings: Settings | None = None, store: Store | None = None) -> Repository:
    """The sources in files and folders, decoded, each once and under a unique name.

    Names: a relative path stays as given ("src/a.py" for ``src`` as for ``src/a.py``), an absolute folder, or one
    outside the current folder, becomes its own name, and "." nothing; where two arguments would clash, they get longer.
    A file that is given by name is read even if it is ignored, hidden or generated.

    Ignore rules are git's (``.gitignore`` from the top of the repository down, ``.git/info/exclude`` and the user's own
    ignore file); those of a ``.longzipignore`` beside them win. They hold for files that git tracks, too.
    ``settings.include`` and ``settings.exclude`` have the same syntax and are matched against the name, then against
    the path within the argument.

    store: where to keep what was found out about files, so that those that do not change are not looked through again.
    Raises SourceError for an argument that does not exist or cannot be read.
    """
    settings = settings if settings is not None else Settings()
    return read_items(listed(paths, settings), settings, store)


def listed(paths: Sequence[str | Path], settings: Settings) -> list[tuple[str, Found]]:
    """What there is in files and folders, by name; nothing is opened but ignore files. Raises SourceError."""
    return named(find([Path(path) for path in paths], settings))


def read_items(items: Sequence[tuple[str, Found]], settings: Settings, store: Store | None = None) -> Repository:
    """The sources among what ``listed`` found. See ``read``."""
    sources: list[Source] = []
    skipped: list[Skipped] = []
    guessed: list[Guessed] = []
    verdicts = Verdicts(store)
    verdicts.look_up(
        (item.path, f"{name} {settings.max_file_bytes} {item.chosen} {settings.kind} {settings.encoding}")
        for name, item in items
        if not item.reason
    )
    for name, item in items:
        try:
            found = load(name, item, settings, verdicts)
            sources.append(Source(name, found.text, found.language))
            if found.guess:
                guessed.append(Guessed(name, found.guess))
        except UnfitError as reason:
            skipped.append(Skipped(name, str(reason)))
    verdicts.keep()
    return Repository(tuple(sources), tuple(skipped), guessed=tuple(guessed))


def from_bytes(data: bytes, name: str = "", settings: Settings | None = None) -> Repository:
    """One source from what is no file, such as standard input, decoded as files are; what cannot be is UTF-8 with the
    other bytes replaced."""
    try:
        found = decode(data, (settings or Settings()).encoding)
    except UnfitError:
        found = Decoded(data.decode("utf-8", "replace"))
    return Repository((Source(name, found.text),), (), guessed=(Guessed(name, found.guess),) if found.guess else ())


def list_from(text: str) -> list[Path]:
    """The paths of a list as given on standard input: separated by NUL where there is one, else one a line.

    A line in quotes is a name as git writes those that are not plain ASCII, ``"gr\\303\\266\\303\\237e.py"``, unless
    there is a file whose name has the quotes.
    """
    if "\0" in text:
        return [Path(entry) for entry in text.split("\0") if entry.strip()]
    entries = [entry for entry in text.replace("\r\n", "\n").split("\n") if entry.strip()]
    return [Path(unquoted(entry)) for entry in entries]


def unquoted(entry: str) -> str:
    """What git's quotes stand for; anything else as it is."""
    if not QUOTED.fullmatch(entry) or (len(os.fsencode(entry)) <= LONGEST and Path(entry).exists()):
        return entry
    raw = re.sub(rb"\\([0-7]{3}|.)", as_byte, os.fsencode(entry[1:-1]))
    return os.fsdecode(raw)


def as_byte(escape: re.Match[bytes]) -> bytes:
    return bytes([int(escape[1], 8) & 255]) if len(escape[1]) == 3 else ESCAPES.get(escape[1], escape[1])


def load(name: str, item: Found, settings: Settings, verdicts: Verdicts) -> Decoded:
    """Raises UnfitError where the file is not to be read, SourceError where it was given by name and cannot be."""
    if item.reason:
        raise UnfitError(item.reason)
    if not item.chosen:
        check_name(name)
    known = verdicts.reasons.get(item.path)
    if known not in (None, FIT):
        raise UnfitError(known)
    try:
        data = read_bytes(item.path, size_limit(name, settings.max_file_bytes, item.chosen))
    except OSError as error:
        if item.chosen and not isinstance(error, FileNotFoundError):
            raise unreadable(name, error) from None
        raise UnfitError(f"cannot be read: {error.strerror}") from None
    if known == FIT and suffix(name) != "ipynb":
        return decode(data, settings.encoding)
    try:
        found = text_of(name, data, settings.max_file_bytes, item.chosen, settings.encoding)
    except UnfitError as reason:
        verdicts.tell(item.path, str(reason))
        raise
    verdicts.tell(item.path, FIT)
    return found


def named(items: Sequence[Found]) -> list[tuple[str, Found]]:
    """Every item with a unique, printable name, sorted by the parts of the name."""
    shown = labels(items)
    result: dict[str, Found] = {}
    for item in items:
        base = name = printable("/".join(filter(None, (shown[item.argument], *item.relative))))
        count = 1
        while name in result:
            count += 1
            name = f"{base} ({count})"
        result[name] = item
    return sorted(result.items(), key=lambda pair: pair[0].split("/"))


def labels(items: Sequence[Found]) -> dict[Argument, str]:
    """What stands before the names of each argument: where two files would get one name, a folder more."""
    shown = {item.argument: item.argument.shown for item in items}
    while True:
        owners: dict[str, list[Argument]] = {}
        for item in items:
            owners.setdefault("/".join(filter(None, (shown[item.argument], *item.relative))), []).append(item.argument)
        clashing = {argument for group in owners.values() if len(group) > 1 for argument in group if not argument.fixed}
        grown = {argument: longer(argument.absolute, shown[argument]) for argument in clashing}
        if all(shown[argument] == label for argument, label in grown.items()):
            return shown
        shown |= grown


def longer(absolute: str, shown: str) -> str:
    """One folder more of the absolute path."""
    parts = Path(absolute).parts[1:]
    return "/".join(parts[-len(shown.split("/")) - 1 :])
