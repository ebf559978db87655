"""LlamaIndex's retrieved nodes shortened to what a question needs, and a node parser by syntax.

Needs the extra ``llama-index``.
"""

from __future__ import annotations

from typing import Any

from llama_index.core.node_parser import TextSplitter
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import MetadataMode, NodeWithScore, QueryBundle

from longzip import Settings
from longzip.integrations.documents import pieces, shortened

NAMES = ("file_path", "file_name", "source")


class LongzipPostprocessor(BaseNodePostprocessor):
    """For a query engine's ``node_postprocessors``: of all nodes together at most ``budget`` tokens.

    A node of which nothing is needed goes; the others keep their id, score and metadata, whose ``file_path`` tells the
    language of code.
    """

    budget: int = 2_000
    settings: Any = None

    @classmethod
    def class_name(cls) -> str:
        return "LongzipPostprocessor"

    def _postprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        """Without a question, the nodes as they are. Raises LongzipError."""
        if query_bundle is None or not query_bundle.query_str.strip():
            return nodes
        texts = [node.node.get_content(MetadataMode.NONE) for node in nodes]
        names = [next((str(node.metadata[key]) for key in NAMES if key in node.metadata), "") for node in nodes]
        settings = self.settings if isinstance(self.settings, Settings) else None
        found = []
        for at, text in shortened(texts, names, query_bundle.query_str, self.budget, settings):
            copied = nodes[at].node.model_copy(deep=True)
            copied.set_content(text)
            found.append(NodeWithScore(node=copied, score=nodes[at].score))
        return found


class LongzipNodeParser(TextSplitter):
    """Cuts code between functions and classes, anything else between its paragraphs."""

    language: str | None = None
    chunk_size: int = 4_000

    @classmethod
    def class_name(cls) -> str:
        return "LongzipNodeParser"

    def split_text(self, text: str) -> list[str]:
        return pieces(text, language=self.language, most=self.chunk_size)
