"""Which files a conversation touches, and how: each one line, under one root where they have one.

It knows what tools are called and how their arguments look; it reads no file.
"""

from __future__ import annotations

import os.path
import re
from collections import Counter
from collections.abc import Sequence

from longzip.conversation.facts.tool_output import parsed, walk
from longzip.messages.normal import Block
from longzip.prose.values import distinct

WRITING = re.compile(r"write|edit|create|update|replace|patch|insert|save|modif", re.I)
DELETING = re.compile(r"delete|remove|unlink", re.I)
READING = re.compile(r"read|open|view|cat|load|fetch|get_file", re.I)
LONGEST_TEXT, LONGEST_PATH, MOST_LEAVES = 100_000, 300, 8
PATH_SHARE = 0.6  # of a text that is about a path
LEAST_SHARED = 2  # paths from which on a root is worth a line


def verb_of(name: str) -> str:
    """What a tool of this name does to a file; "" where that cannot be told."""
    verbs = ((DELETING, "deleted"), (WRITING, "modified"), (READING, "read"))
    return next((verb for pattern, verb in verbs if pattern.search(name)), "")


def target(call: Block) -> str:
    """The path that a call is about: the first of its arguments, or its text, that is one."""
    if len(call.text) > LONGEST_TEXT:
        return ""
    value = parsed(call.text)
    if value is None:
        return path_in(call.text.strip("` \n"), PATH_SHARE)
    leaves = [leaf for _, leaf in walk(value) if isinstance(leaf, str)]
    return next((path for leaf in leaves[:MOST_LEAVES] if (path := path_in(leaf, PATH_SHARE))), "")


def path_in(text: str, share: float) -> str:
    """The first path of a text that takes at least this share of it."""
    if len(text) >= LONGEST_PATH:
        return ""
    return next(
        (atom for atom, kind in distinct(text).items() if kind == "path" and len(atom) >= share * len(text)), ""
    )


def working_folder(paths: Sequence[str]) -> str:
    """The folder that ``./`` stands for, with a slash at its end: the one that most relative paths and the absolute
    ones speak for; "" where nothing does."""
    absolute = [path for path in paths if path.startswith("/")]
    votes = Counter(folder for path in paths if path.startswith("./") and (folder := folder_of(path, absolute)))
    return max(votes, key=lambda folder: (votes[folder], folder), default="")


def folder_of(path: str, absolute: Sequence[str]) -> str:
    """Where a relative path's first folders, as many as can be, stand in an absolute one; or the only file of its
    name."""
    *parts, name = path.removeprefix("./").split("/")
    if not parts:
        same = list(dict.fromkeys(whole for whole in absolute if whole.endswith(f"/{name}")))
        return same[0].removesuffix(name) if len(same) == 1 else ""
    for length in range(len(parts), min(len(parts), LEAST_SHARED) - 1, -1):
        inner = "/".join(["", *parts[:length], ""])
        found = next((whole for whole in absolute if inner in whole), "")
        if found:
            return found[: found.rindex(inner) + 1]
    return ""


def root_of(paths: Sequence[str]) -> str:
    """What paths are written below, with a slash at its end: what ``./`` stands for, or else the folder that the
    absolute paths have in common; "" where it is not worth a line."""
    absolute = [path for path in paths if path.startswith("/")]
    if folder := working_folder(paths):
        return folder
    if len(absolute) < LEAST_SHARED:
        return ""
    shared = os.path.commonpath([path.rpartition("/")[0] or "/" for path in absolute])
    return f"{shared}/" if shared.count("/") >= LEAST_SHARED else ""


def within_root(path: str, root: str, folder: str) -> str:
    """A path as it is shown below the root; ``./`` goes where the root is what it stands for."""
    if not root:
        return path
    shown = path.removeprefix(root)
    return shown.removeprefix("./") if folder == root else shown
