"""Fetching published packages with pip, npm and apt-get, and reading the files in their archives."""

from __future__ import annotations

import io
import subprocess
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Package:
    kind: str
    name: str
    version: str | None


def parse_packages(table: dict[str, list[str]]) -> list[Package]:
    packages = []
    for kind, entries in table.items():
        for entry in entries:
            name, _, version = entry.partition("==")
            packages.append(Package(kind, name, version or None))
    return packages


def fetch(package: Package, folder: Path) -> Path | None:
    """The folder with the package's archives; None where it cannot be had."""
    target = folder / package.kind / package.name.replace("/", "__")
    if (target / ".done").exists():
        return target
    target.mkdir(parents=True, exist_ok=True)
    if package.kind == "python":
        pin = f"=={package.version}" if package.version else ""
        command = [
            "pip",
            "download",
            "-q",
            "--no-deps",
            "--prefer-binary",
            "--no-build-isolation",
            "-d",
            ".",
            package.name + pin,
        ]
    elif package.kind == "npm":
        command = ["npm", "pack", "--silent", package.name + (f"@{package.version}" if package.version else "")]
    else:
        pin = f"={package.version}" if package.version else ""
        verb = ["source", "--download-only"] if package.kind == "debian_source" else ["download"]
        options = apt_options(folder) if package.kind == "debian_source" else []
        command = ["apt-get", *options, *verb, "-qq", package.name + pin]
    done = subprocess.run(command, cwd=target, capture_output=True, text=True, timeout=300)
    upstream = any(".orig.tar" in path.name for path in target.iterdir())  # all of a Debian source but the packaging
    if done.returncode != 0 and not upstream:
        print(f"  cannot fetch {package.kind}:{package.name}: {done.stderr.strip().splitlines()[-1:]}", flush=True)
        return None
    (target / ".done").touch()
    return target


def apt_options(folder: Path) -> list[str]:
    """apt-get's options for a source index of its own, made from the system's configured mirrors."""
    state = (folder / "apt").absolute()
    listing = state / "sources.list.d" / "source.sources"
    options = [
        "-o",
        f"Dir::State::Lists={state}/lists",
        "-o",
        "Dir::Etc::SourceList=/dev/null",
        "-o",
        f"Dir::Etc::SourceParts={listing.parent}",
        "-o",
        "APT::Sandbox::User=root",
    ]
    if not listing.exists():
        listing.parent.mkdir(parents=True, exist_ok=True)
        (state / "lists" / "partial").mkdir(parents=True, exist_ok=True)
        configured = Path("/etc/apt/sources.list.d/debian.sources").read_text(encoding="utf-8")
        listing.write_text(configured.replace("Types: deb\n", "Types: deb-src\n"), encoding="utf-8")
        subprocess.run(["apt-get", *options, "update", "-qq"], check=True, timeout=300)
    return options


def members(archive: Path) -> Iterator[tuple[str, bytes]]:
    """The files of a wheel, an sdist or a source archive, links and oversized ones left out."""
    if archive.suffix in {".whl", ".zip"}:
        with zipfile.ZipFile(archive) as box:
            for info in box.infolist():
                if not info.is_dir() and info.file_size < 2_000_000:
                    yield info.filename, box.read(info)
    elif archive.name.endswith((".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")):
        with tarfile.open(archive) as tar:
            yield from tar_members(tar)
    elif archive.suffix == ".deb":
        unpacked = subprocess.run(["dpkg-deb", "--fsys-tarfile", archive], check=True, capture_output=True).stdout
        with tarfile.open(fileobj=io.BytesIO(unpacked)) as tar:
            yield from tar_members(tar)


def tar_members(tar: tarfile.TarFile) -> Iterator[tuple[str, bytes]]:
    for member in tar:
        handle = tar.extractfile(member) if member.isfile() and member.size < 2_000_000 else None
        if handle is not None:
            yield member.name, handle.read()
