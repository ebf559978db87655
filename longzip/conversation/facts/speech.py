"""What is said in a message, in passages that can stand alone: without code, tables, markup and the marks of lists.

A passage is a sentence in its author's words, after the line that introduces it, and with the sentence before it where
it only points back to that. It knows how people and agents write Markdown; it does not know what a sentence does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from longzip.prose.code import is_code
from longzip.prose.markdown import fence_after
from longzip.prose.rules import Cue
from longzip.prose.sentences import sentences

LONGEST = 300  # characters of a passage that joins several sentences
ALONE = 100  # characters from which on an item says enough without the line that introduces its list
SHORT_LEAD = 60  # characters up to which each item of a list is given that line, and not the first alone
WRAPPED = 60  # characters from which on a line without an end goes on in the next one
LEAST_WORDS = 3
# What a program puts into the user's words.
INSERTED = re.compile(r"<(local-command-\w+|command-\w+|system-reminder|task-notification|persisted-output)>")
ITEM = re.compile(r"\s*(?:>\s*)*(?:[-*+•]|(?:\*\*)?\(?(?P<number>\d{1,2}[.)]))\s+(?:\[[ xX]\]\s+)?")
HEADING = re.compile(r"\s*#{1,6}\s|\s*\*\*[^*\n]{1,160}\*\*\s*+(?::\s*+)?$")
RULE = re.compile(r"\s*(?:[-=*_+~]\s*){3,}$")
# Rows of tables, numbered or changed lines of files, tags, notes of programs, paths alone.
NOISE, BACKWARD = Cue(__name__, "noise"), Cue(__name__, "backward")
COUNTS = re.compile(r"(?:^|\s)\(?\d{1,2}\.$")  # ends with a full stop that counts what follows, and ends no sentence
WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\d_]{2,12}")


@dataclass(frozen=True, slots=True)
class Passage:
    """Something that was said. lead: the line that introduces it; "" for none."""

    text: str
    lead: str = ""

    @property
    def whole(self) -> str:
        return f"{self.lead} {self.text}" if self.lead else self.text


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Lines that belong together. number: of an item that has one; last: characters of the last line."""

    text: str
    number: str = ""
    item: bool = False
    last: int = 0


def passages(text: str) -> list[Passage]:
    """The passages of a text in its order."""
    found: list[Passage] = []
    carried: set[str] = set()
    lead = heading = ""
    for paragraph in paragraphs(spoken_lines(without_insertions(text))):
        if HEADING.fullmatch(paragraph.text) or (not paragraph.item and paragraph.text.startswith("#")):
            title = unmarked(paragraph.text.lstrip("# ")).rstrip(".:")
            heading, lead = f"{title}:" if WORD.search(title) else "", ""
            continue
        said = list(joined(unmarked(sentence) for sentence in sentences(paragraph.text)))
        if not said:
            continue
        if paragraph.number:
            said[0] = f"{paragraph.number} {said[0]}"
        if not paragraph.item:
            lead = said[-1] if said[-1].endswith((":", "：")) else ""
        opening = heading or (lead if paragraph.item and len(said[0]) < ALONE else "")
        opening = opening if len(opening) + len(said[0]) < LONGEST else ""
        carried.add(opening)
        found += [Passage(said[0], opening), *map(Passage, said[1:])]
        heading, lead = "", lead if not opening or len(lead) <= SHORT_LEAD else ""
    return [passage for passage in found if passage.text not in carried and tells(passage.text)]


def tells(text: str) -> bool:
    """Whether a sentence has words enough to say something, and does not only introduce what is not there."""
    if text.endswith((":", "：")) and len(text) < WRAPPED:
        return False
    words = sum(1 for _ in WORD.finditer(text))
    return words >= LEAST_WORDS or (words > 0 and text.endswith(("?", "？")))


def joined(said: Iterable[str]) -> Iterator[str]:
    """Sentences, each once, and each that points back with the one before it, as far as both have room."""
    held = ""
    for sentence in dict.fromkeys(said):
        if held and (COUNTS.search(held) or (BACKWARD.found(sentence) and len(held) + len(sentence) < LONGEST)):
            held = f"{held} {sentence}"
            continue
        if held:
            yield held
        held = sentence
    if held:
        yield held


def without_insertions(text: str) -> str:
    """The text without the elements that programs put into it; one that is never closed stays."""
    kept, at, unclosed = [], 0, set[str]()
    for opening in INSERTED.finditer(text):
        if opening.start() < at or opening[1] in unclosed:
            continue
        close = f"</{opening[1]}>"
        end = text.find(close, opening.end())
        if end < 0:
            unclosed.add(opening[1])
            continue
        kept.append(text[at : opening.start()])
        at = end + len(close)
    return "\n".join([*kept, text[at:]])


def spoken_lines(text: str) -> list[str]:
    """The lines outside fences; a fence that is never closed is none. A line that is no speech is an empty one."""
    lines, opened, start = text.split("\n"), "", 0
    kept: list[str] = []
    for at, line in enumerate(lines):
        before, opened = opened, fence_after(line, opened)
        if opened and not before:
            start = at
        elif before and not opened:
            kept.append("")
        elif not opened:
            kept.append(line)
    if opened:
        kept += lines[start + 1 :]
    return ["" if is_noise(line) else line for line in kept]


def is_noise(line: str) -> bool:
    """Whether a line is a row, a tag, a rule or code and not speech. Of a very long line, its beginning tells."""
    start = line[:LONGEST]
    return bool(NOISE.found(start) or RULE.match(start) or (is_code(start, surely=False) and not ITEM.match(start)))


def paragraphs(lines: list[str]) -> Iterator[Paragraph]:
    """Lines that were wrapped are one again."""
    held: Paragraph | None = None
    for line in lines:
        mark = ITEM.match(line)
        text = line[mark.end() :] if mark else line.lstrip(" \t>")
        text = text.strip()
        goes_on = held is not None and not mark and held.last >= WRAPPED and not HEADING.match(line)
        number = mark["number"] or "" if mark else ""
        if held is not None and text and goes_on and not re.search(r"[.!?:;。！？：]$", held.text):
            held = replace(held, text=f"{held.text} {text}", last=len(line))
            continue
        if held is not None:
            yield held
        held = Paragraph(text, number, bool(mark), len(line)) if text else None
    if held is not None:
        yield held


def unmarked(text: str) -> str:
    """A line without the marks of emphasis, its blanks single."""
    return " ".join(text.replace("**", "").split())
