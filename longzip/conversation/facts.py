"""What a message says that a later one may need: requests, decisions, errors and fixes, files, values, what was called.

A fact is a line of the message's own words, in several lengths, under a section of the summary. It knows what sentences
do (``cues``) and what values are (``atoms``); it knows nothing of budgets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from longzip.atoms import atoms, distinct, sentences
from longzip.conversation.artifacts import path_in, target, verb_of
from longzip.conversation.digests import Recurrence, digest, parsed, render_json, walk
from longzip.conversation.speech import BACKWARD, passages
from longzip.cues import CONFIRMATION, NARRATION, PLEASANTRY, QUESTION, Class, classes
from longzip.lexical import terms
from longzip.messages import Block, Message
from longzip.protocols import Tokenizer

Section = Literal[
    "Session intent",
    "Decisions",
    "Constraints",
    "Artifacts",
    "Values",
    "Errors and fixes",
    "Open and next",
    "Play-by-play",
]
SECTIONS: tuple[Section, ...] = (
    "Session intent", "Decisions", "Constraints", "Artifacts", "Values", "Errors and fixes", "Open and next", "Play-by-play",
)  # fmt: skip
# Where a sentence of several classes goes: the first that it has.
HOMES: tuple[tuple[Class, Section, float], ...] = (
    ("decision", "Decisions", 8.0), ("rejected", "Decisions", 6.0), ("fix", "Errors and fixes", 6.0), ("error", "Errors and fixes", 4.0),
    ("dependency", "Open and next", 4.0), ("action", "Open and next", 4.0), ("constraint", "Constraints", 3.0),
    ("question", "Open and next", 2.0), ("status", "Play-by-play", 2.0),
)  # fmt: skip
ANSWER, REQUESTED, ASKED, TOLD_STATED, TOLD_VALUE, TOLD_WORDS = 8.0, 8.0, 5.0, 4.0, 3.0, 2.0  # of the user's sentences
GIST, STATED, MENTIONED = 3.0, 2.0, 1.0  # of an agent's: what a report opens with; what says something of a value; other values
WORKING = 0.25  # of what an agent says before it calls a tool, which the result then shows
HYPOTHETICAL = 0.3
SPEAKER = {"user": 1.5, "assistant": 1.0}
LONGEST_CLAUSE = 300
SHORT_CLAUSE = 110
LONGEST_ARGUMENTS = 200
BACKWARD_WORTH = 0.5  # of what points back to a sentence that is not there
TOLD = 0.8  # the richness of what the user says
PASTED_RICHNESS = 0.2
RICHNESS = {"user": TOLD, "assistant": 0.5}
LEAST_SHORTER = 0.8  # of a form's length that the next shorter one may have
FIRST, MOST_SENSE = 3, 0.8  # of these passages of a report, one with as much sense opens it
WORDS_OF_SENSE = 5  # words that tell something, from which on a sentence counts fully
PASTED = 9  # passages from which on the middle of a text is taken for pasted matter, not speech
EDGE = 2
ARTIFACT = "artifact "  # what the key of a file's fact begins with
ROOMS = (120, 48, 20)
# What a program says in the user's name, or in that of a tool that the user refused.
ECHO = re.compile(r"\s*(?:<(?:command-name|command-message|local-command)|\[Request interrupted by user|The user doesn't want to )")
AGREED = re.compile(r"\W*(?:yup|ye|ya|aye|proceed|continue|go for it|ship it|approved|perfect|great|looks? good|fine|option|\d)\b", re.I)
SUPPOSED = re.compile(r"^(?:if|when|unless|suppose|pros|cons)\b|\b(?:could|might|may|would|were to|in case|i'd|we'd)\b|如果|可能|假如", re.I)
STATES = re.compile(
    r"\b(?:is|are|was|were|has|have|lives?|listens?|runs?|uses?|stands?|stays?|needs?|takes?|equals?|means?|holds?|points? to|called|named|set to)\b|=|是|为|在",
    re.I,
)  # fmt: skip


FAILED = re.compile(r"\W*(?:<tool_use_error>|error|traceback|fatal)", re.I)
TESTED = re.compile(r"\b\d+ (?:passed|failed)\b")


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of a summary.

    turn: the number of the message, from 1. forms: what may be said, the longest first. base: what it is worth beside its
    atoms. key: what a later fact of the same key takes the place of; "" for none. richness: how much its atoms count, from 0
    to 1: those of a record fully, words that merely look like values hardly.
    """

    section: Section
    turn: int
    forms: tuple[str, ...]
    base: float
    key: str = ""
    richness: float = 0.5


