"""The normal form of a conversation: messages of content blocks, whatever provider or program wrote them.

A message keeps what it was read from, so that one that nobody changed comes out byte for byte as it came in. How
providers write messages is known to their modules (see ``dialects``); nothing here knows of files, windows or
summaries.

The stated rules, where providers leave things open:

- A call is answered by the first result after it that bears its id. Where an id was used twice, results answer the
  calls in their order (``pair``). A result without a call before it is an orphan, a call without a result is open.
- A binary block (an image, audio, a file) is kept as it is, shown by a reference (media type, bytes, digest; or its
  address) and counted as ``BINARY_TOKENS``, the most that one image costs at the common providers; so is each one that
  a result holds.
- What a provider has signed or ran itself (``sealed``) comes out as it came in, or not at all; nobody answers for it.
- Every message costs ``MESSAGE_TOKENS`` more than its blocks, for the marks of its role.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from longzip.protocols import Tokenizer

BlockKind = Literal["text", "thinking", "call", "result", "binary", "other"]
TRANSCRIPT = "text"
BINARY_TOKENS = 1600
MESSAGE_TOKENS = 4


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a message.

    text: what a reader sees: the text, a call's arguments as they were written, a result's text, a binary's reference.
    name: the tool's name of a call, and of a result where it is given.
    id: what pairs a call and its result; "" for other kinds.
    failed: whether a result is marked as an error.
    place: its index in the provider's list of contents or calls; below 0 where it stands elsewhere, such as in a
    content that is one string.
    binaries: images and the like that a result holds.
    sealed: whether the provider takes it only as it is: a call that it ran itself, and what that gave.
    """

    kind: BlockKind
    text: str
    name: str = ""
    id: str = ""
    failed: bool = False
    place: int = -1
    binaries: int = 0
    sealed: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation.

    role: "system", "user", "assistant" or "tool"; an unknown role stays as it is, and is treated as the user's.
    style: the name of the dialect it was read from, or "text" for a transcript's.
    raw: what it was read from: a JSON object, or for ``style`` "text" a stretch of a transcript; "" where there is
    none.
    """

    role: str
    blocks: tuple[Block, ...]
    style: str = TRANSCRIPT
    raw: str = ""

    @property
    def text(self) -> str:
        """All that a reader sees, one block after the other."""
        return "\n".join(shown(block) for block in self.blocks if block.text or block.kind == "call")

    @property
    def content(self) -> str:
        """As ``text``."""
        return self.text

    @property
    def prose(self) -> str:
        """What the author wrote: its text blocks alone."""
        return "\n".join(block.text for block in self.blocks if block.kind == "text" and block.text)

    @property
    def calls(self) -> tuple[Block, ...]:
        return tuple(block for block in self.blocks if block.kind == "call")

    @property
    def results(self) -> tuple[Block, ...]:
        return tuple(block for block in self.blocks if block.kind == "result")


@dataclass(frozen=True, slots=True)
class Pairing:
    """Which result answers which call. Places are (index of the message, index of the block).

    answers: the result's place for each call's that has one.
    orphans: places of results without a call; open: places of calls without a result. Both ascending.
    """

    answers: Mapping[tuple[int, int], tuple[int, int]]
    orphans: tuple[tuple[int, int], ...]
    open: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class ScriptCount:
    """An estimate that needs no vocabulary, by script and kind, rather above than below what tokenizers count: a token
    is up to 7 letters of English, 4 of other languages in Latin letters, 1 digit, 7 characters of Chinese or Japanese
    are 5, 1 of Korean, 1 to 3 of other scripts, 2 marks, or a run of white space beyond a single blank; an emoji is
    about 2 tokens; of base64 and hexadecimal digits 4 characters are 3. It was measured with Qwen's vocabulary; other
    families have estimates of their own (``load_tokenizer``)."""

    name: str = "script-aware estimate"

    def count(self, text: str) -> int:
        blobs, text = without_blobs(text)
        if text.isascii():
            return blobs + sum(1 for _ in ASCII_TOKEN.finditer(text))
        accents = len(ACCENTED.findall(text))
        pattern = FOREIGN_TOKEN if accents * ACCENTS > len(text) else TOKEN
        rare = len(RARE.findall(text)) + len(ASIA.findall(text)) // 8
        asian = len(HAN.findall(text))
        spared = asian * HAN_SPARED[0] // HAN_SPARED[1]
        return blobs + sum(1 for _ in pattern.finditer(text)) - spared + len(EMOJI.findall(text)) * 6 // 5 + rare


def without_blobs(text: str) -> tuple[int, str]:
    """Tokens of what was encoded, base64 or hexadecimal, and the text without it."""
    found = [match[0] for match in BLOB.finditer(text) if encoded(match[0])]
    if not found:
        return 0, text
    return sum(len(blob) if HEX.fullmatch(blob) else -(-len(blob) * 4 // 5) for blob in found), BLOB.sub(
        lambda match: "" if encoded(match[0]) else match[0], text
    )


def encoded(word: str) -> bool:
    """Whether a long run of letters and digits is no word: digits stand between its letters, again and again."""
    return len(CHANGES.findall(word)) * 8 >= len(word)


CJK = "\u1100-\u11ff\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff"
LATIN = "A-Za-z\u00c0-\u024f"
SINGLE = "\u0370-\u03ff\u0900-\u0dff"  # scripts of which a letter or a sign is a token: Greek, those of India
PAIRS = "\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Tibetan, Burmese, Khmer
ACCENTS = 200  # characters per accented letter below which a text in Latin letters is not English
ACCENTED = re.compile("[\u00c0-\u024f]")
RARE = re.compile("[\u0100-\u024f]")  # accented letters that tokenizers seldom have in words
ASIA = re.compile("[\u0900-\u0fff]")
HAN = re.compile(  # characters and signs of Chinese and Japanese, of which seven make five tokens
    "[\u2e80-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff]"
)
HAN_SPARED = 2, 7
HEX = re.compile("[0-9a-f]+")
EMOJI = re.compile("[\u2600-\u27bf\u200d\ufe0f\U0001f000-\U0001faff]")
BLOB = re.compile(r"[A-Za-z0-9+/=]{16,}|\b[0-9a-f]{8,}\b")
CHANGES = re.compile(r"[0-9][A-Za-z]|[A-Za-z][0-9]|[a-z][A-Z][a-z]?[A-Z]|[A-Z]{2}[a-z]")
ASCII_TOKEN = re.compile(r"[A-Za-z]{1,7}|[0-9]| (?=[0-9]{3})|[^A-Za-z0-9\s]{1,2}|\n\s*|[ \t\r\f\v]{2,}")


def scripts(latin: int) -> re.Pattern[str]:
    """What finds the tokens of a text in any scripts. latin: Latin letters that one may have."""
    return re.compile(
        rf"[{LATIN}]{{1,{latin}}}|[0-9]| (?=[0-9]{{3}})|[{CJK}]|[{SINGLE}]|[{PAIRS}]{{1,2}}"
        rf"|[^\W\d_{LATIN}{CJK}{SINGLE}{PAIRS}]{{1,3}}|[^\w\s{CJK}{SINGLE}{PAIRS}]{{1,2}}|\w|\n\s*|[ \t\r\f\v]{{2,}}"
    )


TOKEN, FOREIGN_TOKEN = scripts(7), scripts(4)


def count(message: Message, tokenizer: Tokenizer) -> int:
    """The tokens that a message costs its reader, ids and names of calls and the marks of its role included."""
    total = MESSAGE_TOKENS
    for block in message.blocks:
        total += BINARY_TOKENS if block.kind == "binary" else tokenizer.count(block.text)
        total += BINARY_TOKENS * block.binaries
        total += tokenizer.count(block.name) + tokenizer.count(block.id) if block.id or block.name else 0
    return total


def shown(block: Block) -> str:
    """A block as a reader of plain text sees it."""
    return f"{block.name}({block.text})" if block.kind == "call" else block.text


def pair(messages: Sequence[Message]) -> Pairing:
    """Which result answers which call, by the rule at the head of this module."""
    answers: dict[tuple[int, int], tuple[int, int]] = {}
    waiting: dict[str, list[tuple[int, int]]] = {}
    orphans = []
    for at, message in enumerate(messages):
        for index, block in enumerate(message.blocks):
            if block.kind == "call":
                waiting.setdefault(block.id, []).append((at, index))
            elif block.kind == "result":
                calls = waiting.get(block.id)
                if calls:
                    answers[calls.pop(0)] = (at, index)
                else:
                    orphans.append((at, index))
    return Pairing(answers, tuple(orphans), tuple(sorted(place for places in waiting.values() for place in places)))
