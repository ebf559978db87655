"""The knee: as many tokens as pay off."""

import pytest

from longzip import BudgetTooSmall, Compressor, Settings, Source, UsageError
from tests.fakes import CharacterCount, NoModel, WordModel


def function(name, words, lines):
    return f"def {name}(value):\n" + "".join(f"    {name}_{number} = {words}\n" for number in range(lines)) + "\n\n"


# three functions of some 400 tokens share words with the query, 90 do not
RELEVANT = "".join(function(f"alpha{number}", "cheese + dinner", 60) for number in range(3))
NOISE = "".join(function(f"beta{number}", f"gamma + delta{number % 7}", 12 + number % 5) for number in range(90))
SOURCES = [Source("relevant.py", RELEVANT), Source("noise.py", NOISE)]


def compressor(model=None, **settings):
    return Compressor(model or WordModel(), CharacterCount(), Settings(**settings))


def test_it_stops_where_what_is_relevant_has_been_shown():
    result = compressor().compress(SOURCES, query="cheese + dinner", budget="knee")
    wanted = CharacterCount().count(RELEVANT)
    assert wanted * 0.9 <= result.report.asked <= wanted * 1.6
    assert result.report.got <= result.report.asked
    assert any(note.startswith("knee: with ") for note in result.report.notes)
    assert all(f"def alpha{number}" in result.text for number in range(3))


def test_it_gives_what_its_budget_gives():
    result = compressor().compress(SOURCES, query="cheese + dinner", budget="knee")
    assert compressor().compress(SOURCES, query="cheese + dinner", budget=result.report.asked).text == result.text


def test_a_greater_share_stops_earlier():
    sizes = [
        compressor(knee=share).compress(SOURCES, query="cheese + dinner", budget="knee").report.asked
        for share in (0.01, 0.05, 0.9)
    ]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] < sizes[0]


def test_what_is_small_comes_back_whole_and_without_a_model():
    source = Source("a.py", "x = 1\n")
    assert compressor(NoModel()).compress(source, query="x", budget="knee").text == source.text


def test_it_reads_and_scores_once():
    model = WordModel()
    compressor(model).compress(SOURCES, query="cheese + dinner", budget="knee")
    contexts = [request.context for request in model.asked if "beta1(" in request.context]
    assert len([context for context in contexts if context.count("\n") > 5]) == 1


def test_pins_larger_than_the_first_sizes_are_no_error():
    result = compressor().compress(SOURCES, query="cheese + dinner", budget="knee", pins=["relevant.py"])
    assert RELEVANT.strip() in result.text


@pytest.mark.parametrize("budget", ["elbow", "4000", 0])
def test_other_words_are_no_budget(budget):
    with pytest.raises(UsageError, match="knee"):
        compressor().compress(SOURCES, query="x", budget=budget)


def test_several_budgets_of_which_one_is_too_small():
    with pytest.raises(BudgetTooSmall):
        compressor().compress_to(SOURCES, query="cheese", budgets=[2, 500])
