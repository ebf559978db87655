"""What a reader can do without: the middle of long literals of data, and comments that document nothing.

Read off the captures of ``queries/<language>.references.scm``; knows no language. Captures:

    @literal      a list, dictionary, table or initialiser; its named children are its elements
    @part         a child of a literal that belongs to the element before it (the value of a key)
    @code         what makes a literal around it more than data (a function)
    @comment      a comment
    @error        where the text is not of the language: nothing is a comment there
    @documented   a definition, or what wraps one: comments directly above it are its documentation
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tree_sitter import Node

from longzip.formats.grammar.languages import Customs, Language, customs
from longzip.formats.grammar.lines import Lines, lines_of
from longzip.types import DataLiteral, Source

CAPTURES = frozenset({"literal", "part", "code", "comment", "documented", "error"})
LONGEST_ROW = 10_000  # bytes; what stands on longer ones is left alone
FEWEST_LINES = 12  # of a literal that may be shortened
HEAD_LINES = 3  # of its elements that stay
FEWEST_HIDDEN, FEWEST_ELEMENTS = 6, 2  # lines and elements that are worth hiding
BOM = b"\xef\xbb\xbf"
CONTINUED = b"\\"
APART = " \t()[]{},;"  # beside these, words cannot grow together
SEPARATORS = b" \t\r\f\v,;"
LICENCE = re.compile(r"copyright|licen[cs]e|\bSPDX\b", re.IGNORECASE)
Found = Mapping[str, list[Node]]


@dataclass(frozen=True, slots=True)
class Omittable:
    """What a reader can do without; comments as half-open character ranges."""

    literals: tuple[DataLiteral, ...] = ()
    comments: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Rows:
    """Neighbouring elements of a literal that share lines. first, last: rows. start: column of the first."""

    first: int
    last: int
    start: int
    end: int
    elements: int


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment. start, end: characters. first, last: rows. alone: whether nothing else stands on its lines."""

    start: int
    end: int
    first: int
    last: int
    alone: bool
    text: str


