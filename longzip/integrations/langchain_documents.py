"""LangChain's retrieved documents shortened to what a question needs, and a text splitter by syntax.

Needs the extra ``langchain``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from langchain_core.callbacks import Callbacks
from langchain_core.documents import BaseDocumentCompressor, Document
from langchain_text_splitters import TextSplitter

from longzip import Settings
from longzip.integrations.documents import pieces, shortened


class LongzipCompressor(BaseDocumentCompressor):
    """For a ``ContextualCompressionRetriever``: of all documents together at most ``budget`` tokens.

    A document of which nothing is needed goes; the others keep their metadata. ``metadata["source"]`` tells the
    language of code.
    """

    budget: int = 2_000
    settings: Any = None

    def compress_documents(
        self, documents: Sequence[Document], query: str, callbacks: Callbacks | None = None
    ) -> list[Document]:
        """Raises LongzipError."""
        names = [str(document.metadata.get("source", "")) for document in documents]
        settings = self.settings if isinstance(self.settings, Settings) else None
        found = shortened([document.page_content for document in documents], names, query, self.budget, settings)
        return [documents[at].model_copy(update={"page_content": text}) for at, text in found]


class LongzipSplitter(TextSplitter):
    """Cuts code between functions and classes, anything else between its paragraphs; the chunks, joined, are the text
    again."""

    def __init__(self, language: str | None = None, chunk_size: int = 4_000, **others: Any) -> None:
        """language: of the texts, such as "python"; None: by their look. chunk_size: characters at the most."""
        super().__init__(chunk_size=chunk_size, chunk_overlap=0, strip_whitespace=False, **others)
        self.language = language

    def split_text(self, text: str) -> list[str]:
        return pieces(text, language=self.language, most=self._chunk_size)
