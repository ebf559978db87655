"""Arguments -> the files in them: which folders are entered, and why a file that is seen will not be read.

Links are not followed and nothing but ignore files is opened. What a rule means is told by ``ignoring``; what a file
holds, and the name it gets in the end, are unknown here. Imported by ``repository`` alone.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from longzip.errors import SourceError
from longzip.settings import Settings
from longzip.sources.decoding import UnfitError, read_bytes
from longzip.sources.git_config import user_rules
from longzip.sources.gitignore import Parts, Rules, parse_rules
from longzip.sources.globs import written_out

NEVER_ENTERED = frozenset(
    {".bzr", ".eggs", ".git", ".gradle", ".hg", ".hypothesis", ".ipynb_checkpoints", ".jj", ".mypy_cache", ".nox"}
    | {".pytest_cache", ".ruff_cache", ".svn", ".terraform", ".tox", ".venv", "__pycache__", "_darcs"}
    | {"bower_components", "CVS", "node_modules"}
)
NEVER_ENTERED_ENDINGS = (".dist-info", ".egg-info")
SHOWN_DOT_NAMES = frozenset({".github", ".gitlab-ci.yml", ".pre-commit-config.yaml"})
RULE_FILES = (".gitignore", ".longzipignore")
OWN_RULE_FILES = RULE_FILES[1:]
MAX_RULES_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Argument:
    """A path as given. real: without links. link: without links but a last one. shown: what stands before the names of
    its files. fixed: whether ``shown`` can be opened from the current folder, and so is never made longer."""

    real: str
    link: str
    absolute: str
    shown: str
    fixed: bool
    is_folder: bool


@dataclass(frozen=True, slots=True)
class Found:
    """A file in an argument. reason: why it is not read; "" where it is. chosen: given by name."""

    path: str
    argument: Argument
    relative: Parts
    reason: str = ""
    chosen: bool = False


def argument_of(path: Path) -> Argument:
    try:
        is_folder = stat.S_ISDIR(path.stat().st_mode)
    except FileNotFoundError:
        here = printable(str(Path.cwd()))
        shown = printable(str(path))
        raise SourceError(f"{shown} does not exist; check its spelling, the current folder is {here}.") from None
    except (OSError, ValueError) as error:
        raise unreadable(str(path), error) from None
    absolute = os.path.normpath(path.absolute())
    shown = os.path.normpath(path)
    if path.is_absolute() and not is_folder and Path(absolute).is_relative_to(Path.cwd()):
        shown = os.path.relpath(absolute)
    outside = Path(shown).is_absolute() or (is_folder and Path(shown).parts[:1] == (os.pardir,))
    shown = Path(absolute).name if outside else shown.replace(os.sep, "/")
    link = str(Path(os.path.realpath(path.parent), path.name))
    return Argument(os.path.realpath(path), link, absolute, "" if shown == "." else shown, not outside, is_folder)


def unreadable(path: str, error: OSError | ValueError) -> SourceError:
    reason = error.strerror if isinstance(error, OSError) else error
    return SourceError(f"{printable(path)} cannot be read: {reason}; check its permissions, or leave it out.")


def printable(name: str) -> str:
    """With line ends, control characters and bytes that are not UTF-8 written as escapes."""
    if name.isprintable():
        return name
    decoded = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in decoded)


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder to list. relative: its parts below the argument. rules: the first that speaks decides. included: whether
    a glob of ``settings.include`` holds for all that is in it."""

    path: str
    relative: Parts
    rules: tuple[Rules, ...]
    included: bool


def find(paths: Sequence[Path], settings: Settings) -> list[Found]:
    """Every file once. A link that is given by name counts as the file it leads to. Raises SourceError."""
    include, exclude = (parse_rules(written_out(globs, paths)) for globs in (settings.include, settings.exclude))
    found: dict[str, Found] = {}
    for argument in sorted(map(argument_of, paths), key=lambda argument: not argument.is_folder):
        walk = Walk(argument, settings, include, exclude)
        if argument.is_folder:
            for item in walk.files():
                found.setdefault(item.path, item)
        else:
            found.pop(argument.link, None)
            item = walk.chosen_file()
            known = found.get(item.path, item)
            found[item.path] = item if known.reason else replace(known, chosen=True)
    return list(found.values())


