"""Files as fenced blocks, each under a heading. Knows no other format but text."""

from __future__ import annotations

import re

from longzip.rendering.outputs.text import ended, joined
from longzip.types import Source

__all__ = ["joined", "section"]


def section(source: Source, body: str, header: str | None, language: str) -> str:
    """A heading and a fenced block; the fence is longer than any run of backticks inside."""
    longest = max(map(len, re.findall("`+", body)), default=0)
    fence = "`" * max(3, longest + 1)
    heading = "" if header is None else f"## {' '.join(source.name.split())}\n\n"
    return f"{heading}{fence}{language}\n{ended(body)}{fence}\n"