def facts_of(
    message: Message, turn: int, question: str, call: Block | None, tokenizer: Tokenizer, recurrence: Recurrence
) -> Iterator[Fact]:
    """The facts of one message. question: the last sentence before it, where that asks; call: what a result answers."""
    for block in message.blocks:
        if block.kind == "text" and not ECHO.match(block.text):
            yield from spoken(message, block.text, turn, question)
        elif block.kind == "call":
            yield from artifact(block, turn)
        elif block.kind == "result":
            yield from returned(block, call, turn, tokenizer, recurrence)
        elif block.kind == "binary":
            yield Fact("Artifacts", turn, (block.text,), 4.0)


def spoken(message: Message, text: str, turn: int, question: str) -> Iterator[Fact]:
    """The passages of a text that say something: by what they do, or by the values in them."""
    who = "user" if message.role not in ("assistant", "tool", "system") else message.role
    said = passages(text)
    gist = next((at for at, passage in enumerate(said[:FIRST]) if sense_of(passage) >= MOST_SENSE and not NARRATION.match(passage)), -1)
    parts: list[str] = []
    if who == "user" and 1 < len(said) and sum(map(len, said)) < LONGEST_CLAUSE:
        parts = [passage for passage in said if not PLEASANTRY.match(passage)]
        said = [" ".join(parts)]
    if who == "user" and question and len(text) < LONGEST_CLAUSE / 2 and (CONFIRMATION.match(text) or AGREED.match(text)):
        yield fact("Decisions", turn, who, f"{clipped(question, SHORT_CLAUSE)} -- {' '.join(text.split())}", ANSWER)
        return
    for place, passage in enumerate(said):
        if not passage or PLEASANTRY.match(passage):
            continue
        pasted = len(said) > PASTED and EDGE <= place < len(said) - EDGE
        section, base = told(passage) if who == "user" else reported(passage)
        richness = RICHNESS.get(who, 0.5)
        if who == "assistant" and (message.calls or NARRATION.match(passage)):
            base, richness = base * WORKING, richness * WORKING
        elif who == "assistant" and place == gist and base < GIST:
            section, base = "Play-by-play", GIST
        if pasted:
            section, base = "Values" if section == "Session intent" else section, base * HYPOTHETICAL
            richness = PASTED_RICHNESS if who == "user" else richness
        if base > 0 or distinct(passage):
            worth = base / 2 if passage.endswith((":", "：")) else base
            yield fact(section, turn, who, passage, worth, richness, max(parts, key=telling, default=""))


def telling(passage: str) -> tuple[float, int]:
    """By what passages of one message are compared."""
    return told(passage)[1] + has_hard_value(passage), len(passage)


def told(passage: str) -> tuple[Section, float]:
    """Where what the user says goes, and what it is worth."""
    found = list(dict.fromkeys(name for sentence in sentences(passage) for name in classes(sentence)))
    if "request" in found or "question" in found:
        return "Session intent", REQUESTED if "request" in found else ASKED
    section, base = home_of(found)
    if base:
        return section, base
    if has_hard_value(passage):
        return "Values", TOLD_STATED if STATES.search(passage) else TOLD_VALUE
    return "Session intent", TOLD_WORDS


def reported(passage: str) -> tuple[Section, float]:
    """Where what an agent says goes, and what it is worth: what is only supposed hardly anything."""
    section, base = home_of(classes(passage))
    if section == "Constraints":
        base /= 2
    if BACKWARD.match(passage):
        base *= BACKWARD_WORTH
    if not base and has_hard_value(passage):
        section, base = "Values", STATED if STATES.search(passage) else MENTIONED
    if SUPPOSED.search(passage) and section != "Decisions":
        base *= HYPOTHETICAL
    return section, base


def home_of(found: Sequence[Class]) -> tuple[Section, float]:
    return next(((section, base) for name, section, base in HOMES if name in found), ("Values", 0.0))


def fact(
    section: Section, turn: int, who: str, said: str, base: float, richness: float = 0.5, part: str = ""
) -> Fact:
    """What was said, then the part of it that tells most, then the clause of that which holds its first value, or its
    beginning. What has hardly a word that tells something is hardly worth a line."""
    whole = " ".join(said.split())
    sense = sense_of(whole)
    prefix = "user: " if who == "user" else ""
    forms = [prefix + clipped(whole)]
    if part and len(part) < LEAST_SHORTER * len(whole):
        forms.append(prefix + part)
        whole = part
    if len(whole) > 1.4 * SHORT_CLAUSE:
        forms.append(prefix + clause(whole))
    return Fact(section, turn, tuple(forms), base * sense * SPEAKER.get(who, 1.0), richness=richness * sense)


