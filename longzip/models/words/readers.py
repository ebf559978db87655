"""The word models that a checkpoint may bring, by the name of their file: the one table. Knows no network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from longzip.errors import ModelError
from longzip.models.words import association
from longzip.models.words.classes import Ids
from longzip.models.words.files import json_object
from longzip.models.words.word_model import WordModel

# safetensors, so that a checkpoint's fingerprint, half of every key of the cache, covers them
READERS: dict[str, Callable[[Path, Ids], WordModel]] = {
    association.FILE: association.read_association,
}


def word_model_file(folder: Path) -> Path | None:
    """The file of a checkpoint's word model; None where it has none.

    It is the one that config.json names as ``word_model``; where that says nothing, one of the table that lies beside
    it. Raises ModelError where the named one is unknown or missing.
    """
    named = json_object(folder / "config.json").get("word_model")
    if named is None:
        return next((folder / name for name in READERS if (folder / name).is_file()), None)
    if not isinstance(named, str) or named not in READERS:
        raise ModelError(f"{folder} names an unknown word model, {named!r}; known are: {', '.join(READERS)}.")
    if not (folder / named).is_file():
        raise ModelError(f"{folder} names {named} as its word model, but holds none; fetch it again.")
    return folder / str(named)


def read_word_model(path: Path, classes: Ids) -> WordModel:
    """The word model in a file of ``READERS``. classes: of each token, see ``word_classes``. Raises ModelError where
    it does not fit."""
    return READERS[path.name](path, classes)
