"""Files as ``<file>`` elements whose text is a CDATA section, so that the lines stay as they are. Knows no other format
but text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.sax.saxutils import quoteattr

from longzip.rendering.outputs.text import ended
from longzip.types import Source

FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
PICTURES = 0x2400


def section(source: Source, body: str, header: str | None, language: str) -> str:
    inside = allowed(body).replace("]]>", "]]]]><![CDATA[>")
    return f"<file path={quoteattr(allowed(source.name))}><![CDATA[\n{ended(inside)}]]></file>\n"


def allowed(text: str) -> str:
    """The text with a picture (U+241B for an escape) in the place of each character that no XML may hold."""
    return FORBIDDEN.sub(lambda match: chr(PICTURES + ord(match[0])) if match[0] < " " else "\ufffd", text)


def forbidden(text: str) -> int:
    """How many characters of a text no XML may hold."""
    return sum(1 for _ in FORBIDDEN.finditer(text))


def joined(sections: Sequence[str]) -> str:
    return f"<files>\n{''.join(sections)}</files>\n"
