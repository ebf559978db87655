"""What a message says that a later one may need: what was said in it, the files it touches, what was called and what
came.

It looks at one message at a time; it knows nothing of budgets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from longzip.conversation.facts.artifacts import path_in, target, verb_of
from longzip.conversation.facts.facts import ARTIFACT, LEAST_SHORTER, TOLD, USER, Fact, Section
from longzip.conversation.facts.sayings import clipped, spoken
from longzip.conversation.facts.tool_output import Recurrence, parsed, render_json, spoken_brief, walk
from longzip.messages.normal import Block, Message
from longzip.prose.marks import is_question
from longzip.prose.rules import Cue
from longzip.prose.sentences import sentences
from longzip.protocols import Tokenizer

LONGEST_ARGUMENTS, LONGEST_ANSWER, LONGEST_KEY = 200, 300, 2000
ROOMS = (120, 48, 20)
# What a program says in the user's name: elements, and texts as a whole.
ELEMENT, ECHO = Cue(__name__, "element"), Cue(__name__, "echo")
ASKS_USER = Cue(__name__, "asks_user")  # what tools are called whose results are the user's words
ANSWERED, LONGEST_QUESTION = 12.0, 110
REFUSED = re.compile(r"\s*(?:\[Request interrupted by user|The user doesn't want to proceed with this tool use)")
FAILED = re.compile(
    r"\W*(?:<tool_use_error>|(?-i:[\w.]{0,80}(?:Error|Exception))\b|error|traceback|fatal|panic\b|permission denied"
    r"|fehler|erreur|ошибка|错误|エラー|exit code [1-9]|command not found|no such file)",
    re.I,
)
TESTED = re.compile(r"\b\d+ (?:passed|failed)\b")


def facts_of(
    message: Message, turn: int, question: str, call: Block | None, tokenizer: Tokenizer, recurrence: Recurrence
) -> Iterator[Fact]:
    """The facts of one message. question: the last sentence before it, where that asks; call: what a result answers."""
    for block in message.blocks:
        if block.kind == "text" and (words := own_words(block.text) if message.role == "user" else block.text):
            yield from spoken(message, words, turn, question)
        elif block.kind == "call":
            yield from artifact(block, turn)
        elif block.kind == "result":
            yield from returned(block, call, turn, tokenizer, recurrence)
        elif block.kind == "binary":
            yield Fact("Artifacts", turn, (block.text,), 4.0)


def own_words(text: str) -> str:
    """What is left of a user's message without what a program put into it or said in the user's name; "" for nothing.
    An element that is never closed stays, as does what only mentions one."""
    if "<" in text:
        text = ELEMENT.regex.sub(" ", text)
    return "" if ECHO.found(text) else text.strip()


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


def answered(result: Block, call: Block, turn: int) -> Iterator[Fact]:
    """What the user said where a tool asked: the user's own words, with what was asked."""
    asked = [leaf for _, leaf in walk(parsed(call.text)) if isinstance(leaf, str)]
    question = next((leaf for leaf in asked if is_question(leaf)), asked[0] if asked else "")
    given = [leaf for _, leaf in walk(parsed(result.text)) if isinstance(leaf, str)] or [result.text]
    yield from spoken(Message("user", ()), "\n".join(given), turn, "")
    said = clipped(" ".join(" ".join(given).split()), LONGEST_ANSWER)
    form = f"{USER}{clipped(question, LONGEST_QUESTION)} -- {said}" if question else USER + said
    yield Fact("Decisions", turn, (form,), ANSWERED, richness=TOLD)


def returned(
    result: Block, call: Block | None, turn: int, tokenizer: Tokenizer, recurrence: Recurrence
) -> Iterator[Fact]:
    """What a tool was asked and what it gave, in several lengths. What a file holds stands in the file, and what the
    user refused was not done."""
    name = call.name if call else result.name
    failed = result.failed or bool(FAILED.match(result.text))
    if REFUSED.match(result.text):
        return
    if call is not None and not failed and ASKS_USER.found(name):
        yield from answered(result, call, turn)
        return
    if call is not None and not failed and verb_of(name) and parsed(result.text) is None:
        path = target(call) or path_in(result.text[:LONGEST_ANSWER], 0.0)
        if path:
            yield file_fact(path, verb_of(name), turn)
        return
    forms = forms_of(result, call, tokenizer, recurrence)
    if not forms:
        return
    record = parsed(result.text) is not None
    key = f"call {name} {call.text}" if call and len(call.text) < LONGEST_KEY else ""
    base = (0.5 if verb_of(name) else 3.0) if failed else 2.0 if TESTED.search(forms[0]) else 0.5
    section: Section = "Errors and fixes" if failed else "Play-by-play"
    yield Fact(section, turn, forms, base, key, 1.0 if record else 0.2)


def forms_of(result: Block, call: Block | None, tokenizer: Tokenizer, recurrence: Recurrence) -> tuple[str, ...]:
    """``tool(arguments) -> what it gave``, the longest first."""
    forms: list[str] = []
    record = parsed(result.text) is not None
    for room in ROOMS:
        shown = spoken_brief(result.text, room, tokenizer, recurrence)
        if not shown and not record:
            continue
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
    return next((s for s in reversed(said[-2:]) if is_question(s)), "")
