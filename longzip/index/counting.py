"""Texts -> their words, by windows of about a function's size, and the names that they define.

A cheap look, for choosing what to read: the same words as ``scoring.terms`` finds, but no grammar. A window begins
where a line looks like the beginning of a definition in one of the families of languages, or where the one before has
grown too long.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from longzip.scoring.bm25 import NAME, hash_of
from longzip.scoring.terms import COMMON, IDEOGRAPH, SEAM, stem, terms

Numbers = NDArray[np.uint32]

RAW = re.compile(r"\w+")
WORDS = (
    "def|class|func|fn|function|fun|sub|proc|defp|defmodule|defmacro|module|interface|struct|enum|trait|impl|type|object|"
    "protocol|extension|record|union|namespace|package|message|service|procedure|macro|instance|data|newtype|"
    "local function"
)
BEFORE = (
    "export|default|public|private|protected|internal|static|final|abstract|async|pub|unsafe|extern|override|virtual|"
    "inline|open|sealed|data|const|mut|partial|suspend|declare|readonly|inner|case|annotation"
)
DEFINITION = re.compile(
    rf"^[ \t]*+(?:@\w+(?:\([^)\n]*\))?[ \t]++)*+(?:(?:{BEFORE})(?:\([^)\n]*\))?[ \t]++)*(?:{WORDS})\*?[ \t]++"
    r"(?:\([^)\n]*\)[ \t]*+)?(?:<[^>\n]*>[ \t]*+)?(?P<name>[A-Za-z_$][\w.:$?!]*)",
    re.M,
)
BRACED = re.compile(
    r"(?<![\w$~])(?P<name>[A-Za-z_$~]\w*+)[ \t]*+\([^;{}]{0,300}\)[^;{}()=\n]{0,80}\n?[ \t]*+\{[^\n]*$", re.M
)
ASSIGNED = re.compile(
    r"^[ \t]*+(?:(?:export|const|let|var|local|readonly)[ \t]++)*+(?P<name>[A-Za-z_$][\w.$]*)[ \t]*+"
    r"(?::[^=\n]{0,100})?=[ \t]*+"
    r"(?:async[ \t]*+)?(?:function\b|\([^()\n]*\)[^=\n]{0,60}=>|[\w$]+[ \t]*=>)",
    re.M,
)
HASKELL = re.compile(r"^(?P<name>[a-z_][\w']*)[ \t]*+::", re.M)
STATEMENTS = frozenset({"if", "for", "while", "switch", "catch", "return", "else", "do", "try", "function", "with"})
SCRIPTS = frozenset({"js", "jsx", "ts", "tsx", "mjs", "cjs", "vue", "svelte", "lua"})
CURLY = SCRIPTS - {"lua"} | frozenset(
    {"c", "h", "cc", "cpp", "cxx", "hh", "hpp", "hxx", "java", "cs", "m", "mm", "php", "dart", "groovy", "sh", "bash"}
)
FEWEST, MOST = 160, 2_400  # characters of a window, but for the last ones


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """The words of some texts, text after text and window after window.

    windows: of each text, how many. sizes, lengths: of each window, how many different words it has, and how many in
    all, those in the name of what is defined there counted as ``scoring.bm25`` does. words, counts: of each window,
    ascending, hashes and occurrences. names, named: of each text, how many definitions, and of each the hash of its
    name.
    """

    windows: Numbers
    sizes: Numbers
    lengths: Numbers
    words: Numbers
    counts: Numbers
    names: Numbers
    named: Numbers


class Pieces(dict[str, int]):
    """The hash of the term that a lower-case piece of a word is; below 0 where it says nothing."""

    def __missing__(self, piece: str) -> int:
        found = self[piece] = -1 if piece in COMMON else hash_of(stem(piece))
        return found


class Vocabulary(dict[str, int]):
    """Numbers for words as written, and what terms each is made of, as ``scoring.terms`` has them; a word that begins
    with NUL is a term already."""

    def __init__(self) -> None:
        self.pieces = Pieces()
        self.hashes: list[int] = []
        self.firsts: list[int] = [0]

    def __missing__(self, raw: str) -> int:
        if raw[:1] == "\0":
            self.hashes.append(hash_of(raw[1:]))
        else:
            pieces = SEAM.sub(" ", raw).replace("_", " ").lower().split()
            self.hashes += [number for number in map(self.pieces.__getitem__, pieces) if number >= 0]
        self.firsts.append(len(self.hashes))
        found = self[raw] = len(self.firsts) - 2
        return found


def count(texts: Sequence[tuple[str, str]], vocabulary: Vocabulary | None = None) -> Counted:
    """texts: name and text of each. vocabulary: to go on with."""
    known = Vocabulary() if vocabulary is None else vocabulary
    windows: list[int] = []
    names: list[int] = []
    named: list[int] = []
    found: list[NDArray[np.int64]] = []
    ends: list[int] = []
    for name, text in texts:
        cuts = list(cut(name, text))
        special = IDEOGRAPH.search(text) is not None
        for start, end, defined in cuts:
            piece = text[start:end]
            raws = ["\0" + term for term in terms(piece)] if special else RAW.findall(piece)
            for one in defined:
                raws += RAW.findall(one) * NAME
            found.append(np.fromiter(map(known.__getitem__, raws), np.int64, len(raws)))
            ends.append(len(raws))
        own = {last(one) for _start, _end, defined in cuts for one in defined}
        named += sorted(map(hash_of, own))
        names.append(len(own))
        windows.append(len(cuts))
    sizes, lengths, words, counts = summed(found, ends, known)
    return Counted(as_numbers(windows), sizes, lengths, words, counts, as_numbers(names), as_numbers(named))


def last(name: str) -> str:
    """Of a name with what it is a member of, the name itself."""
    return name.rpartition(".")[2].rpartition(":")[2]


def as_numbers(values: Sequence[int] | NDArray[np.int64]) -> Numbers:
    return np.asarray(values, dtype=np.uint32)


def summed(
    found: Sequence[NDArray[np.int64]], ends: Sequence[int], known: Vocabulary
) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Of windows the sizes and lengths, and their words with counts. found: of each window, numbers of words as
    written; ends: how many."""
    firsts, hashes = np.array(known.firsts, np.int64), np.array(known.hashes, np.uint64)
    raws = np.concatenate([np.zeros(0, np.int64), *found])
    parts = firsts[raws + 1] - firsts[raws]
    owners = np.repeat(np.repeat(np.arange(len(ends)), ends), parts)
    starts = np.repeat(firsts[raws] - (np.cumsum(parts) - parts), parts)
    keys = (owners.astype(np.uint64) << np.uint64(32)) | hashes[starts + np.arange(len(starts))]
    unique, counts = np.unique(keys, return_counts=True)
    holders = (unique >> np.uint64(32)).astype(np.int64)
    sizes = np.bincount(holders, minlength=len(ends))
    lengths = np.bincount(owners, minlength=len(ends))
    return as_numbers(sizes), as_numbers(lengths), as_numbers(unique & np.uint64(0xFFFFFFFF)), as_numbers(counts)


