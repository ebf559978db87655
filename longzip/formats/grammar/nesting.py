"""The nesting of a text: which item lies in which, which of them make chunks, and what these are called.

One sweep over bodies, items and definitions in the order of the text, without recursion: a text may be nested as deeply
as it likes. Knows no language and no lines beyond the rows of items.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from longzip.formats.grammar.items import Body, Item
from longzip.formats.grammar.syntax import Captures, Definition

MOST_DEPTH = 60  # bodies around a statement; deeper ones are not cut
LEAF_LINES = 3  # a statement of so many lines is not cut inside
SECTION_LINES = 6  # the fewest of a section that is a chunk
BODY, ITEM, WHOLE, DEFINITION = range(4)
MODULE = 0  # index of the definition that stands for the text itself


@dataclass(frozen=True, slots=True)
class Owner:
    """A definition that a chunk is named after. parent: label of the class around it, or ""."""

    label: str
    kind: str
    parent: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item lies. parent: index of the item around it, or -1.

    run: index of the owner of the statements at its level. top: whether it may make a chunk, or be a part of a run.
    """

    parent: int
    run: int
    top: bool


@dataclass(slots=True)
class Nesting:
    """Places by index of item, outer ones first (items nobody may cut out have none); owners; the owner of an item;
    names and scopes that an item defines; items that are containers."""

    places: dict[int, Place] = field(default_factory=dict)
    owners: list[Owner] = field(default_factory=lambda: [Owner("<module>", "module")])
    owner_of: dict[int, int] = field(default_factory=dict)
    names: dict[int, list[str]] = field(default_factory=dict)
    scopes: dict[int, list[str]] = field(default_factory=dict)
    containers: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Frame:
    """What is around the current place of the sweep, up to byte ``end``.

    item: the nearest item, or -1. run: see Place. next_run: the run of a container's body that opens here.
    top: whether the nearest body is a container's, and so on outwards. closed: whether bodies count no more.
    scope: label of the definitions around. parent: label of the class around, or "".
    """

    end: int
    item: int = -1
    run: int = MODULE
    next_run: int = MODULE
    top: bool = True
    closed: bool = False
    depth: int = 0
    scope: str = ""
    parent: str = ""


@dataclass(slots=True)
class Sweep:
    """Goes over the text and notes what lies in what."""

    bodies: Sequence[Body]
    items: Sequence[Item]
    definitions: Sequence[Definition]
    nesting: Nesting = field(default_factory=Nesting)
    opened: set[int] = field(default_factory=set)

    def body(self, frame: Frame, index: int) -> Frame:
        body = self.bodies[index]
        if frame.closed or frame.depth > MOST_DEPTH:
            return replace(frame, end=body.end, closed=True)
        self.opened.add(index)
        inside = replace(frame, end=body.end, depth=frame.depth + 1)
        if body.embedded:
            inside = replace(inside, scope="", parent="")
        if not (body.members and frame.top):
            return replace(inside, top=False)
        if frame.item >= 0:
            self.nesting.containers.add(frame.item)
        return replace(inside, run=frame.next_run)

    def item(self, frame: Frame, index: int) -> Frame:
        item = self.items[index]
        if item.body not in self.opened:
            return replace(frame, end=item.end)
        self.nesting.places[index] = Place(frame.item, frame.run, frame.top)
        leaf = item.last - item.first < LEAF_LINES
        return Frame(
            end=item.end,
            item=index,
            run=frame.run,
            next_run=frame.run,
            top=frame.top,
            closed=frame.closed or leaf,
            depth=frame.depth,
            scope=frame.scope,
            parent=frame.parent,
        )

    def definition(self, frame: Frame, index: int) -> Frame:
        found = self.definitions[index]
        if not frame.top:
            return frame
        label = found.label(frame.scope)
        if found.kind in ("function", "class") or (found.kind == "section" and self.lines(frame) >= SECTION_LINES):
            return self.own(frame, found, label)
        if frame.item >= 0 and found.name:
            names = self.nesting.names if found.kind in ("value", "section") else self.nesting.scopes
            names.setdefault(frame.item, []).append(label if found.kind == "scope" else found.name)
        if found.kind == "section":
            return replace(frame, end=found.end, top=False)
        return replace(frame, end=found.end, scope=label, parent="") if found.kind == "scope" else frame

    def lines(self, frame: Frame) -> int:
        """How many lines the nearest item has."""
        return self.items[frame.item].last - self.items[frame.item].first + 1 if frame.item >= 0 else 0

    def own(self, frame: Frame, found: Definition, label: str) -> Frame:
        """Make a definition an owner, of its item if that has none yet."""
        nesting = self.nesting
        qualified = "." in found.name and found.kind == "function" and found.path == "."
        qualifier = label.rpartition(".")[0] if qualified else ""
        nesting.owners.append(Owner(label or "<anonymous>", found.kind, frame.parent or qualifier))
        if frame.item >= 0:
            nesting.owner_of.setdefault(frame.item, len(nesting.owners) - 1)
        if found.kind == "function":
            return replace(frame, end=found.end, scope=label)
        return replace(frame, end=found.end, scope=label, parent=label, next_run=len(nesting.owners) - 1)


def nest(bodies: Sequence[Body], items: Sequence[Item], captures: Captures) -> Nesting:
    """What lies in what. Where ranges are equal, a body comes before its items, and these before their definitions."""
    events = [
        *((body.start, -body.end, BODY, index) for index, body in enumerate(bodies)),
        *((item.start, -item.end, ITEM, index) for index, item in enumerate(items)),
        *((start, -end, WHOLE, 0) for start, end in captures.wholes),
        *((found.start, -found.end, DEFINITION, index) for index, found in enumerate(captures.definitions)),
    ]
    sweep = Sweep(bodies, items, captures.definitions)
    frames = [Frame(end=max((body.end for body in bodies), default=0))]
    for start, negative_end, rank, index in sorted(events):
        while len(frames) > 1 and frames[-1].end <= start:
            frames.pop()
        if rank == BODY:
            frames.append(sweep.body(frames[-1], index))
        elif rank == ITEM:
            frames.append(sweep.item(frames[-1], index))
        elif rank == WHOLE:
            frames.append(replace(frames[-1], end=-negative_end, closed=True))
        else:
            frames.append(sweep.definition(frames[-1], index))
    return sweep.nesting
