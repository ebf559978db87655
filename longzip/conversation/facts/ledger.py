"""The typed ledger: facts under fixed sections, never more than its cap, and as worthwhile as the cap allows.

Where it grows over the cap, an exact multiple-choice knapsack says which facts stay, and in which length: a fact is
first shortened to its values and then left out. What was shortened stays short, so that a ledger that fits is never
changed again. It knows nothing of messages.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from longzip.conversation.facts.artifacts import root_of, within_root, working_folder
from longzip.conversation.facts.facts import ARTIFACT, PASTED_RICHNESS, SECTIONS, USER, Fact, Section
from longzip.conversation.facts.standing import changes, marked, outdated, statement
from longzip.conversation.facts.tool_output import Recurrence, weighed
from longzip.prose.values import PRIORITY, distinct
from longzip.protocols import Tokenizer
from longzip.selection.multiple_choice import NOTHING, MultipleChoice

LINE_TOKENS = 5  # the dash, the number and the line end
SHORTER_IS_WORSE = 0.85  # a clause without its sentence has lost a part of its sense
FEW, FURTHER = 3, 0.5  # values of a sentence that count, and how much each further one
# Messages after which a fact counts half: what was asked is soon answered, what a tool gave is seldom needed long
# after.
HALF_LIVES: Mapping[Section, float] = {
    "Session intent": 400.0,
    "Play-by-play": 200.0,
    "Open and next": 400.0,
    "Values": 800.0,
    "Artifacts": 800.0,
}
MOST_BOOST, BARE_NAME = (
    2.0,
    1.0,
)  # of a value in a sentence: what its return adds at most; a program's name without digits
SECTION_RANKS = 6.0  # facts of a section after which a further one is worth half: no section crowds the others out
TRIES = 8
OVERRULED = 0.2  # of its worth that a fact keeps which was taken back
SLACK = 12  # tokens that may stay unused: hardly a line


@dataclass(frozen=True, slots=True)
class Ledger:
    """Facts in the order of their messages.

    shortened, evicted: how many facts were, since the beginning. depth: how often facts of an earlier summary had to be
    shortened or left out to make room: the level of the recursion. waiting: what is in force and found no room, which
    comes back as soon as there is some.
    """

    facts: tuple[Fact, ...] = ()
    shortened: int = 0
    evicted: int = 0
    depth: int = 0
    waiting: tuple[Fact, ...] = ()

    @property
    def brief(self) -> bool:
        """Whether there is no room for empty sections: something had to be left out."""
        return self.shortened > 0 or self.evicted > 0

    def text(self) -> str:
        """As it is shown."""
        return render(self.facts, brief=self.brief)


@dataclass(frozen=True, slots=True)
class Paths:
    """How facts are written: paths below ``root``, which is said once; ``folder`` is what ``./`` stands for."""

    root: str = ""
    folder: str = ""

    @classmethod
    def of(cls, facts: Sequence[Fact]) -> Paths:
        paths = [fact.file for fact in facts if fact.file]
        return cls(root_of(paths), working_folder(paths))

    def line(self, fact: Fact, form: str) -> str:
        return within_root(form, self.root, self.folder) if fact.file else form


def render(facts: Sequence[Fact], *, brief: bool = False) -> str:
    """The sections in their fixed order; an empty one says None, or where it has to be brief, nothing."""
    paths = Paths.of(facts)
    by_section: dict[Section, list[str]] = {section: [] for section in SECTIONS}
    if paths.root:
        by_section["Artifacts"].append(f"- below {paths.root}")
    for fact in facts:
        by_section[fact.section].append(f"- #{fact.turn} {paths.line(fact, fact.forms[0])}")
    shown = [section for section in SECTIONS if by_section[section] or not brief]
    return "\n".join(line for section in shown for line in (f"{section}:", *(by_section[section] or ["None"])))


def merge(old: Sequence[Fact], new: Sequence[Fact]) -> tuple[Fact, ...]:
    """Both in order; of facts with one key the last stays, and a file's earlier changes go with it. The same line twice
    is one."""
    folder = working_folder([fact.file for fact in (*old, *new) if fact.file])
    facts: dict[str, Fact] = {}
    for fact in (*old, *new):
        path = fact.file
        name = absolute(path, folder) or fact.key or f"{fact.section} {fact.forms[0]}"
        before = facts.pop(name, None)
        if before is not None and path:
            verbs = combined(before.forms[0], fact.forms[0])
            whole = max(path, before.file, key=len)
            fact = replace(fact, forms=(f"{whole}: {verbs}",), key=ARTIFACT + whole, base=max(before.base, fact.base))
        facts[name] = fact
    ordered = latest(sorted(facts.values(), key=lambda fact: fact.turn))
    for correction in [fact for fact in new if fact.corrects]:
        ordered = [overruled(fact, correction) for fact in ordered]
    return tuple(ordered)


def latest(facts: Sequence[Fact]) -> list[Fact]:
    """The facts, but for what the user stated once and later stated anew with other numbers."""
    stated = {
        fact: said
        for fact in facts
        if fact.forms[0].startswith(USER) and (said := statement(fact.forms[0].removeprefix(USER)))
    }
    last = {said: fact for fact, said in stated.items()}
    return [fact for fact in facts if fact not in stated or last[stated[fact]] is fact]


def overruled(fact: Fact, correction: Fact) -> Fact:
    """A fact of the user's, with a note where a later correction takes back what it says."""
    if fact.turn >= correction.turn or not fact.forms[0].startswith(USER):
        return fact
    said = correction.key or correction.forms[0]
    values = outdated(said, fact.forms[0])
    if not values and not (fact.standing and changes(said, fact.forms[0])):
        return fact
    forms = tuple(marked(form, [value for value in values if value in form], correction.turn) for form in fact.forms)
    return fact if forms == fact.forms else replace(fact, forms=forms, base=fact.base * OVERRULED)


