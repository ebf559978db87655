"""The promises of the design, as properties of the whole pipeline, on random and on real input.

The model is the n-gram model, which ships and needs no weights; the promises do not depend on how good a model is.
"""

import re

import pytest
from hypothesis import HealthCheck, assume, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from longzip import BudgetTooSmall, Compressor, Settings, Source
from longzip.formats.code import CodeFormat
from longzip.formats.grammar.isolation import Isolated
from longzip.models import ngram
from tests.fakes import CharacterCount, NoModel
from tests.parsing import compiles, parses
from tests.strategies import NAMES, QUERIES, any_text, real_file, real_files, real_sources, settings, sources

MODEL = ngram.load()
FORM = CodeFormat(Isolated())  # random text may well hit on what a grammar dies of
MARKER = re.compile(
    r"^\s*(?:(?:\.\.\.|:|\(\))\s+)?(?:#|//|\{?/\*|<!--|--|\[)?\s*\.\.\. [\d,]+ lines? "
    r"\(\d+(?:-\d+)?\)|^\s*\.\.\.  # [\d,]+ lines? \(\d+(?:-\d+)?\)"
)
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def compressor(chosen: Settings, tokens: bool = False) -> Compressor:
    return Compressor(MODEL, MODEL if tokens else CharacterCount(), chosen, FORM)


def squeezed(found, query, budget, chosen, tokens=False):
    """The result, or None where the budget is too small for anything; that it says so truthfully is checked here."""
    try:
        return compressor(chosen, tokens).compress(found, query=query, budget=budget)
    except BudgetTooSmall as error:
        assert error.given == budget < error.needed
        return None


# ---------------------------------------------------------------------------------------------------------- 1: tiling


@hypothesis_settings(max_examples=200, deadline=None, suppress_health_check=SLOW)
@given(any_text(), st.sampled_from(NAMES))
def test_chunks_and_units_tile_any_text(text, name):
    check_tiling(Source(name, text))


@pytest.mark.parametrize("source", real_files(), ids=lambda source: source.name)
def test_chunks_and_units_tile_real_files(source):
    check_tiling(source)


def check_tiling(source):
    chunks, units = FORM.split(source), FORM.units(source)
    assert "".join(chunk.text for chunk in chunks) == source.text
    assert "".join(source.text[unit.start : unit.end] for unit in units) == source.text
    at = 0
    for chunk in chunks:
        assert chunk.first_unit == at < chunk.last_unit
        at = chunk.last_unit
        assert (units[chunk.first_unit].start, units[at - 1].end) == (chunk.start, chunk.end)
        assert (units[chunk.first_unit].first_line, units[at - 1].last_line) == (chunk.first_line, chunk.last_line)
    assert at == len(units)
    assert all(0 <= need < len(units) for unit in units for need in unit.needs)


# -------------------------------------------------------------------------------------------------------- 2: identity


@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=SLOW)
@given(any_text())
def test_what_fits_comes_back_byte_for_byte_without_a_model(text):
    assume(text)
    whole = Compressor(NoModel(), CharacterCount(), Settings(), FORM)
    assert whole.compress(Source("a.py", text), query="q", budget=10_000).text == text
    assert whole.compress(Source("a.py", text), query="q", rate=1.0).text == text


# ------------------------------------------------------------------------------------------------------------- 3: cap


@hypothesis_settings(max_examples=400, deadline=None, suppress_health_check=SLOW)
@given(sources(any_text()), st.sampled_from(QUERIES), st.integers(1, 400), settings())
def test_never_over_budget_on_random_text(found, query, budget, chosen):
    assume(any(source.text for source in found))
    result = squeezed(found, query, budget, chosen)
    assert result is None or CharacterCount().count(result.text) == result.report.got <= budget


@hypothesis_settings(max_examples=200, deadline=None, suppress_health_check=SLOW)
@given(real_sources(), st.sampled_from(QUERIES), st.integers(10, 2500), settings())
def test_never_over_budget_on_real_files(found, query, budget, chosen):
    result = squeezed(found, query, budget, chosen)
    assert result is None or CharacterCount().count(result.text) == result.report.got <= budget


@hypothesis_settings(max_examples=120, deadline=None, suppress_health_check=SLOW)
@given(real_sources(), st.sampled_from(QUERIES), st.integers(10, 2500), settings())
def test_never_over_budget_in_another_tokenizer(found, query, budget, chosen):
    result = squeezed(found, query, budget, chosen, tokens=True)
    assert result is None or MODEL.count(result.text) == result.report.got <= budget


