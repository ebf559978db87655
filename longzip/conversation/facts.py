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
from longzip.conversation.digests import Recurrence, digest, parsed, render_json, walk
from longzip.cues import NARRATION, Mark, answers, filler, is_question, marks_of
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
# Where a sentence of several marks goes: the first that it has.
HOMES: tuple[tuple[Mark, Section, float], ...] = (
    ("decision", "Decisions", 8.0), ("rejected", "Decisions", 6.0), ("fix", "Errors and fixes", 6.0), ("error", "Errors and fixes", 4.0),
    ("dependency", "Open and next", 4.0), ("action", "Open and next", 4.0), ("constraint", "Constraints", 3.0),
    ("question", "Open and next", 2.0), ("state", "Play-by-play", 2.0),
)  # fmt: skip
SPEAKER = {"user": 1.5, "assistant": 1.0}
LONGEST_CLAUSE = 300
SHORT_CLAUSE = 110
LONGEST_ANSWER = 120
LONGEST_ARGUMENTS = 200
TOLD = 0.8  # the richness of what the user says
PASTED_RICHNESS = 0.2
RICHNESS = {"user": TOLD, "assistant": 0.5}
WORDS_OF_SENSE = 5  # words that tell something, from which on a sentence counts fully
PASTED = 16  # sentences from which on the middle of a text is taken for pasted matter, not speech
EDGE = 4
ROOMS = (120, 48, 20)
MARKUP = re.compile(
    r"^\s*(?:</?[a-z][\w-]*[^>\n]*>|#{1,6} [^\n]{0,60}$|[|+=*_-]{3,}|```|@@ |diff --git |index [0-9a-f]{5,})"
)
ECHO = re.compile(r"\s*<(?:command-name|command-message|local-command)")  # what a program says in the user's name
WRITING = re.compile(r"write|edit|create|update|replace|patch|insert|save|modif", re.I)
DELETING = re.compile(r"delete|remove|unlink", re.I)
READING = re.compile(r"read|open|view|cat|load|fetch|get_file", re.I)


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
            yield from spoken(message.role, block.text, turn, question)
        elif block.kind == "call":
            yield from artifact(block, turn)
        elif block.kind == "result":
            yield from returned(block, call, turn, tokenizer, recurrence)
        elif block.kind == "binary":
            yield Fact("Artifacts", turn, (block.text,), 4.0)


def spoken(role: str, text: str, turn: int, question: str) -> Iterator[Fact]:
    """The sentences of a text that say something: by what they do, or by the values in them."""
    who = "user" if role not in ("assistant", "tool", "system") else role
    said = sentences(text)
    for place, sentence in enumerate(said):
        asked = question if place == 0 and who == "user" else ""
        if filler(sentence, asked) or MARKUP.match(sentence) or not re.search(r"\w{2}|[\u4e00-\u9fff]", sentence):
            continue
        if answers(sentence, asked, LONGEST_ANSWER):
            yield fact("Decisions", turn, who, f"{clipped(asked, SHORT_CLAUSE)} -- {sentence}", 8.0)
            continue
        found = marks_of(sentence)
        home = next(((section, base) for name, section, base in HOMES if name in found), None)
        if who == "user" and ("request" in found or "question" in found):
            home = ("Session intent", 6.0 if "request" in found else 4.0)
        elif who == "user" and home is None:
            home = ("Values", 3.0) if has_hard_value(sentence) else ("Session intent", 2.0)
        if home is not None or distinct(sentence):
            section, base = home or (
                "Values",
                1.0 if len(sentence) <= SHORT_CLAUSE and has_hard_value(sentence) else 0.0,
            )
            if who == "assistant" and NARRATION.match(sentence):
                base *= 0.2
            pasted = len(said) > PASTED and EDGE <= place < len(said) - EDGE
            if pasted:
                section, base = ("Values" if section == "Session intent" else section), base * 0.3
            base = base / 2 if sentence.endswith((":", "：")) else base
            yield fact(
                section,
                turn,
                who,
                sentence,
                base,
                PASTED_RICHNESS if pasted and who == "user" else RICHNESS.get(who, 0.5),
            )


