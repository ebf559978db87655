"""Words, and the entries of a vocabulary that they are made of."""

import pytest

from longzip.models.vectors.vocabulary import MOST_PIECES, Vocabulary, words

ENTRIES = ["read", "##er", "re", "##a", "##d", "file", "42", "é"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("readFile(HTTPServer)", ["read", "file", "http", "server"]),
        ("read_file2 = 1234 + 12345", ["read", "file", "2", "1234"]),
        ("été ÉTÉ", ["é", "t", "é", "é", "t", "é"]),
        ("x" * 32 + " " + "x" * 33, ["x" * 32]),
        ("() {} ;", []),
        ("", []),
    ],
)
def test_words_come_apart_at_their_seams(text, found):
    assert words(text) == found


@pytest.mark.parametrize(
    ("word", "ids"),
    [
        ("read", [0]),
        ("reader", [0, 1]),
        ("read" + "er" * (MOST_PIECES - 1), [0, 1, 1, 1, 1, 1]),
        ("read" + "er" * MOST_PIECES, []),
        ("rea", [2, 3]),
        ("zebra", []),
        ("readz", []),
        ("", []),
    ],
)
def test_the_longest_piece_goes_first_and_a_word_of_unknown_pieces_is_nothing(word, ids):
    vocabulary = Vocabulary(ENTRIES)
    assert vocabulary.ids([word]) == ids
    assert vocabulary.ids([word, "file", word]) == [*ids, 5, *ids]


def test_an_empty_vocabulary_knows_no_word():
    assert Vocabulary([]).ids(["read"]) == []
