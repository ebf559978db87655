"""The folders that a service may read, and the names by which its clients know what is in them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import longzip
from longzip import Guessed, Masked, Question, Repository, Settings, Skipped, Source, UsageError

LONGEST = 4_096


@dataclass(frozen=True, slots=True)
class Place:
    """A file or folder below a root. path: without links. name: what clients call it, "" for the first root itself."""

    path: Path
    name: str


class Roots:
    """Nothing outside of them is opened, through a link neither. What is in the first is named as from there, what is
    in another begins with that folder's name."""

    def __init__(self, folders: Sequence[str | Path] = (".",)) -> None:
        """Raises UsageError for one that is no folder."""
        self.folders = tuple(dict.fromkeys(Path(os.path.realpath(Path(folder).expanduser())) for folder in folders))
        for given, folder in zip(folders, self.folders, strict=False):
            if not folder.is_dir():
                raise UsageError(f"the root {str(given)!r} is no folder; name one that exists.")

    def find(self, name: str) -> Place:
        """The file or folder that a client names: as from a root, or absolute.

        Raises UsageError where there is none, in the same words where it exists but lies outside of the roots: a client
        does not learn what is there.
        """
        for candidate in self.candidates(name):
            real = Path(os.path.realpath(candidate))
            root = next((root for root in self.folders if real.is_relative_to(root)), None)
            if root is not None and real.exists():
                return Place(real, self.named(real, root))
        where = ", ".join(folder.name or str(folder) for folder in self.folders)
        raise UsageError(f"there is no {name[:LONGEST]!r} in the folders that are served ({where}); check the path.")

    def candidates(self, name: str) -> list[Path]:
        """Where a name may lead."""
        if not name.strip() or "\0" in name or len(name) > LONGEST:
            return []
        path = Path(name)
        if path.is_absolute():
            return [path]
        below = [root / path for root in self.folders]
        return below + [root.parent / path for root in self.folders if path.parts[:1] == (root.name,)]

    def named(self, real: Path, root: Path) -> str:
        within = real.relative_to(root).as_posix()
        within = "" if within == "." else within
        return within if root == self.folders[0] else "/".join(filter(None, (root.name, within)))

    def read(self, names: Sequence[str], settings: Settings, question: Question | None = None) -> Repository:
        """The sources in and under these places, named as clients know them, each once; of large folders those that
        promise most for a question.

        Raises UsageError, SourceError.
        """
        sources: dict[str, Source] = {}
        skipped: dict[str, Skipped] = {}
        guessed: dict[str, Guessed] = {}
        masked: dict[Masked, None] = {}
        unread: dict[str, None] = {}
        for name in names or (".",):
            place = self.find(name)
            found = longzip.read_repository([place.path], settings, question=question)
            for source in found.sources:
                shown = renamed(source.name, place)
                sources.setdefault(shown, replace(source, name=shown))
            for item in found.skipped:
                shown = renamed(item.path, place)
                skipped.setdefault(shown, replace(item, path=shown))
            for guess in found.guessed:
                shown = renamed(guess.path, place)
                guessed.setdefault(shown, replace(guess, path=shown))
            unread |= dict.fromkeys(renamed(name, place) for name in found.unread)
            masked |= dict.fromkeys(replace(item, path=renamed(item.path, place)) for item in found.masked)
        ordered = sorted(sources.values(), key=lambda source: source.name.split("/"))
        left_out = tuple(skipped[name] for name in sorted(skipped))
        return Repository(
            tuple(ordered),
            left_out,
            tuple(masked),
            guarded=True,
            guessed=tuple(guessed.values()),
            unread=tuple(name for name in unread if name not in sources),
        )


def renamed(name: str, place: Place) -> str:
    """The name of a source that was read from a place given by its absolute path: there it begins with the folder's own
    name, and of a file it is that."""
    if not place.path.is_dir():
        return place.name
    within = name.removeprefix(f"{place.path.name}/")
    return f"{place.name}/{within}" if place.name else within
