"""Documents of LangChain, LlamaIndex and Haystack, and fragments of llm: each with the real package."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from longzip import Settings, UsageError
from longzip.integrations.documents import pieces, shortened

FAST = Settings(model="ngram", cache=False, count_for="chars/4")
CODE = "".join(f"def step{n}(x):\n    y = x + {n}\n    return y\n\n\n" for n in range(12))
RETRIES = CODE.replace("step7", "retry_request")
DOCS = [
    "Cats sleep all day. " * 20,
    "The connection limit is 100. It was raised in May. " + "Bananas are yellow and long. " * 20,
    "Nobody knows the colour of the sky. " * 20,
]


def test_each_text_keeps_its_own_part() -> None:
    found = dict(shortened([CODE, "", RETRIES], ["a.py", "", "src/b.py"], "retry_request", 60, FAST))
    assert list(found) == [2]
    assert "def retry_request(x):" in found[2]
    assert "longzip-document" not in found[2]
    found = dict(shortened(DOCS, ["", "", ""], "what is the connection limit?", 40, FAST))
    assert "The connection limit is 100." in found[1]
    assert shortened(["", " "], ["", ""], "x", 10, FAST) == []
    ((at, text),) = shortened(["", RETRIES], ["", "b.py"], "retry_request", 60, FAST)
    assert (at, "def retry_request(x):" in text) == (1, True)


@pytest.mark.parametrize(
    "text", [CODE, "no code\n\nat all\r\n\r\nÄpfel", "x = [\n" + "    1,\n" * 900 + "]\n", "", "z" * 500]
)
def test_pieces_tile_the_text(text: str) -> None:
    for most in (50, 120, 4_000):
        found = pieces(text, "a.py", most=most)
        assert "".join(found) == text
        assert all(0 < len(piece) <= most for piece in found)
    assert all(piece.startswith("def step") for piece in pieces(CODE, "a.py", most=120))


def test_langchain() -> None:
    from langchain_core.documents import Document

    from longzip.integrations.langchain_documents import LongzipCompressor, LongzipSplitter

    documents = [Document(CODE, metadata={"source": "a.py"}), Document(RETRIES, metadata={"source": "b.py", "n": 1})]
    (found,) = LongzipCompressor(budget=60, settings=FAST).compress_documents(documents, "retry_request")
    assert "def retry_request(x):" in found.page_content
    assert found.metadata == {"source": "b.py", "n": 1}
    assert documents[1].page_content == RETRIES
    cut = LongzipSplitter(language="python", chunk_size=120, add_start_index=True).split_documents(documents[:1])
    assert "".join(piece.page_content for piece in cut) == CODE
    assert cut[1].metadata["start_index"] == len(cut[0].page_content)


def test_llama_index() -> None:
    from llama_index.core.schema import Document, NodeWithScore, TextNode

    from longzip.integrations.llama_index import LongzipNodeParser, LongzipPostprocessor

    nodes = [
        NodeWithScore(node=TextNode(text=text, id_=name, metadata={"file_path": name}), score=0.5)
        for text, name in ((CODE, "a.py"), (RETRIES, "b.py"))
    ]
    shortener = LongzipPostprocessor(budget=60, settings=FAST)
    (found,) = shortener.postprocess_nodes(nodes, query_str="retry_request")
    assert "def retry_request(x):" in found.node.get_content()
    assert (found.node.node_id, found.score, nodes[1].node.get_content()) == ("b.py", 0.5, RETRIES)
    assert shortener.postprocess_nodes(nodes) == nodes
    parsed = LongzipNodeParser(language="python", chunk_size=120).get_nodes_from_documents([Document(text=CODE)])
    assert "".join(node.get_content() for node in parsed) == CODE
    assert len(parsed) > 3


def test_haystack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HAYSTACK_TELEMETRY_ENABLED", "False")
    import haystack

    from longzip.integrations.haystack import LongzipShortener

    documents = [
        haystack.Document(content=text, meta={"file_path": name}) for text, name in ((CODE, "a.py"), (RETRIES, "b.py"))
    ]
    pipeline = haystack.Pipeline()
    pipeline.add_component("shortener", LongzipShortener(budget=60, model="ngram"))
    result = pipeline.run({"shortener": {"documents": documents, "query": "retry_request"}})
    found: list[Any] = result["shortener"]["documents"]
    assert "def retry_request(x):" in str([document.content for document in found])
    assert found[-1].meta["file_path"] == "b.py"


def test_llm_fragments(tmp_path: Path) -> None:
    import llm

    from longzip.integrations import llm_fragments

    (tmp_path / "b.py").write_text(RETRIES, encoding="utf-8")
    argument = f"{tmp_path}?q=retry_request&b=120&model=ngram"
    loaders: dict[str, Any] = {}
    llm_fragments.register_fragment_loaders(lambda name, load: loaders.update({name: load}))
    fragment = loaders["longzip"](argument)
    assert isinstance(fragment, llm.Fragment)
    assert "def retry_request(x):" in fragment
    assert fragment.source == f"longzip:{argument}"
    for wrong in ("src", "src?b=5", "?q=x", "src?q=x&b=many"):
        with pytest.raises(UsageError):
            llm_fragments.load(wrong)
