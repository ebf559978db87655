"""The append-only log of a conversation: every message as it came, its cost, and how calls and results hang together.

Entries never change once they are there. What a provider would refuse is repaired as a message arrives, beside the
original: a result without a call is shown as the user's text, and a call that was never answered before the talk went
on gets an answer that says so. It knows nothing of windows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from longzip.messages.dialects import answer, plain, said, told
from longzip.messages.normal import Message, count
from longzip.protocols import Tokenizer

ORPHAN = "[result of a call that is not in this conversation]"
ELSEWHERE = "[result of a call that is in the summary]"
UNANSWERED = "[no result was recorded]"
BY_ITEM = ("responses", "sharegpt")  # dialects that write each call as a message of its own
INFINITY = 1 << 60


@dataclass(frozen=True, slots=True)
class Entry:
    """A message of the log.

    shown: the messages that stand for it in a view: itself, after any answers that calls before it still lacked.
    tokens: what they cost together; own: what the last of them, itself, costs.
    alone: itself, where it stands without the calls that its results answer, which are texts then; held: what that
    costs.
    """

    message: Message
    shown: tuple[Message, ...]
    tokens: int
    own: int
    alone: Message
    held: int


@dataclass(slots=True)
class Log:
    """Entries in order. Only ``append`` changes it, and it only adds; whoever shares it holds a lock around that.

    before: tokens of all entries before each, one more than there are entries.
    answers: the entry of the result, for each call (entry, block) that has one.
    """

    tokenizer: Tokenizer
    entries: list[Entry] = field(default_factory=list)
    before: list[int] = field(default_factory=lambda: [0])
    answers: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    questions: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    waiting: dict[str, list[tuple[int, int]]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.entries)

    def append(self, message: Message) -> None:
        at = len(self.entries)
        orphans = self.match(at, message)
        shown = [as_texts(message, orphans) if orphans else message]
        if self.waiting and moves_on(message, orphans):
            shown[:0] = self.give_up(at)
        own = count(shown[-1], self.tokenizer)
        tokens = own + sum(count(part, self.tokenizer) for part in shown[:-1])
        answers = [index for index in range(len(message.blocks)) if self.questions.get((at, index), (at, 0))[0] < at]
        alone = as_texts(message, answers, ELSEWHERE) if answers else shown[-1]
        held = count(alone, self.tokenizer) if answers else own
        self.entries.append(Entry(message, tuple(shown), tokens, own, alone, held))
        self.before.append(self.before[-1] + tokens)

    def held(self, at: int, beside: Sequence[int]) -> Message:
        """An entry as it stands among others that are held: its results are texts where their calls are not there."""
        return self.entries[at].shown[-1] if self.asked(at) <= {*beside} else self.entries[at].alone

    def held_cost(self, at: int, beside: Sequence[int]) -> int:
        """Tokens of ``held``."""
        return self.entries[at].own if self.asked(at) <= {*beside} else self.entries[at].held

    def asked(self, at: int) -> set[int]:
        """The entries before one whose calls its results answer."""
        found = (self.questions.get((at, index)) for index in range(len(self.entries[at].message.blocks)))
        return {place[0] for place in found if place is not None and place[0] < at}

    def exchange(self, at: int) -> list[int]:
        """An entry and those that answer its calls, where all are answered by somebody; [] where not."""
        calls = [index for index, block in enumerate(self.entries[at].message.blocks) if block.kind == "call"]
        places = [self.answers.get((at, index), (at, -1)) for index in calls]
        if not places or any(index < 0 for _, index in places):
            return []
        return sorted({at, *(place for place, _ in places)})

    def said(self, role: str, text: str) -> Message:
        """A message of one text in the form that the conversation has."""
        like = next((one.message for one in self.entries if one.message.role != "system"), None)
        return plain(role, text) if like is None else said(like, role, text)

    def match(self, at: int, message: Message) -> list[int]:
        """Let results answer the calls that wait, those of the message itself included; the blocks of those that
        answer none."""
        orphans = []
        for index, block in enumerate(message.blocks):
            if block.kind == "call":
                self.waiting.setdefault(block.id, []).append((at, index))
            elif block.kind == "result":
                calls = self.waiting.get(block.id, [])
                if not calls:
                    orphans.append(index)
                    continue
                call = calls.pop(0)
                self.answers[call] = (at, index)
                self.questions[at, index] = call
                if not calls:
                    del self.waiting[block.id]
        return orphans

    def give_up(self, at: int) -> list[Message]:
        """Answers for the calls of earlier messages that still wait, now that the talk goes on without them; nobody
        answers for what a provider runs itself."""
        calls = sorted(call for calls in self.waiting.values() for call in calls if call[0] < at)
        own = {name: [call for call in calls if call[0] == at] for name, calls in self.waiting.items()}
        self.waiting = {name: calls for name, calls in own.items() if calls}
        found = []
        for entry, index in calls:
            message = self.entries[entry].message
            if not message.blocks[index].sealed:
                found.append(answer(message, message.blocks[index], UNANSWERED))
            self.answers[entry, index] = (at, -1)
        return found

    def safe_cuts(self, start: int, end: int) -> list[int]:
        """The places from ``start`` to ``end`` before which a view may begin: no call before one is answered after it,
        or still under way."""
        cuts, reach = [], start - 1
        for at in range(start, end + 1):
            if reach < at and not (at > start and only_thinks(self.entries[at - 1].message)):
                cuts.append(at)
            if at < end:
                for index, block in enumerate(self.entries[at].message.blocks):
                    if block.kind == "call":
                        reach = max(reach, self.answers.get((at, index), (INFINITY, 0))[0])
        return cuts


def only_thinks(message: Message) -> bool:
    """Whether a message is thoughts alone, which belong to the one after it."""
    return bool(message.blocks) and all(block.kind == "thinking" for block in message.blocks)


def thinks_first(message: Message) -> bool:
    """Whether thoughts open an assistant's message, as strict providers ask of what goes on with a loop of calls."""
    return message.role == "assistant" and bool(message.blocks) and message.blocks[0].kind == "thinking"


def moves_on(message: Message, orphans: Sequence[int]) -> bool:
    """Whether a message shows that nobody waits for results any more: it has more than results, and more than the
    further calls and thoughts that some write as messages of their own."""
    kinds = {block.kind for block in message.blocks}
    if kinds == {"result"}:
        return bool(orphans)
    return message.style not in BY_ITEM or not kinds <= {"call", "thinking", "other"}


def as_texts(message: Message, results: Sequence[int], note: str = ORPHAN) -> Message:
    """The message with some of its results shown as the user's text, under a note."""
    return told(message, {index: f"{note}\n{message.blocks[index].text}" for index in results})
