"""What a text costs grows with its length and no faster, whatever stands in it."""

from __future__ import annotations

import time

import pytest

import longzip
from longzip import Settings, Source, TextOptions
from longzip.formats.grammar.isolation import Isolated
from longzip.formats.log import LogFormat
from longzip.rendering.pages import Page, Style, gap
from longzip.types import Unit
from longzip.units import lines
from tests.growing import patterns, slowest

BOUNDED = {  # what is slow on long texts, and never sees one
    "longzip.formats.grammar.languages.SHEBANG",  # LONGEST_SHEBANG
    "longzip.formats.grammar.damage.WRAPPING",  # LONGEST_ROW
    "longzip.formats.grammar.damage.PATTERNS",
    "longzip.prose.actions:english",  # LONGEST, of an action item
    "longzip.prose.actions:chinese",
    "longzip.prose.actions:when",
    "longzip.prose.actions:noted",
    "longzip.prose.actions:does",
    "longzip.prose.marks:asks_fact",  # LONGEST_QUESTION
    "longzip.texts.outcomes.PLACE",  # LONGEST
    "longzip.cli.expand.PLACE",  # what somebody typed as a place, matched as a whole
    "longzip.service.work.PLACE",
    "longzip.prose.markdown.FENCE",  # matched, never searched; another of this name is
    "longzip.strategies.ladder.DOCSTRING",
    "longzip.scoring.questions.TRACE",  # LONGEST_LINE
    "longzip.scoring.questions.QUOTED",
    "longzip.scoring.questions.BEGUN",
    "longzip.scoring.questions.ASIDE",
    "longzip.conversation.facts.gathering:asks_user",  # the name of a tool
    "longzip.sources.remote.SHORT",  # what somebody typed as a path
    "longzip.sources.secrets.CODE",  # one value
    "longzip.sources.secrets.PATH",
}
PATTERNS = {place: found for place, found in patterns().items() if place.partition("[")[0] not in BOUNDED}
GROUPS = 8
PROSE = ("a. ", "- a\n", ". ", "a, ", "# a\n", "```\n")


@pytest.mark.parametrize("group", range(GROUPS))
def test_patterns_take_time_in_proportion_to_the_text(group):
    places = sorted(PATTERNS)[group::GROUPS]
    found = [slow for place in places if (slow := slowest(place, *PATTERNS[place])) is not None]
    assert not found, "\n".join(map(str, found))


def test_what_is_slow_would_be_found():
    import re

    for pattern in (r"(?:a+)+b", r"\s+$"):
        assert slowest("here", re.compile(pattern), ["search"]) is not None
    for pattern in (r"a+b?", r"(?<!\s)\s++$", r"<[^<>]*>", r"\b\w+\b"):
        assert slowest("here", re.compile(pattern), ["search"]) is None


def seconds(text: str) -> float:
    settings = Settings(kind="document", force=True, count_for="chars/4", cache=False)
    started = time.thread_time()
    longzip.compress(
        f"Begin.\n\n{text} the end", "where is the end?", budget=60, options=TextOptions(settings=settings)
    )
    return time.thread_time() - started


@pytest.mark.parametrize("pump", PROSE)
def test_prose_takes_time_in_proportion_to_its_length(pump):
    seconds(pump * 50)
    short, long = seconds(pump * 300), seconds(pump * 1800)
    assert long < 14 * short + 0.1


@pytest.mark.parametrize("text", ["&" * 60 + " x", "- " * 4000 + "x", "a: &b " * 3000])
@pytest.mark.parametrize("name", ["a.yaml", "a.md"])
def test_no_small_file_takes_long(text, name):
    started = time.perf_counter()
    ANALYST.analyse(Source(name, text))
    assert time.perf_counter() - started < 8


ANALYST = Isolated(processes=1)


def test_a_gap_costs_the_same_however_much_it_hides():
    form, style = LogFormat(), Style(marker="{count}")
    source = Source("a.log", "".join(f"12:00:0{n % 10} INFO row {n}\n" for n in range(20_000)))
    page = Page(source, lines(source))
    gap(page, (1, 20_000), form, style)
    started = time.thread_time()
    for first in range(1, 1000):
        assert gap(page, (first, 20_000), form, style) is not None
    assert time.thread_time() - started < 2


def test_a_gap_says_the_lines_that_hold_text():
    text = "\n\n  \na\n\nb\n \n\n"
    source = Source("a.txt", text)
    page = Page(source, lines(source))
    assert gap(page, (0, 8), LogFormat(), Style(marker="{range}")) == "[... 4-6]"
    assert gap(page, (0, 3), LogFormat(), Style(marker="{range}")) is None
    quiet = Page(source, lines(source), quiet=frozenset({5}))
    assert gap(quiet, (0, 8), LogFormat(), Style(marker="{range}")) == "[... 4]"
    whole = Page(source, [Unit(0, len(text), 1, 8)])
    assert gap(whole, (0, 1), LogFormat(), Style(marker="{range}")) == "[... 4-6]"


def test_a_gap_in_a_log_says_that_its_lines_are_like_the_one_above():
    form, style = LogFormat(), Style(marker="{count}")
    source = Source("a.log", "12:00 INFO job 1\n12:01 INFO job 2\n\n12:02 INFO job 3\n12:03 WARN late\n")
    page = Page(source, lines(source))
    assert gap(page, (1, 4), form, style) == "[... 3 lines, alike]"
    assert gap(page, (1, 5), form, style) == "[... 4 lines]"
    assert gap(page, (4, 5), form, style) == "[... 1 line]"
