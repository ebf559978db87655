"""What a written summary must be before it stands for messages: grounded, complete in what was decided, and short.

Checks, in this order: a line whose values stand neither in the messages nor in the summary so far is taken out;
what the user said that is in force, and decisions, errors and open questions of the ledger whose values the text
lacks are put in, word for word; what is over
the room is cut at a line; and what is then empty, or longer than what it stands for, is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from longzip.conversation.facts.facts import USER, Fact, Section
from longzip.conversation.facts.ledger import Ledger
from longzip.prose.contract import grounded, lacks
from longzip.protocols import Tokenizer

CONTRACT: tuple[Section, ...] = ("Decisions", "Errors and fixes", "Open and next", "Session intent")
CARRIED = "Carried over word for word:"
CARRIED_SHARE, STANDING_SHARE = 0.5, 0.8  # of the room: for facts that are missing, and for what is in force
CARRIED_MARK = re.compile(rf"^- #\d+ (?:{USER})?")
SAME_START = 80


@dataclass(frozen=True, slots=True)
class Guarded:
    """A summary that holds, or "" where none is left; and what was done to it."""

    text: str
    notes: tuple[str, ...]


def guarded(text: str, source: str, ledger: Ledger, room: int, tokenizer: Tokenizer, previous: str = "") -> Guarded:
    """The text after all checks. source: the messages and the summary so far. room: tokens. previous: the summary so
    far; a text that only goes on from there loses its oldest lines where it is too long, any other its last."""
    notes = []
    lines = [line.rstrip() for line in text.strip().splitlines()]
    kept = grounded(lines, source)
    if len(kept) < len(lines):
        notes.append(f"{len(lines) - len(kept)} lines with values that are not in the messages were taken out")
    if not any(line.strip() for line in kept):
        return Guarded("", (*notes, "nothing was left of the summary"))
    standing = [fact for fact in ledger.facts if fact.standing]
    # What is in force stands among what is carried over, where nothing is cut, and so not among the lines.
    sayings = {said for fact in standing for said in (fact.said, *(form.removeprefix(USER) for form in fact.forms))}
    kept = [line for line in kept if CARRIED_MARK.sub("", line) not in sayings] or kept
    shown = "\n".join(kept)
    missing = [
        fact for fact in ledger.facts if fact.section in CONTRACT and not fact.standing and lacks(shown, fact.forms[-1])
    ]
    carried = within(standing, int(room * STANDING_SHARE), tokenizer)
    carried += within(missing, int(room * CARRIED_SHARE) - tokenizer.count("\n".join(carried)), tokenizer)
    if carried:
        notes.append(f"{len(carried)} facts that were missing were put in")
    space = room - (tokenizer.count("\n".join([CARRIED, *carried])) + 2 if carried else 0)
    goes_on = bool(previous) and text.strip().startswith(previous.strip()[:SAME_START])
    short = cut(kept[::-1], space, tokenizer)[::-1] if goes_on else cut(kept, space, tokenizer)
    if len(short) < len(kept):
        notes.append(f"{len(kept) - len(short)} lines over the bound were cut")
    result = "\n".join([*short, *([CARRIED, *carried] if carried else [])])
    if tokenizer.count(result) > tokenizer.count(source):
        return Guarded("", (*notes, "the summary is longer than what it stands for"))
    return Guarded(result if short else "", tuple(notes))


def within(facts: list[Fact], room: int, tokenizer: Tokenizer) -> list[str]:
    """Lines for the facts of the highest worth that fit, in their order."""
    chosen, left = [], room
    for fact in sorted(facts, key=lambda fact: (-fact.base, -fact.turn)):
        line = f"- #{fact.turn} {fact.forms[-1]}"
        price = tokenizer.count(line) + 1
        if price <= left:
            chosen.append((fact.turn, line))
            left -= price
    return [line for _, line in sorted(chosen)]


def cut(lines: list[str], room: int, tokenizer: Tokenizer) -> list[str]:
    """The first lines that fit; of a single line, its beginning."""
    low, high = 0, len(lines)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if tokenizer.count("\n".join(lines[:middle])) <= room else (low, middle - 1)
    if low or not lines:
        return lines[:low]
    words = lines[0].split(" ")
    while words and tokenizer.count(" ".join(words)) > room:
        words = words[: int(len(words) * 0.8)]
    return [" ".join(words)] if words else []
