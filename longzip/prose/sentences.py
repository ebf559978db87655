"""Sentences: of any text, each for itself, or as ranges that tile it. Knows characters; not what a sentence says."""

from __future__ import annotations

import re
from collections.abc import Iterator

from longzip.prose.markdown import block_at, fence_after

END = re.compile(r"(?<![.!?…؟۔।])[.!?…؟۔।]++[\"'”’)\]*_`]*(?=\s)|(?<![。！？])[。！？]++[”’」』）]*")
SHORT = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|approx|no|nos|fig|eq|sec|ch|vol|pp|al|dr|mr|mrs|ms|prof|st|jr|sr|inc|ltd|co"
    r"|z\. ?b|d\. ?h|u\. ?a|i\. ?d\. ?r|bzw|ca|nr|abs|inkl|exkl|evtl|ggf|tel|vgl|mio|mrd|str|zzgl|bspw|hr|fr|sog|usw)"
    r"|\b(?-i:[A-Z]))\.$",
    re.I,
)
# "am 14. März", "der 3. Absatz": a number with a full stop is no end before a month, or a word in lower case.
DAY = re.compile(r"(?<![\w.])\d{1,2}\.$")
LETTER, LETTERS = re.compile(r"\b[a-z]\.$"), re.compile(r"[A-Za-z]\.")  # "z. B.", "u. a."
MONTH = re.compile(r"(?:jan|feb|mär|mar|apr|mai|may|jun|jul|aug|sep|okt|oct|nov|dez|dec)", re.I)
NUMBER = re.compile(r"\W{0,20}(?:\d{1,3}|[a-z])\.\W{0,20}$")  # of a list
BLOCK = re.compile(r"\s*(?:[-*+•]\s|\d+[.)]\s|#{1,6}\s|\||>|```|~~~|={3,}|-{3,}|\[[ xX]\]\s)")
BLOCK_CHARACTERS = 1_500  # of a block of code that is kept or left out whole
LONG = 400  # characters of text without an end of sentence that are cut at a comma or a space


def sentences(text: str) -> list[str]:
    """The sentences and lines of a text, each without the white space around it; a line always ends one."""
    parts = (line[first:last].strip() for line in text.split("\n") for first, last in within(line, 0, len(line)))
    return [part for part in parts if part]


def ranges(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Ranges that tile ``text[start:end]``: sentences, with the white space after them; list items, table rows and the
    lines of code blocks each for themselves."""
    for first, last, verbatim in paragraphs(text, start, end):
        if verbatim:
            yield first, last
        else:
            for one in within(text, first, last):
                yield from long_ones(text, *one)


def paragraphs(text: str, start: int, end: int) -> Iterator[tuple[int, int, bool]]:
    """Ranges that tile the text, cut where a line break ends a thought, and whether the range must not be cut
    inside."""
    at, first, opened = start, start, ""
    while at < end:
        stop = text.find("\n", at, end)
        stop = end if stop < 0 else stop + 1
        still = fence_after(text[at:stop], opened)
        following = text[stop : min(end, stop + 80)]
        if opened or still:
            if first < at:
                yield first, at, False
            closed = -1 if opened else block_at(text, at, min(end, at + BLOCK_CHARACTERS))
            stop = blank_end(text, max(stop, closed), end)
            yield at, stop, True
            first, opened = stop, still if closed < 0 else ""
        elif (
            stop == end
            or not text[at:stop].strip()
            or BLOCK.match(following)
            or (BLOCK.match(text, at, stop) and not wraps(following))
        ):
            rest = blank_end(text, stop, end)
            yield first, rest, text[first:rest].lstrip().startswith("|")
            first = stop = rest
        at = stop
    if first < end:
        yield first, end, False


def wraps(following: str) -> bool:
    """Whether a line goes on what the line before began: it is indented or begins in lower case."""
    return bool(following.strip()) and (following[0] in " \t" or following[0].islower()) and not BLOCK.match(following)


def blank_end(text: str, at: int, end: int) -> int:
    """Where the blank lines after ``at`` end."""
    match = re.compile(r"(?:[^\S\n]*\n)*").match(text, at, end)
    return match.end() if match else at


def within(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Sentences of one paragraph."""
    first = start
    for match in END.finditer(text, start, end):
        stop = match.end()
        while stop < end and text[stop].isspace():
            stop += 1
        if (
            stop >= end
            or SHORT.search(text, max(first, match.end() - 12), match.end())
            or NUMBER.match(text, first, match.end())
            or text[stop : stop + 1].islower()
            or (LETTER.search(text, max(first, match.end() - 3), match.end()) and LETTERS.match(text, stop))
            or (DAY.search(text, max(first, match.end() - 4), match.end()) and MONTH.match(text, stop))
        ):
            continue
        yield first, stop
        first = stop
    if first < end:
        yield first, end


def long_ones(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A range, in parts of about ``LONG`` characters, cut behind a comma or a space, where it is much longer."""
    while end - start > 2 * LONG:
        cut = max(text.rfind(mark, start + LONG // 2, start + LONG) for mark in (", ", "; ", "，", "、"))
        cut = cut if cut > 0 else text.rfind(" ", start + LONG // 2, start + LONG)
        stop = cut + 1 if cut > 0 else start + LONG
        while stop < end and text[stop].isspace():
            stop += 1
        yield start, stop
        start = stop
    yield start, end
