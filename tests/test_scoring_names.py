"""Names in queries, and what a mention is worth."""

from __future__ import annotations

from statistics import pstdev

import pytest

from longzip.scoring.names import HOMONYMS, NAMED, NAMED_IN_PROSE, is_code, names_in, support
from longzip.strategies.ranking import fused

CODE = """def load(path):
    # reads the settings
    settings = read_toml(path)
    return combine(settings)
"""


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("where are default values shown?", set()),
        ("how does parse_args treat `run`, and what calls flush()?", {"parse_args", "run", "flush"}),
        ("what does HTTPAdapter.send do", {"HTTPAdapter", "send"}),
        ("why is getUserName slow in settings.py", {"getUserName", "py"}),
        ("use std::mem::swap", {"swap"}),
        ("HTTP errors on iOS", {"iOS"}),
    ],
)
def test_names_in_prose_are_those_spelled_as_code(query: str, names: set[str]) -> None:
    assert names_in(query) == names


def test_names_in_code_are_those_of_some_length() -> None:
    assert is_code(CODE)
    assert names_in(CODE) == {"load", "path", "settings", "read_toml", "combine", "return"}  # not those of the comment


def test_prose_is_no_code() -> None:
    assert not is_code("where are the retries handled?\nI looked at the client (and the pool).\nNothing there.")


def supported(scores: list[float], defined: list[list[str]], query: str) -> list[float]:
    """The scores with the names alone for a signal."""
    return fused(scores, pstdev(scores or [0.0]), {"names": support(query, defined)})


def test_a_mention_is_worth_a_constant_number_of_deviations() -> None:
    scores = [1.0, 3.0, 1.0, 3.0]  # standard deviation 1
    defined = [["read_toml"], ["b"], [], ["c"]]
    assert supported(scores, defined, "what does read_toml do") == [1.0 + NAMED_IN_PROSE, 3.0, 1.0, 3.0]
    assert supported(scores, defined, CODE) == [1.0 + NAMED, 3.0, 1.0, 3.0]


def test_a_name_that_many_bear_is_worth_less() -> None:
    defined = [["get_it"]] * (2 * HOMONYMS) + [["b"]] * (2 * HOMONYMS)
    scores = [1.0] * (2 * HOMONYMS) + [3.0] * (2 * HOMONYMS)
    assert supported(scores, defined, "get_it")[0] == pytest.approx(1.0 + NAMED_IN_PROSE / 2)


def test_scores_stay_where_nothing_is_named() -> None:
    assert supported([1.0, 2.0], [["a"], ["b"]], "how does it work?") == [1.0, 2.0]
    assert supported([], [], "get_it") == []
