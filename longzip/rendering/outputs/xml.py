"""Files as ``<file>`` elements whose text is a CDATA section, so that the lines stay as they are. Knows no other format
but text."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import quoteattr

from longzip.rendering.outputs.text import ended
from longzip.types import Source


def section(source: Source, body: str, header: str | None, language: str) -> str:
    inside = body.replace("]]>", "]]]]><![CDATA[>")
    return f"<file path={quoteattr(source.name)}><![CDATA[\n{ended(inside)}]]></file>\n"


def joined(sections: Sequence[str]) -> str:
    return f"<files>\n{''.join(sections)}</files>\n"