class Walk:
    """The files of one argument. It holds what stays the same from folder to folder."""

    def __init__(self, argument: Argument, settings: Settings, include: Rules | None, exclude: Rules | None) -> None:
        self.argument, self.include, self.exclude = argument, include, exclude
        self.hidden = settings.hidden
        self.rule_files = RULE_FILES if settings.gitignore else OWN_RULE_FILES
        self.obeys_git = settings.gitignore
        self.label = tuple(filter(None, argument.shown.split("/")))
        self.top = repository_top(argument.real) if argument.is_folder else argument.real
        self.below_top = Path(argument.real).relative_to(self.top).parts

    def files(self) -> Iterator[Found]:
        """Depth first, in no promised order. Raises SourceError where the argument itself cannot be listed."""
        waiting = [Folder(self.argument.real, (), self.rules_above(), self.all_included())]
        while waiting:
            folder = waiting.pop()
            try:
                with os.scandir(folder.path) as listing:
                    entries = {entry.name: entry for entry in listing}
            except OSError as error:
                if not folder.relative:
                    raise unreadable(self.argument.absolute, error) from None
                yield self.found(folder.path, folder.relative, f"cannot be listed: {error.strerror}")
                continue
            if folder.relative and "pyvenv.cfg" in entries:
                continue
            for item in self.judged(entries, folder):
                if isinstance(item, Folder):
                    waiting.append(item)
                else:
                    yield item

    def judged(self, entries: Mapping[str, os.DirEntry[str]], folder: Folder) -> Iterator[Found | Folder]:
        """The folders to enter, and the files to read or to report."""
        depth = len(self.below_top) + len(folder.relative)
        present = [name for name in self.rule_files if name in entries]
        folder = replace(folder, rules=folder_rules(Path(folder.path), depth, present) + folder.rules)
        parts = (*self.below_top, *folder.relative)
        for name, entry in entries.items():
            try:
                is_folder = entry.is_dir(follow_symlinks=False)
                if self.is_hidden(name) or (is_folder and never_entered(name)):
                    continue
                if not ignored(folder.rules, parts, name, is_folder):
                    yield self.judge(entry, folder, is_folder)
            except OSError as error:
                yield self.found(entry.path, (*folder.relative, name), f"cannot be read: {error.strerror}")

    def judge(self, entry: os.DirEntry[str], folder: Folder, is_folder: bool) -> Found | Folder:
        name, relative = entry.name, (*folder.relative, entry.name)
        if self.by_glob(self.exclude, folder.relative, name, is_folder):
            return self.found(entry.path, relative, "matches exclude")
        verdict = self.by_glob(self.include, folder.relative, name, is_folder)
        included = folder.included if verdict is None else verdict
        if is_folder:
            return Folder(entry.path, relative, folder.rules, included)
        if entry.is_symlink():
            return self.found(entry.path, relative, link_reason(entry.path, self.argument.real))
        if not entry.is_file(follow_symlinks=False):
            return self.found(entry.path, relative, "not a regular file")
        return self.found(entry.path, relative, "" if included else "matches no include")

    def found(self, path: str, relative: Parts, reason: str) -> Found:
        return Found(path, self.argument, relative, reason)

    def is_hidden(self, name: str) -> bool:
        return name.startswith(".") and (name == ".git" or not (self.hidden or name in SHOWN_DOT_NAMES))

    def by_glob(self, globs: Rules | None, folder: Parts, name: str, is_folder: bool) -> bool | None:
        """By the name that is shown, else by the path within the argument."""
        if globs is None:
            return None
        verdict = globs.verdict((*self.label, *folder), name, is_folder)
        return globs.verdict(folder, name, is_folder) if verdict is None else verdict

    def label_matches(self, globs: Rules, otherwise: bool) -> bool:
        """Whether globs hold for the argument itself, or for a folder above it that its name shows."""
        for depth, name in enumerate(self.label, 1):
            is_folder = self.argument.is_folder or depth < len(self.label)
            verdict = globs.verdict(self.label[: depth - 1], name, is_folder)
            otherwise = otherwise if verdict is None else verdict
        return otherwise

    def all_included(self) -> bool:
        return self.include is None or self.label_matches(self.include, otherwise=False)

    def chosen_file(self) -> Found:
        """A file given by name: globs hold for it, ignore rules do not."""
        reason = ""
        if self.exclude is not None and self.label_matches(self.exclude, otherwise=False):
            reason = "matches exclude"
        elif not self.all_included():
            reason = "matches no include"
        elif not Path(self.argument.real).is_file():
            reason = "not a regular file"
        return Found(self.argument.real, self.argument, (), reason, chosen=True)

    def repository_rules(self) -> tuple[Rules, ...]:
        """Of ``.git/info/exclude``, then, in a repository, of the user's own ignore file."""
        folder = git_folder(self.top)
        rules = rules_from(folder / "info" / "exclude", 0)
        own = user_rules(folder) if Path(self.top, ".git").exists() else None
        return rules + rules_from(Path(os.path.realpath(own)), 0) if own is not None else rules

    def rules_above(self) -> tuple[Rules, ...]:
        """Of the folders from the top of the git repository down to the one above the argument, the nearest first."""
        rules = self.repository_rules() if self.obeys_git else ()
        for depth in range(len(self.below_top)):
            folder = Path(self.top, *self.below_top[:depth])
            rules = folder_rules(folder, depth, self.rule_files) + rules
        return rules


