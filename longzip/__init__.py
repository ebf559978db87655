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
    from longzip.cache import Cache, CacheInfo
    from longzip.compressor import Compressor, Estimate, LineScore, Segmentation, dry_run
    from longzip.contract import Contract
    from longzip.conversation.advice import Advice, Profile, Simulated, advise, profile, simulate
    from longzip.conversation.density import ChainOfDensity, DensitySummarizer
    from longzip.conversation.endpoint import OpenAICompatible
    from longzip.conversation.maintenance import maybe_compress
    from longzip.conversation.options import WindowOptions
    from longzip.conversation.recall import Recalled
    from longzip.conversation.state import Limits, Pin, State, Step
    from longzip.conversation.stats import Stats
    from longzip.conversation.summarizers import (
        HeadTailSummarizer,
        Transcript,
        TruncateSummarizer,
        create_head_tail_summarizer,
        create_truncate_summarizer,
    )
    from longzip.conversation.window import ContextCompressor
    from longzip.errors import (
        BudgetTooSmall,
        LongzipError,
        MissingExtra,
        ModelError,
        SettingsError,
        SourceError,
        UsageError,
    )
    from longzip.loading import open_cache, read_repository
    from longzip.messages import Block, Message, ScriptCount, from_dicts, to_dict, to_dicts
    from longzip.models.tokenizers import load as load_tokenizer
    from longzip.protocols import Format, LanguageModel, Logprobs, Request, Tokenizer
    from longzip.repository import Repository, list_from
    from longzip.settings import Layer, Loaded, Settings, combine, environment_layer, file_layer, file_layers
    from longzip.texts.documents import compress_documents
    from longzip.texts.door import compress, detect
    from longzip.texts.orders import TextOptions
    from longzip.texts.usage import Usage
    from longzip.transcripts import read_messages
    from longzip.types import (
        ActionItem,
        Budget,
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
    "cache": ("Cache", "CacheInfo"),
    "compressor": ("Compressor", "Estimate", "LineScore", "Segmentation", "dry_run"),
    "loading": ("open_cache", "read_repository"),
    "conversation.advice": ("Advice", "Profile", "Simulated", "advise", "profile", "simulate"),
    "conversation.density": ("ChainOfDensity", "DensitySummarizer"),
    "conversation.endpoint": ("OpenAICompatible",),
    "conversation.recall": ("Recalled",),
    "conversation.state": ("Limits", "Pin", "State", "Step"),
    "conversation.summarizers": ("HeadTailSummarizer", "Transcript", "TruncateSummarizer", "create_head_tail_summarizer", "create_truncate_summarizer"),
    "conversation.stats": ("Stats",),
    "conversation.maintenance": ("maybe_compress",),
    "conversation.options": ("WindowOptions",),
    "conversation.window": ("ContextCompressor",),
    "contract": ("Contract",),
    "errors": ("BudgetTooSmall", "LongzipError", "MissingExtra", "ModelError", "SettingsError", "SourceError", "UsageError"),
    "messages": ("Block", "Message", "ScriptCount", "from_dicts", "to_dict", "to_dicts"),
    "models.tokenizers": ("load_tokenizer",),
    "protocols": ("Format", "LanguageModel", "Logprobs", "Request", "Tokenizer"),
    "repository": ("Repository", "list_from"),
    "settings": ("Layer", "Loaded", "Settings", "combine", "environment_layer", "file_layer", "file_layers"),
    "texts.documents": ("compress_documents",),
    "texts.door": ("compress", "detect"),
    "texts.orders": ("TextOptions",),
    "texts.usage": ("Usage",),
    "transcripts": ("read_messages",),
    "types": ("ActionItem", "Budget", "Chunk", "ChunkReport", "Compressed", "DataLiteral", "Digest", "Excerpt", "Import", "Reference", "Report", "Row", "ScoredChunk", "Size", "Skipped", "Source", "Span", "Stage", "Unit"),
}
_RENAMED = {"load_tokenizer": "load"}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "ActionItem",
    "Advice",
    "Block",
    "Budget",
    "BudgetTooSmall",
    "Cache",
    "CacheInfo",
    "ChainOfDensity",
    "Chunk",
    "ChunkReport",
    "Compressed",
    "Compressor",
    "ContextCompressor",
    "Contract",
    "DataLiteral",
    "DensitySummarizer",
    "Digest",
    "Estimate",
    "Excerpt",
    "Format",
    "HeadTailSummarizer",
    "Import",
    "LanguageModel",
    "Layer",
    "Limits",
    "LineScore",
    "Loaded",
    "Logprobs",
    "LongzipError",
    "Message",
    "MissingExtra",
    "ModelError",
    "OpenAICompatible",
    "Pin",
    "Profile",
    "Recalled",
    "Reference",
    "Report",
    "Repository",
    "Request",
    "Row",
    "ScoredChunk",
    "ScriptCount",
    "Segmentation",
    "Settings",
    "SettingsError",
    "Simulated",
    "Size",
    "Skipped",
    "Source",
    "SourceError",
    "Span",
    "Stage",
    "State",
    "Stats",
    "Step",
    "TextOptions",
    "Tokenizer",
    "Transcript",
    "TruncateSummarizer",
    "Unit",
    "Usage",
    "UsageError",
    "WindowOptions",
    "__version__",
    "advise",
    "combine",
    "compress",
    "compress_documents",
    "create_head_tail_summarizer",
    "create_truncate_summarizer",
    "detect",
    "dry_run",
    "environment_layer",
    "file_layer",
    "file_layers",
    "from_dicts",
    "list_from",
    "load_tokenizer",
    "maybe_compress",
    "open_cache",
    "profile",
    "read_messages",
    "read_repository",
    "simulate",
    "to_dict",
    "to_dicts",
]  # fmt: skip


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'longzip' has no attribute {name!r}")
    value: object = getattr(import_module(f"longzip.{_HOME[name]}"), _RENAMED.get(name, name))
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
