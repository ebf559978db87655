"""Proposals that were overruled later: "let's use MongoDB", and then "no, let's use Postgres instead".

Two explicit cues and nothing else: a sentence that sets aside something by its name, which overrules what proposed that
before; and one that opens by taking back what was said last. What overrules stays, and says what was set aside. Knows
sentences and their marks; a guess that cannot be shown by words is not made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from longzip.prose.rules import Cue
from longzip.scoring.terms import terms

SET_ASIDE, STOPS = Cue(__name__, "set_aside"), Cue(__name__, "stops")
TAKES_BACK, PROPOSES = Cue(__name__, "takes_back"), Cue(__name__, "proposes")
REACH = 12  # sentences back from what takes back the last proposal


def overruled(texts: Sequence[str], marks: Sequence[Sequence[str]]) -> Mapping[int, int]:
    """Of each proposal among sentences that a later one sets aside, the index of that one. marks: of each sentence."""
    found: dict[int, int] = {}
    proposals: dict[int, frozenset[str]] = {}
    for at, text in enumerate(texts):
        names = [] if "question" in marks[at] else [frozenset(terms(name)) for name in set_aside(text)]
        gone = [before for before, said in proposals.items() if any(name and name <= said for name in names)]
        if not names and proposals and TAKES_BACK.found(text) and at - next(reversed(proposals)) <= REACH:
            gone = [next(reversed(proposals))]
        for before in gone:
            found[before] = at
            del proposals[before]
        if proposes(text, marks[at]) and SET_ASIDE.found(text) is None:
            proposals[at] = frozenset(terms(text))
    return found


def proposes(text: str, marks: Sequence[str]) -> bool:
    """Whether a sentence proposes or decides something; what states a fact (an error, a number measured) does not."""
    return PROPOSES.found(text) is not None and not {"error", "state"}.intersection(marks)


def set_aside(text: str) -> list[str]:
    """What a sentence sets aside by name."""
    return [
        STOPS.regex.split(match["name"] or match["named"], maxsplit=1)[0] for match in SET_ASIDE.regex.finditer(text)
    ]
