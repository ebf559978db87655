"""The tokens of sources for several readers."""

from __future__ import annotations

import hashlib
import sys
from types import SimpleNamespace

import pytest

from longzip import ModelError, Repository, Settings, Source, count_tokens, known_readers
from longzip.models import estimates, tokenizers

PYTHON = Source("a.py", "def add(left, right):\n    return left + right\n" * 30)
CHINESE = Source("b.md", "# 说明\n\n这个函数返回两个数的和。\n" * 30)
BOTH = Repository((PYTHON, CHINESE), ())
FAST = Settings(model="ngram", cache=False)


@pytest.fixture(autouse=True)
def no_vocabulary(monkeypatch, tmp_path):
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(tokenizers, "find_spec", lambda name: name == "tiktoken")


def test_what_is_known_is_exact_and_the_rest_is_estimated_with_its_error():
    found = count_tokens(BOTH, ("model", "chars/4", "gpt-5", "claude"), FAST)
    model, letters, gpt, claude = found.readers
    assert (found.files, found.characters) == (2, len(PYTHON.text) + len(CHINESE.text))
    assert (letters.tokens, letters.most, letters.error) == (
        -(-len(PYTHON.text) // 4) - (-len(CHINESE.text) // 4),
    ) * 2 + (None,)
    assert (model.error, model.tokens) == (None, model.most)
    assert gpt.tokens < gpt.most
    assert 0.05 < gpt.error < 0.2
    assert claude.error > 0.5  # its vocabulary is not published
    assert "published" in claude.note
    assert claude.most > 1.5 * claude.tokens


def test_languages_add_up_and_stand_by_their_size():
    found = count_tokens(BOTH, ("gpt-5", "chars/4"), FAST)
    assert [(size.language, size.files) for size in found.languages] == [("python", 1), ("cjk", 1)]
    for at, count in enumerate(found.readers):
        assert abs(sum(size.tokens[at] for size in found.languages) - count.tokens) <= 1


def test_the_factor_of_a_language_is_what_was_measured():
    vocabulary, plain = estimates.vocabularies()["o200k"], estimates.estimated("gpt-5").likely(PYTHON.text)
    (count,) = count_tokens(Repository((PYTHON,), ()), ("gpt-5",), FAST).readers
    assert count.tokens == round(plain * vocabulary.errors["python"][0])
    (other,) = count_tokens(Repository((Source("a.zig", PYTHON.text),), ()), ("gpt-5",), FAST).readers
    assert other.tokens == round(plain * vocabulary.errors["others"][0])


def test_a_vocabulary_on_this_machine_counts_and_none_is_fetched(monkeypatch, tmp_path):
    address = b"https://openaipublic.blob.core.windows.net/encodings/o200k_base.tiktoken"
    asked = []

    def get_encoding(name):
        asked.append(name)
        return SimpleNamespace(encode=lambda text, **_: text.split())

    monkeypatch.setitem(
        sys.modules, "tiktoken", SimpleNamespace(list_encoding_names=lambda: ["o200k_base"], get_encoding=get_encoding)
    )
    assert count_tokens(BOTH, ("gpt-5",), FAST).readers[0].error is not None
    assert asked == []
    (tmp_path / hashlib.sha1(address).hexdigest()).write_bytes(b"kept")
    (count,) = count_tokens(BOTH, ("gpt-5",), FAST).readers
    assert (count.error, count.tokenizer) == (None, "tiktoken:o200k_base")
    assert count.tokens == len(PYTHON.text.split()) + len(CHINESE.text.split())


def test_what_is_no_reader_is_refused_and_the_known_ones_are_named():
    with pytest.raises(ModelError):
        count_tokens(BOTH, ("./nowhere/at/all",), FAST)
    assert {"gpt-5", "claude", "gemini", "tiktoken:o200k_base", "chars/4"} <= set(known_readers())
    assert count_tokens(Repository((), ()), ("gpt-5",), FAST).readers[0].tokens == 0
