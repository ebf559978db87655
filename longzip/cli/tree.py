"""``--tree``: the files of a repository as a tree, with the tokens of each file and folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

Branch = dict[str, "Branch | int"]


def tree(sizes: Sequence[tuple[str, int]]) -> str:
    """sizes: (name, tokens) of each file. Folders stand with what is in them, the largest first."""
    top: Branch = {}
    for name, tokens in sizes:
        *folders, file = name.split("/")
        here = top
        for folder in folders:
            found = here.setdefault(folder + "/", {})
            assert isinstance(found, dict), "a folder's key ends with a slash, which no file's does"
            here = found
        here[file] = tokens
    width = len(f"{weight(top):,}")
    rows = [(weight(top), "."), *rows_of(top, "")]
    return "".join(f"{tokens:>{width},}  {label}\n" for tokens, label in rows)


def weight(branch: Branch | int) -> int:
    return branch if isinstance(branch, int) else sum(map(weight, branch.values()))


def rows_of(branch: Branch, before: str) -> Iterator[tuple[int, str]]:
    ordered = sorted(branch.items(), key=lambda item: (-weight(item[1]), item[0]))
    for place, (name, held) in enumerate(ordered):
        last = place == len(ordered) - 1
        yield weight(held), f"{before}{'└── ' if last else '├── '}{name}"
        if isinstance(held, dict):
            yield from rows_of(held, before + ("    " if last else "│   "))
