"""longzip: compress a repository to the code that matters for a query, within a token budget.

    import longzip

    result = longzip.compress("src", query="where are retries handled?", budget=4000)
    print(result.text)

Importing this loads no model library; names are looked up when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from longzip.cache import Cache, CacheInfo
    from longzip.compressor import (
        Compressor,
        Estimate,
        LineScore,
        Segmentation,
        compress,
        dry_run,
        open_cache,
        read_repository,
    )
    from longzip.errors import (
        BudgetTooSmall,
        LongzipError,
        MissingExtra,
        ModelError,
        SettingsError,
        SourceError,
        UsageError,
    )
    from longzip.protocols import Format, LanguageModel, Logprobs, Request, Tokenizer
    from longzip.repository import Repository, list_from
    from longzip.settings import Layer, Loaded, Settings, combine, environment_layer, file_layer, file_layers
    from longzip.types import (
        Chunk,
        ChunkReport,
        Compressed,
        DataLiteral,
        Excerpt,
        Import,
        Reference,
        Report,
        ScoredChunk,
        Skipped,
        Source,
        Span,
        Stage,
        Unit,
    )

_HOMES = {
    "cache": ("Cache", "CacheInfo"),
    "compressor": ("Compressor", "Estimate", "LineScore", "Segmentation", "compress", "dry_run", "open_cache", "read_repository"),
    "errors": ("BudgetTooSmall", "LongzipError", "MissingExtra", "ModelError", "SettingsError", "SourceError", "UsageError"),
    "protocols": ("Format", "LanguageModel", "Logprobs", "Request", "Tokenizer"),
    "repository": ("Repository", "list_from"),
    "settings": ("Layer", "Loaded", "Settings", "combine", "environment_layer", "file_layer", "file_layers"),
    "types": ("Chunk", "ChunkReport", "Compressed", "DataLiteral", "Excerpt", "Import", "Reference", "Report", "ScoredChunk", "Skipped", "Source", "Span", "Stage", "Unit"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "BudgetTooSmall", "Cache", "CacheInfo", "Chunk", "ChunkReport", "Compressed", "Compressor", "DataLiteral", "Estimate", "Excerpt",
    "Format", "Import", "LanguageModel", "Layer", "LineScore", "Loaded", "Logprobs", "LongzipError", "MissingExtra",
    "ModelError", "Reference", "Report", "Repository", "Request", "ScoredChunk", "Segmentation", "Settings",
    "SettingsError", "Skipped", "Source", "SourceError", "Span", "Stage", "Tokenizer", "Unit", "UsageError",
    "__version__", "combine", "compress", "dry_run", "environment_layer", "file_layer", "file_layers", "list_from", "open_cache",
    "read_repository",
]  # fmt: skip


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'longzip' has no attribute {name!r}")
    value: object = getattr(import_module(f"longzip.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
