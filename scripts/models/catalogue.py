"""The models that can be had, and what each has to be: ``catalogue.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

Form = Literal["gguf", "folder", "zip"]


class ModelSetupError(Exception):
    """Why a model cannot be set up, and what to do."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One model; the first lines of the file say what the fields mean. perplexity: 0 where it is no language model."""

    name: str
    origin: str
    licence: str
    packages: str
    parts: int
    version: str
    member: str
    form: Form
    bytes: int
    sha256: str
    architecture: str
    parameters: int
    bytes_unpacked: int
    perplexity: float = 0.0

    def package(self, part: int) -> str:
        """The name of the package with a part, counted from 1."""
        return self.packages.format(part=part)


@cache
def catalogue() -> Mapping[str, Entry]:
    found = tomllib.loads(Path(__file__).with_name("catalogue.toml").read_text(encoding="utf-8"))
    return {name: Entry(name, **fields) for name, fields in found.items()}


def find(name: str) -> Entry:
    """Raises ModelSetupError for a name that is not in the catalogue."""
    if name not in catalogue():
        raise ModelSetupError(f"there is no model {name!r}; choose one of: {', '.join(catalogue())}.")
    return catalogue()[name]
