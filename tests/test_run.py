"""The shape of a run: values that nobody writes into, strategies, scorers and signals picked from tables, and a fit
that says what it took."""

from __future__ import annotations

import inspect
from dataclasses import astuple, dataclass, fields, is_dataclass, replace
from statistics import pstdev
from typing import get_args

import pytest

from longzip import BudgetTooSmall, Compressor, Settings, Source
from longzip.formats.code import CodeFormat
from longzip.pipeline import stages
from longzip.pipeline.compress import rank
from longzip.pipeline.shortlist import Shortlist, shortlist
from longzip.protocols import Evidence
from longzip.rendering.draft import Draft, Kept
from longzip.rendering.fitting import fit, tell
from longzip.rendering.outputs import Frame
from longzip.rendering.pages import Page, Style
from longzip.scoring import scorers
from longzip.scoring.questions import Kind
from longzip.settings import Strategy
from longzip.strategies import approaches, corpus, ladder, passages, published, ranking, run
from longzip.strategies import weights as weights_module
from longzip.strategies.dividing import divided
from longzip.strategies.run import Choice, Engine, Job, Run, Scores
from longzip.strategies.weights import read
from longzip.units import lines
from tests.fakes import CharacterCount, LetterEncoder, NoModel, WordModel

FUNCTION = """def do_{0}(value):
    first = value + {0}
    second = first * {0} + tax_{0}
    return second


"""
PLENTY = "".join(FUNCTION.format(number) for number in range(12))
SOURCES = (Source("shop/orders.py", PLENTY), Source("tests/test_orders.py", PLENTY.replace("do_", "check_")))
QUERY = "where is tax_5 added what does do_7 return"
CODE_QUERY = "def total(values):\n    found = 0\n    for value in values:\n        found = do_7(value)\n"


def begun(query: str = QUERY, **settings: object) -> Run:
    return with_evidence(None, query, **settings)


def with_evidence(evidence: Evidence | None, query: str = QUERY, **settings: object) -> Run:
    chosen = Settings(**settings)  # type: ignore[arg-type]
    engine = Engine(WordModel(), CharacterCount(), CodeFormat(), chosen, evidence=evidence)
    found = stages.begin(Job(SOURCES, query), engine)
    return replace(found, scores=stages.score(found))


# ------------------------------------------------------------------------------------------------------------- values


@pytest.mark.parametrize("module", [corpus, run, ladder, passages, published], ids=lambda module: module.__name__)
def test_every_value_of_a_run_is_frozen(module):
    own = [
        one
        for _, one in inspect.getmembers(module, inspect.isclass)
        if one.__module__ == module.__name__ and is_dataclass(one)
    ]
    assert own
    assert [one.__name__ for one in own if not one.__dataclass_params__.frozen] == []


def test_a_draft_is_frozen_and_its_copies_share_what_they_rendered():
    page = Page(SOURCES[0], lines(SOURCES[0]))
    draft = Draft((page,), CodeFormat(), CharacterCount(), "text", Frame(), False, False)
    assert Draft.__dataclass_params__.frozen
    section = draft.section(0, frozenset({1}))
    assert draft.told({0: 0}).section(0, frozenset({1})) is section
    assert {one.name for one in fields(draft) if one.compare} >= {"telling", "shut"}


@pytest.mark.parametrize("strategy", get_args(Strategy))
def test_stages_leave_what_they_are_given_as_it_was(strategy):
    found = begun(strategy=strategy)
    before = repr((found.job, found.corpus, found.scores, found.draft))
    for budget in (200, 800):
        chooser = found.approach.prepare(found, divided(found, budget), budget)
        stages.select(found, chooser, budget)
    assert repr((found.job, found.corpus, found.scores, found.draft)) == before


@pytest.mark.parametrize("strategy", get_args(Strategy))
def test_a_choice_does_not_depend_on_the_ones_before_it(strategy):
    """One chooser for many rooms gives what a fresh one gives for each."""
    found = begun(strategy=strategy)
    division = divided(found, 800)
    chooser = found.approach.prepare(found, division, 800)
    for room in (800, 0, 300, 100, 800):
        assert chooser.choose(room) == found.approach.prepare(found, division, 800).choose(room)


def test_the_allowances_are_those_of_the_choice_that_was_taken():
    found = begun(strategy="shares")
    chooser = found.approach.prepare(found, divided(found, 600), 600)
    seen: list[Choice] = []

    @dataclass
    class Watched:
        fine: bool = True

        def choose(self, room: int) -> Choice:
            seen.append(chooser.choose(room))
            return seen[-1]

        def additions(self, kept: Kept):
            return chooser.additions(kept)

    choice = stages.select(found, Watched(), 600)
    assert choice.allowances
    assert choice.allowances in [one.allowances for one in seen]
    fitted, kept = fit(chooser.choose, found.draft, 600 - int(stages.TELLING * 600))
    assert kept is not None
    assert choice.allowances == fitted.allowances


# ---------------------------------------------------------------------------------------------------------------- fit


