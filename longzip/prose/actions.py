"""Action items taken apart: who does what, and when. Each part is a stretch of the sentence, unaltered.

Knows sentences of the usual shapes, English and Chinese; one of any other shape stays as it is.
"""

from __future__ import annotations

import re

from longzip.prose.rules import Cue
from longzip.types import ActionItem

ENGLISH, CHINESE = Cue(__name__, "english"), Cue(__name__, "chinese")
NOBODY = re.compile(r"(?:it|this|that|there|these|those|they|you|which|what|who|everyone|nobody|one|the)$", re.I)
LONGEST = 300  # characters


def action_item(text: str, line: int = 0) -> ActionItem | None:
    """The parts of an action item; None for a sentence that is none, or that names nobody."""
    said = " ".join(text.split())
    if len(said) > LONGEST:
        return None
    match = ENGLISH.found(said) or CHINESE.found(said)
    if match is None or NOBODY.match(match["who"]):
        return None
    return ActionItem(match["who"], match["what"].strip(" ,"), match["when"] or "", line)
