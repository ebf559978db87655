"""What a shortened text must still have, whoever shortened it: its decisions, errors and fixes, open questions, values.

One contract serves conversations, documents and retrieved context: it is made from the source or from lines that
somebody chose, and tells what a text lacks of it and which of its lines the source does not bear out. It shortens
nothing itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from longzip.prose.marks import Mark, marks_of
from longzip.prose.sentences import sentences
from longzip.prose.values import distinct

# Up to six words before a colon, or a line that is nothing else.
HEADING = re.compile(r"\W*[^\W\d_]+(?:[ &/'’-]+[^\W\d_]+){0,5}\W*(?:[:：]|$)")
CONTRACTUAL: frozenset[Mark] = frozenset({"decision", "rejected", "error", "fix", "question", "dependency", "action"})


@dataclass(frozen=True, slots=True)
class Contract:
    """Lines that a shortened text must have, each in its words or by more than half of its values."""

    lines: tuple[str, ...]

    @classmethod
    def of(cls, source: str, keep: frozenset[Mark] = CONTRACTUAL) -> Contract:
        """The contract of a text: its sentences of these marks, in order, each once."""
        said = dict.fromkeys(sentence for sentence in sentences(source) if not keep.isdisjoint(marks_of(sentence)))
        return cls(tuple(said))

    def missing(self, text: str) -> tuple[str, ...]:
        """The lines that a text lacks, in order."""
        return tuple(line for line in self.lines if lacks(text, line))


def lacks(text: str, line: str) -> bool:
    """Whether a text lacks more than half of a line's values; a line without values is missing where its words are."""
    values = list(distinct(line))
    if not values:
        return line not in text
    return sum(value not in text for value in values) * 2 > len(values)


def grounded(lines: Iterable[str], source: str) -> list[str]:
    """Those lines whose every value stands in the source. The words of a heading are no values."""
    return [line for line in lines if all(atom in source for atom in distinct(line) if not heads(atom, line))]


def heads(atom: str, line: str) -> bool:
    """Whether what looks like a name is a word of the heading that opens a line, in capitals or not."""
    heading = HEADING.match(line)
    return heading is not None and atom in heading[0] and atom.isalpha() and (atom.isupper() or atom.istitle())
