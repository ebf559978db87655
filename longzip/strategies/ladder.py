"""The detail ladder: each chunk as signature, as blocks, whole, or not at all; one knapsack over the whole repository.

Functions of one run's ``Work``, like ``choosing``.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from statistics import fmean, pstdev

from longzip.rendering.draft import MARKER_TOKENS, Kept
from longzip.scoring.links import Links
from longzip.selection.knapsack import Knapsack
from longzip.selection.multiple_choice import NOTHING, MultipleChoice
from longzip.strategies.run import Cut, Ladder, Rung, Work, head_of, text_of, tokens_of, unit_range

SHARPNESS = 5.0  # a chunk weighs e times as much for each 1 / SHARPNESS standard deviations of its score
SIZE = 0.5  # a chunk's value grows with its tokens to this power
SIGNATURE = 0.1  # of a chunk's value is in its signature and the first words about it
PLAIN = 0.5  # of a block's worth to its chunk is in its tokens alone, the rest in how it ranks among the blocks
SHARES = (0.25, 0.5, 0.75)  # of a chunk's tokens, at which the best of its blocks are offered
USED = 0.5  # of a chunk's weight goes to the signature of what it uses
IMPORTS = 0.04  # of the room that imports may take
ROUNDS = 1  # of solving again with what the last solution uses
DOC_TOKENS = 60  # of a doc comment that is shown with the signature
MOST_CLASSES, FEWEST_CLASSES, REACH = 2000, 40, 4  # chunks that are considered; tokens of them, in budgets
DOCSTRING = re.compile(r"\s*[rRuUbB]{0,2}[\"']")


def choose(work: Work, room: int) -> Kept:
    """What the knapsack takes for ``room`` tokens, the signatures of what that uses among it, with its imports."""
    if not work.order:
        return {}
    if work.ladder is None:
        work.ladder = build(work)
    ladder, settings = work.ladder, work.engine.settings
    picked = solve(ladder.rungs, room, settings.exact)
    for _ in range(ROUNDS if settings.closure else 0):
        picked = solve(with_used(work, ladder, picked), room, settings.exact)
    kept: dict[int, frozenset[int]] = {}
    work.allowances = {}
    for index, rung in picked.items():
        page = work.pages[index]
        kept[page] = kept.get(page, frozenset()) | rung.units
        work.allowances[index] = rung.tokens
    return with_imports(work, kept, room) if settings.closure else kept


def solve(rungs: Mapping[int, Sequence[Rung]], room: int, exact: bool) -> dict[int, Rung]:
    """The rung taken of each chunk, of which any is: those of the most worth together, or greedily by worth per
    token."""
    values = [[rung.value for rung in own] for own in rungs.values()]
    weights = [[rung.tokens for rung in own] for own in rungs.values()]
    problem = MultipleChoice(values, weights)
    picks = problem.solve(room).picks if exact else problem.relaxed(room)[0]
    return {index: own[pick] for (index, own), pick in zip(rungs.items(), picks, strict=True) if pick != NOTHING}


def build(work: Work) -> Ladder:
    """The rungs of all chunks that are considered."""
    mean, spread = fmean(work.preferences), pstdev(work.preferences) or 1.0
    best = (work.preferences[work.order[0]] - mean) / spread
    weights = [math.exp(SHARPNESS * ((value - mean) / spread - best)) for value in work.preferences]
    links = Links(work.job.sources, work.chunks, work.pages, work.engine.form.facts)
    return Ladder({index: tuple(rungs(work, index, weights[index])) for index in considered(work)}, weights, links)


def with_used(work: Work, ladder: Ladder, picked: Mapping[int, Rung]) -> dict[int, Sequence[Rung]]:
    """The rungs, those of what the picked chunks use worth more: each user adds a share of its own weight."""
    shown: dict[int, set[int]] = defaultdict(set)
    for index, rung in picked.items():
        shown[work.pages[index]] |= rung.units - head_of(work, index)
    weights: dict[int, float] = defaultdict(float)
    for page, units in shown.items():
        for index, users in ladder.links.used(page, frozenset(units)).items():
            weights[index] += USED * sum(ladder.weights[user] for user in users if user in picked)
    grown = dict(ladder.rungs)
    for index, weight in weights.items():
        own = grown.get(index) or tuple(rungs(work, index, ladder.weights[index]))
        more = SIGNATURE * min(weight, 1.0) * work.tokens[index] ** SIZE
        grown[index] = tuple(replace(rung, value=rung.value + more) for rung in own) if len(own) > 1 else own
    return grown


def with_imports(work: Work, kept: Kept, room: int) -> Kept:
    """``kept`` with imports that its units use, file by file, the most relevant first, for a small share of
    ``room``."""
    if work.ladder is None:
        return kept
    links, grown, left = work.ladder.links, dict(kept), int(IMPORTS * room)
    for page in dict.fromkeys(work.pages[index] for index in work.order if work.pages[index] in kept):
        units, own, text = kept[page], work.draft.pages[page].units, work.job.sources[page].text
        shown = "\n".join(text[own[unit].start : own[unit].end] for unit in sorted(units))
        for unit in sorted(links.imports(page, units, shown)):
            tokens = work.engine.tokenizer.count(text[own[unit].start : own[unit].end])
            if tokens <= left:
                grown[page] |= {unit}
                left -= tokens
    return grown


def considered(work: Work) -> list[int]:
    """The best chunks, as many as could matter for the budget."""
    tokens, found = 0, list[int]()
    for index in islice(work.order, MOST_CLASSES):
        if tokens > REACH * work.job.budget and len(found) >= FEWEST_CLASSES:
            break
        found.append(index)
        tokens += work.tokens[index]
    return found


def rungs(work: Work, index: int, weight: float) -> Iterator[Rung]:
    """The ways to show a chunk whose relevance weighs ``weight``, in (0, 1], the lightest first."""
    own, tokens = unit_range(work, index), work.tokens[index]
    value = weight * tokens**SIZE
    head = head_of(work, index)
    floor = 0.0
    if work.fine and head and len(head) < len(own):
        shown = head | about(work, index, head)
        floor = SIGNATURE
        yield Rung(shown, tokens_of(work, index, shown) + MARKER_TOKENS, value * floor)
    cut = work.cuts.get(index)
    if cut is not None and cut.knapsack is not None:
        yield from block_rungs(work, cut, cut.knapsack, value, floor)
    yield Rung(frozenset(own), tokens + MARKER_TOKENS, value)


def block_rungs(work: Work, cut: Cut, knapsack: Knapsack, value: float, floor: float) -> Iterator[Rung]:
    """Some of a chunk's blocks, the best for a few shares of its tokens."""
    tokens = work.tokens[cut.index]
    worth = [(PLAIN + (1 - PLAIN) * block.value) * block.tokens for block in cut.blocks]
    total = sum(value for value, block in zip(worth, cut.blocks, strict=True) if not block.pinned)
    seen: set[frozenset[int]] = set()
    for share in SHARES if total else ():
        items = knapsack.fill(int(share * tokens) - cut.head_tokens)
        units = frozenset(unit for item in items for unit in range(*cut.blocks[item].units))
        if units and units not in seen:
            seen.add(units)
            part = sum(worth[item] for item in items) / total
            own = cut.head_tokens + sum(cut.blocks[item].tokens for item in items)
            yield Rung(units | cut.head, own + 2 * MARKER_TOKENS, value * (floor + (1 - floor) * part))


def about(work: Work, index: int, head: frozenset[int]) -> frozenset[int]:
    """The doc comment's units: those before the head, or the string after it; none where it is long."""
    own = unit_range(work, index)
    found = {unit for unit in own if unit < min(head)}
    after = max(head) + 1
    if after in own and DOCSTRING.match(text_of(work, index, (after, after + 1))):
        found.add(after)
    return frozenset(found) if found and tokens_of(work, index, frozenset(found)) <= DOC_TOKENS else frozenset()
