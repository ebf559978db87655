"""The vectors of passages of code and of questions: learned, see the page of the embedded model.

A passage has four fields: its path, its name, its doc comment and the rest, its body. Every token t has a vector E_t;
the i-th of a passage counts with the weight

    w_i = exp(a[t_i] + f[field] + p[place in the body] + r[how often it stood in the field before])

and S_g = Σ w_i E[t_i] over a group g of fields (path and name together, doc comment, body). With S = Σ_g S_g the
passage's vector is, brought to length 1,

    S / |S| · T + gelu([S_1, S_2, S_3, S] / |S| · A + b) B

A question is read the same way, as one field, with weights, T, A, b and B of its own; b also says whether the question
is code. A passage's vector depends on no question. a, f, p, r, E, T, A, b and B are trained by contrast against the
other passages of a batch, and towards the vectors of a teacher.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from longzip.errors import ModelError
from longzip.models.vectors.vocabulary import Vocabulary, words
from longzip.protocols import Passage, Vectors

Ids = NDArray[np.int32]
Exact = NDArray[np.float64]

WEIGHTS, ENTRIES = "encoder.safetensors", "vocabulary.txt"
PATH, NAME, DOC, BODY = range(4)
MOST = (8, 8, 56, 176)  # tokens of a field that are read
GROUPS = np.array([0, 0, 1, 2])  # of each field
TEXT_MOST, CODE_MOST = 96, 128  # tokens of a question: the first of prose, the last of code
SPAN, NEAR = 16, 8  # tokens that share a weight of place: in a body, in a question
OFTEN = 3  # occurrences of a token in its field before; more count as many
WORD_CHARACTERS = 12  # of a body, for each token that is read: what is beyond is not even cut into words
PLAIN_FOLDERS = frozenset({"src", "lib", "main", "java", "python", ""})  # say nothing of what a file is about
LATEST_PARTS = 4  # of a path are read
SLAB = 256  # passages at a time
BITS = 12  # kept of a vector's numbers, so that rounding does not show what else was in the slab
LARGEST_LOGIT = 8.0


@dataclass(frozen=True, slots=True, eq=False)
class Tokens:
    """Tokens of many texts, one after the other, each int32[tokens].

    ids: entries of the table. rows, fields: of which text and which of its fields; ascending. places: in the field.
    often: how often the token stood in this field before, at most ``OFTEN``. count: of texts.
    """

    ids: Ids
    rows: Ids
    fields: Ids
    places: Ids
    often: Ids
    count: int


def tokens_of(texts: Sequence[Sequence[Sequence[int]]]) -> Tokens:
    """texts: for each the ids of its fields; all texts have as many fields."""
    ids = np.fromiter((token for text in texts for field in text for token in field), np.int32)
    lengths = np.array([[len(field) for field in text] for text in texts], np.int64).reshape(len(texts), -1)
    fields, flat = lengths.shape[1], lengths.ravel()
    owner = np.repeat(np.arange(len(flat)), flat)
    places = np.arange(len(ids)) - np.repeat(np.cumsum(flat) - flat, flat)
    often = np.minimum(earlier(owner * (int(ids.max(initial=0)) + 1) + ids), OFTEN)
    rows, fields_of = (owner // fields).astype(np.int32), (owner % fields).astype(np.int32)
    return Tokens(ids, rows, fields_of, places.astype(np.int32), often.astype(np.int32), len(texts))


def earlier(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """Of each key, how many equal ones stand before it."""
    order = np.argsort(keys, kind="stable")
    ordered, at = keys[order], np.arange(len(keys))
    new = np.ones(len(keys), bool)
    new[1:] = ordered[1:] != ordered[:-1]
    found = np.empty(len(keys), np.int64)
    found[order] = at - np.maximum.accumulate(np.where(new, at, 0))
    return found


def place_words(path: str) -> list[str]:
    """The words of the last parts of a path, those aside that nearly every path has."""
    parts = [part for part in path.split("/") if part not in PLAIN_FOLDERS][-LATEST_PARTS:]
    return words(" ".join([*parts[:-1], *(part.rsplit(".", 1)[0] for part in parts[-1:])]))[-MOST[PATH] :]


def gelu(values: Exact) -> Exact:
    """The Gaussian error linear unit (Hendrycks & Gimpel 2016), by its usual approximation with tanh."""
    found: Exact = 0.5 * values * (1 + np.tanh(0.7978845608028654 * (values + 0.044715 * values**3)))
    return found


def summed(vectors: Vectors, owners: NDArray[np.int64], count: int) -> Exact:
    """The sum of the rows of each owner: float64[count, width]. owners: of each row; ascending."""
    out = np.zeros((count, vectors.shape[1]))
    if len(owners):
        starts = np.flatnonzero(np.r_[True, owners[1:] != owners[:-1]])
        out[owners[starts]] = np.add.reduceat(vectors, starts, axis=0)
    return out


def rounded(vectors: Exact) -> Vectors:
    """The vectors at length 1, their numbers to ``BITS`` binary places: sums of their products are exact in float64."""
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    found: Vectors = (np.round(unit * 2**BITS) / 2**BITS).astype(np.float32)
    return found


class WeightedEncoder:
    """See the module; implements ``longzip.protocols.Encoder``. Safe to share between threads."""

    def __init__(self, tensors: Mapping[str, Vectors], vocabulary: Vocabulary) -> None:
        """tensors: float32, by name as in the file, the table multiplied out."""
        self._tensors, self._vocabulary, self._table = tensors, vocabulary, tensors["table"]
        names = ("code_turn", "code_up", "code_up_bias", "code_down", "query_turn", "query_up", "query_down", "mode")
        self._exact = {name: tensors[name].astype(np.float64) for name in names}

    @property
    def width(self) -> int:
        return int(self._table.shape[1])

    def passages(self, passages: Sequence[Passage]) -> Vectors:
        """See ``Encoder``."""
        slabs = [self._slab(passages[first : first + SLAB]) for first in range(0, len(passages), SLAB)]
        return np.concatenate(slabs) if slabs else np.zeros((0, self.width), np.float32)

    def question(self, text: str, code: bool) -> Vectors:
        """See ``Encoder``."""
        tensors, exact = self._tensors, self._exact
        ids = self._vocabulary.ids(words(text))
        tokens = tokens_of([[ids[-CODE_MOST:] if code else ids[:TEXT_MOST]]])
        places = len(tokens.ids) - 1 - tokens.places if code else tokens.places
        near = tensors["near"][int(code)][places // NEAR]
        pooled = self._pooled(
            tokens, tensors["query_weight"][tokens.ids] + near + tensors["query_often"][tokens.often], 1
        )
        unit = pooled[:, 0] / max(float(np.linalg.norm(pooled)), 1e-6)
        inner = gelu(unit @ exact["query_up"] + exact["mode"][int(code)])
        return rounded(unit @ exact["query_turn"] + inner @ exact["query_down"])[0] if ids else self._nothing()

    def _nothing(self) -> Vectors:
        return np.zeros(self.width, np.float32)

    def _fields(self, passage: Passage) -> list[list[int]]:
        """The ids of a passage's fields."""
        body = words(passage.body[: WORD_CHARACTERS * MOST[BODY]])
        found = (place_words(passage.path), words(passage.name), words(passage.doc), body)
        return [self._vocabulary.ids(own)[:most] for own, most in zip(found, MOST, strict=True)]

    def _slab(self, passages: Sequence[Passage]) -> Vectors:
        tensors, exact = self._tensors, self._exact
        tokens = tokens_of([self._fields(passage) for passage in passages])
        places = np.where(tokens.fields == BODY, np.minimum(tokens.places // SPAN, len(tensors["place"]) - 1), 0)
        logits = tensors["code_weight"][tokens.ids] + tensors["field"][tokens.fields]
        pooled = self._pooled(tokens, logits + tensors["place"][places] + tensors["often"][tokens.often], 3)
        whole = pooled.sum(1)
        size = np.linalg.norm(whole, axis=1, keepdims=True)
        unit = np.concatenate([pooled.reshape(len(passages), -1), whole], 1) / np.maximum(size, 1e-6)
        inner = gelu(unit @ exact["code_up"] + exact["code_up_bias"])
        found = unit[:, -self.width :] @ exact["code_turn"] + inner @ exact["code_down"]
        return rounded(np.where(size > 0, found, 0.0))

    def _pooled(self, tokens: Tokens, logits: Vectors, groups: int) -> Exact:
        """Σ w_i E[t_i] of each text's groups of fields: float64[texts, groups, width]."""
        weights = np.exp(np.minimum(logits, LARGEST_LOGIT))
        owners = tokens.rows.astype(np.int64) * groups + GROUPS[tokens.fields]
        found = summed(self._table[tokens.ids] * weights[:, None], owners, groups * tokens.count)
        return found.reshape(tokens.count, groups, -1)


def read_encoder(folder: Path) -> WeightedEncoder:
    """The encoder of a folder, which holds ``WEIGHTS`` and ``ENTRIES``. Raises ModelError where they do not fit."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        tensors = {name: tensor.astype(np.float32) for name, tensor in load_file(folder / WEIGHTS).items()}
        entries = (folder / ENTRIES).read_text(encoding="utf-8").split("\n")
        tensors["table"] *= tensors.pop("scale")[:, None]
        encoder = WeightedEncoder(tensors, Vocabulary(entries))
    except (OSError, SafetensorError, KeyError) as error:
        raise ModelError(f"{folder} holds no encoder that can be read: {error}.") from None
    if len(entries) != len(tensors["table"]):
        raise ModelError(f"{folder}: {len(entries)} words and {len(tensors['table'])} vectors do not belong together.")
    return encoder
