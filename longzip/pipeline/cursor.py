"""Code at a cursor: the open file, the function around the cursor, and the code beside it. Knows no repository's files
but by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from longzip.protocols import Format
from longzip.types import Chunk, Source

OPEN_LINES = 25
CLOSERS = ("", "pass\n", "}\n", "}\n}\n", "}\n}\n}\n")


@dataclass(frozen=True, slots=True)
class Opening:
    """An open file and the function that is being written in it.

    span: character offsets of the function, up to the cursor at least.
    tail: what a prompt ends with: the function up to the cursor, under the file's name.
    query: the code around the cursor.
    """

    source: Source
    span: tuple[int, int]
    tail: str
    query: str


def opening(prefix: str, suffix: str, name: str, form: Format, most: int) -> Opening:
    """The open file around a cursor. prefix, suffix: the file before and after it. most: characters of the query."""
    source = Source(name, prefix + suffix)
    start, stop = open_span(form, source, len(prefix))
    tail = prefix[start:]
    if name:
        tail = form.header(source) + "\n" + tail
    return Opening(source, (start, stop), tail, around(prefix[start:], suffix[: max(0, stop - len(prefix))], most))


def own_name(sources: Sequence[Source], path: str) -> str:
    """The open file's name among the sources; ``path`` where it is not one of them."""
    wanted = Path(path).as_posix() if path else ""
    names = [source.name for source in sources]
    if wanted in names or not wanted:
        return wanted
    ends = [name for name in names if wanted.endswith("/" + name) or name.endswith("/" + wanted)]
    return min(ends, key=len) if ends else wanted


def open_span(form: Format, own: Source, cursor: int) -> tuple[int, int]:
    """Offsets of the function around the cursor; of the lines before the cursor where there is none.

    Unfinished code may not parse, so that the function is looked for with the text closed in a few ways, too.
    """
    for closer in CLOSERS:
        tried = replace(own, text=own.text[:cursor] + closer + own.text[cursor:]) if closer else own
        chunk = chunk_at(form.split(tried), cursor)
        if chunk is not None and chunk.kind == "function":
            return chunk.start, max(cursor, chunk.end - len(closer))
    lines = own.text[:cursor].split("\n")[-OPEN_LINES:]
    return cursor - len("\n".join(lines)), cursor


def chunk_at(chunks: Sequence[Chunk], cursor: int) -> Chunk | None:
    """The chunk that holds the cursor; the one before it where the cursor stands between two."""
    return next((chunk for chunk in chunks if chunk.start < cursor <= chunk.end), None)


def around(prefix: str, suffix: str, limit: int) -> str:
    """The code around the cursor, at least three quarters of the limit before it, the rest after it."""
    after = suffix[: limit // 4]
    query = prefix[-(limit - len(after)) :] + after
    return query if query.strip() else prefix + suffix
