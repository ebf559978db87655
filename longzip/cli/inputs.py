"""What a command reads: the question, and the files.

It knows standard input; which files of a folder count is the repository reader's business.
"""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import longzip
from longzip import Settings, SourceError, UsageError
from longzip.cli.console import ask, say
from longzip.cli.options import FileOptions

STDIN = "-"
SHOWN_PATHS = 3
LISTED_ROWS = 50
PATH_SHAPED = re.compile(r"(?:\.{0,2}/)?[\w.@+~-]+(?:/[\w.@+~-]+)*\.\w{1,8}|[\w.@+~-]*(?:/[\w.@+~-]+)+")


def read_query(given: str | None, paths: Sequence[str]) -> str:
    """The question: ``given`` itself, the file that ``@FILE`` names, or standard input.

    Raises UsageError where there is none, or nothing but white space.
    """
    if given is None or given == STDIN:
        if STDIN in paths:
            raise UsageError("standard input holds the list of files; give the question with -q TEXT or -q @FILE.")
        if given is None and (sys.stdin is None or sys.stdin.isatty()):
            answer = ask("question: ")
            if answer is None:
                raise UsageError("there is no question; give one with -q TEXT, -q @FILE, or on standard input.")
            query = answer
        else:
            query = decode(read_stdin(), "standard input")
    elif given.startswith("@"):
        query = read_query_file(given[1:])
    else:
        query = given
    if not query.strip():
        raise UsageError("the question is empty; say with -q what you want to know or do.")
    return query.strip()


def read_question(given: str | None, paths: Sequence[str]) -> str | None:
    """``read_query`` where a question may be missing: None where none is given and nothing else is on standard
    input."""
    if given is not None:
        return read_query(given, paths)
    if STDIN in paths or sys.stdin is None or sys.stdin.isatty():
        return None
    return decode(read_stdin(), "standard input").strip() or None


def read_stdin() -> bytes:
    """All of standard input; nothing where it is closed."""
    return b"" if sys.stdin is None else sys.stdin.buffer.read()


def read_query_file(name: str) -> str:
    try:
        return decode(Path(name).read_bytes(), name)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        raise UsageError(
            f"-q @{name}: there is no such file; put a space before a question that itself begins with @."
        ) from None


def decode(content: bytes, where: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"the question in {where} is not UTF-8 text; save it as UTF-8.") from None


@dataclass(frozen=True, slots=True)
class Piped:
    """What ``-`` stands for: a text to compress, or a list of files."""

    text: longzip.Repository | None = None
    paths: tuple[Path, ...] = ()


def piped(paths: Sequence[str], settings: Settings, name: str = "") -> Piped:
    """What is on standard input, where ``-`` is among the paths; nothing otherwise.

    It is a list of files where it is separated by NUL, where half its lines name something that exists, or where every
    line looks like a path; a kind other than "auto", or a ``name``, beside no other path, makes it a text.
    """
    if STDIN not in paths:
        return Piped()
    data = read_stdin()
    text = os.fsdecode(data)
    if len(paths) > 1 or (settings.kind == "auto" and not name and is_list(text)):
        return Piped(paths=tuple(longzip.list_from(text)))
    return Piped(longzip.from_bytes(data, name, settings))


def is_list(text: str) -> bool:
    rows = [row for row in text.splitlines() if row.strip()][:LISTED_ROWS]
    if "\0" in text or not rows:
        return True
    if all(PATH_SHAPED.fullmatch(row.strip()) for row in rows):
        return True
    return sum(exists(str(longzip.list_from(row)[0])) for row in rows) * 2 >= len(rows)


def exists(row: str) -> bool:
    """Whether a line names a file or folder; a line that no path can be as long as does not."""
    try:
        return Path(row).exists()
    except OSError:
        return False


def named_paths(paths: Sequence[str], listed: Sequence[Path] | None = None, *, quiet: bool = False) -> list[Path]:
    """The paths given; ``-`` among them stands for the list of files on standard input, or for ``listed`` where that
    has been read already. A repository somewhere else is fetched. Files of the list that are gone are left out.

    Raises UsageError for a path that does not exist, SourceError where a repository cannot be fetched.
    """
    places = {path: place_of(path) for path in paths if path != STDIN}
    if listed is None:
        listed = longzip.list_from(os.fsdecode(read_stdin())) if STDIN in paths else ()
    present = [path for path in listed if exists(str(path))]
    if gone := [str(path) for path in listed if path not in present]:
        more = ", ..." if len(gone) > SHOWN_PATHS else ""
        notes(quiet, f"{len(gone):,} listed files are not there: {', '.join(gone[:SHOWN_PATHS])}{more}")
    named = [[places[path]] if path != STDIN else present for path in paths]
    return [path for group in named for path in group]


