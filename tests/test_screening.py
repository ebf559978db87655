"""What a pattern needs is never wrong: a screened search finds what a plain one does."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longzip.prose import marks
from longzip.prose.code import is_listing
from longzip.prose.rules import alternatives, tables
from longzip.prose.screening import Screen, needs

PATTERNS = [(mark, pattern) for mark in marks.MARKS for pattern in alternatives("longzip.prose.marks", mark)]
SCREEN = Screen([pattern for _, pattern in PATTERNS])
EXAMPLES = sorted({rule.matches for table in tables("longzip.prose.marks").values() for rule in table.rules})


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        (r"\bfail(?:s|ed)?\b", {"fail"}),
        (r"out of (?:memory|disk)", {"memory", "disk"}),
        (r"(?:blue|grey) [A-Z]", {"blue", "grey"}),
        (r"a+b?", {"a"}),
        (r"[?!]$", {"?", "!"}),
        ("错误", set()),
        (r"\d{2,}", None),
        (r"x?|late", None),
        (r"(a)(?(1)b|c)\w", {"a"}),
    ],
)
def test_what_a_pattern_needs(pattern: str, wanted: set[str] | None) -> None:
    assert needs(pattern) == wanted


def plainly(text: str) -> tuple[str, ...]:
    if is_listing(text):
        return ()
    possible = marks.ASKED if marks.is_question(text) else marks.CUES
    return tuple(
        mark
        for mark, cue in marks.CUES.items()
        if mark in possible and cue.found(text) and not marks.forfeited(text, mark)
    )


words = st.sampled_from([word for text in EXAMPLES for word in text.split(" ")])
texts = st.lists(st.one_of(words, st.text(alphabet="aE?[]5 .\u017f\u212a错", max_size=4)), max_size=12).map(" ".join)


@given(st.one_of(texts, texts.map(str.upper), st.sampled_from(EXAMPLES)))
def test_marks_are_those_of_a_plain_search(text: str) -> None:
    assert marks.marks_of(text) == plainly(text)


@given(texts)
def test_a_rule_that_finds_something_is_possible(text: str) -> None:
    possible = SCREEN.possible(text)
    for place, (_mark, pattern) in enumerate(PATTERNS):
        if re.search(pattern, text, re.IGNORECASE):
            assert possible >> place & 1


def test_few_rules_are_searched_for_in_a_line_of_a_log() -> None:
    line = "2026-03-01 00:08:42.835 INFO [db-14] cache miss for key user:121"
    assert SCREEN.possible(line).bit_count() <= len(PATTERNS) // 4