def sense_of(text: str) -> float:
    """How much a text tells, from 0 to 1: by its words that tell something."""
    return min(1.0, len(terms(text[:LONGEST_CLAUSE])) / WORDS_OF_SENSE)


def has_hard_value(text: str) -> bool:
    """Whether a text has a value that nothing else gives: not a bare name of a program's."""
    return any(
        kind not in ("identifier", "quoted") or any(map(str.isdigit, atom)) for atom, kind in distinct(text).items()
    )


def clause(text: str) -> str:
    """The clauses around the first value of a sentence, no longer than ``SHORT_CLAUSE`` where a cut allows."""
    first = next(atoms(text), None)
    at = first.start if first is not None and first.start < len(text) - 10 else 0
    if at < SHORT_CLAUSE // 2:
        return clipped(text, SHORT_CLAUSE)
    breaks = [
        match.end() for match in re.finditer(r"[,;:.(–—]\s+|\s(?=(?:because|so|but|and|since|which|that)\b)", text[:at])
    ]
    start = next((place for place in breaks if at - place < SHORT_CLAUSE * 0.8), None)
    if start is None:
        start = text.rfind(" ", 0, max(at - SHORT_CLAUSE // 2, 1)) + 1
    return "… " + clipped(text[start:], SHORT_CLAUSE)


def clipped(text: str, longest: int = LONGEST_CLAUSE) -> str:
    """The beginning of a text up to a blank, marked where something is left out."""
    if len(text) <= longest:
        return text
    cut = text.rfind(" ", longest // 2, longest)
    return f"{text[: cut if cut > 0 else longest]} …"


def artifact(call: Block, turn: int) -> Iterator[Fact]:
    """The file that a call touches, and how; nothing where it touches none."""
    path, verb = target(call), verb_of(call.name)
    if path and verb:
        yield file_fact(path, verb, turn)


def file_fact(path: str, verb: str, turn: int) -> Fact:
    return Fact("Artifacts", turn, (f"{path}: {verb}",), 1.0 if verb == "read" else 6.0, f"{ARTIFACT}{path}", 0.5)


def arguments(call: Block, longest: int = LONGEST_ARGUMENTS) -> str:
    """A call's arguments in short: ``key=value``, as far as they fit."""
    value = parsed(call.text)
    text = render_json(value, {path for path, _ in walk(value)}) if value is not None else call.text
    return clipped(" ".join(text.split()), longest)


def returned(
    result: Block, call: Block | None, turn: int, tokenizer: Tokenizer, recurrence: Recurrence
) -> Iterator[Fact]:
    """What a tool was asked and what it gave, in several lengths. What a file holds stands in the file, and what the user
    refused was not done."""
    name = call.name if call else result.name
    failed = result.failed or bool(FAILED.match(result.text))
    if ECHO.match(result.text):
        return
    if call is not None and not failed and verb_of(name) and parsed(result.text) is None:
        path = target(call) or path_in(result.text[:LONGEST_CLAUSE], 0.0)
        if path:
            yield file_fact(path, verb_of(name), turn)
            return
    forms = forms_of(result, call, tokenizer, recurrence)
    if not forms:
        return
    record = parsed(result.text) is not None
    key = f"call {name} {call.text}" if call and len(call.text) < 2000 else ""
    base = (0.5 if verb_of(name) else 3.0) if failed else 2.0 if TESTED.search(forms[0]) else 0.5
    section: Section = "Errors and fixes" if failed else "Play-by-play"
    yield Fact(section, turn, forms, base, key, 1.0 if record else 0.2)


def forms_of(
    result: Block, call: Block | None, tokenizer: Tokenizer, recurrence: Recurrence
) -> tuple[str, ...]:
    """``tool(arguments) -> what it gave``, the longest first."""
    forms: list[str] = []
    for room in ROOMS:
        shown = digest(result.text, room, tokenizer, recurrence)
        asked = f"{call.name}({arguments(call, room * 3)})" if call else result.name
        form = " -> ".join(part for part in (asked, shown) if part)
        if form and (not forms or len(form) < LEAST_SHORTER * len(forms[-1])):
            forms.append(form)
    return tuple(forms)


def question_before(messages: Sequence[Message], at: int) -> str:
    """The last sentence of the message before the one at ``at``, where the assistant asks in it; else ""."""
    if at == 0 or messages[at - 1].role != "assistant":
        return ""
    said = sentences(messages[at - 1].prose[-2000:])
    return next((s for s in reversed(said[-2:]) if QUESTION.search(s)), "")
