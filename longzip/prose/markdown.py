"""Fences around blocks of code, as Markdown has them. Knows no other mark."""

from __future__ import annotations

import re

FENCE = re.compile(r"\s*(?:>\s*)?(`{3,}|~{3,})")
BLOCK = re.compile(r"[ \t]*(?:>[ \t]*)?(`{3,}|~{3,})[^\n]*\n(?:.*\n)*?[ \t]*(?:>[ \t]*)?\1[ \t]*(?:\n|\Z)")


def fence_after(line: str, opened: str) -> str:
    """The marks of the block that is open after a line, "" for none. opened: those of the block that it may stand in,
    which is closed by no fewer of the same marks, and nothing beside them."""
    fence = FENCE.match(line)
    if fence is None:
        return opened
    if not opened:
        return fence[1]
    return "" if fence[1].startswith(opened) and line.strip(" >\t\n") == fence[1] else opened


def block_at(text: str, start: int, end: int) -> int:
    """Where the block of code ends that begins at ``start``, with its line break; -1 where none does, or none ends
    before ``end``."""
    block = BLOCK.match(text, start, end)
    return block.end() if block else -1