def ignored(stack: tuple[Rules, ...], folder: Parts, name: str, is_folder: bool) -> bool:
    for rules in stack:
        verdict = rules.verdict(folder, name, is_folder)
        if verdict is not None:
            return verdict
    return False


def never_entered(name: str) -> bool:
    return name in NEVER_ENTERED or name.endswith(NEVER_ENTERED_ENDINGS)


def link_reason(path: str, root: str) -> str:
    real = Path(os.path.realpath(path))
    if not real.is_relative_to(root):
        return "links outside the repository"
    if not real.exists():
        return "a link that leads nowhere"
    return f"link to a {'folder' if real.is_dir() else 'file'} that is read anyway"


def repository_top(folder: str) -> str:
    """The nearest folder upwards that holds ``.git``; ``folder`` itself where there is none."""
    return next((str(place) for place in (Path(folder), *Path(folder).parents) if (place / ".git").exists()), folder)


def git_folder(top: str) -> Path:
    """Where git keeps ``info``: for a worktree or a submodule, ``.git`` is a file that leads there."""
    place = Path(top, ".git")
    if place.is_file():
        led = first_line(place).removeprefix("gitdir:").strip()
        common = first_line(Path(top, led) / "commondir") if "\0" not in led else "\0"
        place = Path(top, led, common) if "\0" not in common else Path(top, ".git")
    return place


def first_line(path: Path) -> str:
    try:
        return decoded(read_bytes(str(path), MAX_RULES_BYTES)).split("\n")[0]
    except (OSError, UnfitError):
        return ""


def folder_rules(folder: Path, depth: int, present: Container[str]) -> tuple[Rules, ...]:
    """Of the rule files that are present, the strongest first."""
    return tuple(rules for name in RULE_FILES[::-1] if name in present for rules in rules_from(folder / name, depth))


def rules_from(path: Path, depth: int) -> tuple[Rules, ...]:
    """Nothing where there is no such file, or none that git would read: a link, a pipe, a monster."""
    try:
        data = read_bytes(str(path), MAX_RULES_BYTES)
    except (OSError, UnfitError):
        return ()
    rules = parse_rules(decoded(data).removeprefix("\ufeff").split("\n"), depth)
    return () if rules is None else (rules,)


def decoded(data: bytes) -> str:
    """As file names are: bytes that are not UTF-8 compare equal to those of a name."""
    return data.decode("utf-8", "surrogateescape")
