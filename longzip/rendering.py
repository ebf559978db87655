"""Kept units -> text: original order, a header per file, a marker where something was left out.

Knows the format's ``gap`` and ``header``, and the four output formats; not why a unit was kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

from longzip.protocols import Format
from longzip.settings import OutputFormat
from longzip.types import Source, Span, Unit
from longzip.units import close, runs

SPARED = 24  # a reader has more of one more line than of being told that it is missing


@dataclass(frozen=True, slots=True)
class Frame:
    """Text before and after the context in the result; counted like everything else."""

    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One source and its units, ready to be rendered in part."""

    source: Source
    units: Sequence[Unit]


def excerpt(page: Page, kept: frozenset[int], form: Format, *, numbered: bool = False) -> str:
    """The kept units of a source, verbatim, with a gap marker for each run of others that holds text.

    numbered: whether each line begins with its number in the source.
    """
    parts: list[str] = []
    newline = "\r\n" if "\r\n" in page.source.text[:2000] else "\n"
    for first, last, inside in runs(kept, len(page.units)):
        if inside:
            text = page.source.text[page.units[first].start : page.units[last - 1].end]
            parts.append(with_numbers(text, page.units[first].first_line, page.units[-1].last_line) if numbered else text)
            continue
        marker = gap(page, first, last, form)
        if marker is not None:
            parts.append(marker + newline)
    return "".join(parts)


def with_numbers(text: str, first: int, last: int) -> str:
    """``text`` with the line number before each line, right-aligned to the width of the number ``last``."""
    width = len(str(last))
    rows = text.removesuffix("\n").split("\n")
    numbered = "\n".join(f"{number:>{width}} {row}" for number, row in enumerate(rows, first))
    return numbered + "\n" * text.endswith("\n")


def gap(page: Page, first: int, last: int, form: Format) -> str | None:
    """The marker for the units ``first`` to ``last`` (half-open); None where they hold no text."""
    text = page.source.text
    holding = [unit for unit in page.units[first:last] if text[unit.start : unit.end].strip()]
    if not holding:
        return None
    hidden = text[holding[0].start : holding[-1].end]
    lines = hidden.split("\n")
    filled = [row for row, line in enumerate(lines) if line.strip()]
    top = holding[0].first_line
    return form.gap(page.source, holding[0], (top + filled[0], top + filled[-1]), filled[-1] - filled[0] + 1)


def absorb(page: Page, kept: frozenset[int], form: Format) -> frozenset[int]:
    """``kept`` with every gap filled that its marker would hardly make shorter; closed under needs."""
    closed = close(page.units, kept)
    if not closed:
        return closed
    added: set[int] = set()
    for first, last, inside in runs(closed, len(page.units)):
        if not inside and worth_keeping(page, first, last, form):
            added.update(range(first, last))
    return close(page.units, closed | added) if added else closed


def worth_keeping(page: Page, first: int, last: int, form: Format) -> bool:
    """Whether showing the units costs at most ``SPARED`` characters more than a marker in their place."""
    size = page.units[last - 1].end - page.units[first].start
    if size > 200:
        return False
    marker = gap(page, first, last, form)
    text = page.source.text[page.units[first].start : page.units[last - 1].end]
    return marker is not None and len(text.strip()) <= len(marker.strip()) + SPARED


def spans(units: Sequence[Unit], kept: frozenset[int]) -> tuple[Span, ...]:
    """Line ranges of the kept units, adjacent ones joined."""
    return tuple(
        Span(units[first].first_line, units[last - 1].last_line) for first, last, inside in runs(kept, len(units)) if inside
    )


def section(source: Source, body: str, header: str | None, language: str) -> str:
    """One file in text format: its header, where there is one, and its text."""
    return body if header is None else f"{header}\n{body}"


def markdown_section(source: Source, body: str, header: str | None, language: str) -> str:
    """One file as a heading and a fenced block; the fence is longer than any run of backticks inside."""
    longest = max((len(run) for run in backtick_runs(body)), default=0)
    fence = "`" * max(3, longest + 1)
    heading = "" if header is None else f"## {source.name}\n\n"
    return f"{heading}{fence}{language}\n{ended(body)}{fence}\n"


def xml_section(source: Source, body: str, header: str | None, language: str) -> str:
    """One file as a ``<file>`` element whose text is a CDATA section, so that the lines stay as they are."""
    inside = body.replace("]]>", "]]]]><![CDATA[>")
    return f"<file path={quoteattr(source.name)}><![CDATA[\n{ended(inside)}]]></file>\n"


def backtick_runs(text: str) -> list[str]:
    return [run for run in "".join(c if c == "`" else " " for c in text).split() if run] if "```" in text else []


def ended(text: str) -> str:
    return text if text.endswith("\n") or not text else text + "\n"


def document(sections: Sequence[str], frame: Frame, output: OutputFormat) -> str:
    """The sections as one text, a blank line between two, inside the frame."""
    joined = "\n".join([*(ended(part) for part in sections[:-1]), *sections[-1:]])
    if output == "xml":
        joined = f"<files>\n{''.join(sections)}</files>\n"
    if not frame.before and not frame.after:
        return joined
    return "\n\n".join(part for part in (frame.before, joined.rstrip("\n"), frame.after) if part)


SECTIONS: dict[OutputFormat, Callable[[Source, str, str | None, str], str]] = {
    "text": section,
    "json": section,
    "markdown": markdown_section,
    "xml": xml_section,
}