def cut(name: str, text: str) -> Iterator[tuple[int, int, list[str]]]:
    """Windows that tile a text: start, end, names defined in it; none of an empty one."""
    start, own = 0, list[str]()
    for at, defined in [*definitions(name, text), (len(text), "")]:
        while at - start > MOST:
            end = text.find("\n", start + MOST // 2, at) + 1 or at
            end = end if end - start <= 2 * MOST else min(at, start + 2 * MOST)
            yield start, end, own
            start, own = end, []
        if at - start >= FEWEST and at > start:
            yield start, at, own
            start, own = at, []
        if defined:
            own.append(defined)
    if start < len(text):
        yield start, len(text), own


def definitions(name: str, text: str) -> list[tuple[int, str]]:
    """Where lines begin that look like those of a definition, and what they define; ascending."""
    ending = name.rpartition(".")[2].lower()
    patterns = [DEFINITION]
    patterns += [BRACED] if ending in CURLY else []
    patterns += [ASSIGNED] if ending in SCRIPTS else []
    patterns += [HASKELL] if ending in ("hs", "elm", "purs") else []
    found = {
        text.rfind("\n", 0, match.start("name")) + 1: match["name"]
        for pattern in patterns[::-1]
        for match in pattern.finditer(text)
        if match["name"] not in STATEMENTS
    }
    return sorted(found.items())
