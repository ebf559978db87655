"""``owner/repo@ref``, ``https://…git`` and ``git@…``: a folder with the files of a repository somewhere else.

Only files come: no history, no links, no submodules, no hooks, no configuration. What was fetched once is kept in the
user's folder for caches, by commit.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from platformdirs import user_cache_path

from longzip.errors import SourceError, UsageError
from longzip.sources.git import git

MOST_BYTES = 2_000_000_000
SHORT = re.compile(r"([A-Za-z0-9][\w.-]*)/([\w.-]+?)(?:\.git)?(?:@([\w./+-]+))?")
ADDRESS = re.compile(r"(https://[^\s@]+?|ssh://(?:[\w.-]+@)?[^\s@]+?|[\w.-]+@[\w.-]+:[^\s@]+?)(?:@([\w./+-]+))?")
HASH = re.compile(r"[0-9a-f]{40}")
GITHUB = "https://github.com"


@dataclass(frozen=True, slots=True)
class Remote:
    """A repository somewhere else. ref: a branch, a tag or a commit's 40 digits; "" for its default branch."""

    url: str
    name: str
    ref: str

    def __str__(self) -> str:
        return f"{self.url}@{self.ref}" if self.ref else self.url


def remote(text: str) -> Remote | None:
    """The repository that a text names; None where it names a path. A path that exists, and ``a/b`` where there is a
    folder ``a`` here, are paths. Raises UsageError for an address with a password in it."""
    if text.startswith(("https://", "ssh://")) or re.match(r"[\w.-]+@[\w.-]+:", text):
        if text.startswith("https://") and "@" in urlsplit(text).netloc:
            raise UsageError("the address holds a user name or password; leave them out.")
        match = ADDRESS.fullmatch(text)
        if match is None or match[1].startswith("-"):
            return None
        name = match[1].rstrip("/").rpartition("/")[2].rpartition(":")[2].removesuffix(".git")
        return Remote(match[1], name, ref(match[2])) if name else None
    match = SHORT.fullmatch(text)
    if match is None or match[2] in (".", "..") or Path(text).exists() or Path(match[1]).exists():
        return None
    return Remote(f"{GITHUB}/{match[1]}/{match[2]}.git", match[2], ref(match[3]))


def ref(text: str | None) -> str:
    """Raises UsageError for what git could take for an option or a range."""
    if text and (text.startswith("-") or ".." in text):
        raise UsageError(f"{text!r} is no branch, tag or commit.")
    return text or ""


def fetch_remote(wanted: Remote, folder: Path | None = None) -> Path:
    """The folder that holds the repository's files, which bears its name.

    folder: where such folders are kept; by default the user's folder for caches. Raises SourceError where there is no
    such repository or ref, git or the network is missing, or it is larger than 2 GB.
    """
    kept = folder or user_cache_path("longzip", appauthor=False) / "repositories"
    kept.mkdir(parents=True, exist_ok=True)
    commit = wanted.ref if HASH.fullmatch(wanted.ref) else commit_of(wanted, kept)
    key = hashlib.sha256(f"{wanted.url} {commit}".encode()).hexdigest()[:16]
    place = kept / key / wanted.name
    if not place.is_dir():
        with tempfile.TemporaryDirectory(dir=kept) as work:
            fresh = Path(work) / wanted.name
            check_out(wanted, commit, fresh)
            place.parent.mkdir(exist_ok=True)
            if not place.exists():
                fresh.rename(place)
    return place


def commit_of(wanted: Remote, folder: Path) -> str:
    """The commit that a branch or tag is at. Raises SourceError where there is none."""
    name = wanted.ref or "HEAD"
    listed = git(["ls-remote", "--", wanted.url, name, f"refs/tags/{name}^{{}}"], folder).decode("utf-8", "replace")
    rows = [line.split("\t") for line in listed.splitlines() if "\t" in line]
    for ending in (f"refs/tags/{name}^{{}}", f"refs/tags/{name}", f"refs/heads/{name}", name):
        for commit, full in rows:
            if full == ending and HASH.fullmatch(commit):
                return commit
    raise SourceError(
        f"{wanted.url} has no branch or tag {name!r}; check its spelling, or give the commit's 40 digits."
    )


def check_out(wanted: Remote, commit: str, fresh: Path) -> None:
    """The files of a commit in a new folder. An empty ``.git`` stays: it says where the repository's ignore rules
    begin."""
    fresh.mkdir()

    def watch() -> None:
        if sum(path.stat().st_size for path in (fresh / ".git" / "objects").glob("pack/*")) > MOST_BYTES:
            raise SourceError(f"{wanted.url} is larger than {MOST_BYTES:,} bytes; clone it yourself and name a folder.")

    git(["init", "--quiet", "--template="], fresh)
    git(["fetch", "--quiet", "--depth=1", "--no-tags", "--", wanted.url, commit], fresh, watch=watch)
    git(["checkout", "--quiet", "--detach", "--force", "FETCH_HEAD"], fresh, settings=("core.symlinks=false",))
    shutil.rmtree(fresh / ".git")
    (fresh / ".git").mkdir()
