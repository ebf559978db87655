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
    from longzip.compressor import Compressor, Estimate, LineScore, Segmentation, compress, dry_run
    from longzip.conversation.advice import Advice, Profile, Simulated, advise, profile, simulate
    from longzip.conversation.density import ChainOfDensity, DensitySummarizer
    from longzip.conversation.endpoint import OpenAICompatible
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
    from longzip.conversation.window import ContextCompressor, maybe_compress
    from longzip.errors import (
        BudgetTooSmall,
        LongzipError,
        MissingExtra,
        ModelError,
        SettingsError,
        SourceError,
        UsageError,
    )
    from longzip.messages import Block, Message, ScriptCount, from_dicts, to_dict, to_dicts
    from longzip.models.tokenizers import load as load_tokenizer
    from longzip.protocols import Format, LanguageModel, Logprobs, Request, Tokenizer
    from longzip.repository import Repository, list_from
    from longzip.repository import read as read_repository
    from longzip.settings import Layer, Loaded, Settings, combine, environment_layer, file_layer, file_layers
    from longzip.transcripts import read_messages
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
    "compressor": ("Compressor", "Estimate", "LineScore", "Segmentation", "compress", "dry_run"),
    "conversation.advice": ("Advice", "Profile", "Simulated", "advise", "profile", "simulate"),
    "conversation.density": ("ChainOfDensity", "DensitySummarizer"),
    "conversation.endpoint": ("OpenAICompatible",),
    "conversation.recall": ("Recalled",),
    "conversation.state": ("Limits", "Pin", "State", "Step"),
    "conversation.summarizers": ("HeadTailSummarizer", "Transcript", "TruncateSummarizer", "create_head_tail_summarizer", "create_truncate_summarizer"),
    "conversation.stats": ("Stats",),
    "conversation.window": ("ContextCompressor", "maybe_compress"),
    "errors": ("BudgetTooSmall", "LongzipError", "MissingExtra", "ModelError", "SettingsError", "SourceError", "UsageError"),
    "messages": ("Block", "Message", "ScriptCount", "from_dicts", "to_dict", "to_dicts"),
    "models.tokenizers": ("load_tokenizer",),
    "protocols": ("Format", "LanguageModel", "Logprobs", "Request", "Tokenizer"),
    "repository": ("Repository", "list_from", "read_repository"),
    "settings": ("Layer", "Loaded", "Settings", "combine", "environment_layer", "file_layer", "file_layers"),
    "types": ("Chunk", "ChunkReport", "Compressed", "DataLiteral", "Excerpt", "Import", "Reference", "Report", "ScoredChunk", "Skipped", "Source", "Span", "Stage", "Unit"),
    "transcripts": ("read_messages",),
}
_RENAMED = {"read_repository": "read", "load_tokenizer": "load"}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Advice",
    "Block",
    "BudgetTooSmall",
    "ChainOfDensity",
    "Chunk",
    "ChunkReport",
    "Compressed",
    "Compressor",
    "ContextCompressor",
    "DataLiteral",
    "DensitySummarizer",
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
    "ScoredChunk",
    "ScriptCount",
    "Segmentation",
    "Settings",
    "SettingsError",
    "Simulated",
    "Skipped",
    "Source",
    "SourceError",
    "Span",
    "Stage",
    "State",
    "Stats",
    "Step",
    "Tokenizer",
    "Transcript",
    "TruncateSummarizer",
    "Unit",
    "UsageError",
    "__version__",
    "advise",
    "combine",
    "compress",
    "create_head_tail_summarizer",
    "create_truncate_summarizer",
    "dry_run",
    "environment_layer",
    "file_layer",
    "file_layers",
    "from_dicts",
    "list_from",
    "load_tokenizer",
    "maybe_compress",
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
