"""Whether a line among prose is code, by its shape. Knows no programming language by name.

A question that is a piece of code, and a file of it, are told by the share of their lines: ``longzip.scoring.names``.
"""

from __future__ import annotations

from longzip.prose.rules import Cue

SURELY, LIKELY = Cue(__name__, "surely"), Cue(__name__, "likely")
LISTED, REPORTED = Cue(__name__, "listed"), Cue(__name__, "reported")


def is_code(line: str, *, surely: bool) -> bool:
    """Whether a line has the shape of code. surely: one that hardly stands in prose, rather than one that seldom is a
    line of its own there."""
    return (SURELY if surely else LIKELY).found(line) is not None


def is_listing(text: str) -> bool:
    """Whether a line is a piece of code or of a listing of it, and reports nothing: in ``if err != nil`` nothing went
    wrong."""
    return (LISTED.found(text) is not None or is_code(text, surely=True)) and REPORTED.found(text) is None
