"""The detail ladder: each chunk as signature, as blocks, whole, or not at all; one knapsack over all the sources."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from statistics import fmean, pstdev

from longzip.rendering.draft import Kept
from longzip.rendering.fitting import MARKER_TOKENS, Addition
from longzip.scoring.links import Links
from longzip.selection.knapsack import Knapsack
from longzip.selection.multiple_choice import NOTHING, MultipleChoice
from longzip.settings import Settings
from longzip.strategies import published
from longzip.strategies.corpus import Corpus
from longzip.strategies.ranking import weights_of
from longzip.strategies.run import Approach, Choice, Divided, Division, Run, Scores

SHARPNESS = 5.0  # a chunk weighs e times as much for each 1 / SHARPNESS standard deviations of its score
SIZE = 0.5  # a chunk's value grows with its tokens to this power
SIGNATURE = 0.1  # of a chunk's value is in its signature and the first words about it
FEW_CHUNKS, FEW_FILES = 20, 5  # after so many, the least weight is a quarter, the worth of showing a file half
PLAIN = 0.5  # of a block's worth to its chunk is in its tokens alone, the rest in how it ranks among the blocks
SHARES = (0.25, 0.5, 0.75)  # of a chunk's tokens, at which the best of its blocks are offered
USED = 0.5  # of a chunk's weight goes to the signature of what it uses
IMPORTS = 0.04  # of the room that imports may take
ROUNDS = 1  # of solving again with what the last solution uses
DOC_TOKENS = 60  # of a doc comment that is shown with the signature
MOST_CLASSES, FEWEST_CLASSES, REACH = 2000, 40, 4  # chunks that are considered; tokens of them, in budgets
DOCSTRING = re.compile(r"\s*[rRuUbB]{0,2}[\"']")


@dataclass(frozen=True, slots=True)
class Rung:
    """A way to show a chunk. units: of its page. tokens: roughly what that costs. value: what it is worth."""

    units: frozenset[int]
    tokens: int
    value: float


@dataclass(frozen=True)
class Ladder:
    """A chooser. Its rungs are worked out once, when they are first asked for; they serve any room up to about
    ``budget``.

    files: what showing anything of the best file is worth, beside what is shown of it; of the others, less and less.
    floor: what the best chunk weighs at least, in [0, 1]; the others, by their place, less and less.
    """

    corpus: Corpus
    scores: Scores
    division: Division
    settings: Settings
    budget: int
    files: float = 0.0
    floor: float = 0.0

    @property
    def fine(self) -> bool:
        return self.division.fine

    @cached_property
    def weights(self) -> list[float]:
        """Of all chunks, in (0, 1]: by how far the best stands above them; where ``floor`` says so, at least by their
        place among them."""
        mean, spread = self.scale
        preferences = self.scores.preferences
        best = (preferences[self.scores.order[0]] - mean) / spread
        found = [math.exp(SHARPNESS * ((value - mean) / spread - best)) for value in preferences]
        for place, index in enumerate(self.scores.order if self.floor else ()):
            if self.stands_out(index):
                found[index] = max(found[index], self.floor / (1 + place / FEW_CHUNKS) ** 2)
        return found

    @cached_property
    def scale(self) -> tuple[float, float]:
        """Mean and standard deviation of all scores."""
        return fmean(self.scores.preferences), pstdev(self.scores.preferences) or 1.0

    def stands_out(self, index: int) -> bool:
        mean, spread = self.scale
        return self.scores.preferences[index] >= mean + spread

    @cached_property
    def firsts(self) -> Mapping[int, float]:
        """The best chunk of each file, where it stands out, and what it is worth that the file is shown at all."""
        if not self.files:
            return {}
        page_of, best = self.corpus.page_of, dict[int, int]()
        for index in self.scores.order:
            best.setdefault(page_of[index], index)
        known = [index for index in best.values() if self.stands_out(index)]
        return {index: self.files / (1 + place / FEW_FILES) for place, index in enumerate(known)}

    @cached_property
    def links(self) -> Links:
        return Links(self.corpus.sources, self.corpus.chunks, self.corpus.page_of, self.corpus.form.facts)

    @cached_property
    def rungs(self) -> Mapping[int, Sequence[Rung]]:
        """Of each chunk that is considered, the ways to show it."""
        return {index: self.rungs_of(index) for index in considered(self.corpus, self.scores.order, self.budget)}

    def rungs_of(self, index: int) -> tuple[Rung, ...]:
        first = self.firsts.get(index, 0.0)
        found = rungs(self.corpus, self.division, index, self.weights[index])
        return tuple(replace(rung, value=rung.value + first) for rung in found)

    def choose(self, room: int) -> Choice:
        """What the knapsack takes for ``room`` tokens, the signatures of what that uses among it, with its imports."""
        if not self.scores.order:
            return Choice({})
        picked = solve(self.rungs, room, self.settings.exact)
        for _ in range(ROUNDS if self.settings.closure else 0):
            picked = solve(self.with_used(picked), room, self.settings.exact)
        kept: dict[int, frozenset[int]] = {}
        for index, rung in picked.items():
            page = self.corpus.page_of[index]
            kept[page] = kept.get(page, frozenset()) | rung.units
        return Choice(
            self.with_imports(kept, room) if self.settings.closure else kept,
            {index: rung.tokens for index, rung in picked.items()},
        )

    def additions(self, kept: Kept) -> Iterator[Addition]:
        return published.additions(self.corpus, self.scores, self.division, kept)

    def with_used(self, picked: Mapping[int, Rung]) -> dict[int, Sequence[Rung]]:
        """The rungs, those of what the picked chunks use worth more: each user adds a share of its own weight."""
        shown: dict[int, set[int]] = defaultdict(set)
        for index, rung in picked.items():
            shown[self.corpus.page_of[index]] |= rung.units - self.corpus.head_of(index)
        weights: dict[int, float] = defaultdict(float)
        for page, units in shown.items():
            for index, users in self.links.used(page, frozenset(units)).items():
                weights[index] += USED * sum(self.weights[user] for user in users if user in picked)
        grown = dict(self.rungs)
        for index, weight in weights.items():
            own = grown.get(index) or self.rungs_of(index)
            more = SIGNATURE * min(weight, 1.0) * self.corpus.tokens[index] ** SIZE
            grown[index] = tuple(replace(rung, value=rung.value + more) for rung in own) if len(own) > 1 else own
        return grown

    def with_imports(self, kept: Kept, room: int) -> Kept:
        """``kept`` with imports that its units use, file by file, the most relevant first, for a small share of
        ``room``."""
        page_of, grown, left = self.corpus.page_of, dict(kept), int(IMPORTS * room)
        for page in dict.fromkeys(page_of[index] for index in self.scores.order if page_of[index] in kept):
            units, own = kept[page], self.corpus.pages[page].units
            text = self.corpus.pages[page].source.text
            shown = "\n".join(text[own[unit].start : own[unit].end] for unit in sorted(units))
            for unit in sorted(self.links.imports(page, units, shown)):
                tokens = self.corpus.tokenizer.count(text[own[unit].start : own[unit].end])
                if tokens <= left:
                    grown[page] |= {unit}
                    left -= tokens
        return grown


def solve(rungs: Mapping[int, Sequence[Rung]], room: int, exact: bool) -> dict[int, Rung]:
    """The rung taken of each chunk, of which any is: those of the most worth together, or greedily by worth per
    token."""
    values = [[rung.value for rung in own] for own in rungs.values()]
    weights = [[rung.tokens for rung in own] for own in rungs.values()]
    problem = MultipleChoice(values, weights)
    picks = problem.solve(room).picks if exact else problem.relaxed(room)[0]
    return {index: own[pick] for (index, own), pick in zip(rungs.items(), picks, strict=True) if pick != NOTHING}


def considered(corpus: Corpus, order: Sequence[int], budget: int) -> list[int]:
    """The best chunks, as many as could matter for the budget."""
    tokens, found = 0, list[int]()
    for index in islice(order, MOST_CLASSES):
        if tokens > REACH * budget and len(found) >= FEWEST_CLASSES:
            break
        found.append(index)
        tokens += corpus.tokens[index]
    return found


def rungs(corpus: Corpus, division: Division, index: int, weight: float) -> Iterator[Rung]:
    """The ways to show a chunk whose relevance weighs ``weight``, in (0, 1], the lightest first."""
    own, tokens = corpus.unit_range(index), corpus.tokens[index]
    value = weight * tokens**SIZE
    head = corpus.head_of(index)
    floor = 0.0
    if division.fine and head and len(head) < len(own):
        shown = head | about(corpus, index, head)
        floor = SIGNATURE
        yield Rung(shown, corpus.tokens_of(index, shown) + MARKER_TOKENS, value * floor)
    chunk = division.chunks.get(index)
    if chunk is not None and chunk.knapsack is not None:
        yield from block_rungs(chunk, chunk.knapsack, tokens, value, floor)
    yield Rung(frozenset(own), tokens + MARKER_TOKENS, value)


def block_rungs(chunk: Divided, knapsack: Knapsack, tokens: int, value: float, floor: float) -> Iterator[Rung]:
    """Some of a chunk's blocks, the best for a few shares of its tokens."""
    worth = [(PLAIN + (1 - PLAIN) * block.value) * block.tokens for block in chunk.blocks]
    total = sum(value for value, block in zip(worth, chunk.blocks, strict=True) if not block.pinned)
    seen: set[frozenset[int]] = set()
    for share in SHARES if total else ():
        items = knapsack.fill(int(share * tokens) - chunk.head_tokens)
        units = frozenset(unit for item in items for unit in range(*chunk.blocks[item].units))
        if units and units not in seen:
            seen.add(units)
            part = sum(worth[item] for item in items) / total
            own = chunk.head_tokens + sum(chunk.blocks[item].tokens for item in items)
            yield Rung(units | chunk.head, own + 2 * MARKER_TOKENS, value * (floor + (1 - floor) * part))


def about(corpus: Corpus, index: int, head: frozenset[int]) -> frozenset[int]:
    """The doc comment's units: those before the head, or the string after it; none where it is long."""
    own = corpus.unit_range(index)
    found = {unit for unit in own if unit < min(head)}
    after = max(head) + 1
    if after in own and DOCSTRING.match(corpus.text_of(index, (after, after + 1))):
        found.add(after)
    return frozenset(found) if found and corpus.tokens_of(index, frozenset(found)) <= DOC_TOKENS else frozenset()


def prepare(run: Run, division: Division, budget: int) -> Ladder:
    weights = weights_of(run)
    return Ladder(run.corpus, run.scores, division, run.engine.settings, budget, weights.files, weights.floor)


LADDER = Approach(
    structured=True, filled=True, misses=5, divides=True, scorer="log-ami", prepare=prepare, evidence=True
)
