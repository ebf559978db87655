"""longzip: compress a repository, or any text, to what matters for a query, within a token budget.

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
    from longzip.compressor import Compressor, Estimate, LineScore, Segmentation, dry_run
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
    from longzip.repository import read as read_repository
    from longzip.settings import Layer, Loaded, Settings, combine, environment_layer, file_layer, file_layers
    from longzip.texts.documents import compress_documents
    from longzip.texts.door import compress, detect
    from longzip.texts.usage import Usage
    from longzip.types import (
        Chunk,
        ChunkReport,
        Compressed,
        DataLiteral,
        Digest,
        Excerpt,
        Import,
        Reference,
        Report,
        Row,
        ScoredChunk,
        Size,
        Skipped,
        Source,
        Span,
        Stage,
        Unit,
    )

_HOMES = {
    "compressor": ("Compressor", "Estimate", "LineScore", "Segmentation", "dry_run"),
    "errors": ("BudgetTooSmall", "LongzipError", "MissingExtra", "ModelError", "SettingsError", "SourceError", "UsageError"),
    "protocols": ("Format", "LanguageModel", "Logprobs", "Request", "Tokenizer"),
    "repository": ("Repository", "list_from", "read_repository"),
    "settings": ("Layer", "Loaded", "Settings", "combine", "environment_layer", "file_layer", "file_layers"),
    "texts.documents": ("compress_documents",),
    "texts.door": ("compress", "detect"),
    "texts.usage": ("Usage",),
    "types": ("Chunk", "ChunkReport", "Compressed", "DataLiteral", "Digest", "Excerpt", "Import", "Reference", "Report", "Row", "ScoredChunk", "Size", "Skipped", "Source", "Span", "Stage", "Unit"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "BudgetTooSmall", "Chunk", "ChunkReport", "Compressed", "Compressor", "DataLiteral", "Digest", "Estimate", "Excerpt",
    "Format", "Import", "LanguageModel", "Layer", "LineScore", "Loaded", "Logprobs", "LongzipError", "MissingExtra",
    "ModelError", "Reference", "Report", "Repository", "Request", "Row", "ScoredChunk", "Segmentation", "Settings",
    "SettingsError", "Size", "Skipped", "Source", "SourceError", "Span", "Stage", "Tokenizer", "Unit", "Usage", "UsageError",
    "__version__", "combine", "compress", "compress_documents", "detect", "dry_run", "environment_layer", "file_layer", "file_layers", "list_from",
    "read_repository",
]  # fmt: skip


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'longzip' has no attribute {name!r}")
    value: object = getattr(import_module(f"longzip.{_HOME[name]}"), "read" if name == "read_repository" else name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
