"""What is left of a tool's output when it has to be short: its values with their keys, its errors, its first line.

A brief holds only what stands in the output; of JSON it keeps leaves under their keys, of other text whole lines and
atoms. It knows nothing of messages or windows.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from longzip.conversation.facts.speech import is_noise
from longzip.prose.rules import Cue
from longzip.prose.values import PRIORITY, distinct
from longzip.protocols import Tokenizer

Path = tuple[str | int, ...]
Recurrence = Mapping[str, int]
TELLING_KEY, TELLING_LINE = Cue(__name__, "telling_key"), Cue(__name__, "telling_line")
NUMBERING = re.compile(r"^[ \t]*\d{1,7}(?:→|\t)", re.M)  # of the lines of a file that a tool shows
TROUBLE = Cue(__name__, "trouble")
LONGEST_LINE = 240
RUN, GAP = 6, 10  # lines that an excerpt keeps together; tokens of what stands where lines are missing


@dataclass(frozen=True, slots=True)
class Leaf:
    """A scalar of a JSON value, as it is shown, and what it is worth."""

    path: Path
    text: str
    worth: float


def brief(text: str, room: int, tokenizer: Tokenizer, recurrence: Recurrence) -> str:
    """One line of at most ``room`` tokens with what is worth most; "" where nothing fits.

    recurrence: how many messages mention an atom; what comes back is worth more.
    """
    value = parsed(text)
    if value is None:
        return text_brief(text, room, tokenizer, recurrence)
    leaves = sorted(worthy(value, recurrence), key=lambda leaf: -leaf.worth)
    chosen = within(leaves, room * 2, lambda leaf: tokenizer.count(leaf.text) + 1)
    return shrunk(chosen, room, tokenizer, lambda kept: render_json(value, {leaf.path for leaf in kept}))


def shrunk(items: Sequence[Leaf], room: int, tokenizer: Tokenizer, render: Callable[[Sequence[Leaf]], str]) -> str:
    """The rendering of as many of the items, best first, as fit."""
    low, high, best = 0, len(items), ""
    while low < high:
        middle = (low + high + 1) // 2
        shown = render(items[:middle])
        if tokenizer.count(shown) <= room:
            low, best = middle, shown
        else:
            high = middle - 1
    return best


def within(leaves: Sequence[Leaf], room: int, cost: Callable[[Leaf], int]) -> list[Leaf]:
    kept, used = [], 0
    for leaf in leaves:
        used += cost(leaf)
        if used > room:
            break
        kept.append(leaf)
    return kept


def parsed(text: str) -> dict[str, object] | list[object] | None:
    """The object or list that the text is as JSON; None where it is none."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, (dict, list)) and value else None


def worthy(value: object, recurrence: Recurrence) -> Iterator[Leaf]:
    """The leaves of a JSON value, each value where it first stands; true, false and null are not worth a place."""
    seen: set[str] = set()
    for path, leaf in walk(value):
        text = leaf if isinstance(leaf, str) else json.dumps(leaf)
        text = " ".join(text.split())
        if not text or leaf is None or isinstance(leaf, bool) or text in seen:
            continue
        seen.add(text)
        yield Leaf(path, text, worth(text, path, recurrence))


def worth(text: str, path: Path, recurrence: Recurrence) -> float:
    found = distinct(text) if len(text) <= LONGEST_LINE else {}
    best = max((weighed(atom, PRIORITY[kind], recurrence) for atom, kind in found.items()), default=0.4)
    key = next((part for part in reversed(path) if isinstance(part, str)), "")
    telling = 1.0 if TELLING_KEY.found(key) else 0.0
    return (best + telling) / (1 + len(text) / 80)


def weighed(atom: str, priority: float, recurrence: Recurrence) -> float:
    """An atom's priority, more where it comes back; a bare number comes back by chance."""
    return priority * boost(recurrence.get(atom, 1)) if priority > 1 else priority


def boost(mentions: int) -> float:
    """What comes back is worth more: 1 for one mention, 2 for two, 3 for four."""
    return 1 + math.log2(max(mentions, 1))


