"""Keeping things in a file, one JSON object per line."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path


def read_lines(path: Path) -> Iterator[dict]:
    """Every object in the file; lines that were cut off by a crash are passed over."""
    if not path.exists():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            yield json.loads(line)
        except json.JSONDecodeError:
            continue


def write_atomically(path: Path, rows: list[dict]) -> None:
    """Replace a file so that a reader sees the old content or the new, never a mixture."""
    handle, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        for row in rows:
            out.write(json.dumps(row, sort_keys=True) + "\n")
        out.flush()
        os.fsync(out.fileno())
    os.replace(name, path)


def append_line(path: Path, row: dict) -> None:
    """Add one object at the end of the file."""
    with path.open("a", encoding="utf-8") as out:
        out.write(json.dumps(row, sort_keys=True) + "\n")
