from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from longzip.errors import UsageError
from longzip.models import ngram
from longzip.models.ngram import NgramModel, Weights
from longzip.protocols import LanguageModel, Request, Tokenizer

ROOT = Path(__file__).parent.parent
BACKGROUND = {ngram.OTHER: 10, "user": 40, "name": 30, "(": 20}
THIRDS = Weights(0.5, 0.3, 0.2)
texts = st.one_of(st.text(max_size=80), st.text("aB_ s\n1(é漢", max_size=80))


def values(model, context, target):
    return np.exp(model.logprobs([Request(context, target)])[0].values).tolist()


@given(texts)
def test_pieces_tile_the_text(text):
    assert "".join(ngram.subwords(text)) == text


@pytest.mark.parametrize(("text", "subwords"), [
    ("getHTTPServer2", ["get", "HTTP", "Server", "2"]),
    ("snake_case __init__(self)", ["snake", "_case", " __", "init", "__", "(", "self", ")"]),
    ("a  b\r\n\tc", ["a", " ", " b", "\r\n\t", "c"]),
    ("naïve Привет 漢字", ["na", "ï", "ve", " Привет", " 漢", "字"]),
])  # fmt: skip
def test_identifiers_are_split_into_their_words(text, subwords):
    assert ngram.subwords(text) == subwords


@pytest.mark.parametrize(
    ("subword", "folded"),
    [
        (" Users", "user"),
        ("_CLASS", "class"),
        ("bus", "bus"),
        (" 12", "12"),
        ("_", "_"),
        ("\r\n  ", r"\n"),
        ("\t", r"\s"),
        ("();", "();"),
    ],
)
def test_words_are_compared_without_case_prefix_and_plural(subword, folded):
    assert ngram.fold(subword) == folded


@given(texts)
def test_folded_words_hold_no_white_space_and_so_fit_the_file(text):
    for subword in ngram.subwords(text):
        assert ngram.fold(subword).split() == [ngram.fold(subword)]


def test_it_meets_both_seams():
    model = NgramModel()
    assert isinstance(model, LanguageModel)
    assert isinstance(model, Tokenizer)
    assert model.count("getUser(name)") == 5
    assert model.count("") == 0


def test_the_background_alone():
    assert values(NgramModel(BACKGROUND, THIRDS), "", "user") == pytest.approx([0.4])


def test_the_three_parts_are_weighed():
    model = NgramModel(BACKGROUND, THIRDS)
    context = "user name user ("  # user: 2 of 4, followed by name once in 2; nothing follows the last "("
    # The pair has no counts after "(": its share goes to the word.
    first = 0.5 * 0.4 + 0.5 * 2 / 4
    # Now "( user" has been seen, and user is 3 of 5.
    second = 0.5 * 0.3 + 0.3 * 1 / 5 + 0.2 * 1 / 2
    assert values(model, context, "user name") == pytest.approx([first, second])


def test_the_targets_own_words_count():
    model = NgramModel(BACKGROUND, THIRDS)
    assert values(model, "", "user user") == pytest.approx([0.4, 0.5 * 0.4 + 0.5 * 1])
    first, second, third = values(model, "", "user user user")
    assert third == pytest.approx(0.5 * 0.4 + 0.3 + 0.2)
    assert first < second


def test_a_matching_context_is_worth_more_than_another():
    model = ngram.load()
    asked = "read the lines of a file"
    ami = [value.values.mean() for value in model.logprobs([Request(context, asked) for context in (
        "def read_lines(path):\n    with open(path) as file:\n        return file.readlines()\n",
        "def area(radius):\n    return math.pi * radius ** 2\n", "")])]  # fmt: skip
    assert ami[0] > ami[2]
    assert ami[0] > ami[1]


@given(st.lists(st.tuples(texts, texts), max_size=6))
def test_answers_keep_the_contract(pairs):
    model = NgramModel(BACKGROUND)
    requests = [Request(*pair) for pair in pairs]
    for request, answer in zip(requests, model.logprobs(requests), strict=True):
        alone = model.logprobs([request])[0]
        assert np.array_equal(answer.values, alone.values)
        assert np.array_equal(answer.ends, alone.ends)
        assert np.isfinite(answer.values).all()
        assert (answer.values <= 0).all()
        assert (np.diff(answer.ends) > 0).all()
        assert answer.ends.dtype == np.int64
        assert answer.ends.tolist()[-1:] == ([len(request.target)] if request.target else [])
        assert len(answer.values) == len(answer.ends) == model.count(request.target)


@given(st.lists(st.sampled_from(["user", "name", "(", "zebra"]), max_size=8))
def test_probabilities_sum_to_at_most_one(words):
    model = NgramModel(BACKGROUND, THIRDS)
    after = ["user", "name", "(", "zebra"]
    total = sum(values(model, " ".join(words), " " + word)[0] for word in after)
    assert 0 < total <= 1 + 1e-9


def test_unseen_words_share_their_mass_by_spelling():
    model = NgramModel(BACKGROUND)
    one_letter = 64 * model.background("q")
    assert one_letter == pytest.approx(0.1 / 8)
    assert model.background("qqq") < model.background("qq")
    assert model.background("q" * 10_000) > 0


@pytest.mark.parametrize("shares", [(0, 0.5, 0.5), (0.5, 0.6, -0.1), (0.5, 0.2, 0.2)])
def test_weights_that_are_no_mixture_are_refused(shares):
    with pytest.raises(UsageError, match="sum to 1"):
        Weights(*shares)


def test_the_name_tells_models_apart():
    names = {
        NgramModel().name,
        NgramModel(BACKGROUND).name,
        NgramModel(BACKGROUND, THIRDS).name,
        NgramModel({"user": 1}).name,
    }
    assert len(names) == 4
    assert NgramModel(dict(reversed(BACKGROUND.items()))).name == NgramModel(BACKGROUND).name


def test_the_shipped_background_is_a_distribution():
    model, counts = ngram.load(), ngram.parse(ngram_file())
    assert len(ngram_file()) < 300_000
    assert 10_000 < len(counts) <= 20_001
    assert next(iter(counts)) == ngram.OTHER
    assert sum(model.background(word) for word in counts if word != ngram.OTHER) == pytest.approx(
        1 - counts[ngram.OTHER] / sum(counts.values())
    )
    assert model.background("self") > model.background("zebra") > 0


def ngram_file():
    from importlib.resources import files

    return (files("longzip") / "models" / "bundled" / "unigrams.txt").read_text(encoding="utf-8")


def test_the_script_counts_all_but_the_held_out_rows(tmp_path):
    rows = [{"text": "users user\n"}, {"text": "Name user", "held_out": False}, {"text": "secret", "held_out": True}]
    (tmp_path / "documents.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    command = [
        sys.executable,
        ROOT / "scripts/build_unigrams.py",
        tmp_path / "documents.jsonl",
        tmp_path / "out",
        "--every",
        "1",
        "--words",
        "2",
    ]
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
    assert (tmp_path / "out").read_text() == f"{ngram.OTHER} 1\nuser 3\n\\n 1\n"


def test_ends_find_the_lines():
    answer = NgramModel().logprobs([Request("", "a = 1\n  b\n")])[0]
    assert answer.ends.tolist() == [1, 3, 5, 8, 9, 10]
    assert math.isfinite(answer.values.sum())
