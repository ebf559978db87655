"""The one gate: whatever was given -> a Repository. Paths, texts, sources, sequences of them, what was read before.

Knows which of them a value is; how files are found and read is known to ``repository``. Messages are not known here.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from longzip.errors import SourceError, UsageError
from longzip.protocols import Store
from longzip.settings import Settings
from longzip.sources.repository import Repository, read
from longzip.sources.secrets import guarded, with_masks
from longzip.types import Compressed, Skipped, Source

Sources = str | Path | Source | Repository | Sequence[str | Path | Source]
Reader = Callable[[Sequence[Path], Settings | None, Store | None], Repository]

LONGEST_PATH = 1_024
SHOWN_REASONS = 3
LOG = logging.getLogger(__name__)


def gather(
    given: Sources | Sequence[object],
    settings: Settings | None = None,
    store: Store | None = None,
    *,
    texts: bool = False,
    reader: Reader = read,
) -> Repository:
    """The sources behind whatever was given. Strings are paths; in a sequence they always are.

    store: where to keep what was found out about files. texts: whether a string that means no file is a text without a
    name (see ``is_path``). reader: how paths are read. Raises SourceError for a path that cannot be read, UsageError
    for a sequence of anything else.

    Secrets are dealt with here, as the settings say, so that nothing behind this gate has them.
    """
    found = read_anything(given, settings, store, texts=texts, reader=reader)
    if found.guarded:
        return found
    kept, left_out, masked = guarded(found.sources, (settings or Settings()).secrets)
    told(kept, (*found.skipped, *left_out), len(masked))
    return replace(found, sources=kept, skipped=(*found.skipped, *left_out), masked=masked, guarded=True)


def told(sources: Sequence[Source], skipped: Sequence[Skipped], masked: int) -> None:
    """Write into the log what was read, and what was not."""
    LOG.info("%d files read, %d skipped, %d secrets masked", len(sources), len(skipped), masked)
    for one in skipped:
        LOG.debug("skipped %s: %s", one.path, one.reason)


def read_anything(
    given: Sources | Sequence[object], settings: Settings | None, store: Store | None, *, texts: bool, reader: Reader
) -> Repository:
    """See ``gather``; secrets and all."""
    if isinstance(given, Repository):
        return given
    if isinstance(given, str) and texts and not is_path(given):
        return Repository((Source("", given),), ())
    items: list[object] = [given] if isinstance(given, str | Path | Source) else list(given)
    sources = [item for item in items if isinstance(item, Source)]
    paths = [Path(item) for item in items if isinstance(item, str | Path)]
    if len(sources) + len(paths) != len(items):
        raise UsageError("sources are texts, paths, sources or messages, not a mixture of messages and others.")
    found = reader(paths, settings, store) if paths else Repository((), ())
    return replace(found, sources=(*sources, *found.sources))


def accounted(result: Compressed, found: Repository) -> Compressed:
    """The result whose report tells of files left unread, masked secrets and guessed encodings, where there are any."""
    result = told_unread(with_masks(result, found.masked), found)
    by_encoding: dict[str, list[str]] = {}
    for guess in found.guessed:
        by_encoding.setdefault(guess.encoding, []).append(guess.path or "the text")
    if not by_encoding:
        return result
    told = "; ".join(
        f"{encoding}: {', '.join(paths[:SHOWN_REASONS])}"
        + (f" and {len(paths) - SHOWN_REASONS:,} more" if len(paths) > SHOWN_REASONS else "")
        for encoding, paths in by_encoding.items()
    )
    note = f"encodings guessed by the look of the bytes ({told}); --encoding says which it is"
    return replace(result, report=replace(result.report, notes=(*result.report.notes, note)))


def told_unread(result: Compressed, found: Repository) -> Compressed:
    """The result whose report names the files that were not read, where there are any."""
    if not found.unread:
        return result
    read, unread = len(found.sources), len(found.unread)
    note = (
        f"read {read:,} of {read + unread:,} files, those that promised most for the question by their words and names;"
        " --read all reads them all"
    )
    report = replace(result.report, unread=found.unread, notes=(*result.report.notes, note))
    return replace(result, report=report)


def is_path(text: str) -> bool:
    """Whether a string means a file or folder: one that exists, or a single word."""
    if not text.strip() or "\n" in text or len(text) > LONGEST_PATH or "\0" in text:
        return False
    try:
        return Path(text).exists() or not re.search(r"\s", text.strip())
    except OSError:
        return False


def with_text(found: Repository) -> Repository:
    """What was found. Raises SourceError, with the reasons, where none of it has any text."""
    if any(source.text for source in found.sources):
        return found
    if not found.skipped:
        raise SourceError(
            "there is nothing to compress: no files, or only empty ones; check the path and the include globs."
        )
    reasons = "; ".join(f"{item.path}: {item.reason}" for item in found.skipped[:SHOWN_REASONS])
    raise SourceError(f"there is nothing to compress: all {len(found.skipped):,} files were skipped ({reasons}).")
