"""What a command delivers: bytes on standard output or in a file, whole or not at all.

It knows nothing of what the bytes mean.
"""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeGuard

from longzip import LongzipError, UsageError
from longzip.writing import write_whole

STDOUT = Path("-")
VERSION = 1  # of the schemas of what is printed as JSON; higher where something goes or means something else


def deliver(text: str, target: Path | None) -> None:
    """Write ``text`` as UTF-8, exactly, to the file ``target``, or to standard output where that is None or ``-``."""
    if is_file(target):
        replace_file(target, text)
    else:
        print_exactly(text)


def is_file(target: Path | None) -> TypeGuard[Path]:
    return target is not None and target != STDOUT


def print_exactly(text: str) -> None:
    """To standard output; a terminal gets a final line end where the text has none.

    A closed pipe is no error: the reader has had enough.
    """
    if sys.stdout is None:
        raise LongzipError("standard output is closed; write to a file, or leave it open.")
    if text and not text.endswith("\n") and sys.stdout.isatty():
        text += "\n"
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(encode(text))
        sys.stdout.buffer.flush()
    except OSError as error:
        # Python flushes once more at exit, and what is left in the buffer would fail again, with a complaint of its
        # own.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            raise LongzipError(f"standard output cannot be written: {error.strerror}.") from error


def check_target(option: str, target: Path | None) -> None:
    """Refuse, before any work, a file that cannot be written. Raises UsageError."""
    if not is_file(target):
        return
    if target.is_dir():
        raise UsageError(f"{option} {target} is a folder; give the name of a file.")
    if not target.parent.is_dir():
        raise UsageError(f"{option} {target}: there is no folder {target.parent}; create it first.")


def replace_file(target: Path, text: str) -> None:
    """Put the text in the file's place, whole: nobody sees a half-written file, and a failure changes nothing.

    Raises LongzipError where that fails.
    """
    try:
        write_whole(target, encode(text))
    except OSError as error:
        raise LongzipError(f"{target} cannot be written: {error.strerror}; choose another file.") from error


def encode(text: str) -> bytes:
    """UTF-8; lone surrogates, which have none (a file name that is no text), become question marks."""
    return text.encode("utf-8", "replace")


def as_json(value: Mapping[str, object] | Sequence[Mapping[str, object]]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def published(name: str, value: Mapping[str, object]) -> dict[str, object]:
    """The value with the schema that it follows, which ``longzip schema NAME`` prints."""
    return {"schema": f"longzip/{name}/{VERSION}", **value}


def finite(number: float | None) -> float | None:
    """The number, or None for what JSON has no name for."""
    return number if number is not None and math.isfinite(number) else None
