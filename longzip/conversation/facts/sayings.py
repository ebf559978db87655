"""What a passage is worth to those who go on with the work: by who says it, what it does, and what values it has.

It knows what sentences do (``marks``) and what values are (``values``); it knows nothing of tools and budgets.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from longzip.conversation.facts.facts import (
    CORRECTION,
    LEAST_SHORTER,
    PASTED_RICHNESS,
    REPORTED,
    STANDING,
    TOLD,
    USER,
    Fact,
    Section,
)
from longzip.conversation.facts.speech import BACKWARD, Passage, passages
from longzip.conversation.facts.standing import Force, force, short_form
from longzip.messages.normal import Message
from longzip.prose.marks import ANSWERS, NARRATION, Mark, filler, marks_of
from longzip.prose.rules import Cue
from longzip.prose.sentences import sentences
from longzip.prose.values import AtomKind, atoms, distinct
from longzip.scoring.terms import terms

# Where a sentence of several marks goes: the first that it has.
HOMES: tuple[tuple[Mark, Section, float], ...] = (
    ("decision", "Decisions", 6.0),
    ("rejected", "Decisions", 6.0),
    ("fix", "Errors and fixes", 6.0),
    ("error", "Errors and fixes", 4.0),
    ("dependency", "Open and next", 4.0),
    ("action", "Open and next", 4.0),
    ("constraint", "Constraints", 3.0),
    ("question", "Open and next", 2.0),
    ("state", "Play-by-play", 2.0),
)
IN_FORCE = 60.0  # of what the user said that stays in force: more than anything that was only asked for once
ANSWER, REQUESTED, ASKED, TOLD_STATED, TOLD_VALUE, TOLD_WORDS = 8.0, 6.0, 4.0, 4.0, 3.0, 2.0  # of the user's sentences
DECISION = 12.0  # of what says that it was decided
COMMITMENT = 7.0  # who has to do what by when
GIST, STATED, MENTIONED = (
    3.0,
    2.0,
    1.0,
)  # of an agent's: what a report opens with; what says something of a value; other values
WORKING = 0.25  # of what an agent says before it calls a tool, which the result then shows
HYPOTHETICAL = 0.3
SPEAKER = 1.5  # how much more the user's words are worth than an agent's
LONGEST_CLAUSE = 300
SHORT_CLAUSE = 110
SHORT_MESSAGE = 200  # characters of a message that is kept whole where a part of it stays in force
LONGEST_MARK = 6  # characters that a number of a list may take, which is no value
LONGEST_SUBJECT = 60  # characters before a value that say what it is a value of; more is a sentence of its own
LEAST_PART = 30  # characters of a part that can do without the rest
BACKWARD_WORTH = 0.5  # of what points back to a sentence that is not there
FIRST, MOST_SENSE = 3, 0.8  # of these passages of a report, one with as much sense opens it
WORDS_OF_SENSE = 5  # words that tell something, from which on a sentence counts fully
PASTED = 9  # passages from which on the middle of a text is taken for pasted matter, not speech
EDGE = 2
AGREED, PROMISED, DECIDED = Cue(__name__, "agreed"), Cue(__name__, "promised"), Cue(__name__, "decided")
ASKS_VALUE, STATES, SUPPOSED = Cue(__name__, "asks_value"), Cue(__name__, "states"), Cue(__name__, "supposed")
ANNOUNCED, SUBORDINATE = Cue(__name__, "announced"), Cue(__name__, "subordinate")
CLAUSE_END, LOOSE_END = Cue(__name__, "clause_end"), Cue(__name__, "loose_end")


def spoken(message: Message, text: str, turn: int, question: str) -> Iterator[Fact]:
    """The passages of a text that say something: by what they do, or by the values in them."""
    said = [passage for passage in passages(text) if not filler(passage.text)]
    if message.role in ("assistant", "tool", "system"):
        yield from reports(message, said, turn)
        return
    if len(text) <= SHORT_MESSAGE and len(said) > 1 and any(force(passage.text) for passage in said):
        yield from whole_instruction(text, said, turn)
        return
    yield from instructions(said, turn)
    if question and len(text) < LONGEST_CLAUSE / 2 and (ANSWERS.found(text) or AGREED.found(text)):
        answer = f"{clipped(question, SHORT_CLAUSE)} -- {' '.join(text.split())}"
        yield fact("Values" if ASKS_VALUE.found(question) else "Decisions", turn, USER + answer, ANSWER * SPEAKER, TOLD)
        return
    said = [passage for passage in said if not force(passage.text)]
    if len(said) > 1 and sum(len(passage.whole) for passage in said) < LONGEST_CLAUSE:
        whole = " ".join(passage.whole for passage in said)
        section, base = told(whole)
        yield fact(section, turn, USER + whole, base * SPEAKER, TOLD, USER + max((p.text for p in said), key=telling))
    else:
        for place, passage in enumerate(said):
            section, base = told(passage.whole)
            pasted = is_pasted(place, said)
            section = "Values" if pasted and section == "Session intent" else section
            base *= SPEAKER * (HYPOTHETICAL if pasted else 1.0)
            yield fact(
                section, turn, USER + passage.whole, base, PASTED_RICHNESS if pasted else TOLD, USER + passage.text
            )


def whole_instruction(text: str, said: Sequence[Passage], turn: int) -> Iterator[Fact]:
    """A short message that says what stays in force, whole: what stands beside it says what it is about."""
    found = [passage.text for passage in said if force(passage.text)]
    key = CORRECTION if any(force(part) == "correction" for part in found) else STANDING
    whole = " ".join(text.split())
    yield Fact("Constraints", turn, (USER + whole, USER + " ".join(found)), IN_FORCE, f"{key}{whole}", TOLD)


def instructions(said: Sequence[Passage], turn: int) -> Iterator[Fact]:
    """The passages of the user's that stay in force, each whole; of a long one, the clauses that do."""
    for place, passage in enumerate(said):
        found: Force = force(passage.text)
        if not found:
            continue
        key = CORRECTION if found == "correction" else STANDING
        whole = passage.whole if len(passage.whole) <= LONGEST_CLAUSE else passage.text
        short = short_form(passage.text)
        forms = (USER + whole, *([USER + short] if short else []))
        base = IN_FORCE * (HYPOTHETICAL if is_pasted(place, said) else 1.0)
        yield Fact("Constraints", turn, forms, base, f"{key}{passage.text}", TOLD)


