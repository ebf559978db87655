"""What a sentence is by where it stands: under a heading, in a table, beside a name, first of what somebody came with.

``prose.marks`` knows a sentence by its words; this module adds what its place says. Knows formats and units, no budget.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from longzip.formats.chat import ROLES
from longzip.prose.actions import NO_NAMES, action_items, tabled
from longzip.prose.marks import ASKS_REFERENCE
from longzip.prose.people import people
from longzip.prose.rules import Cue
from longzip.strategies.corpus import Cell
from longzip.strategies.run import Engine
from longzip.texts.kinds import PICTURE, Kind
from longzip.types import ActionItem, Chunk, Source, Unit

SECTIONS = {mark: Cue(__name__, mark) for mark in ("decision", "action", "pending")}
INSTALL = Cue(__name__, "install")
USER = re.compile(
    r"\((?:user|human|customer|client|caller|kund(?:e|in)|anrufer(?:in)?|nutzer(?:in)?|用户|客户|顾客|来电|我)", re.I
)
LINKS = re.compile(r"\[[^\[\]]{0,400}+\]\([^()]{0,400}+\)|<[^<>]{1,400}+>")
LONGEST = 400  # characters of what a heading makes a decision or a task
SPEAKER, ROLE = re.compile(r"\(([^()]+)\)$"), re.compile(ROLES, re.I)
RULE = re.compile(r"\|[\s:|+-]*\|$")
SHORTEST_WISH = 24  # characters of what somebody comes with
TITLE_LINES = 12  # within which a document names itself
INSTALL_LINES = 12  # of a block of code, within which it installs
SPOKEN = 60  # speakers at most whose names are people's


@dataclass(frozen=True, slots=True)
class Place:
    """A unit in its surroundings. heads: the texts of the units it stands under. chunk: the one it is in."""

    cell: Cell
    text: str
    unit: Unit
    heads: tuple[str, ...]
    chunk: Chunk


def places(sources: Sequence[Source], engine: Engine) -> Iterator[Place]:
    """The units that hold text and are no heads, in order."""
    for page, source in enumerate(sources):
        units = engine.form.units(source)
        said = [source.text[unit.start : unit.end].strip() for unit in units]
        for chunk in engine.form.split(source):
            for index in range(chunk.first_unit, chunk.last_unit):
                if said[index] and not units[index].head:
                    heads = tuple(said[head] for head in over(units, index))
                    yield Place((page, index), said[index], units[index], heads, chunk)


def over(units: Sequence[Unit], index: int) -> list[int]:
    """The heads that a unit stands under, the nearest first."""
    found: list[int] = []
    wanted = list(units[index].needs)
    while wanted:
        head = wanted.pop(0)
        if head not in found:
            found.append(head)
            wanted += units[head].needs
    return [head for head in found if units[head].head]


def names_in(known: Sequence[Place], kind: Kind) -> frozenset[str]:
    """The people that a text names; of a conversation those who speak in it, too, where they go by their names."""
    spoken: list[str] = []
    if kind == "conversation":
        spoken = list(dict.fromkeys(match[1] for place in known if (match := SPEAKER.search(place.chunk.label))))
    called = [name for name in spoken if not ROLE.fullmatch(name)] if len(spoken) <= SPOKEN else []
    return people(place.text for place in known) | frozenset(
        part for name in called for part in (name, name.split()[0]) if part[:1].isupper() or not part.isascii()
    )


def items_of(place: Place, names: frozenset[str], *, marked: bool) -> tuple[ActionItem, ...]:
    """The action items in a unit: by its sentence, or by the columns of its table."""
    if place.text.startswith("|"):
        head = next((one for one in place.heads if one.startswith("|") and re.search(r"\w", one)), "")
        item = tabled(head, place.text, place.unit.first_line) if head else None
        return (item,) if item else ()
    found = action_items(place.text, place.unit.first_line, names, marked=marked)
    spoken = SPEAKER.search(place.chunk.label)
    if spoken is None or ROLE.fullmatch(spoken[1]):
        return found
    return tuple(replace(item, who=spoken[1]) if item.who.lower() in ("i", "ich", "我") else item for item in found)


def placed(
    known: Sequence[Place], marks: Mapping[Cell, tuple[str, ...]], kind: Kind
) -> tuple[dict[Cell, tuple[str, ...]], dict[Cell, tuple[ActionItem, ...]]]:
    """The marks with those that the place adds, and the action items."""
    names = names_in(known, kind) if kind in ("conversation", "document") else NO_NAMES
    by_cell = {place.cell: place.text for place in known}
    found, items = dict(marks), dict[Cell, tuple[ActionItem, ...]]()
    for place in known:
        own = found.get(place.cell, ())
        if "question" not in own and (tasks := items_of(place, names, marked="action" in own)):
            items[place.cell] = tasks
            own = (*own, "action")
        if any(answers_for(by_cell.get((place.cell[0], other)), place) for other in place.unit.needs):
            own = (*own, "reference")
        if kind == "document" and len(place.text) <= LONGEST:
            own = (*own, *under(place))
        found[place.cell] = tuple(dict.fromkeys(own))
    if kind == "conversation":
        found |= came_with(known, found)
    return found, items


def answers_for(question: str | None, place: Place) -> bool:
    """Whether a unit tells the number or name that a question asks for."""
    return (
        question is not None
        and ASKS_REFERENCE.found(question) is not None
        and any(character.isdigit() or character == "@" for character in place.text)
    )


def under(place: Place) -> list[str]:
    """The marks that the nearest heading gives, but for the head of a table and the rule below that."""
    if place.text.startswith("|") and RULE.match(place.text):
        return []
    title = place.chunk.label if place.heads else ""
    return [mark for mark, cue in SECTIONS.items() if title and cue.found(title)]


def came_with(known: Sequence[Place], marks: Mapping[Cell, tuple[str, ...]]) -> dict[Cell, tuple[str, ...]]:
    """What the user came with is a request, whatever its words: the first that says something, of a user who has made
    no request yet."""
    for place in known:
        if USER.search(place.chunk.label):
            own = marks.get(place.cell, ())
            if {"request", "decision"}.intersection(own):
                return {}
            if len(place.text) > SHORTEST_WISH and not {"question"}.intersection(own):
                return {place.cell: (*own, "request")}
    return {}


def essential(sources: Sequence[Source], known: Sequence[Place], engine: Engine) -> dict[Cell, str]:
    """What a document is nothing without, and why: its title with the sentence below it, and how it is installed."""
    found: dict[Cell, str] = {}
    for place in known:
        if any(INSTALL.found(line) for line in place.text.split("\n")[:INSTALL_LINES]):
            found[place.cell] = "install"
            break
    for page, source in enumerate(sources):
        units = engine.form.units(source)
        title = next((at for at, unit in enumerate(units) if unit.head and unit.first_line <= TITLE_LINES), -1)
        if title < 0 or source.text[units[title].start : units[title].end].lstrip().startswith("|"):
            continue
        lead = next((one for one in known if one.cell[0] == page and one.cell[1] > title and tells(one)), None)
        if lead is not None:
            found.setdefault(lead.cell, "lead")
            if title not in over(units, lead.cell[1]):
                found[page, title] = "title"
    return found


def tells(place: Place) -> bool:
    """Whether a unit is a sentence, and no badge, picture or link alone."""
    said = LINKS.sub(" ", PICTURE.sub(" ", place.text))
    return len(re.findall(r"[^\W\d_]{2,}|[\u3400-\u9fff]", said)) >= 4 and not place.text.startswith(
        ("|", "```", "~~~")
    )
