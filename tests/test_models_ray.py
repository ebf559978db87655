"""A model in each worker of a pool. The pool here is one of processes; ``test_ray.py`` has one of Ray's actors."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from longzip import LanguageModel, Logprobs, ModelError, Request
from longzip.models import ngram
from longzip.models.ray import Scorer, SpreadModel, size, sliced
from longzip.pools import process_pool


class MortalModel:
    """An n-gram model that kills its process at the context "die", unless the file named by the target is there."""

    def __init__(self) -> None:
        self.inner = ngram.load()

    @property
    def name(self) -> str:
        return self.inner.name

    def logprobs(self, requests: Sequence[Request]) -> list[Logprobs]:
        for request in requests:
            if request.context == "die" and not Path(request.target).exists():
                Path(request.target).touch()
                os.kill(os.getpid(), signal.SIGKILL)
            if request.context == "fail":
                raise ModelError("the model will not.")
        return self.inner.logprobs(requests)


@pytest.fixture(scope="module")
def model() -> Iterator[SpreadModel]:
    spread = SpreadModel(process_pool(partial(Scorer, MortalModel), 2))
    yield spread
    spread.close()


def assert_same(found: Sequence[Logprobs], expected: Sequence[Logprobs]) -> None:
    for one, other in zip(found, expected, strict=True):
        assert np.array_equal(one.values, other.values)
        assert np.array_equal(one.ends, other.ends)


def test_answers_are_those_of_one_model_in_order(model: SpreadModel) -> None:
    requests = [Request("def parse(text): " * (n % 700), f"parse number {n % 50}") for n in range(300)] + [
        Request("a", "")
    ]
    assert isinstance(model, LanguageModel)
    assert model.name == ngram.load().name
    assert model.logprobs([]) == []
    assert_same(model.logprobs(requests), ngram.load().logprobs(requests))


def test_a_lost_workers_requests_are_done_again(model: SpreadModel, tmp_path: Path) -> None:
    requests = [Request("x " * 15_000, f"x {n}") for n in range(6)]
    requests.insert(3, Request("die", str(tmp_path / "died")))
    assert_same(model.logprobs(requests), ngram.load().logprobs(requests))
    assert (tmp_path / "died").exists()


def test_what_the_model_refuses_is_raised_here(model: SpreadModel) -> None:
    with pytest.raises(ModelError, match="the model will not"):
        model.logprobs([Request("fail", "x"), Request("", "x")])
    assert len(model.logprobs([Request("", "x")])) == 1


@given(st.lists(st.builds(Request, st.text(max_size=9), st.text(max_size=9)), max_size=20), st.integers(1, 30))
def test_slices_are_the_requests_in_order(requests: list[Request], characters: int) -> None:
    slices = sliced(requests, characters)
    assert [request for piece in slices for request in piece] == requests
    assert all(len(piece) == 1 or sum(map(size, piece)) <= characters for piece in slices)
    assert all(slices)
