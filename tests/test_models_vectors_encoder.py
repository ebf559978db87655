"""The encoder against its formula, written out token by token, and that a vector depends on its own text alone."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from longzip.errors import ModelError
from longzip.models.vectors.encoder import (
    BITS,
    CODE_MOST,
    ENTRIES,
    MOST,
    NEAR,
    SPAN,
    TEXT_MOST,
    WEIGHTS,
    WeightedEncoder,
    gelu,
    place_words,
    read_encoder,
)
from longzip.models.vectors.vocabulary import Vocabulary
from longzip.protocols import Passage

WORDS = ["read", "file", "lines", "count", "shop", "order"]
WIDTH, INNER = 4, 3


def tensors(seed: int) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    shapes = {
        "table": (len(WORDS), WIDTH),
        "code_weight": (len(WORDS),),
        "query_weight": (len(WORDS),),
        "field": (4,),
        "place": (11,),
        "often": (4,),
        "near": (2, 16),
        "query_often": (4,),
        "mode": (2, INNER),
        "code_up": (4 * WIDTH, INNER),
        "code_up_bias": (INNER,),
        "code_down": (INNER, WIDTH),
        "code_turn": (WIDTH, WIDTH),
        "query_up": (WIDTH, INNER),
        "query_down": (INNER, WIDTH),
        "query_turn": (WIDTH, WIDTH),
    }
    return {name: random.normal(0, 1, shape).astype(np.float32) for name, shape in shapes.items()}


def encoder(seed: int) -> WeightedEncoder:
    return WeightedEncoder(tensors(seed), Vocabulary(WORDS))


def at_length_1(vector: np.ndarray) -> np.ndarray:
    return np.round(vector / np.linalg.norm(vector) * 2**BITS) / 2**BITS


def written_out(t: dict[str, np.ndarray], fields: list[list[str]]) -> np.ndarray:
    """A passage's vector, in double precision. fields: the words of path, name, doc comment and body."""
    sums = np.zeros((3, WIDTH))
    for field, own in enumerate(fields):
        for place, word in enumerate(own[: MOST[field]]):
            token = WORDS.index(word)
            logit = float(t["code_weight"][token] + t["field"][field] + t["often"][min(3, own[:place].count(word))])
            logit += float(t["place"][min(10, place // SPAN) if field == 3 else 0])
            sums[(0, 0, 1, 2)[field]] += math.exp(min(8, logit)) * t["table"][token].astype(float)
    whole = sums.sum(0)
    scaled = np.concatenate([*sums, whole]) / np.linalg.norm(whole)
    inner = gelu(scaled @ t["code_up"].astype(float) + t["code_up_bias"])
    return at_length_1(whole / np.linalg.norm(whole) @ t["code_turn"].astype(float) + inner @ t["code_down"])


def asked(t: dict[str, np.ndarray], own: list[str], code: bool) -> np.ndarray:
    """A question's vector, likewise."""
    own = own[-CODE_MOST:] if code else own[:TEXT_MOST]
    total = np.zeros(WIDTH)
    for place, word in enumerate(own):
        token, near = WORDS.index(word), (len(own) - 1 - place if code else place) // NEAR
        often = t["query_often"][min(3, own[:place].count(word))]
        logit = float(t["query_weight"][token] + t["near"][int(code)][near] + often)
        total += math.exp(min(8, logit)) * t["table"][token].astype(float)
    unit = total / np.linalg.norm(total)
    inner = gelu(unit @ t["query_up"].astype(float) + t["mode"][int(code)])
    return at_length_1(unit @ t["query_turn"].astype(float) + inner @ t["query_down"])


some = st.lists(st.sampled_from(WORDS), max_size=40)
STEP = 1.01 / 2**BITS  # rounding may fall to either side


@given(st.integers(0, 20), some, some, some, st.lists(st.sampled_from(WORDS), min_size=1, max_size=300))
def test_a_passage_is_what_the_formula_says(seed, path, name, doc, body):
    passage = Passage("/".join(path[-4:]), "_".join(name), " ".join(doc), " ".join(body))
    fields = [path[-4:], name, doc, body]
    (found,) = encoder(seed).passages([passage])
    assert np.abs(found - written_out(tensors(seed), fields)).max() <= STEP


@given(st.integers(0, 20), st.lists(st.sampled_from(WORDS), min_size=1, max_size=200), st.booleans())
def test_a_question_is_what_the_formula_says(seed, own, code):
    found = encoder(seed).question(" ".join(own), code)
    assert np.abs(found - asked(tensors(seed), own, code)).max() <= STEP


def test_a_vector_does_not_depend_on_what_is_beside_it():
    passages = [Passage("shop/order.py", WORDS[n % 6], "count lines", " ".join(WORDS[: n % 7])) for n in range(600)]
    together = encoder(1).passages(passages)
    assert np.array_equal(together, np.concatenate([encoder(1).passages([passage]) for passage in passages]))


def test_numbers_have_so_many_binary_places_and_vectors_length_1():
    found = encoder(2).passages([Passage(body="read lines"), Passage(name="order")])
    assert np.array_equal(found * 2**BITS, np.round(found * 2**BITS))
    assert np.linalg.norm(found, axis=1) == pytest.approx([1.0, 1.0], abs=1e-3)


def test_what_has_no_known_word_is_nothing():
    own = encoder(3)
    assert own.passages([]).shape == (0, WIDTH)
    assert not own.passages([Passage(), Passage("x/y.py", "zebra", "?", "()")]).any()
    assert not own.question("", False).any()
    assert not own.question("{}", True).any()


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("src/shop/order_lines.py", ["shop", "order", "lines"]),
        ("a/b/c/d/e/f.test.js", ["c", "d", "e", "f", "test"]),
        ("order", ["order"]),
        ("", []),
    ],
)
def test_a_path_is_read_by_its_last_parts(path, found):
    assert place_words(path) == found


def saved(folder, **changed):
    t = tensors(4)
    rows = np.abs(t["table"]).max(1) / 127
    kept = {**t, "table": np.round(t["table"] / rows[:, None]).astype(np.int8), "scale": rows, **changed}
    save_file({name: tensor for name, tensor in kept.items() if tensor is not None}, folder / WEIGHTS)
    (folder / ENTRIES).write_text("\n".join(WORDS), encoding="utf-8")
    return folder


def test_a_file_is_read_back(tmp_path):
    found = read_encoder(saved(tmp_path)).passages([Passage(body="read file")])
    assert found[0] @ encoder(4).passages([Passage(body="read file")])[0] > 0.999


def test_files_that_do_not_fit_are_refused(tmp_path):
    with pytest.raises(ModelError, match="holds no encoder"):
        read_encoder(tmp_path)
    with pytest.raises(ModelError, match="holds no encoder"):
        read_encoder(saved(tmp_path, code_up=None))
    (saved(tmp_path) / ENTRIES).write_text("read", encoding="utf-8")
    with pytest.raises(ModelError, match="1 words and 6 vectors"):
        read_encoder(tmp_path)
