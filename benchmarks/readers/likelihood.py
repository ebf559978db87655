"""How well the hidden text can be foreseen from the context: negative log-likelihood under a language model.

A proper score that needs no generation: lower is better, in nats per token. The model reads the context, the code
before the hole, and is asked for the hidden text; where its window is too small, the context loses its start.

The embedded model, made for ranking, lets its network read the query alone and learns of the context by its words: it
cannot be a reader. ``plain = true`` takes its network by itself, without the model of words.
"""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import longzip
from benchmarks.config import ReaderTable, Run
from benchmarks.methods.tools import named
from benchmarks.values import Context, Example, Measures
from longzip import Compressor, LanguageModel, Logprobs, Request

LONGEST = 2500  # characters of the hidden text that are scored
BUNDLED = Path(longzip.__file__).parent / "models" / "bundled"
OF_WORDS = ("context_through", "context_cache_weight", "word_model")


@dataclass(frozen=True, slots=True)
class Likelihood:
    """label: what the measure's name ends in."""

    model: LanguageModel
    label: str

    @classmethod
    def load(cls, run: Run, table: ReaderTable) -> Likelihood:
        """Raises ModelError where there is no such model."""
        model = named(run, table.model)
        if table.plain:
            model = str(network_alone(BUNDLED if model == "embedded" else Path(model)))
        loaded = Compressor.load(model).model
        loaded.logprobs([])
        return cls(loaded, table.label)

    def read(self, example: Example, contexts: Sequence[Context]) -> list[Measures]:
        hidden = example.hidden[:LONGEST]
        if not hidden.strip():
            return [{} for _ in contexts]
        asked = [
            Request((f"{context.text}\n\n" if context.text else "") + example.before, hidden) for context in contexts
        ]
        return [{f"nll {self.label}": surprise(answer)} for answer in self.model.logprobs(asked)]


def surprise(answer: Logprobs) -> float:
    """Mean negative log-probability of the tokens, in nats."""
    return float(-np.asarray(answer.values, dtype=np.float64).mean()) if len(answer.values) else 0.0


def network_alone(folder: Path) -> Path:
    """A folder with the checkpoint's network and tokenizer, and nothing of its model of words; gone with the
    process."""
    made = Path(tempfile.mkdtemp(prefix="reader-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (made / "config.json").write_text(
        json.dumps({key: value for key, value in config.items() if key not in OF_WORDS}), encoding="utf-8"
    )
    for file in folder.iterdir():
        if file.name.startswith(("model", "tokenizer")) and file.is_file():
            (made / file.name).symlink_to(file.resolve())
    return made
