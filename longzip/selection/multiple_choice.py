"""Which option of each class to take: the multiple-choice knapsack.

Knows values and weights; not what they stand for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

EXACT_CELLS = 10_000_000  # options times capacities that one exact solution may look at
NOTHING = -1  # the option that is always there, worth nothing and weighing nothing
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Choice:
    """A solution. picks: of each class the option taken, or ``NOTHING``. value: the sum of their values.

    bound: no choice is worth more. Equal to ``value`` where the solution is exact.
    """

    picks: tuple[int, ...]
    value: float
    bound: float


@dataclass(frozen=True)
class MultipleChoice:
    """Classes of options, of each of which at most one is taken.

    The linear relaxation gives a first choice, the efficiency at which the capacity breaks it, and so a Lagrangian
    bound (Sinha and Zoltners 1979). An option whose own bound is below a choice at hand is in no better one and is put
    aside (variable fixing, Dyer, Kayal and Walsh 1984). What remains is solved by dynamic programming over capacities.
    Where that would look at more than ``EXACT_CELLS`` cells, only the classes nearest to the break are; the rest stays
    as the relaxation has it, and ``Choice.bound`` says how far from the best that may be.

    values, weights: of each class, its options'. Only options of positive value and a weight of at least 1 are taken.
    """

    values: Sequence[Sequence[float]]
    weights: Sequence[Sequence[int]]

    @cached_property
    def hulls(self) -> list[list[int]]:
        """Of each class, the options on the upper convex hull over weight, lightest first."""
        return [upper_hull(values, weights) for values, weights in zip(self.values, self.weights, strict=True)]

    @cached_property
    def steps(self) -> list[tuple[float, int, int, int]]:
        """All steps up the hulls, best first: (−value per weight, class, option, weight more than the step before)."""
        found = []
        for place, hull in enumerate(self.hulls):
            value, weight = 0.0, 0
            for option in hull:
                gain, more = self.values[place][option] - value, self.weights[place][option] - weight
                found.append((-gain / more, place, option, more))
                value, weight = self.values[place][option], self.weights[place][option]
        return sorted(found)

    def solve(self, capacity: int) -> Choice:
        """The best choice for ``capacity`` tokens."""
        picks, price = self.relaxed(capacity)
        value = self.worth(picks)
        rewards = [max(0.0, *(v - price * w for v, w in zip(vs, ws, strict=True))) if vs else 0.0
                   for vs, ws in zip(self.values, self.weights, strict=True)]  # fmt: skip
        bound = price * max(capacity, 0) + sum(rewards)
        if bound - value <= ROUNDING:
            return Choice(tuple(picks), value, value)
        live = self.live(rewards, price, bound - value)
        core, exact = self.core(live, rewards, price, capacity)
        better = self.improved(core, live, rewards, price, capacity)
        if better is not None and self.worth(better) > value:
            picks, value = better, self.worth(better)
        return Choice(tuple(picks), value, value if exact else max(bound, value))

    def worth(self, picks: Sequence[int]) -> float:
        return float(sum(self.values[place][option] for place, option in enumerate(picks) if option != NOTHING))

    def relaxed(self, capacity: int) -> tuple[list[int], float]:
        """The choice that the steps make which fit, in their order; and the efficiency of the first that does not, or
        0."""
        picks, room, price = [NOTHING] * len(self.values), capacity, 0.0
        stopped: set[int] = set()
        for efficiency, place, option, more in self.steps:
            if place in stopped:
                continue
            if more <= room:
                picks[place] = option
                room -= more
            else:
                stopped.add(place)
                price = price or -efficiency
        return picks, price

    def live(self, rewards: Sequence[float], price: float, slack: float) -> list[list[int]]:
        """Of each class, the options, ``NOTHING`` among them, that a better choice could have."""
        found = []
        for values, weights, reward in zip(self.values, self.weights, rewards, strict=True):
            kept = [NOTHING] if reward < slack else []
            kept += [
                option for option, (value, weight) in enumerate(zip(values, weights, strict=True))
                if value > 0 and weight > 0 and reward - (value - price * weight) < slack
            ]  # fmt: skip
            found.append(kept)
        return found

    def core(
        self, live: Sequence[Sequence[int]], rewards: Sequence[float], price: float, capacity: int
    ) -> tuple[set[int], bool]:
        """The classes to solve by dynamic programming, and whether these are all that are undecided."""
        undecided = [place for place, options in enumerate(live) if len(options) > 1]
        undecided.sort(key=lambda place: (self.distance(place, live[place], rewards[place], price), place))
        cells, chosen = 0, set[int]()
        for place in undecided:
            cells += len(live[place]) * (capacity + 1)
            if cells > EXACT_CELLS and chosen:
                return chosen, False
            chosen.add(place)
        return chosen, True

    def reward(self, place: int, option: int, price: float) -> float:
        return 0.0 if option == NOTHING else self.values[place][option] - price * self.weights[place][option]

    def distance(self, place: int, options: Sequence[int], reward: float, price: float) -> float:
        """How much worse than a class's best option its second best is, at the price."""
        return sorted(reward - self.reward(place, option, price) for option in options)[1]

    def improved(
        self, core: set[int], live: Sequence[Sequence[int]], rewards: Sequence[float], price: float, capacity: int
    ) -> list[int] | None:
        """The best choice with the core's classes free and each other class at its best option; None where none
        fits."""
        picks = [
            NOTHING if place in core or not options else min(options,
                key=lambda o: rewards[place] - self.reward(place, o, price))
            for place, options in enumerate(live)
        ]  # fmt: skip
        room = capacity - sum(self.weights[place][option] for place, option in enumerate(picks) if option != NOTHING)
        if room < 0 or any(not options for options in live):
            return None
        order = sorted(core)
        best, taken = np.zeros(room + 1), np.full((len(order), room + 1), NOTHING, dtype=np.int16)
        for row, place in enumerate(order):
            grown = best.copy() if NOTHING in live[place] else np.full(room + 1, -np.inf)
            for option in live[place]:
                weight = self.weights[place][option] if option != NOTHING else room + 1
                if weight <= room:
                    candidate = best[: room + 1 - weight] + self.values[place][option]
                    better = np.flatnonzero(candidate > grown[weight:]) + weight
                    grown[better] = candidate[better - weight]
                    taken[row, better] = option
            best = grown
        if not np.isfinite(best[room]):
            return None
        for row in range(len(order) - 1, -1, -1):
            picks[order[row]] = option = int(taken[row, room])
            room -= self.weights[order[row]][option] if option != NOTHING else 0
        return picks


def upper_hull(values: Sequence[float], weights: Sequence[int]) -> list[int]:
    """Indices of the options on the upper convex hull of (weight, value) that begins at (0, 0), lightest first."""
    hull: list[int] = []
    for option in sorted(range(len(values)), key=lambda option: (weights[option], -values[option])):
        value, weight = values[option], weights[option]
        if value <= (values[hull[-1]] if hull else 0.0) or weight < 1:
            continue
        while hull:
            before = hull[-2] if len(hull) > 1 else NOTHING
            value_before, weight_before = (values[before], weights[before]) if before != NOTHING else (0.0, 0)
            if (values[hull[-1]] - value_before) * (weight - weight_before) > (value - value_before) * (
                weights[hull[-1]] - weight_before
            ):
                break
            hull.pop()
        hull.append(option)
    return hull