@dataclass(frozen=True, slots=True)
class Finder:
    """Finds what may be left out of one source. found: nodes by capture. tail: what may follow on a line."""

    text: str
    lines: Lines
    found: Found
    tail: re.Pattern[bytes]
    customs: Customs

    def literals(self, spared: int) -> list[DataLiteral]:
        """Outermost long literals of data; of each, the last ``spared`` runs of lines are not hidden."""
        code = sorted(node.start_byte for node in self.found.get("code", ()))
        parts = frozenset(node.id for node in self.found.get("part", ()))
        nodes = [node for node in self.found.get("literal", ()) if rows_of(node) >= FEWEST_LINES]
        done = 0
        literals = []
        for node in sorted(nodes, key=lambda node: (node.start_byte, -node.end_byte)):
            holds_code = bisect_left(code, node.end_byte) > bisect_left(code, node.start_byte)
            if node.start_byte < done or holds_code or node.has_error:
                continue
            shortened = self.shortened(node, parts, spared)
            if shortened is not None:
                literals.append(shortened)
                done = node.end_byte
        return literals

    def shortened(self, node: Node, parts: frozenset[int], spared: int) -> DataLiteral | None:
        """The literal without its middle; None where that would hide little, or less than whole lines."""
        runs = list(self.runs(node, parts))
        runs = runs[: len(runs) - spared]
        shown = 0
        while runs and (shown < HEAD_LINES or runs[0].first == node.start_point.row):
            shown += runs[0].last + 1 - runs[0].first
            runs.pop(0)
        while runs and runs[-1].last == node.end_point.row:
            runs.pop()
        elements = sum(run.elements for run in runs)
        if elements < FEWEST_ELEMENTS or runs[-1].last + 1 - runs[0].first < FEWEST_HIDDEN:
            return None
        if not self.whole_lines(runs):
            return None
        return DataLiteral(runs[0].first + 1, runs[-1].last + 1, elements, node.start_point.row + 1)

    def runs(self, node: Node, parts: frozenset[int]) -> Iterator[Rows]:
        """The elements of a literal by the lines that they stand on."""
        run: Rows | None = None
        for child in node.named_children:
            if child.is_extra:
                continue
            (first, start), (last, end) = child.start_point, child.end_point
            counted = child.id not in parts
            if run is not None and (first <= run.last or not counted):
                run = Rows(run.first, max(run.last, last), run.start, end, run.elements + counted)
                continue
            if run is not None:
                yield run
            run = Rows(first, last, start, end, 1)
        if run is not None:
            yield run

    def whole_lines(self, runs: Sequence[Rows]) -> bool:
        """Whether nothing but separators and comments stands before the first run and after the last."""
        before = self.lines.rows[runs[0].first][: runs[0].start]
        after = self.lines.rows[runs[-1].last][runs[-1].end :].lstrip(SEPARATORS)
        return not before.strip(SEPARATORS) and self.tail.fullmatch(after) is not None

    def comments(self) -> list[tuple[int, int]]:
        """Ranges of comments that document nothing and direct no tool, each with the line or the white space it
        leaves."""
        documented = {node.start_point.row for node in self.found.get("documented", ())}
        nodes = self.sound(sorted(self.found.get("comment", ()), key=lambda node: (node.start_byte, -node.end_byte)))
        remarks = [self.remark(node) for node in nodes if self.readable(node)]
        first = next((index for index, remark in enumerate(remarks) if not self.customs.directs(remark.text)), 0)
        kept_row = -1  # the row above which an unbroken run of comments is documentation
        ranges = []
        for index in range(len(remarks) - 1, -1, -1):
            remark = remarks[index]
            above = remark.alone and (remark.last + 1 in documented or remark.last + 1 == kept_row)
            kept_row = remark.first if above else kept_row
            documents = above or self.customs.documents(remark.text)
            licence = index <= first and LICENCE.search(remark.text) is not None
            if (licence or not documents) and not self.customs.directs(remark.text):
                ranges += self.range_of(remark)
        return ranges[::-1]

    def sound(self, nodes: Sequence[Node]) -> Iterator[Node]:
        """Those of ``nodes``, which are in order, that no error and none of them holds."""
        errors = sorted(((node.start_byte, node.end_byte) for node in self.found.get("error", ())), reverse=True)
        end = 0
        for node in nodes:
            while errors and errors[-1][0] <= node.start_byte:
                end = max(end, errors.pop()[1])
            if node.start_byte >= end:
                yield node
                end = node.end_byte

    def readable(self, node: Node) -> bool:
        """Whether a comment stands on lines that a person may have written."""
        rows = self.lines.rows
        ends = (node.start_point.row, node.end_point.row)
        return ends[0] < len(rows) and all(len(rows[row]) <= LONGEST_ROW for row in ends if row < len(rows))

    def remark(self, node: Node) -> Remark:
        (first, column), (last, end_column) = node.start_point, node.end_point
        if last > first and not end_column:
            last, end_column = last - 1, len(self.lines.rows[last - 1])
        start, end = self.place(first, column), self.place(last, end_column)
        before = self.lines.rows[first][:column].removeprefix(BOM).strip()
        after = self.lines.rows[last][end_column:].strip()
        return Remark(start, end, first, last, not before and not after, self.text[start:end])

    def place(self, row: int, column: int) -> int:
        """The character at a byte of a row."""
        return self.lines.starts[row] + len(self.lines.rows[row][:column].decode("utf-8", "replace"))

    def range_of(self, remark: Remark) -> list[tuple[int, int]]:
        """The range to take out with a comment; none where the words around it would grow together or apart."""
        rows = self.lines.rows
        if remark.alone:
            if remark.first and rows[remark.first - 1].rstrip().endswith(CONTINUED):
                return []
            mark = len(BOM.decode()) if rows[remark.first].startswith(BOM) else 0
            return [(self.lines.starts[remark.first] + mark, self.lines.starts[remark.last + 1])]
        before = self.text[self.lines.starts[remark.first] : remark.start]
        after = self.text[remark.end : self.lines.starts[remark.last + 1]]
        if not after.strip():
            return [(remark.start - trailing(before), remark.end - trailing(remark.text))]
        if not before.strip("\ufeff \t\f\v"):
            return [(remark.start, remark.end + len(after) - len(after.lstrip(" \t")))]
        if remark.last > remark.first or not (before[-1] in APART or after[0] in APART):
            return []
        return [(remark.start - (trailing(before) if after[0] in " \t,;)]}" else 0), remark.end)]


def find_omittable(source: Source, language: Language, found: Found, valid: Callable[[str], bool]) -> Omittable:
    """What ``source`` can do without. valid: whether a text parses, or the source itself does not."""
    lines = lines_of(source.text)
    finder = Finder(source.text, lines, found, language.tail, customs(language))
    for spared in (0, 1):  # a language may want no separator before the closing bracket
        literals = finder.literals(spared)
        if not literals or valid(without_lines(lines, source.text, literals, language.marks.comment("..."))):
            break
    else:
        literals = []
    comments = finder.comments()
    sound = not comments or valid(without_ranges(source.text, comments))
    return Omittable(tuple(literals), tuple(comments) if sound else ())


def trailing(text: str) -> int:
    """How many characters of white space ``text`` ends in."""
    return len(text) - len(text.rstrip())


def rows_of(node: Node) -> int:
    return node.end_point.row - node.start_point.row + 1


def without_lines(lines: Lines, text: str, literals: Sequence[DataLiteral], comment: str) -> str:
    """``text`` with a line ``comment`` for what each literal can do without."""
    parts, at = [], 0
    for literal in literals:
        parts += [text[at : lines.starts[literal.first_line - 1]], comment, "\n"]
        at = lines.starts[literal.last_line]
    return "".join([*parts, text[at:]])


def without_ranges(text: str, ranges: Sequence[tuple[int, int]]) -> str:
    """``text`` without some ranges, which are in order."""
    edges = [0, *(edge for span in ranges for edge in span), len(text)]
    return "".join(text[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True))
