"""What each stage cost: wall-clock seconds, and calls of the model counted at its seam."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from longzip.protocols import LanguageModel, Logprobs, Request, remembers
from longzip.types import Stage

LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class CountingModel:
    """A language model that counts its calls and the texts scored in them.

    loading: seconds that it took to load, where that was left to the first call. on_load: told when that begins.
    """

    inner: LanguageModel
    on_load: Callable[[], None] = lambda: None
    calls: int = 0
    texts: int = 0
    loading: float = 0.0

    @property
    def name(self) -> str:
        return self.inner.name

    def logprobs(self, requests: Sequence[Request]) -> list[Logprobs]:
        if not requests:
            return []
        if not self.calls:
            self.on_load()
            began = time.perf_counter()
            self.inner.logprobs([])  # a model that is loaded when first asked is loaded now
            self.loading += time.perf_counter() - began
        self.calls += 1
        self.texts += len(requests)
        return self.inner.logprobs(requests)


def counted(model: LanguageModel, on_load: Callable[[], None]) -> tuple[LanguageModel, CountingModel]:
    """The model, and what counts its calls; what a memory answers is none."""
    if remembers(model):
        counting = CountingModel(model.inner, on_load)
        return model.around(counting), counting
    counting = CountingModel(model, on_load)
    return counting, counting


@dataclass(slots=True)
class Clock:
    """Stages in the order in which they ran."""

    _stages: list[Stage] = field(default_factory=list)

    @contextmanager
    def stage(self, name: str, model: CountingModel) -> Iterator[None]:
        began, calls, texts, loading = time.perf_counter(), model.calls, model.texts, model.loading
        try:
            yield
        finally:
            loaded = model.loading - loading
            seconds = time.perf_counter() - began - loaded
            if loaded:
                self._stages.append(Stage("load", round(loaded, 4)))
                LOG.info("load: %.3f s", loaded)
            self._stages.append(Stage(name, round(seconds, 4), model.calls - calls, model.texts - texts))
            LOG.info("%s: %.3f s, %d texts read by the model", name, seconds, model.texts - texts)

    def copy(self) -> Clock:
        """A clock that goes on from here by itself."""
        return Clock([*self._stages])

    def stages(self) -> tuple[Stage, ...]:
        return tuple(self._stages)