def fact(section: Section, turn: int, who: str, sentence: str, base: float, richness: float = 0.5) -> Fact:
    """A sentence, then the clause of it that holds its first value, or its beginning. What has hardly a word that tells
    something is hardly worth a line."""
    whole = " ".join(sentence.split())
    sense = min(1.0, len(terms(whole[:LONGEST_CLAUSE])) / WORDS_OF_SENSE)
    prefix = "user: " if who == "user" else ""
    forms = [prefix + clipped(whole)]
    if len(whole) > 1.4 * SHORT_CLAUSE:
        forms.append(prefix + clause(whole))
    return Fact(section, turn, tuple(forms), base * sense * SPEAKER.get(who, 1.0), richness=richness * sense)


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
    return Fact("Artifacts", turn, (f"{path}: {verb}",), 2.0 if verb == "read" else 6.0, f"artifact {path}", 1.0)


def verb_of(name: str) -> str:
    """What a tool of this name does to a file; "" where that cannot be told."""
    return next(
        (
            verb
            for pattern, verb in ((DELETING, "deleted"), (WRITING, "modified"), (READING, "read"))
            if pattern.search(name)
        ),
        "",
    )


def target(call: Block) -> str:
    """The path that a call is about: the first of its arguments, or its text, that is one."""
    if len(call.text) > 100_000:
        return ""
    value = parsed(call.text)
    texts = (
        [leaf for _, leaf in walk(value) if isinstance(leaf, str)] if value is not None else [call.text.strip("` \n")]
    )
    for text in texts[:8]:
        if len(text) < 300:
            kinds = distinct(text)
            for atom, kind in kinds.items():
                if kind == "path" and (len(atom) >= 0.6 * len(text) or value is None):
                    return atom
    return ""


def arguments(call: Block, longest: int = LONGEST_ARGUMENTS) -> str:
    """A call's arguments in short: ``key=value``, as far as they fit."""
    value = parsed(call.text)
    text = render_json(value, {path for path, _ in walk(value)}) if value is not None else call.text
    return clipped(" ".join(text.split()), longest)


def returned(
    result: Block, call: Block | None, turn: int, tokenizer: Tokenizer, recurrence: Recurrence
) -> Iterator[Fact]:
    """What a tool was asked and what it gave, in several lengths."""
    name = call.name if call else result.name
    forms: list[str] = []
    for room in ROOMS:
        shown = digest(result.text, room, tokenizer, recurrence)
        asked = f"{name}({arguments(call, room * 3)})" if call else name
        form = " -> ".join(part for part in (asked, shown) if part)
        if form and (not forms or len(form) < 0.8 * len(forms[-1])):
            forms.append(form)
    if forms:
        failed = result.failed or bool(re.match(r"\W*(?:error|traceback)", result.text, re.I))
        key = f"call {name} {call.text}" if call and len(call.text) < 2000 else ""
        record = parsed(result.text) is not None
        tested = bool(re.search(r"\b\d+ (?:passed|failed)\b", forms[0]))
        base = 3.0 if failed else 2.0 if tested else 0.5
        yield Fact(
            "Errors and fixes" if failed else "Play-by-play", turn, tuple(forms), base, key, 1.0 if record else 0.2
        )
    if (
        call
        and not target(call)
        and len(result.text) < LONGEST_CLAUSE
        and verb_of(call.name) in ("modified", "deleted")
    ):
        path = next((atom for atom, kind in distinct(result.text).items() if kind == "path"), "")
        if path:
            yield file_fact(path, verb_of(call.name), turn)


def question_before(messages: Sequence[Message], at: int) -> str:
    """The last sentence of the message before the one at ``at``, where the assistant asks in it; else ""."""
    if at == 0 or messages[at - 1].role != "assistant":
        return ""
    said = sentences(messages[at - 1].prose[-2000:])
    return next((s for s in reversed(said[-2:]) if is_question(s)), "")
