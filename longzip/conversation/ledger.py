"""The typed ledger: facts under fixed sections, never more than its cap, and as worthwhile as the cap allows.

Where it grows over the cap, an exact multiple-choice knapsack says which facts stay, and in which length: a fact is first
shortened to its values and then left out. What was shortened stays short, so that a ledger that fits is never changed
again. It knows nothing of messages.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from longzip.atoms import PRIORITY, distinct
from longzip.conversation.digests import Recurrence, weighed
from longzip.conversation.facts import SECTIONS, TOLD, Fact, Section
from longzip.multiple_choice import NOTHING, MultipleChoice
from longzip.protocols import Tokenizer

LINE_TOKENS = 5  # the dash, the number and the line end
SHORTER_IS_WORSE = 0.75  # a clause without its sentence has lost a part of its sense
FEW = 3  # values of a sentence that count
# Messages after which a fact counts half: what was asked is soon answered, what a tool gave is seldom needed long after.
HALF_LIVES: Mapping[Section, float] = {
    "Session intent": 100.0,
    "Play-by-play": 400.0,
    "Values": 800.0,
    "Artifacts": 800.0,
}
MOST_BOOST, BARE_NAME = (
    2.0,
    1.0,
)  # of a value in a sentence: what its return adds at most; a program's name without digits
OLDER_STATUS = 0.3
TRIES = 8


@dataclass(frozen=True, slots=True)
class Ledger:
    """Facts in the order of their messages.

    shortened, evicted: how many facts were, since the beginning. depth: how often facts of an earlier summary had to be
    shortened or left out to make room: the level of the recursion.
    """

    facts: tuple[Fact, ...] = ()
    shortened: int = 0
    evicted: int = 0
    depth: int = 0


def render(facts: Sequence[Fact]) -> str:
    """The sections in their fixed order; an empty one says None."""
    by_section: dict[Section, list[str]] = {section: [] for section in SECTIONS}
    for fact in facts:
        by_section[fact.section].append(f"- #{fact.turn} {fact.forms[0]}")
    return "\n".join(line for section in SECTIONS for line in (f"{section}:", *(by_section[section] or ["None"])))


def merge(old: Sequence[Fact], new: Sequence[Fact]) -> tuple[Fact, ...]:
    """Both in order; of facts with one key the last stays, and a file's earlier changes go with it. The same line twice is
    one."""
    facts: dict[str, Fact] = {}
    for number, fact in enumerate((*old, *new)):
        name = fact.key or f"{fact.section} {fact.forms[0]}"
        before = facts.pop(name, None)
        if before is not None and fact.key.startswith("artifact "):
            fact = replace(fact, forms=(combined(before.forms[0], fact.forms[0]),), base=max(before.base, fact.base))
        facts[name if fact.key or before is None else f"{name} {number}"] = fact
    return tuple(sorted(facts.values(), key=lambda fact: fact.turn))


def combined(before: str, after: str) -> str:
    """``a.py: read`` and ``a.py: modified`` are ``a.py: read, modified``."""
    path, _, verbs = before.rpartition(": ")
    added = after.rpartition(": ")[2]
    return before if added in verbs.split(", ") else f"{path}: {verbs}, {added}"


def fit(ledger: Ledger, added: Sequence[Fact], cap: int, tokenizer: Tokenizer, recurrence: Recurrence) -> Ledger:
    """The ledger with ``added``, rendered in at most ``cap`` tokens. cap: at least what the empty sections take."""
    facts = merge(ledger.facts, added)
    if tokenizer.count(render(facts)) <= cap:
        return replace(ledger, facts=facts)
    room = cap - tokenizer.count(render(()))
    weights = [[tokenizer.count(form) + LINE_TOKENS for form in fact.forms] for fact in facts]
    problem = MultipleChoice(valued(facts, recurrence), weights)
    for _ in range(TRIES):
        picks = problem.solve(room).picks
        kept = tuple(shorter(fact, pick) for fact, pick in zip(facts, picks, strict=True) if pick != NOTHING)
        over = tokenizer.count(render(kept)) - cap
        if over <= 0:
            break
        room -= over
    while kept and tokenizer.count(render(kept)) > cap:
        kept = kept[1:]
    earlier = set(ledger.facts)
    changed = any(pick != 0 and fact in earlier for fact, pick in zip(facts, picks, strict=True))
    shortened = sum(pick > 0 for pick in picks)
    return Ledger(kept, ledger.shortened + shortened, ledger.evicted + len(facts) - len(kept), ledger.depth + changed)


@lru_cache(maxsize=1 << 15)
def weights_of(text: str) -> Mapping[str, float]:
    """The atoms of a line, with the priority of their kind."""
    return {atom: PRIORITY[kind] for atom, kind in distinct(text).items()}


def shorter(fact: Fact, pick: int) -> Fact:
    return fact if pick == 0 else replace(fact, forms=fact.forms[pick:])


def valued(facts: Sequence[Fact], recurrence: Recurrence) -> list[list[float]]:
    """What each form of each fact is worth: its section's worth and its atoms', an atom counting once, for the fact of the
    highest worth that has it, and among those for the latest."""
    last = max((fact.turn for fact in facts), default=0)
    older = set([at for at, fact in enumerate(facts) if fact.section == "Play-by-play" and not fact.key][:-1])
    order = sorted(range(len(facts)), key=lambda at: (-facts[at].base, -at))
    said: set[str] = set()
    values: list[list[float]] = [[] for _ in facts]
    for at in order:
        fact = facts[at]
        atoms = weights_of(fact.forms[0])
        new = {atom: weight_of(atom, weight, fact, recurrence) for atom, weight in atoms.items() if atom not in said}
        said |= new.keys()
        told = fact.section == "Values" and fact.richness >= TOLD
        age = 1.0 if told else 0.5 ** ((last - fact.turn) / HALF_LIVES.get(fact.section, math.inf))
        base = fact.base * (OLDER_STATUS if at in older else 1.0)
        values[at] = [round(age * form_value(fact, form, base, new), 6) for form in fact.forms]
    return values


def weight_of(atom: str, weight: float, fact: Fact, recurrence: Recurrence) -> float:
    """What an atom is worth where a fact has it first: by its kind, and more where it comes back."""
    if fact.richness >= 1:
        return weighed(atom, weight, recurrence)
    bare = atom.isidentifier() and not any(map(str.isdigit, atom))
    return min(weighed(atom, weight, recurrence), MOST_BOOST * (BARE_NAME if bare else weight))


def form_value(fact: Fact, form: str, base: float, new: Mapping[str, float]) -> float:
    """A sentence is worth its base and a few of its values; a record's every value counts."""
    kept = sorted((weight for atom, weight in new.items() if atom in form), reverse=True)
    if fact.richness < 1:
        kept = kept[:FEW]
    return base * (1.0 if form is fact.forms[0] else SHORTER_IS_WORSE) + fact.richness * sum(kept)
