"""A text with a syntax error, changed where the error is so that the rest parses: what stays of its structure is real.

A grammar gives up a whole file for one bracket. So the text is divided by its indentation, which an error leaves alone;
parts that parse by themselves are sound, and in the others the smallest lines are looked for without which they parse.
Those become a comment (damage), or get the brackets that they lack. Every row stays in its place, but may end in more.
Knows rows and how to parse them, and of languages only what ``Language`` says. Counts bytes, not seconds: the same text
is always changed the same way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tree_sitter import Node, Parser, Tree

from longzip.formats.grammar.branches import DIRECTIVE, Branch, is_torn, unbalanced
from longzip.formats.grammar.languages import Language, error_query, grammar
from longzip.formats.grammar.layout import Layout, Rows, indentation
from longzip.formats.grammar.syntax import UnusableTreeError, faults, parse

MOST_WORK = 2_000_000  # bytes parsed in all: about a second
MOST_ROWS = 20_000  # of a text whose errors are looked for
MOST_FAULTY = 60  # parts that do not parse; a text with more of them is something else
OVERHEAD = 400  # bytes that could be parsed while parsing is begun
MOST_JOINED = 4  # parts of a text that may have to be read as one (a return type above a function's name)
SOUND = 3  # at most one line in so many is damaged in a text that is sound otherwise
ROUNDS = 4  # errors looked for in one part
MOST_TRIED = 400  # places of one error
HOPELESS = 1 << 40  # faults of what cannot be parsed at all
MACRO = re.compile(rb"[ \t]*[A-Z][A-Z\d]*_[A-Z\d_]+(?:\([^()]*\))?[ \t]*\r?")  # a row of its own, and no statement
CONFLICT = re.compile(rb"(?:<{7}|>{7}|\|{7})(?:[ \t].*)?\r?|={7}\r?")
BRACKETS = {b"(": b")", b"[": b"]", b"{": b"}"}
QUOTED = re.compile(rb"\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|//[^\n]*|(?<![\w$])#[ \t!][^\n]*|--[ \t][^\n]*")
ENDS = (b"end", b"fi", b"done", b"esac", b'"""', b"'''", b"`", b"*/", b"</script>")


@dataclass(frozen=True, slots=True)
class Recovered:
    """data: the changed text, row by row where the text was. damage: rows that stand as a comment in ``data``.

    bound: rows that belong together, the branches of a preprocessor among them.
    """

    data: bytes
    tree: Tree
    damage: tuple[Rows, ...]
    bound: tuple[Rows, ...]

    @property
    def sound(self) -> bool:
        """Whether it parses, and is little damaged."""
        damaged = sum(end - first for first, end in self.damage)
        return not self.tree.root_node.has_error and SOUND * damaged <= self.data.count(b"\n")


def recover(data: bytes, language: Language, root: Node, seconds: float) -> Recovered | None:
    """``data`` with its errors out of the way; None where that does not make it less faulty. root: of its tree."""
    rows = data.split(b"\n")[:-1]
    if len(rows) > MOST_ROWS:
        return None
    mending = Mending(language, rows, seconds, MOST_WORK)
    found = mending.recovered()
    if found is None or faults(found.tree.root_node, error_query(language)) >= mending.before(root):
        return None
    return found


@dataclass(slots=True)
class Mending:
    """The work on one text. rows: as they were. now: as they are. work: how many bytes may still be parsed."""

    language: Language
    rows: Sequence[bytes]
    seconds: float
    work: int
    now: list[bytes] = field(default_factory=list)
    damage: set[Rows] = field(default_factory=set)
    bound: tuple[Rows, ...] = ()

    @property
    def layout(self) -> Layout:
        return Layout(self.now, self.language.branches)

    def before(self, root: Node) -> int:
        return faults(root, error_query(self.language))

    def recovered(self) -> Recovered | None:
        self.now = list(self.rows)
        self.part_conflicts()
        if self.language.branches:
            self.part_branches()
            self.part_macros()
        if self.faults((0, len(self.now))):
            self.mend_parts()
        data = b"\n".join(self.now) + b"\n"
        try:
            tree = parse(Parser(grammar(self.language)), data, self.seconds, prose=self.language.prose)
        except UnusableTreeError:
            return None
        return Recovered(data, tree, tuple(sorted(self.damage)), self.bound)

    # ------------------------------------------------------------------------------------------- what is known as such

    def part_conflicts(self) -> None:
        """The marks of a merge conflict are damage; so is the other side, where both together do not parse."""
        marks = [row for row, line in enumerate(self.now) if CONFLICT.fullmatch(line)]
        opened = [row for row in marks if self.now[row].startswith(b"<")]
        closed = [row for row in marks if self.now[row].startswith(b">")]
        if not opened or not closed:
            return
        for row in marks:
            self.hide((row, row + 1))
        for first in opened:
            last = next((row for row in closed if row > first), None)
            middle = next((row for row in marks if first < row and self.rows[row].startswith(b"=")), None)
            if last is not None and middle is not None and middle < last and self.faults((0, len(self.now))):
                both = self.faults((0, len(self.now)))
                if self.faults((0, len(self.now)), blank=(middle, last)) < both:
                    self.hide((middle, last + 1))

    def part_branches(self) -> None:
        """Of branches that do not close what they open, one stays."""
        branches: list[Branch] = unbalanced(self.now)
        for branch in branches:
            for row in branch.hidden:
                self.now[row] = b""
        self.bound = tuple(branch.rows for branch in branches)

    def part_macros(self) -> None:
        """Macros that stand alone where a grammar expects a declaration (a namespace's begin, a declaration's mark) are
        damage, where the text is less faulty without them."""
        macros = [row for row, line in enumerate(self.now) if MACRO.fullmatch(line)]
        before = self.faults((0, len(self.now))) if macros else 0
        if before:
            saved, damage = list(self.now), set(self.damage)
            for row in macros:
                self.hide((row, row + 1))
            if self.faults((0, len(self.now))) >= before:
                self.now, self.damage = saved, damage

    # ----------------------------------------------------------------------------------------------------------- parts

    def mend_parts(self) -> None:
        """Parts of the text that do not parse by themselves, mended one after the other."""
        parts = list(self.layout.parts((0, len(self.now))))
        ended = [rows for part in parts if (rows := self.layout.ended(part)) is not None]
        torn = [rows for rows in ended if closers(b"\n".join(self.now[rows[0] : rows[1]]))]
        sound: list[bool] = []
        index = 0
        while index < len(parts):
            for width in range(1, MOST_JOINED + 1):
                together = (parts[index][0], parts[min(index + width, len(parts)) - 1][1])
                if not self.faults(together):
                    parts[index : index + width] = [together]
                    sound.append(True)
                    break
            else:
                sound.append(False)
            index += 1
            if sound.count(False) > MOST_FAULTY:
                return
        whole = (0, len(self.now))
        faulty = [part for part, good in zip(parts, sound, strict=True) if not good]
        first_lines = [(part[0], part[0] + 1) for part in faulty]
        place = self.first_error(whole)
        alone = self.best(whole, torn, place)
        if alone is None or alone[0]:
            shorter = [rows for part in faulty if (rows := self.layout.ended(part)) is not None]
            alone = self.best(whole, [*dict.fromkeys([*shorter, *faulty, *first_lines])], place)
        if alone is not None and not alone[0]:
            self.narrow(whole, alone[1], 0)
            return
        for rows in list(runs_of(parts, sound)):
            if not self.faults(whole):
                return
            self.mend(rows)
        left = self.faults(whole)
        for rows in list(runs_of(parts, sound)):
            self.undo_where_needless(rows, left)

    def undo_where_needless(self, rows: Rows, left: int) -> None:
        """Rows become what they were, where the text has no more than ``left`` faults all the same: it was only by
        themselves that they did not parse."""
        saved, damage = list(self.now[rows[0] : rows[1]]), self.damage
        if saved == list(self.rows[rows[0] : rows[1]]) or self.bound:
            return
        self.damage = {known for known in damage if not rows[0] <= known[0] < rows[1]}
        self.now[rows[0] : rows[1]] = [
            line if CONFLICT.fullmatch(line) is None else now
            for line, now in zip(self.rows[rows[0] : rows[1]], saved, strict=True)
        ]
        self.damage |= {known for known in damage if CONFLICT.fullmatch(self.rows[known[0]]) is not None}
        if self.faults((0, len(self.now))) > left:
            self.now[rows[0] : rows[1]], self.damage = saved, damage

    def mend(self, rows: Rows) -> None:
        """Rows that do not parse: the least that is wrong in them becomes damage, or else all of them."""
        saved, damage = list(self.now[rows[0] : rows[1]]), set(self.damage)
        for _ in range(ROUNDS):
            if not self.faults(rows) or not self.mend_once(rows):
                break
        if self.faults(rows):
            now, known = self.now[rows[0] : rows[1]], self.damage
            self.now[rows[0] : rows[1]], self.damage = saved, damage
            if not self.with_another_head(rows, rows, 0):
                parts = list(self.layout.parts(rows))
                if len(parts) > 1:
                    self.now[rows[0] : rows[1]], self.damage = now, known
                for part in parts:
                    if self.faults(part):
                        self.hide(part)

    def mend_once(self, rows: Rows) -> bool:
        """Whether the faults of ``rows`` have become fewer."""
        before = self.faults(rows)
        heads = list(self.layout.odd(rows))
        wholes = [part for part in self.layout.parts(rows) if part != rows]
        place = self.first_error(rows)
        for among in (heads, list(self.layout.inner(rows)), list(self.layout.across(rows)), wholes):
            found = self.best(rows, among, place)
            if found is not None and found[0] == 0:
                self.narrow(rows, found[1], 0)
                return True
        if self.close(rows, rows, 0) or self.with_another_head(rows, rows, 0):
            return True
        tried = [found for among in (heads, list(self.layout.inner(rows))) if (found := self.best(rows, among, place))]
        least = min(tried, default=None)
        if least is None or least[0] >= before:
            return False
        self.narrow(rows, least[1], least[0])
        return True

    def best(self, frame: Rows, among: Sequence[Rows], place: int) -> tuple[int, Rows] | None:
        """The range without which ``frame`` has the fewest faults, and these; the first without any."""
        found: list[tuple[int, Rows]] = []
        ordered = sorted(among, key=lambda rows: (not rows[0] <= place < rows[1], abs(rows[0] - place)))
        for rows in ordered[:MOST_TRIED]:
            if self.layout.is_blank(rows):
                continue
            found.append((self.faults(frame, blank=rows), rows))
            if not found[-1][0]:
                return found[-1]
        return min(found, default=None)

    def narrow(self, frame: Rows, rows: Rows, target: int) -> None:
        """Make of ``rows``, without which ``frame`` has at most ``target`` faults, as little damage as does it."""
        place = self.first_error(frame)
        within = dict.fromkeys([*self.layout.inner(rows), *self.layout.across(rows), *self.layout.odd(rows)])
        for inner in sorted(within, key=lambda inner: abs(inner[0] - place)):
            if not self.layout.is_blank(inner) and self.faults(frame, blank=inner) <= target:
                self.narrow(frame, inner, target)
                return
        if not (self.close(frame, rows, target) or self.with_another_head(frame, rows, target)):
            self.hide(rows)

    def close(self, frame: Rows, rows: Rows, target: int) -> bool:
        """Whether closing what ``rows`` opens, at their end or at that of their first row, does it."""
        text = b"\n".join(self.now[rows[0] : rows[1]])
        if len(text) > self.work:
            return False
        lacking = [closers(text), *(end for end in ENDS if end in text or end.isalpha())]
        last = next((row for row in range(rows[1] - 1, rows[0] - 1, -1) if self.now[row].strip()), rows[0])
        below = last + 1 if last + 1 < rows[1] else last
        for row, ends in ((below, lacking), (rows[0], [closers(self.now[rows[0]])])):
            for end in filter(None, ends):
                before = self.now[row]
                self.now[row] = before + (b" " if before.strip() else b"") + end
                if self.faults(frame) <= target:
                    return True
                self.now[row] = before
        return False

    def with_another_head(self, frame: Rows, rows: Rows, target: int) -> bool:
        """Whether a class whose head is damaged parses with a head of the language's own."""
        holder = self.language.holder
        inner = [part for part in self.layout.inner(rows) if not self.layout.is_blank(part)]
        if not holder or len(inner) < 2:
            return False
        saved = self.now[rows[0] : inner[0][0]]
        indent = indentation(self.now[rows[0]])
        self.now[rows[0] : inner[0][0]] = [indent + holder.encode(), *[b""] * (len(saved) - 1)]
        if self.faults(frame) <= target or self.close(frame, rows, target):
            return True
        self.now[rows[0] : inner[0][0]] = saved
        return False

    def hide(self, rows: Rows) -> None:
        """Rows become damage."""
        self.damage = {known for known in self.damage if not rows[0] <= known[0] < rows[1]} | {rows}
        self.now[rows[0] : rows[1]] = self.filled(rows)

    def filled(self, rows: Rows) -> list[bytes]:
        """A comment, or a statement that does nothing, in place of rows."""
        language = self.language
        if language.branches and is_torn(self.now[rows[0] : rows[1]]):
            return [line if DIRECTIVE.match(line) else b"" for line in self.now[rows[0] : rows[1]]]
        shown = next((row for row in range(*rows) if self.rows[row].strip()), rows[0])
        filler = language.placeholder or language.marks.comment("")
        like = next((row for row in range(shown, len(self.rows)) if self.is_code(row)), shown)
        line = indentation(self.rows[like]) + filler.encode()
        return [*[b""] * (shown - rows[0]), line, *[b""] * (rows[1] - shown - 1)]

    # ----------------------------------------------------------------------------------------------------- small things

    def faults(self, rows: Rows, blank: Rows | None = None) -> int:
        """How faulty ``rows`` are by themselves, ``blank`` of them as good as empty; 0 where they parse."""
        lines = self.now[rows[0] : rows[1]]
        if self.language.branches and rows != (0, len(self.now)):
            lines = [b"" if DIRECTIVE.match(line) else line for line in lines]
        if blank is not None:
            lines[blank[0] - rows[0] : blank[1] - rows[0]] = self.filled(blank)
        data = b"\n".join([*([self.language.opens.encode()] if self.language.opens and rows[0] else []), *lines, b""])
        self.work -= len(data) + OVERHEAD
        if self.work < 0:
            return HOPELESS
        try:
            root = parse(Parser(grammar(self.language)), data, self.seconds, prose=self.language.prose).root_node
        except UnusableTreeError:
            return HOPELESS
        return faults(root, error_query(self.language)) if root.has_error else 0

    def first_error(self, rows: Rows) -> int:
        """The row of the innermost first error in ``rows``."""
        data = b"\n".join([*self.now[rows[0] : rows[1]], b""])
        self.work -= len(data)
        if self.work < 0:
            return rows[0]
        try:
            node: Node | None = parse(Parser(grammar(self.language)), data, self.seconds).root_node
        except UnusableTreeError:
            return rows[0]
        place = rows[0]
        while node is not None:
            place = rows[0] + node.start_point.row
            node = next((child for child in node.children if child.has_error or child.is_missing), None)
        return place

    def is_code(self, row: int) -> bool:
        return bool(self.rows[row].strip()) and CONFLICT.fullmatch(self.rows[row]) is None


def runs_of(parts: Sequence[Rows], sound: Sequence[bool]) -> Iterator[Rows]:
    """Neighbouring parts that are not sound, as one."""
    first: int | None = None
    for index, good in enumerate([*sound, True]):
        if good and first is not None:
            yield parts[first][0], parts[index - 1][1]
            first = None
        elif not good and first is None:
            first = index


def closers(text: bytes) -> bytes:
    """The brackets that ``text`` opens and does not close, closed; b"" where there are none."""
    waiting: list[bytes] = []
    bare = QUOTED.sub(b"", text)
    for match in re.finditer(rb"[(\[{)\]}]", bare):
        mark = match[0]
        if mark in BRACKETS:
            waiting.append(BRACKETS[mark])
        elif mark in waiting:
            while waiting.pop() != mark:
                pass
    return b"".join(reversed(waiting))
