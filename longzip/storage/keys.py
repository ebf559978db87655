"""Short fingerprints of texts, names and folders: what entries of the cache are found by. Knows nothing of what they
stand for."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

SIZE = 16  # bytes; 2⁶⁴ texts have to meet before two share a fingerprint by chance


def fingerprint(*parts: str | bytes) -> bytes:
    """16 bytes that tell these parts, in this order, from all others."""
    found = hashlib.blake2b(digest_size=SIZE)
    for part in parts:
        data = part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass")
        found.update(len(data).to_bytes(8, "little"))
        found.update(data)
    return found.digest()


def fingerprints(prefix: bytes, texts: Iterable[str]) -> list[bytes]:
    """16 bytes for each text; texts after another prefix have others. prefix: of 16 bytes, a fingerprint itself."""
    base = hashlib.blake2b(prefix, digest_size=SIZE)
    found: list[bytes] = []
    for text in texts:
        own = base.copy()
        own.update(text.encode("utf-8", "surrogatepass"))
        found.append(own.digest())
    return found


def fingerprint_of_files(paths: Iterable[Path]) -> bytes:
    """Changes with the name or the content of any of the files."""
    return fingerprint(*(part for path in sorted(paths) for part in (path.name, path.read_bytes())))


@cache
def fingerprint_of_code(folder: Path) -> bytes:
    """Changes with the modules and data files of a package's folder: what they computed before need not hold any
    more."""
    return fingerprint_of_files(path for path in folder.rglob("*") if path.suffix in (".py", ".scm", ".toml"))
