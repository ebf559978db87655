"""Units and chunks of a text, from its lines, items and nesting. Knows no language."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import ceil

from longzip.formats.grammar.items import Body, Item
from longzip.formats.grammar.lines import Lines
from longzip.formats.grammar.nesting import MODULE, Nesting
from longzip.types import Chunk, ChunkKind, Source, Unit

MOST_LINES = 60  # of a run of statements
SMALL_COMMENT = 3  # lines of a comment that is no chunk by itself
MOST_NAMES = 3  # in the label of a run
WORD = re.compile(rb"[\w\x80-\xff]")
ROOT = -1  # the owner of lines that no item owns
KINDS: dict[str, ChunkKind] = {"function": "function", "class": "class", "section": "class"}


@dataclass(frozen=True, slots=True)
class Stretch:
    """A run of lines with one owner (index of an item, or ROOT). first, last: rows.

    order: its place among the stretches of its owner. final: whether it is the last of several.
    """

    owner: int
    first: int
    last: int
    order: int
    final: bool


@dataclass(frozen=True, slots=True)
class Segment:
    """A half-open range of units under one owner (index into the nesting's owners)."""

    first: int
    last: int
    key: int


@dataclass(frozen=True, slots=True)
class Tiling:
    """Lays units and chunks over a text."""

    source: Source
    lines: Lines
    items: Sequence[Item]
    nesting: Nesting

    def imports(self, stretches: Sequence[Stretch]) -> tuple[int, ...]:
        """Indices of the units that only import."""
        return tuple(
            index
            for index, stretch in enumerate(stretches)
            if stretch.owner != ROOT and self.items[stretch.owner].imports
        )

    def inside_markup(self, stretches: Sequence[Stretch], bodies: Sequence[Body]) -> frozenset[int]:
        """Where the units start at which a gap would stand in markup."""
        return frozenset(
            self.lines.starts[stretch.first]
            for stretch in stretches
            if stretch.owner != ROOT and not stretch.order and bodies[self.items[stretch.owner].body].markup
        )

    def units_and_chunks(self, stretches: Sequence[Stretch]) -> tuple[tuple[Unit, ...], tuple[Chunk, ...]]:
        units = tuple(self.units(stretches))
        return units, tuple(self.chunk(segment, stretches, units) for segment in self.segments(stretches))

    def stretches(self) -> list[Stretch]:
        """The text's lines by owner; a blank line belongs to what precedes it."""
        owners = self.owners()
        runs = [(owner, [*rows]) for owner, rows in groupby(range(len(owners)), owners.__getitem__)]
        totals: dict[int, int] = {}
        orders = []
        for owner, _rows in runs:
            orders.append(totals.get(owner, 0))
            totals[owner] = orders[-1] + 1
        return [
            Stretch(owner, rows[0], rows[-1], order, 0 < order == totals[owner] - 1)
            for (owner, rows), order in zip(runs, orders, strict=True)
        ]

    def owners(self) -> list[int]:
        owners = [ROOT] * len(self.lines)
        for index in self.nesting.places:
            item = self.items[index]
            owner = index + 1 if item.above and index + 1 not in self.nesting.owner_of else index
            owners[item.first : item.last + 1] = [owner] * (item.last + 1 - item.first)
        shown = [row for row in range(len(owners)) if not self.lines.blank[row]]
        before = owners[shown[0]] if shown else ROOT
        for row, blank in enumerate(self.lines.blank):
            if blank:
                owners[row] = before
            before = owners[row]
        return owners

    def units(self, stretches: Sequence[Stretch]) -> Iterator[Unit]:
        by_owner: dict[int, list[int]] = {}
        for index, stretch in enumerate(stretches):
            by_owner.setdefault(stretch.owner, []).append(index)
        depths, depth = self.depths(by_owner), 0
        firsts = [stretch.first for stretch in stretches]
        for index, stretch in enumerate(stretches):
            own = by_owner[stretch.owner]
            needs = own[:1] if stretch.order else [*self.around(stretch.owner, by_owner), *own[1:]]
            guards = [] if stretch.order else [*self.guards(stretch.owner, by_owner, firsts)]
            depth = depths.get(stretch.owner, depth)
            yield Unit(
                start=self.lines.starts[stretch.first],
                end=self.lines.starts[stretch.last + 1],
                first_line=stretch.first + 1,
                last_line=stretch.last + 1,
                indent=self.items[stretch.owner].indent if stretch.owner != ROOT else "",
                needs=tuple(needs),
                head=stretch.order == 0 and stretch.owner in self.nesting.owner_of,
                depth=depth,
                guards=tuple(place for place in guards if place != index),
            )

    def depths(self, by_owner: Mapping[int, Sequence[int]]) -> dict[int, int]:
        """How many others each item lies in that has lines of its own."""
        found: dict[int, int] = {}
        for index, place in self.nesting.places.items():
            found[index] = found.get(place.parent, 0) + (place.parent in by_owner) if place.parent != ROOT else 0
        return found

    def guards(self, owner: int, by_owner: Mapping[int, Sequence[int]], firsts: Sequence[int]) -> Iterator[int]:
        """The first unit of the guard before an item, and those in which an item's own ways out begin.

        firsts: the first row of each unit."""
        if owner == ROOT or self.nesting.places[owner].top:
            return
        item = self.items[owner]
        if item.guard >= 0:
            yield from by_owner.get(item.guard, [])[:1]
        for exit_row in item.exits:
            yield bisect_right(firsts, min(item.first + exit_row, item.last)) - 1

    def around(self, owner: int, by_owner: dict[int, list[int]]) -> Iterator[int]:
        """The first units of what an item cannot stand without."""
        if owner == ROOT:
            return
        item = self.items[owner]
        if item.above:
            yield by_owner[owner + 1][0]
        if item.continues >= 0:
            yield by_owner[item.continues][0]
        yield from by_owner.get(item.ender, [])[:1]
        parent = self.nesting.places[owner].parent
        while parent not in by_owner and parent != ROOT:
            parent = self.nesting.places[parent].parent
        yield from by_owner.get(parent, [])[:1]

    def segments(self, stretches: Sequence[Stretch]) -> Iterator[Segment]:
        """Neighbouring units under one owner; closing lines join what precedes them, clause heads what follows."""
        keys = self.keys()
        found: list[Segment] = []
        start = 0
        for index, stretch in enumerate(stretches):
            glue = self.glue(stretch) or self.only_head(stretch, stretches[index + 1 : index + 2])
            if glue == "next" and index + 1 < len(stretches):
                continue
            key = keys[stretch.owner]
            if found and (glue or key == found[-1].key):
                found[-1] = Segment(found[-1].first, index + 1, found[-1].key)
            else:
                found.append(Segment(start, index + 1, key))
            start = index + 1
        for segment in found:
            if not self.is_run(segment):
                yield segment
                continue
            for part in self.by_kind(segment, stretches) if segment.key == MODULE else (segment,):
                yield from self.shortened(part, stretches)

    def keys(self) -> dict[int, int]:
        """For each item, the owner of the chunk it is in."""
        nesting = self.nesting
        keys = {ROOT: MODULE}
        for index, place in nesting.places.items():
            if not place.top:
                keys[index] = keys[place.parent]
            elif self.items[index].above and index + 1 in nesting.owner_of:
                keys[index] = nesting.owner_of[index + 1]
            else:
                keys[index] = nesting.owner_of.get(index, place.run)
        return keys

    def glue(self, stretch: Stretch) -> str:
        """Which neighbour a stretch belongs to, "next" or "previous"; "" where it stands by itself."""
        if stretch.owner == ROOT:
            return "previous" if stretch.order else ""
        item = self.items[stretch.owner]
        if stretch.owner in self.nesting.containers:
            if stretch.order:
                return "previous" if stretch.final else "next"
            if not any(WORD.search(row) for row in self.lines.rows[stretch.first : stretch.last + 1]):
                return "next"
        if (
            item.comment
            and not item.above
            and self.nesting.places[stretch.owner].top
            and item.last - item.first < SMALL_COMMENT
        ):
            return "previous" if item.last_in_body else "next"
        return ""

    def only_head(self, stretch: Stretch, following: Sequence[Stretch]) -> str:
        """ "next" for the head of a section that another section follows at once, else ""."""
        owners = [self.nesting.owners[self.nesting.owner_of.get(near.owner, MODULE)] for near in (stretch, *following)]
        sections = [owner.kind == "section" for owner in owners]
        return "next" if stretch.order == 0 and sections == [True, True] and owners[1].parent == owners[0].label else ""

    def is_run(self, segment: Segment) -> bool:
        return self.nesting.owners[segment.key].kind != "function"

    def by_kind(self, segment: Segment, stretches: Sequence[Stretch]) -> Iterator[Segment]:
        """A run of the text itself, cut where imports begin or end, and below what stands before all else (a licence,
        what the file is for)."""
        first, last_kind = segment.first, ""
        for index in range(segment.first, segment.last):
            kind = self.kind_of(stretches[index], "" if index else "head")
            changes = (
                kind and last_kind and kind != last_kind and self.may_begin(stretches[index], stretches[index - 1])
            )
            if changes and (last_kind == "imports" or self.says_something(stretches[first:index])):
                yield Segment(first, index, segment.key)
                first = index
            last_kind = kind or last_kind
        yield Segment(first, segment.last, segment.key)

    def says_something(self, stretches: Sequence[Stretch]) -> bool:
        """Whether a part of a run is more than a line or two that define nothing (a package's name, a directive)."""
        names = self.nesting.names
        return stretches[-1].last - stretches[0].first >= SMALL_COMMENT or any(one.owner in names for one in stretches)

    def kind_of(self, stretch: Stretch, otherwise: str) -> str:
        """ "imports", "code", or ``otherwise`` for what belongs to what follows it: comments, lines of nobody's."""
        item = self.items[stretch.owner] if stretch.owner != ROOT else None
        if item is None or item.comment or stretch.order:
            return otherwise
        return "imports" if item.imports else "code"

    def shortened(self, segment: Segment, stretches: Sequence[Stretch]) -> Iterator[Segment]:
        """A long run of statements in about equal parts, cut where a statement begins."""
        total = self.rows(stretches, segment.first, segment.last)
        target = ceil(total / ceil(total / MOST_LINES))
        first = segment.first
        for index in range(segment.first + 1, segment.last):
            if self.rows(stretches, first, index + 1) > target and self.may_begin(
                stretches[index], stretches[index - 1]
            ):
                yield Segment(first, index, segment.key)
                first = index
        yield Segment(first, segment.last, segment.key)

    def may_begin(self, stretch: Stretch, before: Stretch) -> bool:
        """Whether a chunk may begin with a stretch: a statement of a run, its comment included."""
        if stretch.owner == ROOT or stretch.order or not self.nesting.places[stretch.owner].top:
            return False
        return before.owner == ROOT or not (self.items[before.owner].above or self.glue(before) == "next")

    @staticmethod
    def rows(stretches: Sequence[Stretch], first: int, last: int) -> int:
        return stretches[last - 1].last - stretches[first].first + 1

    def chunk(self, segment: Segment, stretches: Sequence[Stretch], units: Sequence[Unit]) -> Chunk:
        owner = self.nesting.owners[segment.key]
        first, last = units[segment.first], units[segment.last - 1]
        return Chunk(
            source=self.source,
            start=first.start,
            end=last.end,
            first_line=first.first_line,
            last_line=last.last_line,
            label=owner.label if segment.key != MODULE else self.run_label(stretches[segment.first : segment.last]),
            kind=KINDS.get(owner.kind, "module"),
            first_unit=segment.first,
            last_unit=segment.last,
            parent=owner.parent,
        )

    def run_label(self, stretches: Sequence[Stretch]) -> str:
        """What a run of statements is called: by what it defines, or by what all of it is."""
        items = {stretch.owner: self.items[stretch.owner] for stretch in stretches if stretch.owner != ROOT}
        names = self.defined(self.nesting.names, items) or self.defined(self.nesting.scopes, items)
        told = [item for index, item in items.items() if not item.comment and index not in self.nesting.scopes]
        if told and all(item.imports for item in told):
            return "<imports>"
        if names:
            return ", ".join(names[:MOST_NAMES]) + (", ..." if len(names) > MOST_NAMES else "")
        return "<module>" if told or not items else "<comment>"

    @staticmethod
    def defined(names: Mapping[int, Sequence[str]], items: Iterable[int]) -> list[str]:
        return list(dict.fromkeys(name for index in items for name in names.get(index, ())))
