"""Conversations and transcripts as a format: turns are chunks, sentences are units, each with its speaker's name.

Knows how turns begin in text: ``Name:`` at the start of a line, ``<|im_start|>role``, a heading or bold text that is a
role. Of messages that were objects it is told where each begins.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from longzip.formats.blocks import Part, with_questions
from longzip.formats.prose import Analysed, ProseFormat, laid_out
from longzip.messages.normal import pair
from longzip.messages.text_form import Place, Talk
from longzip.prose.sentences import ranges
from longzip.types import Source

ROLES = (
    "user|assistant|system|human|ai|bot|tool|agent|developer|model|customer|support|interviewer|interviewee|"
    "用户|助手|助理|系统|客户|客服|我|问|答"
)
STAMP = r"(?:[\[(]?\d[\d:./\-T ,APMapm]{3,24}[\])]?\s*(?:[-–]\s*)?)?"
ROLE = re.compile(
    rf"^(?:<\|im_start\|>[ \t]*\w+[ \t]*(?:\n|$)"  # ChatML
    rf"|#{{1,6}}[ \t]+{STAMP}(?:{ROLES})\b[^\n]*(?:\n+|$)"  # a heading
    # bold, alone or before the text
    rf"|[ \t]*_?[*_]{{2}}{STAMP}(?:{ROLES})\b[^*\n]{{0,80}}[*_]{{2}}_?[ \t]*[:：]?[ \t]*\n*"
    rf"|{STAMP}\[?(?:{ROLES})\]?[ \t]*[:：][ \t]*)",
    re.I | re.M,
)
NAME = re.compile(
    rf"^{STAMP}([^\W\d_][\w.'’\-]*(?: [\w.'’\-]+){{0,4}}(?: \((?:[^()\n]|\([^()\n]*\)){{1,100}}\))?)[ "
    r"\t]*[:：](?:[ \t]+|(?=\n)|\Z)",
    re.M,
)
END = re.compile(r"<\|im_end\|>")
FEWEST_TURNS = 3
SHARE = 0.4  # of the lines with text that open a turn, for names that are no known roles


class ChatFormat(ProseFormat):
    """The format of conversations; implements ``longzip.protocols.Format``."""

    def analyse(self, source: Source) -> Analysed:
        parts: list[Part] = []
        labels: list[str] = []
        for number, (start, body, end) in enumerate(turns(source.text)):
            name = speaker(source.text[start:body])
            labels.append(f"turn {number + 1}" + (f" ({name})" if name else ""))
            under = -1
            if body > start:
                under = len(parts)
                parts.append(Part(start, body, number, head=True))
            parts += [Part(first, last, number, under) for first, last in ranges(source.text, body, end)]
        return laid_out(source, with_questions(source.text, parts), labels)


class TalkFormat(ProseFormat):
    """The format of one text, that of a talk: a message is a turn, whatever it says; a call is one unit, and its result
    stands with it."""

    def __init__(self, talk: Talk) -> None:
        super().__init__()
        self.talk = talk

    def analyse(self, source: Source) -> Analysed:
        asked = {result: call for call, result in pair(self.talk.messages).answers.items()}
        calls: dict[tuple[int, int], int] = {}
        parts: list[Part] = []
        labels: list[str] = []
        by_message: dict[int, list[Place]] = {number: [] for number in range(len(self.talk.messages))}
        for place in self.talk.places:
            by_message[place.message].append(place)
        at = 0
        for number, message in enumerate(self.talk.messages):
            labels.append(f"turn {number + 1} ({message.role})")
            own = by_message[number]
            under = len(parts)
            body = own[0].start if own else at + len(f"{message.role}: \n")
            parts.append(Part(at, body, number, head=True))
            for place in own:
                kind = message.blocks[place.block].kind
                beside = calls.get(asked.get((number, place.block), (-1, -1)), -1)
                if kind == "call":
                    calls[number, place.block] = len(parts)
                said = [(place.start, place.end)] if kind == "call" else ranges(source.text, place.start, place.end)
                parts += [Part(first, last, number, under, beside=beside) for first, last in said]
            at = own[-1].end if own else body
        return laid_out(source, with_questions(source.text, parts), labels)


def turns(text: str) -> Iterator[tuple[int, int, int]]:
    """(start, start of what is said, end) of ranges that tile the text; what stands before the first turn has no
    speaker."""
    starts = [match.span() for match in openings(text)]
    if not starts or starts[0][0] > 0:
        starts.insert(0, (0, 0))
    for index, (start, body) in enumerate(starts):
        end = starts[index + 1][0] if index + 1 < len(starts) else len(text)
        if end > start:
            yield start, min(body, end), end


def openings(text: str) -> list[re.Match[str]]:
    """What opens the turns: roles, where there are any, else names that come again, where they are most of the
    lines."""
    roles = list(ROLE.finditer(text))
    names = list(NAME.finditer(text))
    often = Counter(match[1].strip().lower() for match in names)
    recurring = [match for match in names if often[match[1].strip().lower()] > 1]
    rows = sum(1 for line in text.split("\n") if line.strip())
    if (
        len(recurring) >= FEWEST_TURNS
        and len(recurring) > len(roles)
        and len(recurring) >= SHARE * rows
        and len(often) > 1
    ):
        return names if len(names) >= SHARE * rows else recurring
    return roles


def speaker(opening: str) -> str:
    """The name in what opens a turn."""
    inside = re.sub(rf"^[#*_\[\s<|>]*(?:im_start)?[|>\s]*{STAMP}", "", opening)
    return re.split(r"[:：*_\]\n(]", inside.strip())[0].strip()