def walk(value: object, path: Path = ()) -> Iterator[tuple[Path, object]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, (dict, list)) and distinct(key):
                yield (*path, key, ""), key
            yield from walk(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from walk(inner, (*path, index))
    else:
        yield path, value


def render_json(value: object, chosen: set[Path]) -> str:
    """A JSON value with the chosen leaves alone: ``key=value``, ``key{...}``, rows of like objects as ``[a|b: 1|2;
    3|4]``."""
    prefixes = {path[:length] for path in chosen for length in range(len(path) + 1)}
    return render_part(value, (), chosen, prefixes)


def render_part(value: object, path: Path, chosen: set[Path], prefixes: set[Path]) -> str:
    if isinstance(value, dict):
        parts = []
        for key, inner in value.items():
            place = (*path, key)
            if place not in prefixes:
                continue
            if isinstance(inner, (dict, list)):
                body = render_part(inner, place, chosen, prefixes)
                parts.append(f"{key}{body if body.startswith('[') else '{' + body + '}' if body else ''}")
            else:
                parts.append(f"{key}={scalar(inner)}")
        return " ".join(parts)
    if isinstance(value, list):
        places = [index for index in range(len(value)) if (*path, index) in prefixes]
        rows = [render_part(value[index], (*path, index), chosen, prefixes) for index in places]
        return as_table(value, path, places, prefixes) or "[" + "; ".join(row for row in rows if row) + "]"
    return scalar(value)


def as_table(rows: Sequence[object], path: Path, places: Sequence[int], prefixes: set[Path]) -> str:
    """Rows that are objects of scalars, their keys said once; "" where they are not."""
    shown = [row for index in places if isinstance(row := rows[index], dict)]
    if (
        len(shown) < 2
        or len(shown) < len(places)
        or any(isinstance(v, (dict, list)) for row in shown for v in row.values())
    ):
        return ""
    keys = [key for key in shown[0] if any((*path, index, key) in prefixes for index in places)]
    if not all(key in row for row in shown for key in keys):
        return ""
    lines = ("|".join(scalar(row[key]) for key in keys) for row in shown)
    return f"[{'|'.join(keys)}: {'; '.join(lines)}]"


def scalar(value: object) -> str:
    return " ".join(value.split()) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def text_brief(text: str, room: int, tokenizer: Tokenizer, recurrence: Recurrence) -> str:
    """The telling lines of a text, its first and last, then its atoms, while there is room; in the text's order."""
    text = NUMBERING.sub("", text)
    kept, left = telling_lines(text, room, tokenizer)
    return " | ".join([*kept, *atoms_within(text, left, " ".join(kept), tokenizer, recurrence)])


def telling_lines(text: str, room: int, tokenizer: Tokenizer) -> tuple[list[str], int]:
    """The lines of an output that tell of errors and of what was made, its first and last, in its order; and the room
    left.

    Lines of code, rows of tables and lines of numbered files are none of them.
    """
    lines = [" ".join(line.split()) for line in text.splitlines() if TROUBLE.found(line) or not is_noise(line)]
    lines = [line for line in lines if line]
    if not lines:
        return [], room
    ranked = [*dict.fromkeys(line for line in lines if TELLING_LINE.found(line[:LONGEST_LINE]))][:12]
    ranked = [*dict.fromkeys([*ranked, lines[0], lines[-1]])]
    kept: list[str] = []
    left = room
    for line in ranked:
        shown = line[:LONGEST_LINE]
        cost = tokenizer.count(shown) + 1
        if cost <= left * 0.6:
            kept.append(shown)
            left -= cost
    order = {line[:LONGEST_LINE]: at for at, line in reversed([*enumerate(lines)])}
    return sorted(kept, key=lambda line: order.get(line, 0)), left


def excerpt(text: str, room: int, tokenizer: Tokenizer) -> str:
    """Runs of lines of a text as they stand there, of at most ``room`` tokens: its first and its last lines, those that
    tell of errors, and from the beginning as much as fits; a gap says how many lines are missing. "" where nothing
    fits."""
    lines = text.splitlines(keepends=True)
    runs = [range(start, min(start + RUN, len(lines))) for start in range(0, len(lines), RUN)]
    shown = ["".join(lines[at] for at in run) for run in runs]
    telling = [at for at, one in enumerate(shown) if any(TELLING_LINE.found(row) for row in one.splitlines())]
    order = dict.fromkeys(
        [*range(min(1, len(runs))), *range(max(len(runs) - 1, 0), len(runs)), *telling, *range(len(runs))]
    )
    kept, left = set[int](), room
    for at in order:
        cost = tokenizer.count(shown[at]) + GAP
        if cost <= left:
            kept.add(at)
            left -= cost
    parts: list[str] = []
    missing = 0
    for at, run in enumerate(runs):
        if at not in kept:
            missing += len(run)
            continue
        parts += [f"[... {missing} lines ...]\n"] if missing else []
        parts.append(shown[at])
        missing = 0
    return "".join([*parts, *([f"[... {missing} lines ...]"] if missing else [])]) if kept else ""


def spoken_brief(text: str, room: int, tokenizer: Tokenizer, recurrence: Recurrence) -> str:
    """As ``brief``, but of what is no JSON only lines that a person would read."""
    if parsed(text) is not None:
        return brief(text, room, tokenizer, recurrence)
    return " | ".join(telling_lines(text, room, tokenizer)[0])


def atoms_within(text: str, room: int, said: str, tokenizer: Tokenizer, recurrence: Recurrence) -> list[str]:
    """One string with the atoms of a text that are not yet said and fit the room, best first chosen, in their order."""
    found = {atom: kind for atom, kind in distinct(text).items() if atom not in said and len(atom) <= LONGEST_LINE}
    ranked = sorted(found, key=lambda atom: -weighed(atom, PRIORITY[found[atom]], recurrence))
    kept, left = set(), room - 1
    for atom in ranked:
        cost = tokenizer.count(atom) + 1
        if cost > left:
            continue
        kept.add(atom)
        left -= cost
    return [", ".join(atom for atom in found if atom in kept)] if kept else []
