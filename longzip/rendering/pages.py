"""Kept units -> text: original order, a marker where something was left out.

Knows the format's ``gap``; not how a result is written, nor why a unit was kept.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from longzip.prose.values import PRIORITY, distinct
from longzip.protocols import Format
from longzip.settings import MARKER
from longzip.types import Source, Span, Unit
from longzip.units import close, ranges, runs

PATH = re.compile(r"^(?:[^\W\d]\w*\.)+(?=[^\W\d]\w*$)")
VALUES, MOST_VALUES = "{values}", 6
NEWLINE, SPACE = re.compile("\n"), re.compile(r"\s*+")
SPARED = 24  # a reader has more of one more line than of being told that it is missing


@dataclass(frozen=True, slots=True)
class Named:
    """A function or class of a page: its half-open range of units, its label, and the label of the class around it.

    called: whether its name is followed by parentheses.
    """

    units: tuple[int, int]
    label: str
    parent: str
    called: bool


@dataclass(frozen=True, slots=True)
class Omission:
    """Characters of a page that are not shown though their units are, and the line (with its end) that stands for them,
    if any."""

    start: int
    end: int
    line: str = ""


def blank(text: str, start: int, end: int) -> bool:
    """Whether there is only white space between two characters."""
    return SPACE.match(text, start, end).end() == end  # type: ignore[union-attr]


@dataclass(frozen=True, slots=True)
class Page:
    """One source and its units, ready to be rendered in part.

    named: its functions and classes, in order. omissions: what is not shown, apart and in order.
    quiet: units whose absence no marker tells. imports: units that only import: between two that are shown, none tells
        of others.
    """

    source: Source
    units: Sequence[Unit]
    named: Sequence[Named] = ()
    omissions: Sequence[Omission] = ()
    quiet: frozenset[int] = frozenset()
    imports: frozenset[int] = frozenset()
    _known: list[Layout] = field(default_factory=list, init=False, repr=False, compare=False)

    @property
    def layout(self) -> Layout:
        """Where its text stands; worked out once."""
        if not self._known:
            self._known.append(Layout.of(self))
        return self._known[0]


@dataclass(frozen=True, slots=True)
class Layout:
    """What every gap of a page asks. newlines: where they are. following, preceding: by unit, the next and the last one
    that holds text a marker has to tell of, itself included; beyond either end where there is none."""

    newlines: Sequence[int]
    following: Sequence[int]
    preceding: Sequence[int]

    @classmethod
    def of(cls, page: Page) -> Layout:
        text, count = page.source.text, len(page.units)
        telling = [
            index not in page.quiet and not blank(text, unit.start, unit.end) for index, unit in enumerate(page.units)
        ]
        following, preceding = [count] * count, [-1] * count
        for index in range(count):
            preceding[index] = index if telling[index] else preceding[index - 1] if index else -1
        for index in reversed(range(count)):
            following[index] = index if telling[index] else following[index + 1] if index + 1 < count else count
        return cls([match.start() for match in NEWLINE.finditer(text)], following, preceding)

    def row(self, at: int) -> int:
        """How many lines end before a character."""
        return bisect_left(self.newlines, at)


@dataclass(frozen=True, slots=True)
class Style:
    """How gaps and lines are shown.

    marker: what a gap marker says: text with ``{count}`` ("12 lines"), ``{range}`` ("31-42"), ``{names}`` (": load(), 3
        more", or nothing), ``{file}`` and ``{values}`` (": auth.py, 6379, 3 more", or nothing). names: how many hidden
        functions a marker names at the most.
    numbered: whether each line begins with its number in the source.
    """

    marker: str = MARKER
    names: int = 0
    numbered: bool = False


PLAIN = Style()


def excerpt(page: Page, kept: frozenset[int], form: Format, style: Style = PLAIN) -> str:
    """The kept units of a source, verbatim, with a gap marker for each run of others that holds text."""
    parts: list[str] = []
    newline = "\r\n" if "\r\n" in page.source.text[:2000] else "\n"
    for first, last, inside in levelled(page, kept):
        if inside:
            parts.append(shown(page, (first, last), style))
            continue
        marker = gap(page, (first, last), form, style) if not among_imports(page, first, last) else None
        ended_line = last == len(page.units) or ends_line(page, last - 1)
        if marker is not None:
            parts.append(marker + (newline if ended_line else " "))
        elif ended_line and parts and not parts[-1].endswith("\n"):
            parts.append(newline)
    return "".join(parts)


def among_imports(page: Page, first: int, last: int) -> bool:
    """Whether a gap is one in a run of imports, and hides imports only."""
    return bool(page.imports) and page.imports.issuperset(range(max(0, first - 1), min(last + 1, len(page.units))))


def levelled(page: Page, kept: frozenset[int]) -> Iterator[tuple[int, int, bool]]:
    """As ``runs``, but a gap ends where what it began in ends, so that each marker stands at its own level."""
    for first, last, inside in runs(kept, len(page.units)):
        if inside:
            yield first, last, True
            continue
        opening = page.units[first]
        for index in range(first + 1, last):
            unit = page.units[index]
            if unit.depth < opening.depth and len(unit.indent) < len(opening.indent):
                yield first, index, False
                first, opening = index, unit
        yield first, last, False


def ends_line(page: Page, unit: int) -> bool:
    """Whether nothing else stands on the line on which a unit ends."""
    return page.source.text[page.units[unit].end - 1] == "\n"


def shown(page: Page, span: tuple[int, int], style: Style = PLAIN) -> str:
    """The text of a half-open range of units, less what is left out."""
    start, end = page.units[span[0]].start, page.units[span[1] - 1].end
    width = len(str(page.units[-1].last_line)) if style.numbered else 0
    parts: list[str] = []
    at = start
    for omission in [*omissions_within(page, start, end), Omission(end, end)]:
        text = page.source.text[at : omission.start]
        parts.append(
            with_numbers(text, page.source.text.count("\n", 0, at) + 1, width, page.source.text[max(at - 1, 0) : at])
            if width
            else text
        )
        parts.append(" " * (width + 1) * bool(omission.line and width) + omission.line)
        at = omission.end
    return "".join(parts)


def omissions_within(page: Page, start: int, end: int) -> list[Omission]:
    """What is left out between two characters."""
    first = bisect_left(page.omissions, start, key=lambda omission: omission.start)
    last = bisect_left(page.omissions, end, key=lambda omission: omission.start)
    return [omission for omission in page.omissions[first:last] if omission.end <= end]


def with_numbers(text: str, first: int, width: int, before: str) -> str:
    """``text`` with the line number before each line, right-aligned to ``width``; but for a first line that goes on
    from the character ``before``."""
    rows = text.split("\n")
    last = rows.pop() if rows[-1] == "" else None
    started = before not in ("", "\n")
    numbered = [
        row if started and not number else f"{first + number:>{width}} {row}" for number, row in enumerate(rows)
    ]
    return "\n".join(numbered if last is None else [*numbered, last])


def gap(page: Page, span: tuple[int, int], form: Format, style: Style = PLAIN) -> str | None:
    """The marker for a half-open range of units; None where they hold no text."""
    text, units, layout = page.source.text, page.units, page.layout
    begin, stop = layout.following[span[0]], layout.preceding[span[1] - 1]
    if begin > stop:
        return None
    opening, ending = units[begin], units[stop]
    start = SPACE.match(text, opening.start).end()  # type: ignore[union-attr]
    end = ending.start + len(text[ending.start : ending.end].rstrip())
    above = layout.row(opening.start)
    first, last = (opening.first_line + layout.row(at) - above for at in (start, end))
    said = style.marker.format(
        count=f"{last - first + 1:,} {'line' if first == last else 'lines'}",
        range=f"{first}-{last}" if last > first else f"{first}",
        names=hidden_names(page.named, span, style.names) if style.names else "",
        file=page.source.name,
        values=hidden_values(text[opening.start : ending.end]) if VALUES in style.marker else "",
    )
    return form.gap(page.source, opening, (first, last), said)


def hidden_values(text: str) -> str:
    """The values in a text that cannot be said in other words, the most telling first: ": auth.py, 6379, 3 more"; ""
    where there are none."""
    found = sorted(distinct(text).items(), key=lambda item: -PRIORITY[item[1]])
    if not found:
        return ""
    told = [value for value, _ in found[:MOST_VALUES]]
    return ": " + ", ".join([*told, *([f"{len(found) - MOST_VALUES} more"] if len(found) > MOST_VALUES else [])])


def hidden_names(named: Sequence[Named], span: tuple[int, int], most: int) -> str:
    """The functions and classes that lie in the span, ``most`` by name: ": load(), Cache, 3 more"; "" where there are
    none.

    A class stands for its members, a member of a class that is shown goes by its own name, and what goes on outside of
    the span is not hidden.
    """
    first = bisect_left(named, span[0], key=lambda item: item.units[0])
    last = bisect_left(named, span[1], key=lambda item: item.units[0])
    inside = [item for item in named[first:last] if item.units[1] <= span[1]]
    labels = {item.label for item in inside}
    beside = {item.label for item in (*named[max(0, first - 1) : first], *named[last : last + 1])}
    told = list(
        dict.fromkeys(spoken(item) for item in inside if item.parent not in labels and item.label not in beside)
    )
    if not told:
        return ""
    return ": " + ", ".join([*told[:most], *([f"{len(told) - most} more"] if len(told) > most else [])])


def spoken(item: Named) -> str:
    """What a marker calls a function or class: its own name, without what it lies in."""
    name = PATH.sub("", item.label)
    return f"{name}()" if item.called and name.isidentifier() else name


def absorb(page: Page, kept: frozenset[int], form: Format) -> frozenset[int]:
    """``kept`` with every gap filled that its marker would hardly make shorter; closed under needs."""
    closed = close(page.units, kept)
    if not closed:
        return closed
    added: set[int] = set()
    for first, last, inside in levelled(page, closed):
        if not inside and worth_keeping(page, first, last, form):
            added.update(range(first, last))
    return close(page.units, closed | added) if added else closed


def worth_keeping(page: Page, first: int, last: int, form: Format) -> bool:
    """Whether showing the units costs at most ``SPARED`` characters more than a marker in their place."""
    size = page.units[last - 1].end - page.units[first].start
    if size > 200:
        return False
    marker = gap(page, (first, last), form)
    text = page.source.text[page.units[first].start : page.units[last - 1].end]
    return marker is not None and len(text.strip()) <= len(marker.strip()) + SPARED


def spans(units: Sequence[Unit], kept: frozenset[int]) -> tuple[Span, ...]:
    """Line ranges of the kept units, adjacent ones joined."""
    return tuple(Span(units[first].first_line, units[last - 1].last_line) for first, last in ranges(kept))
