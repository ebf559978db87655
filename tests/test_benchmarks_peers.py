"""Methods that need something from outside, with stand-ins for it: sentence encoders, the LLMLingua package over its
pipe."""

import json
import sys
from dataclasses import replace

import numpy as np
import pytest

from benchmarks import methods
from benchmarks.config import Run, TaskTable
from benchmarks.embeddings import Encoder, check_pooling
from benchmarks.methods import lingua
from benchmarks.methods.tools import load
from longzip import LongzipError, ModelError, Source, UsageError

SOURCES = tuple(Source(f"{name}.py", f"def {name}():\n    return '{name}'\n") for name in ("apple", "banana", "cherry"))
ECHO = """
import json, sys
for line in sys.stdin:
    asked = json.loads(line)
    text = " ".join(asked["texts"])
    if asked["query"] == "fail":
        answer = {"error": "TypeError: too many values"}
    elif asked["query"] == "die":
        sys.exit(3)
    else:
        answer = {"text": text[: 6 * asked["target"]]}  # half as much again as was asked for
    print(json.dumps(answer), flush=True)
"""


@pytest.fixture
def tools():
    return load(Run("t", (TaskTable("examples"),), model="ngram", count_for="chars/4"))


class Letters:
    """An encoder of letters."""

    def encode(self, texts):
        vectors = np.array(
            [[text.count(letter) for letter in "abcdefghijklmnopqrstuvwxyz"] for text in texts], dtype=np.float32
        )
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.mark.parametrize("label", ["embedding-functions", "embedding-windows size=2 step=2"])
def test_the_nearest_pieces_come_first(tools, label):
    tools.sentences = Letters()
    (found,) = methods.build(label, tools)(SOURCES, "bananabanana", [15])
    assert list(found.lines) == ["banana.py"]
    assert tools.tokenizer.count(found.text) <= 15


def test_a_folder_without_an_encoder(tmp_path):
    with pytest.raises(ModelError, match="no sentence encoder"):
        Encoder(tmp_path)


def test_an_encoder_that_pools_otherwise(tmp_path):
    (tmp_path / "1_Pooling").mkdir()
    (tmp_path / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode_mean_tokens": False}))
    with pytest.raises(ModelError, match="mean"):
        check_pooling(tmp_path)


@pytest.fixture
def peer(tools, tmp_path, monkeypatch):
    """Tools whose LLMLingua is a stand-in that goes over its target."""
    worker = tmp_path / "worker.py"
    worker.write_text(ECHO)
    monkeypatch.setattr(lingua, "WORKER", worker)
    lingua.stop()
    yield replace(tools, run=replace(tools.run, options={"lingua_python": sys.executable}))
    lingua.stop()


def test_a_peer_that_goes_over_its_target_is_asked_again_until_it_fits(peer):
    (found,) = methods.build("llmlingua", peer)(SOURCES, "q", [16])
    assert 12 <= peer.tokenizer.count(found.text) <= 16
    assert found.lines is None


def test_what_a_peer_complains_of_is_the_outcome(peer):
    (found,) = methods.build("longllmlingua", peer)(SOURCES, "fail", [16])
    assert isinstance(found, LongzipError)
    assert "too many values" in str(found)


def test_a_peer_that_dies_is_an_outcome_too(peer):
    method = methods.build("llmlingua", peer)
    for _ in range(2):
        (found,) = method(SOURCES, "die", [16])
        assert isinstance(found, ModelError)
        assert "ended" in str(found)


def test_an_interpreter_that_is_not_there_and_a_classifier_that_is_not_named(tools, tmp_path):
    absent = replace(tools, run=replace(tools.run, options={"lingua_python": str(tmp_path / "python")}))
    with pytest.raises(UsageError, match="setup_llmlingua"):
        methods.build("llmlingua", absent)
    here = replace(tools, run=replace(tools.run, options={"lingua_python": sys.executable}))
    with pytest.raises(UsageError, match="lingua2_model"):
        methods.build("llmlingua2", here)


def test_without_the_package_the_worker_says_so(tools):
    pytest.importorskip("tokenizers")
    here = replace(tools, run=replace(tools.run, options={"lingua_python": sys.executable}))
    lingua.stop()
    (found,) = methods.build("llmlingua", here)(SOURCES, "q", [16])
    lingua.stop()
    assert isinstance(found, ModelError)
    assert "Error" in str(found)
