"""An open file seen by what is known of it as it was saved: the function around the cursor, without another parse.

What was typed since then lies in one stretch of the text. Where that tells no longer where the function begins and
ends, or where it may define or import something, the answer is None, and the text has to be parsed as it stands.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from longzip.pipeline.cursor import OPEN_LINES, chunk_at
from longzip.protocols import Format
from longzip.types import Source

TELLING = re.compile(
    r"[ \t]*(?:@|(?:export |default |public |private |protected |internal |static |abstract |async |pub |override )*"
    r"(?:import|from|#\s*include|use|using|require|package|def|class|func|fn|fun|function|sub|struct|interface|trait|impl|enum"
    r"|type|module|namespace)\b)"
)


@dataclass(frozen=True, slots=True)
class Carried:
    """span: of the open function, in the text as it is. saved: the same in the text as it was saved. changed: what of
    that text is not as it was; nothing between two equal ends."""

    span: tuple[int, int]
    saved: tuple[int, int]
    changed: tuple[int, int]

    def touches(self, start: int, end: int) -> bool:
        """Whether a range of the saved text is not as it was."""
        first, last = self.changed
        return start < last and end > first if last > first else start < first < end


def carried(saved: Source, text: str, cursor: int, form: Format) -> Carried | None:
    """The function around the cursor; the lines before it where there is none."""
    known = saved.text
    first = common(known, text)
    last = common(known[first:][::-1], text[first:][::-1])
    grown = len(text) - len(known)
    changed = first, len(known) - last
    typed = set(whole_lines(text, first, len(text) - last)) - set(whole_lines(known, *changed))
    if len(typed) > OPEN_LINES or any(map(TELLING.match, typed)):
        return None
    before = first if cursor < len(text) - last else cursor - grown
    at = min(cursor, first) if cursor <= first else before
    chunk = chunk_at(form.split(saved), at)
    if chunk is None or chunk.kind != "function":
        if known != text:
            return None
        span = cursor - len("\n".join(text[:cursor].split("\n")[-OPEN_LINES:])), cursor
        return Carried(span, span, changed)
    start, end = moved(chunk.start, *changed, grown), moved(chunk.end, *changed, grown)
    if start is None or end is None:
        return None
    return Carried((start, max(cursor, end)), (chunk.start, chunk.end), changed)


def whole_lines(text: str, first: int, last: int) -> list[str]:
    """The lines that a range of a text touches."""
    end = text.find("\n", last)
    return text[text.rfind("\n", 0, first) + 1 : end if end >= 0 else len(text)].split("\n")


def moved(place: int, first: int, last: int, grown: int) -> int | None:
    """Where a place of the saved text is now; None where it lies in what was changed."""
    if place <= first:
        return place
    return place + grown if place >= last else None


def common(one: str, other: str) -> int:
    """How many characters two texts begin with that are the same."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
