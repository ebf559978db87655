"""How far a run is: a bar, and how long the rest will take. Knows kinds of steps and seconds, and not what a step
does."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TextIO

WIDTH, LINE = 20, 110
SELDOM = 30.0  # seconds between two lines where nobody watches
Kind = tuple[str, str]  # task and method: steps of a kind take about the same time


@dataclass(slots=True)
class Progress:
    """left: steps that are not done, by kind. spent: seconds and steps of each kind so far. every: seconds between two
    lines."""

    write: Callable[[str], None]
    left: Counter[Kind]
    every: float = 0.0
    spent: dict[Kind, tuple[float, int]] = field(default_factory=dict)
    shown: float = float("-inf")

    @classmethod
    def on(cls, out: TextIO, kinds: Iterable[Kind]) -> Progress:
        """On a terminal one line that is written over, elsewhere a line now and then."""
        watched = out.isatty()

        def write(text: str) -> None:
            print(
                f"\r{text.ljust(LINE)[:LINE]}" if watched else text, end="" if watched else "\n", file=out, flush=True
            )

        return cls(write, Counter(kinds), 0.0 if watched else SELDOM)

    def begin(self, kind: Kind, now: float | None = None) -> None:
        """Says that a step of this kind begins."""
        now = time.monotonic() if now is None else now
        if now - self.shown >= self.every:
            self.shown = now
            self.write(self.line(kind))

    def end(self, kind: Kind, seconds: float) -> None:
        before, steps = self.spent.get(kind, (0.0, 0))
        self.spent[kind] = before + seconds, steps + 1
        self.left[kind] -= 1

    def line(self, kind: Kind) -> str:
        done, total = (
            sum(steps for _, steps in self.spent.values()),
            self.left.total() + sum(steps for _, steps in self.spent.values()),
        )
        bar = ("#" * (WIDTH * done // max(1, total))).ljust(WIDTH, ".")
        rest = f"about {clock(self.remaining())} left" if done else "estimating"
        return f"[{bar}] {done:,} of {total:,} steps ({100 * done // max(1, total)} %), {rest}: {', '.join(kind)}"

    def remaining(self) -> float:
        """Seconds: what steps of the same kind have taken, or of any kind where there was none yet."""
        usual = sum(own for own, _ in self.spent.values()) / max(1, sum(count for _, count in self.spent.values()))
        known = {kind: own / count for kind, (own, count) in self.spent.items()}
        return float(sum(count * known.get(kind, usual) for kind, count in self.left.items()))


def clock(seconds: float) -> str:
    """In the largest unit of which there are at least a hundred of the next smaller one."""
    if seconds >= 6000:
        return f"{seconds / 3600:.1f} h"
    return f"{seconds / 60:.0f} min" if seconds >= 100 else f"{seconds:.0f} s"
