"""The people that a text names: those in its lists of who was there, and those who say or ask something in it.

A name is a guess with a reason that can be shown; it lets "Ines sends them back" be a task, where "Redis stores them"
is none. Knows sentences; nothing of who speaks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from longzip.prose.rules import Cue

ATTENDING, NAME, PERSONAL = Cue(__name__, "attending"), Cue(__name__, "name"), Cue(__name__, "personal")
NOBODY = re.compile(
    "The|This|That|It|He|She|We|They|You|There|Every(?:body|one)|Nobody|Somebody|All|Both|Some|Who|What|One|Present|Excused"
    "|Der|Die|Das|Er|Sie|Es|Wir|Ihr|Man|Alle|Jemand|Niemand|Diese?s?"
)


def people(texts: Iterable[str]) -> frozenset[str]:
    """The names in sentences or lines, each word of a full name also by itself."""
    found: set[str] = set()
    for text in texts:
        for line in text.split("\n"):
            if attending := ATTENDING.found(line):
                found.update(match.group() for match in NAME.regex.finditer(attending["names"]))
        found.update(match["who"] for match in PERSONAL.regex.finditer(text))
    words = {word for name in found for word in (name, *name.split())}
    return frozenset(word for word in words if not NOBODY.fullmatch(word))


def spoken_of(names: frozenset[str]) -> re.Pattern[str] | None:
    """What finds one of the names; None without names."""
    if not names:
        return None
    return re.compile("|".join(re.escape(name) for name in sorted(names, key=lambda name: (-len(name), name))))