def whole_lines(room: int) -> Choice:
    """As many lines of the first source as there are tokens, and so too many."""
    return Choice({0: frozenset(range(min(room, PLENTY.count("\n"))))}, {0: room})


def lined(style: Style | None = None) -> Draft:
    page = Page(SOURCES[0], lines(SOURCES[0]))
    return Draft((page,), CodeFormat(), CharacterCount(), "text", Frame(), False, False, style or Style("{count}"))


@pytest.mark.parametrize("budget", [60, 120, 200])
def test_what_fits_is_the_choice_and_its_text_together(budget):
    choice, kept = fit(whole_lines, lined(), budget)
    assert kept is not None
    assert kept == choice.kept
    assert lined().size(kept, budget) <= budget
    assert choice.allowances == {0: len(kept[0])}


def test_where_nothing_fits_the_choice_for_no_room_comes_without_a_text():
    choice, kept = fit(lambda room: Choice({0: frozenset(range(50))}, {0: room}), lined(), 20)
    assert kept is None
    assert choice.allowances == {0: 0}


def test_telling_gives_a_new_draft():
    found = begun()
    draft = replace(found.draft, style=replace(found.draft.style, names=3))
    kept = {0: frozenset({0, 1})}
    told = tell(kept, [0], draft, 10**6)
    assert draft.telling == {}
    assert told.telling == {0: 3}
    assert "do_1()" in told.text(kept)
    assert "do_1()" not in draft.text(kept)
    assert tell(kept, [0], draft, draft.size(kept, 10**6)).telling == {}


# ------------------------------------------------------------------------------------------------------------- tables


def test_every_name_is_in_its_table():
    assert set(approaches.APPROACHES) == set(get_args(Strategy))
    assert set(scorers.SCORERS) == set(get_args(scorers.ScorerName))
    assert {approach.scorer for approach in approaches.APPROACHES.values()} == set(scorers.SCORERS)


def test_another_scorer_is_a_function_and_a_line(monkeypatch):
    def longest_first(model, query, texts, tick):
        return [float(len(text)) for text in texts]

    monkeypatch.setattr(ranking, "SCORERS", {**scorers.SCORERS, "longest": longest_first})
    monkeypatch.setattr(stages, "APPROACHES", {"default": replace(approaches.APPROACHES["default"], scorer="longest")})
    texts = Source(
        "a.py", "def short():\n    return 1\n\n\ndef longer_by_far():\n    value = 22222\n    return value\n"
    )
    ranked = Compressor(NoModel(), CharacterCount()).rank(texts, query="anything at all")
    assert [item.chunk.label for item in ranked] == ["longer_by_far", "short"]


def test_another_signal_is_a_function_and_a_line(monkeypatch):
    def third(query, corpus, engine):
        return [99.0 if chunk.label == "do_3" else 0.0 for chunk in corpus.chunks]

    assert begun().corpus.chunks[begun().scores.order[0]].label != "do_3"
    monkeypatch.setattr(ranking, "SIGNALS", {**ranking.SIGNALS, "third": third})
    found = begun()
    assert found.corpus.chunks[found.scores.order[0]].label == "do_3"
    assert list(found.scores.signals) == ["names", "tests", "third"]


def test_the_signals_say_where_a_preference_comes_from():
    found = begun()
    labels = [chunk.label for chunk in found.corpus.chunks]
    names, tests = found.scores.signals["names"], found.scores.signals["tests"]
    assert [label for label, value in zip(labels, names, strict=True) if value] == ["do_7"]
    assert [value for label, value in zip(labels, tests, strict=True) if label.startswith("do_")] == [0.0] * 12
    assert [value for label, value in zip(labels, tests, strict=True) if label.startswith("check_")] == [-1.0] * 12
    relevance = found.scores.relevance
    assert list(found.scores.preferences) == ranking.fused(relevance, pstdev(relevance), found.scores.signals)


@pytest.mark.parametrize(
    ("query", "settings", "names"),
    [
        (QUERY, {"demote_tests": False}, ["names"]),
        ("which tests cover do_7", {}, ["names"]),
        (QUERY, {"strategy": "longcodezip"}, []),
    ],
)
def test_a_signal_that_does_not_count_is_not_asked(query, settings, names):
    found = begun(query, **settings)
    assert list(found.scores.signals) == names
    if not names:
        assert found.scores.preferences == found.scores.relevance


def test_evidence_counts_beside_the_models_word():
    found = with_evidence(Evidence(LetterEncoder()))
    assert list(found.scores.signals) == ["names", "tests", "lexical", "meaning", "stem", "places", "company"]
    weights, relevance = ranking.weights_of(found), found.scores.relevance
    assert weights == read()["question"]
    assert list(found.scores.preferences) == ranking.fused(
        relevance, pstdev(relevance), found.scores.signals, weights.relevance
    )


