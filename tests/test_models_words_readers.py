"""Which word model a checkpoint brings: one file, found by its name in one table."""

import json
import shutil

import numpy as np
import pytest

from longzip import ModelError, Request
from longzip.models.networks import llama
from longzip.models.networks.checkpoints import fingerprint
from longzip.models.networks.identity import BUNDLED
from longzip.models.words.readers import READERS, read_word_model, word_model_file
from tests.test_models_words_readings import Lengths
from tests.test_storage_cached import Memory

OTHER = "lengths.safetensors"


def checkpoint(folder, files=(), **config):
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(config))
    for name in files:
        (folder / name).write_bytes(name.encode())
    return folder


@pytest.fixture
def another(monkeypatch):
    """A second word model: one file, and one line of the table."""
    monkeypatch.setitem(READERS, OTHER, lambda path, _classes: Lengths(path.name))


def test_the_configuration_says_which_and_else_what_is_there(tmp_path, another):
    both = ("association.safetensors", OTHER)
    assert word_model_file(checkpoint(tmp_path / "a")) is None
    for number, name in enumerate(both):
        assert word_model_file(checkpoint(tmp_path / f"b{number}", [name])) == tmp_path / f"b{number}" / name
        found = word_model_file(checkpoint(tmp_path / f"c{number}", both, word_model=name))
        assert found == tmp_path / f"c{number}" / name


def test_a_word_model_that_is_unknown_or_missing_is_refused(tmp_path):
    with pytest.raises(ModelError, match=r"unknown word model, 'x\.npz'; known are: association\.safetensors"):
        word_model_file(checkpoint(tmp_path / "a", ["x.npz"], word_model="x.npz"))
    with pytest.raises(ModelError, match="holds none"):
        word_model_file(checkpoint(tmp_path / "b", word_model="association.safetensors"))


@pytest.mark.parametrize("name", READERS)
def test_a_changed_word_model_changes_the_name_that_everything_is_kept_under(tmp_path, name):
    folder = checkpoint(tmp_path / "a", ["model.safetensors", name])
    before = fingerprint(folder)
    (folder / name).write_bytes(b"retrained")
    assert fingerprint(folder) != before


def test_the_reader_is_found_by_the_files_name(tmp_path, another):
    assert read_word_model(tmp_path / OTHER, np.array([0])).name == OTHER


def test_a_model_speaks_through_the_word_model_that_its_configuration_names(tmp_path, another):
    folder = tmp_path / "model"
    shutil.copytree(BUNDLED, folder, ignore=shutil.ignore_patterns("association*"))
    config = json.loads((folder / "config.json").read_text()) | {"word_model": OTHER}
    (folder / OTHER).write_bytes(b"")
    (folder / "config.json").write_text(json.dumps(config))
    store = Memory()
    few, many = (Request(context, "read the file") for context in ("a", "a b " * 60))
    model = llama.load(folder, store=store)
    (low,), (high,) = model.logprobs([few]), model.logprobs([many])
    assert high.values.sum() > low.values.sum()  # more tokens make every word likelier
    kept = [value for (shelf, _), value in store.known.items() if shelf == "contexts"]
    assert kept == [bytes([model.count(request.context)]) for request in (few, many)]
