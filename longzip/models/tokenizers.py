"""Counts tokens as the reader of the result does: tokenizer files, hub ids, tiktoken encodings, or characters.

Knows nothing of models. The libraries are imported when a tokenizer is loaded.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from longzip.errors import MissingExtra, ModelError, SettingsError
from longzip.models.estimates import estimated
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


def at_hand(spec: str) -> Tokenizer | None:
    """The tokenizer that ``spec`` names, an encoding of tiktoken or a hub id, where this machine has it already.
    Nothing is fetched."""
    if spec.startswith("tiktoken:"):
        cached = tiktoken_file(spec.removeprefix("tiktoken:"))
        return load_tiktoken(spec.removeprefix("tiktoken:")) if find_spec("tiktoken") and cached.is_file() else None
    if not find_spec("huggingface_hub"):
        return None
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(spec, "tokenizer.json")
    return FileTokenizer(spec, read_file(Path(found))) if isinstance(found, str) else None


def tiktoken_file(name: str) -> Path:
    """Where tiktoken keeps an encoding once it has fetched it."""
    folder = os.environ.get("TIKTOKEN_CACHE_DIR") or os.environ.get("DATA_GYM_CACHE_DIR")
    shared = {"o200k_harmony": "o200k_base"}.get(name, name)
    address = f"https://openaipublic.blob.core.windows.net/encodings/{shared}.tiktoken"
    return Path(folder or Path(tempfile.gettempdir()) / "data-gym-cache") / hashlib.sha1(address.encode()).hexdigest()


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
