"""Action items taken apart: who does what, and when. Each part is a stretch of the sentence, unaltered.

Knows sentences of the usual shapes, English and Chinese; one of any other shape stays as it is.
"""

from __future__ import annotations

import re

from longzip.types import ActionItem

DAY = (
    r"(?:(?:the )?end of (?:the |this |next )?\w+|(?:next |this )?(?:mon|tues|wednes|thurs|fri|satur|"
    r"sun)day|(?:next|this) (?:week|month|quarter|sprint)|"
    r"tomorrow|tonight|today|eod|eow|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? "
    r"\d{1,2}(?:st|nd|rd|th)?|\d(?:[\w./:-]*\w)?)"
)
WHEN = (
    rf"(?:(?:by|before|until|on|at|due|no later than) )?{DAY}(?: \d{{1,2}}:\d\d| (?:morning|noon|afternoon|evening))?"
)
ENGLISH = re.compile(
    r"\W*(?:\[[ x]?\]\s*)?(?:action(?: items?)?|todo|to-do|next steps?)?\s*[:：-]?\s*"
    r"(?P<who>@?(?-i:[A-Z])[\w'’.-]*(?: (?-i:[A-Z])[\w'’-]*)?(?: (?:and|&) (?-i:[A-Z])[\w'’-]*)?|"
    r"(?:the )[\w-]+ team|i|we)"
    r"(?:['’]ll| will| shall| should| must| is going to| are going to| needs to| need to| has to| have to| to)\s+"
    rf"(?P<what>(?!be\b|have\b|not\b)[a-z].*?)(?:,?\s+(?P<when>{WHEN}))?\s*[.!;]*\s*$",
    re.I,
)
CHINESE = re.compile(
    r"\W*(?P<who>[\u4e00-\u9fff]{2,3}?|[A-Za-z]\w*)\s*(?:负责|将|"
    r"来)\s*(?P<what>[^，,。；]+)(?:[，,]\s*(?P<when>[^，,。；]*(?:前|之前|截止|完成|内)))?[。；]?\s*$"
)
NOBODY = re.compile(r"(?:it|this|that|there|these|those|they|you|which|what|who|everyone|nobody|one|the)$", re.I)
LONGEST = 300  # characters


def action_item(text: str, line: int = 0) -> ActionItem | None:
    """The parts of an action item; None for a sentence that is none, or that names nobody."""
    said = " ".join(text.split())
    if len(said) > LONGEST:
        return None
    match = ENGLISH.match(said) or CHINESE.match(said)
    if match is None or NOBODY.match(match["who"]):
        return None
    return ActionItem(match["who"], match["what"].strip(" ,"), match["when"] or "", line)
