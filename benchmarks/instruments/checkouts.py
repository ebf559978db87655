"""Repositories at a commit: out of a folder of local git repositories into a temporary one, and read as a user would.

Asks git for an archive; nothing is checked out, nothing fetched, nothing of a repository is run.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from benchmarks.instruments.values import Place
from longzip import Repository, Settings, SourceError, read_repository

PATIENCE = 600  # seconds
LAYOUTS = (
    "{owner}+{name}/repo",
    "{owner}+{name}",
    "{owner}+{name}.git",
    "{owner}__{name}",
    "{owner}__{name}.git",
    "{owner}/{name}",
    "{owner}/{name}.git",
)


def read_at(folder: Path, place: Place, settings: Settings) -> Repository:
    """The sources of a repository at a commit, under their paths in it. folder: where the local repositories lie.
    Raises SourceError."""
    with unpacked(git_folder(folder, place.source), place) as tree:
        # what is remembered of files hangs on their paths, and these never come again
        found = read_repository(str(tree), replace(settings, cache=False))
    head = f"{tree.name}/"
    return Repository(
        tuple(replace(source, name=source.name.removeprefix(head)) for source in found.sources),
        tuple(replace(skipped, path=skipped.path.removeprefix(head)) for skipped in found.skipped),
    )


def git_folder(folder: Path, source: str) -> Path:
    """The local repository of "github:OWNER/NAME". Raises SourceError where there is none."""
    owner, _, name = source.removeprefix("github:").partition("/")
    for layout in LAYOUTS:
        place = folder / layout.format(owner=owner, name=name)
        if (place / "HEAD").is_file() or (place / ".git").exists():
            return place
    raise SourceError(
        f"there is no repository {owner}/{name} in {folder}; clone it there (git clone --bare) as {owner}__{name}."
    )


@contextmanager
def unpacked(git: Path, place: Place) -> Iterator[Path]:
    """The files of a repository at a commit, for as long as the block runs."""
    with tempfile.TemporaryDirectory(prefix="longzip-bench-") as folder:
        archive, tree = Path(folder) / "archive.tar", Path(folder) / "tree"
        tree.mkdir()
        called("git", "-C", str(git), "archive", "-o", str(archive), place.commit, *filter(None, [place.root]))
        called("tar", "-xf", str(archive), "-C", str(tree))
        archive.unlink()
        yield tree


def called(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, timeout=PATIENCE, check=False)
    if done.returncode != 0:
        raise SourceError(f"{' '.join(words[:4])}: {done.stderr.decode(errors='replace').strip()}")