@pytest.mark.parametrize(
    ("query", "settings", "evidence", "names"),
    [
        (QUERY, {}, Evidence(), ["names", "tests", "lexical", "stem", "places", "company"]),
        (CODE_QUERY, {}, Evidence(LetterEncoder()), ["names", "tests", "lexical", "meaning", "stem"]),
        (QUERY, {"strategy": "shares"}, Evidence(LetterEncoder()), ["names", "tests"]),
        (QUERY, {"strategy": "longcodezip"}, Evidence(LetterEncoder()), []),
        (QUERY, {}, None, ["names", "tests"]),
    ],
)
def test_where_evidence_does_not_count_the_models_word_is_alone(query, settings, evidence, names):
    assert list(with_evidence(evidence, query, **settings).scores.signals) == names


def test_what_the_model_cannot_read_the_encoder_reads_all_the_same():
    found = with_evidence(Evidence(LetterEncoder()))
    listed = Shortlist((7,), tuple(range(7)) + tuple(range(8, len(found.corpus.chunks))), "one")
    assert list(stages.score(found, listed=listed).signals) == [
        *("names", "tests", "lexical", "meaning", "stem", "places", "company")
    ]


def test_the_word_of_a_pretrained_model_has_a_weight_of_its_own():
    own = ranking.weights_of(with_evidence(Evidence(LetterEncoder(), pretrained=True)))
    assert own == replace(read()["question"], relevance=read()["question"].pretrained)


def test_the_model_reads_what_the_other_signals_put_first(monkeypatch):
    found = with_evidence(Evidence())
    signals = ranking.signals_of(found)
    assert shortlist(found, signals) is None
    few = {kind: replace(weights, read=3) for kind, weights in read().items()}
    monkeypatch.setattr(weights_module, "read", lambda: few)
    listed = shortlist(found, signals)
    assert listed is not None
    assert listed.note == ""
    order = ranking.ranking(ranking.fused([0.0] * len(found.corpus.chunks), 1.0, signals))
    assert [*listed.read, *listed.unread] == order
    assert len(listed.read) == 3
    assert shortlist(replace(found, engine=replace(found.engine, evidence=None)), signals) is None


def test_a_limit_of_tokens_is_told():
    found = with_evidence(Evidence())
    tight = replace(found, engine=replace(found.engine, most_tokens=found.corpus.tokens[0]))
    listed = shortlist(tight, ranking.signals_of(found))
    assert listed is not None
    assert listed.note.startswith("the model read ")


def test_measured_signals_count_by_their_weights():
    found = with_evidence(Evidence())
    lexical = found.scores.signals["lexical"]
    assert pstdev(lexical) == pytest.approx(read()["question"].lexical)
    best = max(range(len(lexical)), key=lexical.__getitem__)
    assert found.corpus.chunks[best].label == "do_5"  # which has the rare word 5 twice


def test_further_chunks_of_a_file_stand_back_in_a_list_only():
    sources = tuple(Source(f"{name}.py", PLENTY) for name in ("first", "second"))
    engine = Engine(WordModel(), CharacterCount(), CodeFormat(), Settings(), evidence=Evidence())
    listed = rank(sources, QUERY, engine)
    assert {item.chunk.source.name for item in listed[:2]} == {"first.py", "second.py"}
    assert [item.relevance for item in listed] == sorted((item.relevance for item in listed), reverse=True)
    begun_run = stages.begin(Job(sources, QUERY), engine)
    assert len(listed) == len(stages.score(begun_run).order)


def test_weights_are_for_questions_and_for_code():
    assert set(read()) == set(get_args(Kind))
    assert all(value >= 0 for weights in read().values() for value in astuple(weights))


def test_fused_adds_deviations():
    assert ranking.fused([1.0, 3.0], 1.0, {"a": [2.0, 0.0], "b": [0.0, -1.0]}) == [3.0, 2.0]
    assert ranking.fused([2.0, 4.0], 0.5, {"a": [4.0, 0.0]}, 0.5) == [3.0, 2.0]
    assert ranking.fused([], 1.0, {"a": []}) == []


# --------------------------------------------------------------------------------------------------------------- score


def test_what_the_model_did_not_read_comes_last_in_the_prefilters_order():
    found = stages.begin(Job(SOURCES, QUERY), Engine(WordModel(), CharacterCount(), CodeFormat(), Settings()))
    unread = tuple(index for index in reversed(range(len(found.corpus.chunks))) if index != 7)
    scores = stages.score(found, listed=Shortlist((7,), unread, "read one"))
    assert scores.unread == unread
    assert scores.notes[0] == "read one"
    values = [scores.relevance[index] for index in (7, *unread)]
    assert values == sorted(values, reverse=True)
    assert len(set(values)) == len(values)


def test_nothing_is_scored_before_it_is_asked_for():
    found = stages.begin(Job(SOURCES, QUERY), Engine(NoModel(), CharacterCount(), CodeFormat(), Settings()))
    assert found.scores == Scores()
    assert stages.whole(found, 10**6) == Choice(found.draft.everything(), budget=10**6)
    assert stages.whole(found, 100) is None


def test_a_budget_too_small_for_anything_is_refused():
    found = begun()
    with pytest.raises(BudgetTooSmall):
        stages.select(found, found.approach.prepare(found, divided(found, 3), 3), 3)
