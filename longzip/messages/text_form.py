"""Messages written as one text, and messages again from the parts of it that are kept.

What comes back is in the dialect that came in: blocks that were kept whole are as they were, shortened ones have a mark
where something is missing, and a call comes back with its result or not at all. Knows messages; not what is kept, or
why.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from longzip.messages.dialects import to_dict, with_texts, without
from longzip.messages.normal import Message, pair, shown

MISSING = "[...]"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a block stands in a talk's text: of ``messages[message].blocks[block]``, the half-open range of characters,
    the line break behind it included."""

    message: int
    block: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Talk:
    """Messages, and their text: ``role: text``, a turn each. places: of all blocks with text, in order."""

    messages: tuple[Message, ...]
    text: str
    places: tuple[Place, ...]

    @classmethod
    def of(cls, messages: Iterable[Message]) -> Talk:
        parts: list[str] = []
        places: list[Place] = []
        given = tuple(messages)
        at = 0
        for number, message in enumerate(given):
            opening = f"{message.role}: "
            said = [
                (index, shown(block) + "\n")
                for index, block in enumerate(message.blocks)
                if block.text or block.kind == "call"
            ]
            parts += [opening, *(text for _, text in said)] if said else [opening, "\n"]
            at += len(opening) + (not said)
            for index, text in said:
                places.append(Place(number, index, at, at + len(text)))
                at += len(text)
        return cls(given, "".join(parts), tuple(places))

    def shortened(self, kept: Sequence[tuple[int, int]]) -> tuple[Mapping[str, object], ...]:
        """The messages with nothing in them but what lies in ``kept`` (ascending ranges of the text), as their provider
        writes them; a result of a kept call with a mark alone where nothing of it is kept.

        Tool calls, thoughts and what is no text are kept whole or not at all. Results without a call, and calls without
        a result before the last message, are left out: no provider takes them. System messages stay whole, a call stays
        with the thoughts that led to it, and where the user spoke first, the user does so here.
        """
        if not "".join(self.text[start:end] for start, end in between(kept, 0, len(self.text))).strip():
            return tuple(to_dict(message) for message in self.messages)
        texts = {(place.message, place.block): self.remaining(place, kept) for place in self.places}
        for place in self.places:
            if texts[place.message, place.block] != "" and self.messages[place.message].blocks[place.block].sealed:
                texts[place.message, place.block] = None
        alive = {cell for cell, text in texts.items() if text != ""}
        paired = pair(self.messages)
        for call, result in paired.answers.items():
            if call in alive or result in alive:
                alive |= {call, result}
        last = len(self.messages) - 1
        alive -= {*paired.orphans, *(place for place in paired.open if place[0] < last)}
        system = {cell for cell in texts if self.messages[cell[0]].role == "system"}
        opening = self.opening({number for number, _ in alive})
        alive |= self.led(alive | opening, paired.answers)
        thoughts = self.thoughts(alive)
        texts |= dict.fromkeys(system | thoughts)
        alive = {cell for cell in alive if not self.loose(cell, alive)} | system | thoughts | opening
        by_message: dict[int, set[int]] = {}
        for number, block in sorted(alive):
            by_message.setdefault(number, set()).add(block)
        return tuple(self.rebuilt(number, texts, blocks) for number, blocks in by_message.items())

    def thoughts(self, alive: set[tuple[int, int]]) -> set[tuple[int, int]]:
        """The thoughts that led to calls which are kept: in the same message, or in one of their own before it."""
        calls = {number for number, block in alive if self.messages[number].blocks[block].kind == "call"}
        led = calls | {number - 1 for number in calls if number and self.thinks(number - 1)}
        return {(at, n) for at in led for n, block in enumerate(self.messages[at].blocks) if block.kind == "thinking"}

    def led(
        self, alive: set[tuple[int, int]], answers: Mapping[tuple[int, int], tuple[int, int]]
    ) -> set[tuple[int, int]]:
        """A round that thoughts open, of the loop of calls after the last request that is kept, where the first that is
        kept of it has none."""
        asked = (
            at for at, n in alive if self.messages[at].role == "user" and self.messages[at].blocks[n].kind == "text"
        )
        start = max(asked, default=-1)
        said = sorted({at for at, _ in alive if at > start and self.messages[at].role == "assistant"})
        if not said or self.thinks_first(said[0]):
            return set()
        found = next((at for at in range(start + 1, said[0]) if self.thinks_first(at)), None)
        calls = [] if found is None else [call for call in answers if call[0] == found]
        return {cell for call in calls for cell in (call, answers[call])}

    def thinks_first(self, number: int) -> bool:
        blocks = self.messages[number].blocks
        return len(blocks) > 1 and blocks[0].kind == "thinking"

    def thinks(self, number: int) -> bool:
        blocks = self.messages[number].blocks
        return bool(blocks) and all(block.kind == "thinking" for block in blocks)

    def loose(self, cell: tuple[int, int], alive: set[tuple[int, int]]) -> bool:
        """Whether it is thoughts of a message of their own, and what they led to is not kept."""
        return self.thinks(cell[0]) and not any(number == cell[0] + 1 for number, _ in alive)

    def opening(self, numbers: set[int]) -> set[tuple[int, int]]:
        """The user's first text, where what is kept would begin with somebody else's."""
        spoken = sorted(number for number in numbers if self.messages[number].role != "system")
        first = next((at for at, message in enumerate(self.messages) if message.role != "system"), None)
        if not spoken or first is None or self.messages[spoken[0]].role == "user":
            return set()
        own = (place for place in self.places if place.message < spoken[0] and self.is_users(place))
        return {(place.message, place.block) for place in own if place.message == first}

    def is_users(self, place: Place) -> bool:
        message = self.messages[place.message]
        return message.role == "user" and message.blocks[place.block].kind == "text"

    def remaining(self, place: Place, kept: Sequence[tuple[int, int]]) -> str | None:
        """What is left of a block's text: None for all of it, "" for nothing."""
        kind = self.messages[place.message].blocks[place.block].kind
        near = kept[
            bisect_right(kept, place.start, key=lambda one: one[1]) : bisect_left(
                kept, place.end, key=lambda one: one[0]
            )
        ]
        held = [(max(start, place.start), min(end, place.end)) for start, end in near]
        pieces = [
            *((start, end, False) for start, end in held),
            *((start, end, True) for start, end in between(held, place.start, place.end)),
        ]
        said = [(missing, text) for start, end, missing in sorted(pieces) if (text := self.text[start:end].strip())]
        if all(missing for missing, _ in said):
            return ""
        if not any(missing for missing, _ in said):
            return None
        if kind in ("text", "result"):
            return " ".join(MISSING if missing else text for missing, text in said)
        return "" if kind == "thinking" else None

    def rebuilt(
        self, number: int, texts: Mapping[tuple[int, int], str | None], alive: set[int]
    ) -> Mapping[str, object]:
        """A message with nothing but the blocks ``alive``, by index, and those that hold nothing."""
        message = self.messages[number]
        shorter = {
            index: texts[number, index] or MISSING for index in alive
            if texts.get((number, index)) is not None and message.blocks[index].kind in ("text", "result")
        }  # fmt: skip
        stays = [index in alive or not (block.text or block.id) for index, block in enumerate(message.blocks)]
        return without(with_texts(message, shorter) if shorter else message, stays)


def between(ranges: Sequence[tuple[int, int]], start: int, end: int) -> list[tuple[int, int]]:
    """What lies between ascending ranges, from ``start`` to ``end``."""
    edges = [start, *(edge for one in ranges for edge in one), end]
    return [(first, last) for first, last in zip(edges[::2], edges[1::2], strict=True) if first < last]
