"""What has changed in a repository: the diff, as git tells it.

Knows git's commands; which functions a diff touches is found by ``scoring.places``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from longzip.errors import SourceError, UsageError
from longzip.settings import Secrets
from longzip.sources.git import git
from longzip.sources.secrets import guarded_text
from longzip.types import Masked

PLAIN = ("--no-ext-diff", "--no-textconv", "--no-color", "--find-renames", "--src-prefix=a/", "--dst-prefix=b/")
CHANGED = re.compile(r"^[-+](?![-+]{2} )(.*)$", re.M)
FUNCTION = re.compile(r"^@@ .*? @@ ?(.*)$", re.M)
FILTER = re.compile(r"filter\..*\.(?:clean|smudge|process)", re.S)
FILE = re.compile(r"^\+\+\+ b/(.*?)\t?$", re.M)


@dataclass(frozen=True, slots=True)
class Changes:
    """text: the diff. files: the changed files that still exist, as from the top of the repository. masked: the secrets
    that masks stand for in it."""

    text: str
    files: tuple[str, ...]
    masked: tuple[Masked, ...] = ()

    @property
    def words(self) -> str:
        """What a question about the changes says: the heads of the functions and the changed lines."""
        lines = [*FUNCTION.findall(self.text), *CHANGED.findall(self.text)]
        return "\n".join(dict.fromkeys(line.strip() for line in lines if line.strip()))


def changes(
    folder: Path, since: str = "HEAD", *, staged: bool = False, lines: int = 0, secrets: Secrets = "mask"
) -> Changes:
    """The changes between a commit and the working tree, or what is staged for the next commit.

    folder: anywhere in the repository. since: a commit, branch, tag, or "a..b" and "a...b" as git takes them.
    lines: of context around each hunk. secrets: as in ``Settings``; of a diff nothing is left out: "skip" masks, too.
    Raises UsageError for what git could take for an option, SourceError where there is no repository, commit or change.
    """
    if since.startswith("-") or not since.strip():
        raise UsageError(f"{since!r} is no commit; give a branch, a tag, a commit, or HEAD~3.")
    what = ["--cached"] if staged else []
    found = git(["diff", *PLAIN, f"--unified={lines}", *what, since, "--"], folder, settings=without_filters(folder))
    text = found.decode("utf-8", "replace")
    if not text.strip():
        raise SourceError(f"nothing has changed {'that is staged' if staged else f'since {since}'}.")
    safe, masked = guarded_text(text, secrets, "the changes")
    return Changes(safe, tuple(dict.fromkeys(FILE.findall(text))), masked)


def without_filters(folder: Path) -> Sequence[str]:
    """Settings that take the programs away that a repository's own configuration names for its files."""
    listed = git(["config", "--list", "--includes", "--name-only", "-z"], folder).decode("utf-8", "replace")
    names = {name for name in listed.split("\0") if FILTER.fullmatch(name)}
    required = {f"{name.rpartition('.')[0]}.required=false" for name in names}
    return sorted({f"{name}=" for name in names} | required)