@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=SLOW)
@given(
    st.lists(real_file(), min_size=3, max_size=5, unique_by=lambda source: source.name),
    st.sampled_from(QUERIES),
    st.floats(0.1, 0.5),
)
def test_at_least_95_percent_of_the_budget_is_used_where_there_is_material(found, query, share):
    units = [len(unit) for source in found for unit in texts_of_units(source)]
    budget = int(share * sum(units) / 4)
    assume(budget > 400)
    assume(sum(size for size in units if size < 0.02 * 4 * budget) > 1.5 * 4 * budget)
    result = squeezed(found, query, budget, Settings(count_for="chars/4"))
    assert result is not None
    assert result.report.got >= 0.95 * budget


def texts_of_units(source):
    return [source.text[unit.start : unit.end] for unit in FORM.units(source)]


# -------------------------------------------------------------------------------------------------------- 4: verbatim


@hypothesis_settings(max_examples=250, deadline=None, suppress_health_check=SLOW)
@given(real_sources(), st.sampled_from(QUERIES), st.integers(100, 2500), st.sampled_from(["default", "longcodezip"]))
def test_kept_lines_are_those_of_the_input_in_order(found, query, budget, strategy):
    assume(not any(MARKER.search(line) for source in found for line in source.text.split("\n")))
    result = squeezed(found, query, budget, Settings(strategy=strategy))
    assume(result is not None)
    by_name = {source.name: source.text.split("\n") for source in found}
    expected = [
        line
        for file in result.sources
        for span in file.spans
        for line in by_name[file.path][span.start_line - 1 : span.end_line]
    ]
    headers = {FORM.header(source) for source in found} if len(found) > 1 else set()
    shown = [line for line in result.text.split("\n") if not MARKER.search(line) and line not in headers]
    assert [line for line in shown if line.strip()] == [line for line in expected if line.strip()]


@hypothesis_settings(max_examples=100, deadline=None, suppress_health_check=SLOW)
@given(real_sources(), st.sampled_from(QUERIES), st.integers(100, 1500))
def test_each_hidden_line_is_counted_by_one_marker(found, query, budget):
    found = found[:1]
    assume(found[0].text.strip())
    assume(not any(MARKER.search(line) for line in found[0].text.split("\n")))
    result = squeezed(found, query, budget, Settings())
    assume(result is not None)
    hidden = sum(
        int(re.search(r"([\d,]+) lines? \(", line).group(1).replace(",", ""))
        for line in result.text.split("\n")
        if MARKER.search(line)
    )
    lines = found[0].text.split("\n")
    kept = {
        number for file in result.sources for span in file.spans for number in range(span.start_line, span.end_line + 1)
    }
    ranges = [
        re.search(r"\((\d+)(?:-(\d+))?\)", line).groups() for line in result.text.split("\n") if MARKER.search(line)
    ]
    gone = {number for first, last in ranges for number in range(int(first), int(last or first) + 1)}
    assert hidden == len(gone) == sum(int(last or first) - int(first) + 1 for first, last in ranges)
    assert not gone & kept
    form = CodeFormat()
    units = form.units(found[0])
    imports = {  # among imports that are shown no marker tells of those that are not
        number
        for index in form.facts.imports(found[0])
        for number in range(units[index].first_line, units[index].last_line + 1)
    }
    assert all(number in gone | kept | imports for number, line in enumerate(lines, 1) if line.strip())


# ----------------------------------------------------------------------------------------------------------- 5: parses


@hypothesis_settings(max_examples=200, deadline=None, suppress_health_check=SLOW)
@given(real_file(), st.sampled_from(QUERIES), st.floats(0.03, 0.9))
def test_the_output_parses_where_the_input_did(source, query, share):
    budget = max(20, int(share * CharacterCount().count(source.text)))
    result = squeezed((source,), query, budget, Settings())
    assume(result is not None)
    if parses(source):
        assert parses(Source(source.name, result.text, source.language))
        if source.name.endswith(".py") and compiles(source.text):
            assert compiles(result.text)


# ------------------------------------------------------------------------------------------------------ 6: same bytes


@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=SLOW)
@given(real_sources(), st.sampled_from(QUERIES), st.integers(100, 2000), settings())
def test_the_same_call_gives_the_same_bytes(found, query, budget, chosen):
    first = squeezed(found, query, budget, chosen)
    other = Compressor(ngram.load(), CharacterCount(), chosen, CodeFormat())
    again = other.compress(found, query=query, budget=budget) if first is not None else None
    assert (first and first.text) == (again and again.text)
