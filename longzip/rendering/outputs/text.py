"""Files as they are, each under a comment that names it, a blank line between two. Also what JSON holds as its text."""

from __future__ import annotations

from collections.abc import Sequence

from longzip.types import Source


def section(source: Source, body: str, header: str | None, language: str) -> str:
    return body if header is None else f"{header}\n{body}"


def joined(sections: Sequence[str]) -> str:
    return "\n".join([*(ended(part) for part in sections[:-1]), *sections[-1:]])


def ended(text: str) -> str:
    """The text with a line end, where it has any text."""
    return text if text.endswith("\n") or not text else text + "\n"