def absolute(path: str, folder: str) -> str:
    return folder + path.removeprefix("./") if folder and path.startswith("./") else path


def combined(before: str, after: str) -> str:
    """The verbs of ``a.py: read`` and ``a.py: modified``: ``read, modified``."""
    verbs, added = before.rpartition(": ")[2], after.rpartition(": ")[2]
    return verbs if added in verbs.split(", ") else f"{verbs}, {added}"


def fit(ledger: Ledger, added: Sequence[Fact], cap: int, tokenizer: Tokenizer, recurrence: Recurrence) -> Ledger:
    """The ledger with ``added``, rendered in at most ``cap`` tokens; empty sections go before any fact does."""
    facts = merge(ledger.facts, [*ledger.waiting, *added])
    if tokenizer.count(render(facts, brief=ledger.brief)) <= cap:
        return replace(ledger, facts=facts, waiting=())
    if tokenizer.count(render(facts, brief=True)) <= cap:
        return replace(ledger, facts=facts, shortened=ledger.shortened + 1, waiting=())  # by its empty sections
    room = cap
    paths = Paths.of(facts)
    weights = [[tokenizer.count(paths.line(fact, form)) + LINE_TOKENS for form in fact.forms] for fact in facts]
    problem = MultipleChoice(valued(facts, recurrence), weights)
    picks, kept = filled(facts, problem, cap, room, tokenizer)
    earlier = set(ledger.facts)
    changed = any(pick != 0 and fact in earlier for fact, pick in zip(facts, picks, strict=True))
    shortened = sum(pick > 0 for pick in picks)
    waiting = tuple(fact for fact, pick in zip(facts, picks, strict=True) if fact.standing and pick == NOTHING)
    evicted = ledger.evicted + len(facts) - len(kept)
    return Ledger(kept, ledger.shortened + shortened, evicted, ledger.depth + changed, waiting)