def place_of(path: str) -> Path:
    """The file or folder that an argument means. Raises UsageError, SourceError."""
    if path and exists(path):
        return Path(path)
    elsewhere = longzip.remote(path)
    if elsewhere is None:
        raise UsageError(f"there is no file or folder {path!r}; check the path.")
    return longzip.fetch_remote(elsewhere)


def given_paths(paths: Sequence[str] | None) -> list[str]:
    """Raises UsageError where none is given."""
    if not paths:
        raise UsageError("say what to read: a file, a folder such as . or src, OWNER/REPO, or - for standard input.")
    return list(paths)


def note_unmatched(repository: longzip.Repository, options: FileOptions) -> None:
    """Say which globs of the command line matched nothing: a slip of the pen, most likely."""
    seen = (*repository.sources, *(longzip.Source(path, "") for path in repository.unread))
    for name, exclude in (("include", False), ("exclude", True)):
        globs = longzip.unmatched(getattr(options, name) or (), seen, repository.skipped, exclude=exclude)
        notes(options.quiet, *(f"--{name} {glob!r} matched nothing" for glob in globs))


def note_unread(repository: longzip.Repository, quiet: bool) -> None:
    """Say that not all files were read, where that is so."""
    read, unread = len(repository.sources), len(repository.unread)
    notes(quiet, *([f"read {read:,} of {read + unread:,} files; --read all reads them all"] if unread else []))


def notes(quiet: bool, *lines: str) -> None:
    if not quiet:
        say(*(f"note: {line}" for line in lines))


def read_paths(
    paths: Sequence[Path], settings: Settings, question: longzip.Question | None = None
) -> longzip.Repository:
    """The files in and under ``paths``; of very many, those that promise most for a question. Raises SourceError where
    there is none that can be read."""
    repository = longzip.read_repository(paths, settings, question=question)
    if not repository.sources:
        reasons = [skipped.reason for skipped in repository.skipped]
        why = f"{len(reasons):,} skipped ({count_reasons(reasons)})" if reasons else "there is nothing to read"
        where = ", ".join(map(str, paths[:SHOWN_PATHS])) + (", ..." if len(paths) > SHOWN_PATHS else "")
        large = any(reason.startswith("larger than") for reason in reasons)
        advice = "raise the setting max_file_bytes" if large else "name other paths, or see --include and --hidden"
        raise SourceError(f"no readable files in {where or 'the list'}: {why}; {advice}.")
    return repository


def count_reasons(reasons: Sequence[str]) -> str:
    """``7 binary, 3 generated``, the most frequent first."""
    return ", ".join(f"{count:,} {reason}" for reason, count in Counter(reasons).most_common())


def is_read(target: Path, paths: Sequence[Path], repository: longzip.Repository) -> bool:
    """Whether the file ``target`` is among those that were read from ``paths``."""
    place = target.resolve()
    if not place.exists() or any(path.resolve() == place for path in paths):
        return place.exists()
    names = {source.name for source in repository.sources} | set(repository.unread)
    above = [path for path in paths if path.is_dir() and place.is_relative_to(path.resolve())]
    return any(not names.isdisjoint(possible_names(place, folder)) for folder in above)


def without(repository: longzip.Repository, target: Path, paths: Sequence[Path]) -> longzip.Repository:
    """What was read but for a file in one of the folders."""
    place = target.resolve()
    names = {
        name
        for path in paths
        if path.is_dir() and place.is_relative_to(path.resolve())
        for name in possible_names(place, path)
    }
    sources = tuple(source for source in repository.sources if source.name not in names)
    return replace(repository, sources=sources, unread=tuple(name for name in repository.unread if name not in names))


def possible_names(place: Path, folder: Path) -> set[str]:
    """The names that a file in a folder may have: they begin with the folder as given, with its own name, or below
    it."""
    within = place.relative_to(folder.resolve())
    return {path.as_posix() for path in (within, folder / within, folder.resolve().name / within)}
