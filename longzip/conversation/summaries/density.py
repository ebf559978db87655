"""Chain of density, without a language model and with one: more values at the same length, round by round.

The extractive form fills the length with the sentences that are worth most, then swaps: the most frequent value that is
still missing comes in with the shortest sentence that has it, for the sentence that is worth least and whose own values
stay covered. It ends when no swap covers more; the number of values never falls. After Adams et al., From Sparse to
Dense, 2023.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from longzip.conversation.summaries.summarizers import Transcript, text_of
from longzip.messages.normal import ScriptCount
from longzip.prose.marks import filler
from longzip.prose.sentences import sentences
from longzip.prose.values import PRIORITY, distinct
from longzip.protocols import Tokenizer

DENSER_PROMPT = (
    "Summary:\n\n{summary}\n\nMessages:\n\n{messages}\n\nName to yourself one to three entities, "
    "values or decisions of the messages that"
    " the summary lacks, and write it again with them, in no more words than before. Give the summary alone."
)


@dataclass(frozen=True, slots=True)
class DensitySummarizer:
    """The extractive form, as a summariser. room: tokens of the summary; rounds: swaps at most."""

    room: int = 400
    rounds: int = 50
    tokenizer: Tokenizer | None = None

    def __call__(self, messages: Transcript, previous_summary: str | None = None) -> str:
        said = (previous_summary or "").split("\n") if previous_summary else []
        said += [sentence for message in messages for sentence in sentences(text_of(message)) if not filler(sentence)]
        lines = list(dict.fromkeys(line for line in said if line.strip()))
        chosen = densified(lines, self.room, self.tokenizer or ScriptCount(), self.rounds)
        return "\n".join(lines[at] for at in chosen)


@dataclass(frozen=True, slots=True)
class ChainOfDensity:
    """The form with a language model, as a summariser. first: writes the summary; ask: answers a prompt; rounds:
    rewritings."""

    first: Callable[[Transcript, str | None], str]
    ask: Callable[[str], str]
    rounds: int = 3

    def __call__(self, messages: Transcript, previous_summary: str | None = None) -> str:
        summary = self.first(messages, previous_summary)
        for _ in range(self.rounds):
            summary = self.ask(DENSER_PROMPT.format(summary=summary, messages=messages)) or summary
        return summary


def densified(lines: Sequence[str], room: int, tokenizer: Tokenizer, rounds: int) -> list[int]:
    """Indices of the lines of a summary of at most ``room`` tokens, in order."""
    values = [frozenset(distinct(line)) for line in lines]
    costs = [tokenizer.count(line) + 1 for line in lines]
    frequency = Counter(atom for line in lines for atom in distinct(line))
    worth = [
        sum(PRIORITY[kind] for kind in distinct(line).values()) / cost for line, cost in zip(lines, costs, strict=True)
    ]
    chosen = filled(worth, costs, room)
    for _ in range(rounds):
        better = swapped(chosen, values, costs, frequency, worth, room)
        if better is None:
            break
        chosen = better
    return sorted(chosen)


def filled(worth: Sequence[float], costs: Sequence[int], room: int) -> set[int]:
    chosen, left = set[int](), room
    for at in sorted(range(len(worth)), key=lambda at: (-round(worth[at], 6), at)):
        if costs[at] <= left:
            chosen.add(at)
            left -= costs[at]
    return chosen


def swapped(
    chosen: set[int],
    values: Sequence[frozenset[str]],
    costs: Sequence[int],
    frequency: Mapping[str, int],
    worth: Sequence[float],
    room: int,
) -> set[int] | None:
    """The choice after the first swap that covers more values; None where there is none."""
    covered = Counter(atom for at in chosen for atom in values[at])
    used = sum(costs[at] for at in chosen)
    missing = sorted((atom for atom in frequency if atom not in covered), key=lambda atom: (-frequency[atom], atom))
    idle = sorted(
        (at for at in chosen if all(covered[atom] > 1 for atom in values[at])), key=lambda at: (round(worth[at], 6), at)
    )
    for atom in missing:
        bringer = min((at for at in range(len(values)) if atom in values[at]), key=lambda at: (costs[at], at))
        for out in [None, *idle]:
            freed = costs[out] if out is not None else 0
            if bringer not in chosen and used - freed + costs[bringer] <= room:
                return (chosen - {out}) | {bringer} if out is not None else chosen | {bringer}
    return None
