"""Proposals that were overruled later: "let's use MongoDB", and then "no, let's use Postgres instead".

Two explicit cues and nothing else: a sentence that sets aside something by its name, which overrules what proposed that
before; and one that opens by taking back what was said last. What overrules stays, and says what was set aside. Knows
sentences and their marks; a guess that cannot be shown by words is not made.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from longzip.scoring.terms import terms

SET_ASIDE = re.compile(
    r"\b(?:instead of|rather than|decided against|voted against|not going with|not (?:going to "
    r")?(?:use|using)|won't use|will not use|moving away from|"
    r"ruled out|scrap(?:ped)?|abandon(?:ed)?|switch(?:ed|ing)? (?:away )?from)\s+(?P<name>[^,.;:!?()\n]{2,60})"
    r"|(?:放弃|否决|不用|不采用|而不是)(?:使用|了)?\s*(?P<named>[^，。；：！？\n]{1,30})",
    re.I,
)
STOPS = re.compile(r"\s+(?:because|since|as|so|for|and|but|due|in favou?r|to|after|when|it|which)\b|因为|所以|，", re.I)
TAKES_BACK = re.compile(
    r"\W*(?:no|nope|actually|wait|hm+|sorry|on second thoughts?|scratch that|correction|never "
    r"?mind)\b[,.! ]+(?:no[, ]+)?(?:let'?s|we(?:'ll| will| should| go|'re going)|i(?:'d| would) "
    r"rather|use|go with|better|make it)\b"
    r"|\W*(?:let'?s|we(?:'ll| will| should)) .{1,80}\binstead\b\W*$|(?:不|不对|算了|等等)[，, ]*(?:还是|改|我们)",
    re.I,
)
PROPOSES = re.compile(
    r"\b(?:let'?s|how about|what about|maybe|perhaps|why not|we (?:could|can|should|might|will)|we'll|"
    r"i(?:'d| would)? (?:suggest|propose|recommend)|(?:could|should) we|"
    r"go(?:ing)? with|use|the plan is|decided|agreed|chose)\b|建议|不如|可以用|我们用|使用|采用|决定",
    re.I,
)
REACH = 12  # sentences back from what takes back the last proposal


def overruled(texts: Sequence[str], marks: Sequence[Sequence[str]]) -> Mapping[int, int]:
    """Of each proposal among sentences that a later one sets aside, the index of that one. marks: of each sentence."""
    found: dict[int, int] = {}
    proposals: dict[int, frozenset[str]] = {}
    for at, text in enumerate(texts):
        names = [] if "question" in marks[at] else [frozenset(terms(name)) for name in set_aside(text)]
        gone = [before for before, said in proposals.items() if any(name and name <= said for name in names)]
        if not names and proposals and TAKES_BACK.match(text) and at - next(reversed(proposals)) <= REACH:
            gone = [next(reversed(proposals))]
        for before in gone:
            found[before] = at
            del proposals[before]
        if proposes(text, marks[at]) and SET_ASIDE.search(text) is None:
            proposals[at] = frozenset(terms(text))
    return found


def proposes(text: str, marks: Sequence[str]) -> bool:
    """Whether a sentence proposes or decides something; what states a fact (an error, a number measured) does not."""
    return PROPOSES.search(text) is not None and not {"error", "state"}.intersection(marks)


def set_aside(text: str) -> list[str]:
    """What a sentence sets aside by name."""
    return [STOPS.split(match["name"] or match["named"], maxsplit=1)[0] for match in SET_ASIDE.finditer(text)]
