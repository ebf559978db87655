"""A Haystack component: retrieved documents shortened to what a question needs. Needs ``haystack-ai``."""

from __future__ import annotations

from dataclasses import replace

from haystack import Document, component

from longzip.integrations.documents import shortened


@component
class LongzipShortener:
    """Between a retriever and a prompt builder: of all documents together at most ``budget`` tokens.

    A document of which nothing is needed goes; the others keep their metadata, whose ``file_path`` tells the language
    of code.
    """

    def __init__(self, budget: int = 2_000, model: str = "embedded") -> None:
        self.budget, self.model = budget, model

    @component.output_types(documents=list[Document])
    def run(self, documents: list[Document], query: str, budget: int | None = None) -> dict[str, list[Document]]:
        """Raises LongzipError."""
        from longzip import Settings

        texts = [document.content or "" for document in documents]
        names = [str(document.meta.get("file_path", "")) for document in documents]
        found = shortened(texts, names, query, budget or self.budget, Settings(model=self.model))
        return {"documents": [replace(documents[at], content=text) for at, text in found]}
