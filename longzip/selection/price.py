"""What the fine stage costs and what it saves, in the units of money that the settings name.

Cutting functions takes seconds of this machine; what it cuts away, the reader's tokens. Knows amounts, not how they
come about.
"""

from __future__ import annotations

from dataclasses import dataclass

from longzip.settings import Settings

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Balance:
    """seconds: that the fine stage is expected to take. tokens: that the reader would have to read more without it."""

    seconds: float
    tokens: int
    cost: float
    saving: float

    @property
    def pays(self) -> bool:
        return self.saving > self.cost

    def __str__(self) -> str:
        verdict = "functions were cut inside" if self.pays else "functions were kept or dropped whole"
        return (
            f"fine stage: {self.seconds:.2g} s at a price of {self.cost:.2g}, {self.tokens:,} tokens "
            "less to read at a price of"
            f" {self.saving:.2g}; {verdict}"
        )


def balance(characters: int, seconds_per_character: float, tokens: int, settings: Settings) -> Balance:
    """characters: of text that the fine stage would have scored. tokens: see ``Balance``; negative counts as 0."""
    seconds, tokens = characters * seconds_per_character, max(0, tokens)
    return Balance(seconds, tokens, seconds * settings.price_second, tokens * settings.price_in / MILLION)
