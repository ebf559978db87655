"""Counts tokens as the reader of the result does: tokenizer files, hub ids, tiktoken encodings, or characters.

Knows nothing of models. The libraries are imported when a tokenizer is loaded.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from math import ceil
from pathlib import Path
from typing import Any

from longzip.errors import MissingExtra, ModelError, SettingsError
from longzip.messages.normal import ScriptCount
from longzip.models.networks.checkpoints import Encoder, find, read_encoder, read_file
from longzip.protocols import Tokenizer

ENCODINGS = ("gpt2", "r50k_base", "p50k_base", "p50k_edit", "cl100k_base", "o200k_base", "o200k_harmony")


@dataclass(frozen=True, slots=True)
class FileTokenizer:
    """A tokenizer of the Hugging Face kind. Names of control tokens count as the letters they are."""

    name: str
    encoder: Encoder = field(repr=False)

    def count(self, text: str) -> int:
        return self.counts([text])[0]

    def counts(self, texts: Sequence[str]) -> list[int]:
        return self.encoder.lengths(texts)


@dataclass(frozen=True, slots=True)
class TiktokenTokenizer:
    """An encoding of OpenAI's tiktoken. encoding: a ``tiktoken.Encoding``, which carries no types."""

    name: str
    encoding: Any = field(repr=False)

    def count(self, text: str) -> int:
        return len(self.encoding.encode(text, disallowed_special=()))


@dataclass(frozen=True, slots=True)
class CharacterTokenizer:
    """A fixed number of characters a token, rounded up: an estimate that needs no vocabulary."""

    characters: int

    @property
    def name(self) -> str:
        return f"chars/{self.characters}"

    def count(self, text: str) -> int:
        return -(-len(text) // self.characters)


@dataclass(frozen=True, slots=True)
class EstimatedTokenizer:
    """An estimate without a vocabulary, on the safe side: see ``readers.toml``."""

    name: str
    factor: float

    def count(self, text: str) -> int:
        return ceil(ScriptCount().count(text) * self.factor)


@cache
def readers() -> dict[str, float]:
    """The factor of each family of models."""
    table = tomllib.loads(Path(__file__).with_name("readers.toml").read_text(encoding="utf-8"))
    return {name: float(row["factor"]) for name, row in table.items()}


def estimated(name: str) -> EstimatedTokenizer | None:
    """For "gpt-5", and "gpt-5-mini"; None for what is no such family. The longest that fits counts."""
    fitting = [family for family in readers() if name == family or name.startswith((f"{family}-", f"{family}."))]
    return EstimatedTokenizer(f"{name} (estimate)", readers()[max(fitting, key=len)]) if fitting else None


@dataclass(frozen=True, slots=True)
class NoTokenizer:
    """Nobody has said whose tokens count, which is an error where they are counted, and nowhere else. reason: in one
    sentence."""

    reason: str

    @property
    def name(self) -> str:
        return "none"

    def count(self, text: str) -> int:
        """Raises SettingsError."""
        raise SettingsError(self.reason)


def load_tokenizer(spec: str) -> Tokenizer:
    """The tokenizer that ``spec`` names.

    spec: "chars/N"; a family of models such as "gpt-5" (an estimate on the safe side); "tiktoken:ENCODING" or the bare
    name of one of tiktoken's encodings; a ``tokenizer.json``; a directory that holds a tokenizer; or a hub id.
    Raises ModelError where there is none, and MissingExtra where tiktoken is not installed.
    """
    if spec.startswith("chars/"):
        return load_characters(spec)
    if spec.startswith("tiktoken:"):
        return load_tiktoken(spec.removeprefix("tiktoken:"))
    path = Path(spec).expanduser()
    if spec in ENCODINGS and not path.exists():
        return load_tiktoken(spec)
    if path.is_file():
        return FileTokenizer(f"{path.name}@{content_hash(path)}", read_file(path))
    if not path.exists() and (estimate := estimated(spec)) is not None:
        return estimate
    folder = find(spec, weights=False)
    label = f"{folder.resolve().name}@{content_hash(folder / 'tokenizer.json')}" if path.is_dir() else spec
    return FileTokenizer(label, read_encoder(folder))


def content_hash(path: Path) -> str:
    """12 hexadecimal digits of a file's content; zeros where there is none."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12] if path.is_file() else "0" * 12


def load_characters(spec: str) -> CharacterTokenizer:
    number = spec.removeprefix("chars/")
    if not (number.isascii() and number.isdecimal() and int(number) > 0):
        raise ModelError(f"{spec!r} is no tokenizer; write chars/N with a positive number, such as chars/4.")
    return CharacterTokenizer(int(number))


def load_tiktoken(name: str) -> TiktokenTokenizer:
    try:
        import tiktoken
    except ImportError:
        raise MissingExtra("tiktoken", "tiktoken") from None
    if name not in tiktoken.list_encoding_names():
        raise ModelError(
            f"tiktoken has no encoding {name!r}; choose one of: {', '.join(sorted(tiktoken.list_encoding_names()))}."
        )
    try:
        return TiktokenTokenizer(f"tiktoken:{name}", tiktoken.get_encoding(name))
    # Every network failure is an OSError; a file that was cut short or changed is a ValueError.
    except (OSError, ValueError) as error:
        raise ModelError(
            f"The vocabulary of {name} cannot be loaded ({type(error).__name__}); go online once, or "
            "set TIKTOKEN_CACHE_DIR"
            " to a folder that holds it, or count with another tokenizer."
        ) from None
