"""Action items taken apart: who does what, and when. Each part is a stretch of the text, unaltered.

Knows the usual shapes of sentences, list items and tables in English, German and Chinese; what has any other shape
stays as it is. That somebody does something in the present tense is a task only where the name is known to be
a person's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from longzip.prose.people import spoken_of
from longzip.prose.rules import Cue
from longzip.types import ActionItem

ENGLISH, CHINESE, NOTED = Cue(__name__, "english"), Cue(__name__, "chinese"), Cue(__name__, "noted")
DOES, THEN, DAY = Cue(__name__, "does"), Cue(__name__, "then"), Cue(__name__, "day")
WHO, WHAT, WHEN = Cue(__name__, "column_who"), Cue(__name__, "column_what"), Cue(__name__, "column_when")
NOBODY = re.compile(r"(?:it|this|that|there|these|those|they|you|which|what|who|everyone|nobody|one|the)$", re.I)
LONGEST = 300  # characters
LEFT = 3  # words of a sentence that its parts may lack, and one more for each part
NO_NAMES: frozenset[str] = frozenset()
LEADS = re.compile(
    r"^(?:(?:okay|ok|sure|yes|fine|then|and|so|well|all ?right|great|gut|ja|dann|好的?)[,，.! ]+)+", re.I
)
CELLS = re.compile(r"(?<!\\)\|")


def action_item(text: str, line: int = 0) -> ActionItem | None:
    """The parts of an action item; None for a sentence that is none, or that names nobody."""
    said = " ".join(text.split())
    if len(said) > LONGEST:
        return None
    match = ENGLISH.found(said) or CHINESE.found(said)
    if match is None or NOBODY.match(match["who"]):
        return None
    return ActionItem(match["who"], match["what"].strip(" ,"), match["when"] or "", line)


def action_items(
    text: str, line: int = 0, names: frozenset[str] = NO_NAMES, *, marked: bool = True
) -> tuple[ActionItem, ...]:
    """All action items of a sentence or list item, which may hold several. names: of people that the text names.
    marked: whether the sentence has the words of a task, whoever does it."""
    said = LEADS.sub("", " ".join(text.split()))
    if len(said) > LONGEST:
        return ()
    found = [
        item
        for clause in clauses(said, names)
        if (item := present(clause, line, names) or (action_item(clause, line) if marked else None))
    ]
    return tuple(found) or tuple(item for item in (noted(said, line, names),) if item)


def clauses(said: str, names: frozenset[str]) -> list[str]:
    """A sentence, parted where another of the people begins to do something."""
    people = spoken_of(names)
    if people is None:
        return [said]
    return re.split(
        rf"(?:[,;，；、]\s*(?:and|und|while|sowie|并且?)?\s*|\s(?:and|und|while|sowie)\s)(?=(?:{people.pattern})(?:\W|[\u4e00-\u9fff]))(?=\S+\s*(?:{acts()}))",
        said,
    )


def acts() -> str:
    return rf"(?:(?:will|shall|should|must|is going to|needs to|has to)\b|(?:{THEN.pattern})?\s*(?:{DOES.pattern}))"


@lru_cache(maxsize=64)
def doing(names: frozenset[str]) -> re.Pattern[str] | None:
    """What finds one of the people doing something."""
    people = spoken_of(names)
    if people is None:
        return None
    return re.compile(
        rf"\W*(?:(?i:and|und|由|请)\s*)?(?P<who>{people.pattern})\s*(?:(?:{THEN.pattern})\s*)?(?P<what>(?:{DOES.pattern}).*)",
        re.DOTALL,
    )


def present(clause: str, line: int, names: frozenset[str]) -> ActionItem | None:
    """Somebody who does something, said in the present tense."""
    pattern = doing(names)
    match = pattern.match(clause) if pattern else None
    if match is None:
        return None
    return dated(match["who"], match["what"], line, clause)


def dated(who: str, what: str, line: int, clause: str) -> ActionItem:
    """The item, with the day that the clause names; one at the end of what is done stands there no more."""
    what = what.strip(" ,，.。;；")
    days = list(DAY.regex.finditer(clause))
    when = max((match.group().strip() for match in days), key=len, default="")
    if when and what.endswith(when) and len(what) > len(when):
        what = what[: -len(when)].rstrip(" ,，(（")
    return ActionItem(who, what, when, line)


def noted(said: str, line: int, names: frozenset[str]) -> ActionItem | None:
    """A task that is written beside one of the people's names."""
    match = NOTED.found(said) if names else None
    if match is None:
        return None
    who, what, due = match["first"] or match["last"], match["then"] or match["task"], match["due"] or ""
    if who not in names:
        return None
    return ActionItem(who, what.strip(" ,，.。"), due.strip(), line) if due else dated(who, what, line, said)


def cells(row: str) -> list[str]:
    """The cells of a row of a table."""
    return [cell.strip() for cell in CELLS.split(row.strip().strip("|"))]


def tabled(head: str, row: str, line: int = 0) -> ActionItem | None:
    """A row of a table of tasks; None where the head has no columns for who does what."""
    titles, own = cells(head), cells(row)
    if len(titles) != len(own):
        return None

    def column(cue: Cue) -> str:
        return next((cell for title, cell in zip(titles, own, strict=True) if cue.found(title)), "")

    who, what = column(WHO), column(WHAT)
    return ActionItem(who, what, column(WHEN), line) if who and what else None


def told_by(items: Sequence[ActionItem], text: str) -> bool:
    """Whether the parts of a sentence's items say nearly all that it says."""
    have = {word for item in items for part in (item.who, item.what, item.when) for word in words(part)}
    lacking = [word for word in words(text) if word not in have]
    return (
        bool(items) and len(lacking) <= LEFT + len(items) and not any(any(map(str.isdigit, word)) for word in lacking)
    )


def words(text: str) -> list[str]:
    return re.findall(r"[\u3400-\u9fff]|[^\W_]+", text.lower())