def filled(
    facts: Sequence[Fact], problem: MultipleChoice, cap: int, room: int, tokenizer: Tokenizer
) -> tuple[Sequence[int], tuple[Fact, ...]]:
    """Which form of each fact stays, and those facts: as much as the cap allows once they are written, where what one
    line costs depends on the others."""
    best: tuple[Sequence[int], tuple[Fact, ...]] = ([NOTHING] * len(facts), ())
    fits, over = 0, math.inf
    for _ in range(TRIES):
        picks = problem.solve(room).picks
        kept = tuple(shorter(fact, pick) for fact, pick in zip(facts, picks, strict=True) if pick != NOTHING)
        left = cap - tokenizer.count(render(kept, brief=True))
        if left >= 0:
            best, fits = (picks, kept), room
        else:
            over = room
        if 0 <= left < SLACK or over - fits <= 1:
            break
        room = room + left if over == math.inf or not best[1] else int(fits + over) // 2
    return best


@lru_cache(maxsize=1 << 15)
def weights_of(text: str) -> Mapping[str, float]:
    """The atoms of a line, with the priority of their kind."""
    return {atom: PRIORITY[kind] for atom, kind in distinct(text).items()}


def shorter(fact: Fact, pick: int) -> Fact:
    return fact if pick == 0 else replace(fact, forms=fact.forms[pick:])


def valued(facts: Sequence[Fact], recurrence: Recurrence) -> list[list[float]]:
    """What each form of each fact is worth: its section's worth and its atoms', an atom counting once, for the fact of
    the highest worth that has it, and among those for the latest."""
    last = max((fact.turn for fact in facts), default=0)
    order = sorted(range(len(facts)), key=lambda at: (-facts[at].base, -at))
    said: set[str] = set()
    values: list[list[float]] = [[] for _ in facts]
    ranks: Counter[tuple[Section, bool]] = Counter()
    for at in order:
        fact = facts[at]
        among = fact.section, lasts(fact)
        further = 1.0 if fact.standing else 1 / (1 + ranks[among] / SECTION_RANKS)
        ranks[among] += not fact.standing
        atoms = weights_of(fact.forms[0])
        new = {atom: weight_of(atom, weight, fact, recurrence) for atom, weight in atoms.items() if atom not in said}
        said |= new.keys()
        age = 1.0 if lasts(fact) else 0.5 ** ((last - fact.turn) / HALF_LIVES.get(fact.section, math.inf))
        base = fact.base * further
        values[at] = [round(age * form_value(fact, form, base, new), 6) for form in fact.forms]
    return values


def lasts(fact: Fact) -> bool:
    """Whether a fact does not fade: a value or a task that the user gave."""
    return (
        fact.section in ("Values", "Open and next")
        and fact.forms[0].startswith(USER)
        and fact.richness > PASTED_RICHNESS
    )


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
        kept = [weight * FURTHER**place for place, weight in enumerate(kept[:FEW])]
    return base * (1.0 if form is fact.forms[0] else SHORTER_IS_WORSE) + fact.richness * sum(kept)


def in_force(facts: Sequence[Fact]) -> list[str]:
    """The lines of what stays in force, for a view without a summary."""
    return [f"- #{fact.turn} {fact.forms[0]}" for fact in facts if fact.standing]


def fit_standing(ledger: Ledger, added: Sequence[Fact], cap: int, tokenizer: Tokenizer) -> Ledger:
    """The ledger with those of ``added`` that stay in force, and nothing else, in at most ``cap`` tokens; where that is
    too little, the longest in force go last."""
    facts = merge(ledger.facts, [fact for fact in (*ledger.waiting, *added) if fact.standing])
    kept, left = [], cap
    for fact in sorted(facts, key=lambda fact: (-fact.base, -fact.turn)):
        price = tokenizer.count(f"- #{fact.turn} {fact.forms[0]}") + 1
        if price <= left:
            kept.append(fact)
            left -= price
    waiting = tuple(fact for fact in facts if fact not in kept)
    ordered = tuple(sorted(kept, key=lambda fact: fact.turn))
    return replace(ledger, facts=ordered, evicted=ledger.evicted + len(waiting), waiting=waiting)