def reports(message: Message, said: Sequence[Passage], turn: int) -> Iterator[Fact]:
    """What others than the user say. Of what an agent says before it calls a tool, the result shows most."""
    first = (at for at, passage in enumerate(said[:FIRST]) if sense_of(passage.text) >= MOST_SENSE)
    gist = next((at for at in first if not announces(said[at].text)), -1)
    for place, passage in enumerate(said):
        section, base = reported(passage.whole)
        announced = announces(passage.text)
        if not message.calls and place == gist and base < GIST:
            section, base = section if base else "Play-by-play", GIST
        if (announced and section != "Decisions") or not (base or distinct(passage.whole)):
            continue
        share = WORKING if message.calls or announced else 1.0
        base *= HYPOTHETICAL if is_pasted(place, said) else 1.0
        yield fact(section, turn, passage.whole, base * share, REPORTED * share, passage.text)


def announces(text: str) -> bool:
    """Whether a text only says what comes next."""
    plain = text.replace("’", "'")
    return bool(NARRATION.found(plain) or ANNOUNCED.found(plain)) or text.endswith((":", "："))


def is_pasted(place: int, said: Sequence[Passage]) -> bool:
    """Whether a passage stands in the middle of many: matter that was taken over rather than said."""
    return len(said) > PASTED and EDGE <= place < len(said) - EDGE


def telling(passage: str) -> float:
    """By what passages of one message are compared; of equals the first counts."""
    return told(passage)[1] + has_hard_value(passage)


def told(passage: str) -> tuple[Section, float]:
    """Where what the user says goes, and what it is worth."""
    found = list(dict.fromkeys(name for sentence in sentences(passage) for name in marks_of(sentence)))
    if "request" in found or "question" in found:
        return "Session intent", REQUESTED if "request" in found else ASKED
    section, base = home_of(found, passage)
    if base:
        return section, base
    if has_hard_value(passage):
        return "Values", TOLD_STATED if STATES.found(passage) else TOLD_VALUE
    return "Session intent", TOLD_WORDS


