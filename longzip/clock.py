"""What each stage cost: wall-clock seconds, and calls of the model counted at its seam."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from longzip.protocols import LanguageModel, Logprobs, Request
from longzip.types import Stage


@dataclass(slots=True)
class CountingModel:
    """A language model that counts its calls and the texts scored in them."""

    inner: LanguageModel
    calls: int = 0
    texts: int = 0

    @property
    def name(self) -> str:
        return self.inner.name

    def logprobs(self, requests: Sequence[Request]) -> list[Logprobs]:
        if not requests:
            return []
        self.calls += 1
        self.texts += len(requests)
        return self.inner.logprobs(requests)


@dataclass(slots=True)
class Clock:
    """Stages in the order in which they ran."""

    _stages: list[Stage] = field(default_factory=list)

    @contextmanager
    def stage(self, name: str, model: CountingModel) -> Iterator[None]:
        began, calls, texts = time.perf_counter(), model.calls, model.texts
        try:
            yield
        finally:
            seconds = time.perf_counter() - began
            self._stages.append(Stage(name, round(seconds, 4), model.calls - calls, model.texts - texts))

    def copy(self) -> Clock:
        """A clock that goes on from here by itself."""
        return Clock([*self._stages])

    def stages(self) -> tuple[Stage, ...]:
        return tuple(self._stages)
