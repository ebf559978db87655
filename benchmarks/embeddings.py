"""Sentence embeddings from a local folder of the sentence-transformers layout: mean-pooled, normalised.

Run through transformers directly, so that nothing more has to be installed. Torch is imported late.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from longzip import ModelError

Vectors = NDArray[np.float32]
BATCH = 64
LONGEST = 128


def encode(folder: Path, texts: Sequence[str], length: int = LONGEST) -> Vectors:
    """Embeddings of the texts' first ``length`` tokens, float32[n, width]. Raises ModelError for what is no such
    folder."""
    return Encoder(folder, length).encode(texts)


class Encoder:
    """A sentence encoder that remembers what it encoded."""

    def __init__(self, folder: Path, length: int = LONGEST) -> None:
        if not (folder / "tokenizer.json").is_file() or not (folder / "config.json").is_file():
            raise ModelError(
                f"{folder} holds no sentence encoder (config.json, tokenizer.json); name a folder that does."
            )
        check_pooling(folder)
        import torch
        from tokenizers import Tokenizer
        from transformers import AutoModel

        import_module("transformers.utils.logging").disable_progress_bar()
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.enable_truncation(length)
        self.tokenizer.no_padding()
        self.model = AutoModel.from_pretrained(folder, dtype=torch.bfloat16, local_files_only=True).eval()
        self.known: dict[str, Vectors] = {}

    def encode(self, texts: Sequence[str]) -> Vectors:
        new = [text for text in dict.fromkeys(texts) if text not in self.known]
        if new:
            self.known.update(zip(new, self._encode(new), strict=True))
        return np.stack([self.known[text] for text in texts])

    def _encode(self, texts: Sequence[str]) -> Vectors:
        import torch

        encodings = self.tokenizer.encode_batch(list(texts))
        order = sorted(range(len(texts)), key=lambda index: len(encodings[index].ids))
        out = torch.zeros(len(texts), self.model.config.hidden_size)
        with torch.inference_mode():
            for first in range(0, len(order), BATCH):
                batch = order[first : first + BATCH]
                longest = max(len(encodings[index].ids) for index in batch)
                ids, mask = torch.zeros(2, len(batch), longest, dtype=torch.long)
                for row, index in enumerate(batch):
                    ids[row, : len(encodings[index].ids)] = torch.tensor(encodings[index].ids)
                    mask[row, : len(encodings[index].ids)] = 1
                hidden = self.model(input_ids=ids, attention_mask=mask).last_hidden_state.float() * mask[..., None]
                out[batch] = torch.nn.functional.normalize(
                    hidden.sum(1) / mask.sum(1, keepdim=True).clamp(min=1), dim=1
                )
        return np.asarray(out.numpy(), dtype=np.float32)


def check_pooling(folder: Path) -> None:
    """Raises ModelError where the encoder pools otherwise than by the mean."""
    place = folder / "1_Pooling" / "config.json"
    if place.is_file() and not json.loads(place.read_text(encoding="utf-8")).get("pooling_mode_mean_tokens", True):
        raise ModelError(
            f"{folder} pools its tokens otherwise than by their mean; choose an encoder that takes the mean."
        )
