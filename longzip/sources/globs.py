"""Globs as people write them -> the patterns of ``gitignore``; and which of them matched nothing.

It knows commas, braces, ``./`` and absolute paths; what a pattern means is told by ``gitignore``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePath

from longzip.sources.gitignore import parse_rules
from longzip.types import Skipped, Source

BRACES = re.compile(r"(?<!\\)\{([^{}]*,[^{}]*)\}")
MOST = 1_000
EXCLUDED = "matches exclude"


def written_out(globs: Sequence[str], folders: Iterable[Path] = ()) -> list[str]:
    """``'*.py,*.md'``, ``'*.{py,md}'``, ``./tests`` and absolute paths as patterns that git knows.

    folders: those that are read; an absolute path below one of them, or below the current folder, is taken from there.
    """
    tops = [Path.cwd(), *folders]
    return [plain for glob in globs for part in parts(glob) for one in braced(part) for plain in from_top(one, tops)]


def parts(glob: str) -> list[str]:
    """What commas divide, but for those in braces and brackets and behind a backslash."""
    found, depth, at = [""], 0, 0
    while at < len(glob):
        letter = glob[at]
        if letter == "\\" and at + 1 < len(glob):
            letter = glob[at + 1] if glob[at + 1] == "," else glob[at : at + 2]
            at += 1
        elif letter == "," and depth <= 0:
            found.append("")
            letter = ""
        depth += (letter in ("{", "[")) - (letter in ("}", "]"))
        found[-1] += letter
        at += 1
    whole = [part.strip() for part in found] if len(found) > 1 else found
    return [part for part in whole if part] if depth <= 0 else [glob]


def braced(glob: str) -> list[str]:
    """``a.{b,c}`` as ``a.b`` and ``a.c``; as it is where that would be too many."""
    done, waiting = [], [glob]
    while waiting:
        match = BRACES.search(one := waiting.pop())
        if match is None:
            done.append(one)
        else:
            waiting += [one[: match.start()] + choice + one[match.end() :] for choice in match[1].split(",")]
        if len(done) + len(waiting) > MOST:
            return [glob]
    return done


def from_top(glob: str, tops: Sequence[Path]) -> list[str]:
    """A pattern that begins at the top of what is read, where the glob says so."""
    negation, path = ("!", glob[1:]) if glob.startswith("!") else ("", glob)
    if os.sep == "\\":
        path = path.replace("\\", "/")
    if path.startswith("./"):
        rest = path.lstrip("./").lstrip("/") if path.startswith(".//") else path[2:]
        return [f"{negation}/{rest}"] if rest else [f"{negation}*"]
    if not PurePath(path).is_absolute():
        return [glob]
    spelled = dict.fromkeys(str(place) for top in tops for place in (Path.cwd() / top, os.path.realpath(top)))
    found = [f"{negation}/{path[len(place) + 1 :]}" for place in spelled if path.startswith(f"{place}/")]
    return list(dict.fromkeys(found)) or [glob]


def unmatched(
    globs: Sequence[str], sources: Iterable[Source], skipped: Iterable[Skipped], *, exclude: bool
) -> list[str]:
    """Those of the globs that no file or folder of what was read matched. exclude: whether they leave files out."""
    names = [item.path for item in skipped if item.reason == EXCLUDED]
    if not exclude:
        names = [source.name for source in sources]
    return [glob for glob in globs if not any(matches(glob, name, exclude) for name in names)]


def matches(glob: str, name: str, exclude: bool) -> bool:
    """Whether a glob holds for a name, for the end of it, or for a folder above it."""
    patterns = [pattern.removeprefix("!") for pattern in written_out([glob])]
    rules = parse_rules(patterns)
    steps = tuple(name.split("/"))
    return rules is not None and any(
        rules.verdict(steps[first:last], steps[last], is_folder)
        for first in range(len(steps))
        for last in range(first, len(steps))
        for is_folder in ((True, False) if exclude or last < len(steps) - 1 else (False,))
    )
