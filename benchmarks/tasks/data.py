"""Reading data files: JSON lines, plain or gzipped, and Parquet, with errors that name the line and the field."""

from __future__ import annotations

import gzip
import json
import random
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TypeVar

from longzip import MissingExtra, SourceError

Item = TypeVar("Item")
PARQUET = ".parquet"


@dataclass(frozen=True, slots=True)
class Row:
    """An object of a data file. where: file and line, for messages."""

    values: Mapping[str, object]
    where: str

    def __getitem__(self, name: str) -> object:
        return self.values[name]

    def get(self, name: str, default: object = None) -> object:
        return self.values.get(name, default)

    def items(self, name: str, /, **wanted: type) -> list[Row]:
        """The objects in a list, each with the fields ``wanted``."""
        return [checked(item, wanted, f"{self.where}, {name} {place}") for place, item in enumerate(listed(self[name]))]


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
    """The objects of a file of JSON lines, of a Parquet file or of a folder of those, each with the fields ``wanted``
    of the types given.

    Raises SourceError that names the line, and the field that is missing or wrong.
    """
    if path.suffix == PARQUET or path.is_dir():
        return [
            checked(item, wanted, f"{file}, row {number}")
            for file in parquet_files(path)
            for number, item in enumerate(from_parquet(file), 1)
        ]
    found: list[Row] = []
    for number, line in enumerate(text_of(path).split("\n"), 1):
        if line.strip():
            where = f"{path}, line {number}"
            found.append(checked(parsed(line, where), wanted, where))
    return found


def parquet_files(path: Path) -> list[Path]:
    found = [path] if path.suffix == PARQUET else sorted(path.glob(f"*{PARQUET}"))
    if not found or not found[0].is_file():
        raise SourceError(
            f"there is no data file {found[0] if found else path / ('*' + PARQUET)}; see "
            "benchmarks/README.md for where it comes from."
        )
    return found


def from_parquet(path: Path) -> Sequence[object]:
    try:
        table = import_module("pyarrow.parquet")
    except ImportError:
        raise MissingExtra("pyarrow", "hub") from None
    try:
        return list(table.read_table(path).to_pylist())
    except (OSError, ValueError) as error:
        raise SourceError(f"{path} cannot be read: {error}.") from None


def parsed(text: str, where: str) -> object:
    try:
        found: object = json.loads(text)
    except json.JSONDecodeError as error:
        place = f", line {error.lineno}" if error.lineno > 1 else ""
        raise SourceError(f"{where}{place}: no JSON ({error.msg}).") from None
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
    return Row(row, where)


def listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


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
