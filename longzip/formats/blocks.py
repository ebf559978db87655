"""What stands together in prose: a block of code with its fences, a row with its table's head, a list with the line
that introduces it, an answer with its question. Knows parts and characters; not what a turn or a section is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from longzip.prose.markdown import fence_after
from longzip.prose.marks import filler, is_question

RULED = re.compile(r"(?=[ :|+-]*?--)[ :|+-]++$")
ITEM = re.compile(r"([ \t]*)(?:[-*+•·]|\d{1,3}[.)]|[(（]?[一二三四五六七八九十]{1,3}[)）、]|\[[ xX]\])[ \t]*\S")
INTRODUCES = re.compile(r"[:：][*_`]*\s*$")
CLAUSE = re.compile(r"[,.!，。！] *(?=\S)")
LONGEST = 240  # characters of a line that introduces a list, of an item that others are below, of a question
ANSWER = 80  # characters of what a short answer may have


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a text that becomes a unit. chunk: number of the chunk it is in. under: number of the part without
    which it says nothing (a heading, a speaker's name, the first line of a record), or -1; beside: of another such
    part, or -1 (the call that a result answers). head: whether it is such a part."""

    start: int
    end: int
    chunk: int
    under: int = -1
    head: bool = False
    beside: int = -1


def with_fences(text: str, parts: Sequence[Part]) -> list[Part]:
    """The parts, those of a long block of code with its fences: a line out of it is code only between them."""
    found = list(parts)
    opened, marks = -1, ""
    for index, part in enumerate(parts):
        said = text[part.start : part.end].strip()
        if "\n" in said or part.head:
            continue
        before, marks = marks, fence_after(said, marks)
        if before == marks:
            continue
        if marks:
            opened = index
            continue
        for inner in range(opened, index):
            if not found[inner].head:
                found[inner] = replace(
                    found[inner], under=found[opened].under if inner == opened else opened, beside=index
                )
        found[index] = replace(part, under=opened)
    return found


def with_tables(text: str, parts: Sequence[Part]) -> list[Part]:
    """The parts, the rows of a table with its head: the row above the rule, and the rule, which are nothing alone."""
    found = list(parts)
    said = [text[part.start : part.end] for part in parts]
    rows = [
        not part.head and part.beside < 0 and own.lstrip().startswith("|")
        for part, own in zip(parts, said, strict=True)
    ]
    head = -1
    for index, part in enumerate(parts):
        if not rows[index]:
            head = -1
        elif head < 0 and index + 1 < len(parts) and rows[index + 1] and RULED.match(said[index + 1].strip()):
            head = index
            found[index] = replace(part, head=True)
        elif head == index - 1 >= 0:
            found[index] = replace(part, under=head, head=True)
        elif head >= 0:
            found[index] = replace(part, under=head, beside=head + 1)
        if said[index].count("\n") > 1:
            head = -1  # a blank line ends the table
    return found


def with_lists(text: str, parts: Sequence[Part]) -> list[Part]:
    """The parts, the items of a list with the line before it that ends in a colon, and with the item they are below."""
    found = list(parts)
    above: list[tuple[int, int]] = []  # (indent, part) of what items to come may be below
    for index, part in enumerate(parts):
        said = text[part.start : part.end]
        whole = part.start == 0 or text[part.start - 1] == "\n"
        if part.head or part.beside >= 0:
            above = []
            continue
        if index and part.chunk != parts[index - 1].chunk:
            above = [one for one in above if one == (-1, index - 1)]  # a blank line ends a list, but not its opening
        item = ITEM.match(said) if whole else None
        if item is None:
            if whole or INTRODUCES.search(said):
                above = [(-1, index)] if INTRODUCES.search(said) and len(said.strip()) <= LONGEST else []
            continue
        indent = len(item[1].expandtabs(4))
        while above and above[-1][0] >= indent:
            above.pop()
        if above and parts[above[-1][1]].under == part.under:
            found[index] = replace(part, under=above[-1][1])
        if len(said.strip()) <= LONGEST:
            above.append((indent, index))
    return found


def offers(question: str) -> bool:
    """Whether a question is a greeting: "How can I help you?" asks for nothing that an answer could be short for."""
    return bool(filler(question) or filler(CLAUSE.split(question)[-1]))


def with_questions(text: str, parts: Sequence[Part]) -> list[Part]:
    """The parts, a short answer at the beginning of a turn with the question at the end of the turn before it."""
    found = list(parts)
    asked = -1
    for index, part in enumerate(parts):
        if part.head:
            continue
        opens = index == 0 or parts[index - 1].head
        said = text[part.start : part.end].strip()
        if opens and asked >= 0 and part.beside < 0 and 0 < len(said) <= ANSWER and not is_question(said):
            found[index] = replace(part, beside=asked)
        last = index + 1 == len(parts) or parts[index + 1].head
        if last:
            asked = index if len(said) <= LONGEST and is_question(said) and not offers(said) else -1
    return found
