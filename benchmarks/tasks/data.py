"""Reading data files: JSON lines, plain or gzipped, with errors that name the line and the field."""

from __future__ import annotations

import gzip
import json
import random
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from longzip import SourceError

Row = Mapping[str, object]
Item = TypeVar("Item")


def text_of(path: Path) -> str:
    """Raises SourceError where the file is missing or no UTF-8 text."""
    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        return content.decode("utf-8")
    except FileNotFoundError:
        raise SourceError(f"there is no data file {path}; see benchmarks/README.md for where it comes from.") from None
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise SourceError(f"{path} cannot be read: {error}.") from None


def rows(path: Path, /, **wanted: type) -> list[Row]:
    """The objects of a JSON-lines file, each with the fields ``wanted`` of the types given.

    Raises SourceError that names the line, and the field that is missing or wrong.
    """
    found: list[Row] = []
    for number, line in enumerate(text_of(path).split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise SourceError(f"{path}, line {number}: no JSON ({error.msg}).") from None
        found.append(checked(row, wanted, f"{path}, line {number}"))
    return found


def checked(row: object, wanted: Mapping[str, type], where: str) -> Row:
    """The row, if it is an object with these fields."""
    if not isinstance(row, dict):
        raise SourceError(f"{where}: {type(row).__name__} in place of an object.")
    for name, kind in wanted.items():
        if name not in row:
            raise SourceError(f"{where}: the field {name!r} is missing; it has {', '.join(map(repr, row)) or 'none'}.")
        if not isinstance(row[name], kind) or (kind is int and isinstance(row[name], bool)):
            raise SourceError(f"{where}: {name} is of type {type(row[name]).__name__}, not {kind.__name__}.")
    return row


def string(row: Row, name: str) -> str:
    return str(row[name])


def integer(row: Row, name: str) -> int:
    value = row[name]
    return value if isinstance(value, int) else int(str(value))


def shuffled(items: Sequence[Item], seed: int) -> list[Item]:
    """In an order that depends on the seed alone."""
    found = list(items)
    random.Random(seed).shuffle(found)
    return found
