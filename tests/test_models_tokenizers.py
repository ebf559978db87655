from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longzip.errors import MissingExtra, ModelError
from longzip.models import estimates, tokenizers
from longzip.models.networks.identity import BUNDLED
from longzip.protocols import Tokenizer

CONTROL = "<|endoftext|>"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A tokenizer of single bytes and one special token, and a post-processor and truncation that must not matter."""
    from tokenizers import Tokenizer as Backend
    from tokenizers import models, pre_tokenizers, processors

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    backend = Backend(models.BPE(vocab={letter: index for index, letter in enumerate(letters)}, merges=[]))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.add_special_tokens([CONTROL])
    backend.post_processor = processors.TemplateProcessing(single=f"{CONTROL} $A", special_tokens=[(CONTROL, 256)])
    backend.enable_truncation(4)
    backend.enable_padding(length=9)
    place = tmp_path_factory.mktemp("bytes")
    backend.save(str(place / "tokenizer.json"))
    return place


@given(st.text(), st.integers(1, 9))
def test_characters_are_divided_and_rounded_up(text, size):
    tokenizer = tokenizers.load_tokenizer(f"chars/{size}")
    assert isinstance(tokenizer, Tokenizer)
    assert tokenizer.name == f"chars/{size}"
    assert (tokenizer.count(text) - 1) * size < len(text) <= tokenizer.count(text) * size or text == ""
    assert tokenizer.count("") == 0


@pytest.mark.parametrize("spec", ["chars/0", "chars/", "chars/-4", "chars/2.5", "chars/x", "chars/²"])
def test_a_wrong_number_of_characters_is_refused(spec):
    with pytest.raises(ModelError, match="positive number"):
        tokenizers.load_tokenizer(spec)


@pytest.mark.parametrize("file", ["", "tokenizer.json"])
def test_a_file_or_its_directory_counts_without_special_tokens(folder, file):
    tokenizer = tokenizers.load_tokenizer(str(folder / file))
    assert isinstance(tokenizer, Tokenizer)
    assert [tokenizer.count(text) for text in ("", "a", "é", "hello world", "\ud800")] == [0, 1, 2, 11, 1]
    assert tokenizer.count(CONTROL) == len(CONTROL)


def test_the_name_tells_contents_apart(folder, tmp_path):
    name = tokenizers.load_tokenizer(str(folder)).name
    assert name.startswith(f"{folder.name}@")
    assert tokenizers.load_tokenizer(str(folder)).name == name
    other = tmp_path / folder.name
    other.mkdir()
    (other / "tokenizer.json").write_text((folder / "tokenizer.json").read_text().replace(CONTROL, "<end>"))
    assert tokenizers.load_tokenizer(str(other)).name != name


@pytest.mark.parametrize("content", ["not json", "{}", '{"model": {"type": "Unheard"}}', "\udcff"])
def test_a_file_that_is_no_tokenizer_is_refused(tmp_path, content):
    path = tmp_path / "tokenizer.json"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(ModelError, match=r"cannot be read as a tokenizer\.json"):
        tokenizers.load_tokenizer(str(path))


def test_a_directory_without_a_tokenizer_is_refused(tmp_path):
    with pytest.raises(ModelError, match="holds no tokenizer"):
        tokenizers.load_tokenizer(str(tmp_path))


def test_a_hub_id_offline_is_refused(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError, match="not on this machine and the hub cannot be reached"):
        tokenizers.load_tokenizer("longzip-tests/nothing")


def test_a_python_tokenizer_counts_through_the_adapter(tmp_path):
    """One without tokenizer.json and without a backend in Rust."""
    (tmp_path / "vocab.json").write_text('{"<pad>": 0, "</s>": 1, "<unk>": 2, "<s>": 3, "a": 4, "b": 5, "|": 6}')
    (tmp_path / "tokenizer_config.json").write_text('{"tokenizer_class": "Wav2Vec2CTCTokenizer"}')
    tokenizer = tokenizers.load_tokenizer(str(tmp_path))
    assert type(tokenizer.encoder).__name__ == "SlowEncoder"
    found = tokenizer.encoder.encode(["abba", ""])
    assert [one.ids.tolist() for one in found] == [[4, 5, 5, 4], []]
    assert [one.ends.tolist() for one in found] == [[1, 2, 3, 4], []]
    assert tokenizer.count("ab") == 2


# ---------------------------------------------------------------------------------------------------- tiktoken


def fake_tiktoken(get_encoding):
    return SimpleNamespace(list_encoding_names=lambda: ["o200k_base", "cl100k_base"], get_encoding=get_encoding)


class Words:
    """Stands for a ``tiktoken.Encoding``: a token per word, and no mercy on special tokens unless told so."""

    def encode(self, text, disallowed_special="all"):
        if disallowed_special == "all" and CONTROL in text:
            raise ValueError(CONTROL)
        return text.split()


@pytest.mark.parametrize("spec", ["tiktoken:o200k_base", "o200k_base"])
def test_a_tiktoken_encoding_reads_control_tokens_as_text(monkeypatch, spec):
    monkeypatch.setitem(sys.modules, "tiktoken", fake_tiktoken(lambda _: Words()))
    tokenizer = tokenizers.load_tokenizer(spec)
    assert tokenizer.name == "tiktoken:o200k_base"
    assert tokenizer.count(f"a b {CONTROL}") == 3
    assert tokenizer.count("") == 0


def test_an_unknown_encoding_is_refused(monkeypatch):
    monkeypatch.setitem(sys.modules, "tiktoken", fake_tiktoken(lambda _: Words()))
    with pytest.raises(ModelError, match="choose one of: cl100k_base, o200k_base"):
        tokenizers.load_tokenizer("tiktoken:o900k")


@pytest.mark.parametrize("error", [ConnectionError("no network"), ValueError("hash mismatch")])
def test_a_vocabulary_that_cannot_be_loaded_says_what_to_do(monkeypatch, error):
    def fail(_):
        raise error

    monkeypatch.setitem(sys.modules, "tiktoken", fake_tiktoken(fail))
    with pytest.raises(ModelError, match="TIKTOKEN_CACHE_DIR"):
        tokenizers.load_tokenizer("cl100k_base")


def test_tiktoken_may_be_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "tiktoken", None)
    with pytest.raises(MissingExtra, match=r"longzip\[tiktoken\]"):
        tokenizers.load_tokenizer("tiktoken:o200k_base")


def test_the_encodings_known_by_their_bare_names_exist():
    tiktoken = pytest.importorskip("tiktoken")
    assert set(tokenizers.ENCODINGS) <= set(tiktoken.list_encoding_names())


@pytest.mark.parametrize(
    "name", ["gpt-5", "gpt-5-mini", "gpt-4o", "claude", "claude-opus-4.5", "gemini-3-pro", "llama3.3-70b", "qwen3:8b"]
)
def test_a_family_of_models_is_counted_on_the_safe_side(name):
    if ":" in name:
        assert estimates.family_of(name) is None
        return
    estimate, bundled = tokenizers.load_tokenizer(name), tokenizers.load_tokenizer(str(BUNDLED))
    assert estimate.name == f"{name} (estimate)"
    for sample in sorted((Path(__file__).parent / "samples").glob("*.*")):
        text = sample.read_text(encoding="utf-8", errors="replace")
        assert estimate.likely(text) * 1.1 < estimate.count(text) < 2.5 * bundled.count(text)
    assert estimate.count("") == 0


def test_families_are_known_by_their_names_and_others_are_not():
    family = estimates.family_of
    assert family("gpt-4o-mini") == "gpt-4o"
    assert family("gpt-4.1-nano") == "gpt-4.1"
    assert family("GPT-4-turbo") == "gpt-4"
    assert family("claude-3-opus") == family("claude") == "claude"
    assert family("qwen3-coder") == family("qwen-3") == "qwen-3"
    assert [family(name) for name in ("gpt-50", "claudette", "llama", "", "o300")] == [None] * 5
    for known in estimates.families().values():
        assert known.vocabulary in estimates.vocabularies()
    for vocabulary in estimates.vocabularies().values():
        assert 1 < vocabulary.margin < 1.5
        assert min(vocabulary.weights) >= 0
        assert {"python", "java", "typescript", "go", "rust", "cpp", "markdown", "json", "cjk", "others"} <= set(
            vocabulary.errors
        )


# What tiktoken's cl100k_base counts.
REAL = {
    "Sample.java": 675, "sample.R": 474, "sample.c": 562, "sample.cpp": 641, "sample.cs": 940, "sample.css": 620,
    "sample.go": 598, "sample.html": 730, "sample.js": 778, "sample.json": 478, "sample.lua": 721, "sample.md": 482,
    "sample.php": 1002, "sample.py": 736, "sample.rb": 835, "sample.rs": 878, "sample.sh": 742, "sample.sql": 339,
    "sample.swift": 915, "sample.toml": 354, "sample.ts": 588, "sample.yaml": 428,
}  # fmt: skip


def test_an_estimate_is_near_what_the_vocabulary_counts_and_its_cap_above():
    estimate = estimates.estimated("gpt-4")
    spread = estimates.vocabularies()["cl100k"].spread
    near = 0
    for name, real in REAL.items():
        text = (Path(__file__).parent / "samples" / name).read_text(encoding="utf-8")
        assert real <= estimate.count(text) <= 1.5 * real
        near += abs(real / estimate.likely(text) - 1) < spread
    assert near >= 0.9 * len(REAL)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("x = 1\n", "python"),
        ("# 你好世界\nx = 1\n", "cjk"),
        ("Привет, мир\n", "other scripts"),
        ("Schöne Grüße aus München\n", "python"),
    ],
)
def test_the_kind_of_a_text_is_its_script_where_that_is_not_latin(text, kind):
    assert estimates.kind_of(text, "python") == kind
    assert estimates.kind_of("Schöne Grüße aus München\n", "markdown") == "accented prose"
    assert estimates.kind_of("plain words\n", "") == "text"