def reported(passage: str) -> tuple[Section, float]:
    """Where what an agent says goes, and what it is worth: what is only supposed hardly anything."""
    section, base = home_of(marks_of(passage), passage)
    if section == "Constraints":
        base /= 2
    if BACKWARD.found(passage):
        base *= BACKWARD_WORTH
    if not base and has_hard_value(passage):
        section, base = "Values", STATED if STATES.found(passage) else MENTIONED
    if SUPPOSED.found(passage) and section != "Decisions":
        base *= HYPOTHETICAL
    return section, base


def home_of(found: Sequence[Mark], text: str) -> tuple[Section, float]:
    """The section of a text's first mark; who has to do what by when, and what was decided in so many
    words, are worth more than what sounds like it."""
    if "action" in found and "question" not in found and PROMISED.found(text):
        return "Open and next", COMMITMENT
    if "decision" in found and DECIDED.found(text):
        return "Decisions", DECISION
    return next(((section, base) for name, section, base in HOMES if name in found), ("Values", 0.0))


def fact(section: Section, turn: int, said: str, base: float, richness: float, part: str = "") -> Fact:
    """What was said, then the part of it that tells most, then the clause of that which holds its first value, or its
    beginning. What has hardly a word that tells something is hardly worth a line."""
    sense = sense_of(said)
    forms = [clipped(said)]
    if LEAST_PART < len(part) < LEAST_SHORTER * len(said):
        forms.append(clipped(part))
        said = part
    if len(said) > SHORT_CLAUSE / LEAST_SHORTER:
        forms.append(clipped(said, SHORT_CLAUSE) if section == "Session intent" else clause(said))
    bare = "" if section == "Decisions" else core(said)  # a decision keeps its reason
    if LEAST_PART < len(bare) < LEAST_SHORTER * len(forms[-1]):
        forms.append(bare)
    return Fact(section, turn, tuple(forms), base * sense, richness=richness * sense)


def sense_of(text: str) -> float:
    """How much a text tells, from 0 to 1: by its words that tell something."""
    return min(1.0, len(terms(text.removeprefix(USER)[:LONGEST_CLAUSE])) / WORDS_OF_SENSE)


def has_hard_value(text: str) -> bool:
    """Whether a text has a value that nothing else gives: not a bare name of a program's."""
    return any(is_hard(atom, kind) for atom, kind in distinct(text).items())


def is_hard(atom: str, kind: AtomKind) -> bool:
    return kind not in ("identifier", "quoted") or any(map(str.isdigit, atom))


def clause(said: str) -> str:
    """The clauses around the first value of a sentence, no longer than ``SHORT_CLAUSE`` where a cut allows."""
    text = said.removeprefix(USER)
    who = said[: len(said) - len(text)]
    first = next(atoms(text), None)
    at = first.start if first is not None and first.start < len(text) - 10 else 0
    if at < SHORT_CLAUSE // 2:
        return who + clipped(text, SHORT_CLAUSE)
    breaks = [match.end() for match in CLAUSE_END.regex.finditer(text[:at])]
    start = next((place for place in breaks if at - place < SHORT_CLAUSE * 0.8), None)
    if start is None:
        start = text.rfind(" ", 0, max(at - SHORT_CLAUSE // 2, 1)) + 1
    return f"{who}… {clipped(text[start:], SHORT_CLAUSE)}"


def core(said: str) -> str:
    """A sentence up to the end of the clause in which its first hard value stands; "" where that says nothing by
    itself."""
    text = said.removeprefix(USER)
    hard = next((atom for atom in atoms(text) if atom.start > LONGEST_MARK and is_hard(atom.text, atom.kind)), None)
    if hard is None or hard.start > LONGEST_SUBJECT or SUBORDINATE.found(text):
        return ""
    after = hard.start + len(hard.text)
    end = next((match.start() for match in LOOSE_END.regex.finditer(text) if match.start() >= after), len(text))
    kept = text[:end].rstrip()
    if kept.endswith((":", "：")) or kept.count('"') % 2 or kept.count("`") % 2 or kept.count("(") != kept.count(")"):
        return ""
    return f"{said[: len(said) - len(text)]}{kept}{' …' if end < len(text) else ''}"


def clipped(text: str, longest: int = LONGEST_CLAUSE) -> str:
    """The beginning of a text up to a blank, marked where something is left out."""
    if len(text) <= longest:
        return text
    cut = text.rfind(" ", longest // 2, longest)
    return f"{text[: cut if cut > 0 else longest]} …"
