"""Explaining: what the table, the account and the page say; and that nothing in a page can run or reach out."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest

from longzip import Compressor, Explanation, Settings, Source, html_page
from longzip.cli import main
from longzip.report.pictures import laid_out
from tests.test_compressor import PLANETS, STORE

NAME = 'a"><script>alert(1)</script>.py'
HOSTILE = (
    '"""</pre></style></script><script>alert(1)</script><img src=x onerror=alert(1)>"""\n'
    "\n\ndef save(store):  # ]]> --> \u202e &lt;\n    value = '<svg onload=alert(2)>\x07'\n"
    "    return store.save(value)\n"
)
ALLOWED = frozenset(
    [
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "a",
        "header",
        "h1",
        "p",
        "strong",
        "svg",
        "rect",
        "ul",
        "li",
        "main",
        "section",
        "h2",
        "polyline",
        "line",
        "circle",
        "g",
        "text",
        "div",
        "table",
        "thead",
        "tr",
        "th",
        "tbody",
        "td",
        "br",
        "small",
        "span",
        "details",
        "summary",
        "b",
        "pre",
        "i",
    ]
)


class Reader(HTMLParser):
    """Notes every tag and attribute."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@pytest.fixture(scope="module")
def found() -> Explanation:
    sources = [Source("shop/planets.py", PLANETS), Source("shop/store.py", STORE), Source(NAME, HOSTILE)]
    compressor = Compressor.load("ngram", settings=Settings(count_for="chars/4", cache=False))
    return compressor.explain(sources, query="how does a store <b>save</b>", budget=150)


def test_every_chunk_is_explained(found: Explanation) -> None:
    assert found.result.report.got <= 150
    assert len(found.chunks) == len(found.result.report.chunks)
    places = [chunk.place for chunk in found.chunks if chunk.place]
    assert places == list(range(1, len(places) + 1))
    for chunk in found.chunks:
        assert (chunk.rung == "omitted") == (chunk.shown_tokens == 0)
        assert (chunk.rung == "whole") <= (chunk.shown_tokens > 0)
        assert set(chunk.signals) == set(found.chunks[0].signals)
    scores = [chunk.score for chunk in found.chunks if chunk.place and chunk.score is not None]
    assert scores == sorted(scores, reverse=True)
    shares = [share for _tokens, share in found.curve]
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)
    assert any("lines" in chunk.runner_up or ":" in chunk.runner_up for chunk in found.chunks)


def test_the_same_is_explained_that_compress_gives(found: Explanation) -> None:
    sources = [Source(file.path, file.text) for file in found.files]
    compressor = Compressor.load("ngram", settings=Settings(count_for="chars/4", cache=False))
    assert compressor.compress(sources, query=found.query, budget=150).text == found.result.text


def test_nothing_in_a_page_can_run_or_reach_out(found: Explanation) -> None:
    page, reader = html_page(found), Reader()
    reader.feed(page)
    assert {tag for tag, _ in reader.tags} <= ALLOWED
    assert sum(tag == "style" for tag, _ in reader.tags) == 1
    for _tag, attributes in reader.tags:
        assert not [name for name in attributes if name.startswith("on") or name in ("src", "style", "srcdoc")]
        assert attributes.get("href", "#").startswith("#")  # type: ignore[union-attr]
    style = re.search(r"<style>(.*?)</style>", page, re.S)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    (policy,) = [a["content"] for tag, a in reader.tags if tag == "meta" and "http-equiv" in a]
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert "url(" not in style[1]
    assert "\u202e" not in page
    assert "\x07" not in page


def test_a_page_is_whole_without_scripts(found: Explanation) -> None:
    page, reader = html_page(found), Reader()
    reader.feed(page)
    targets = {attributes["id"] for _tag, attributes in reader.tags if "id" in attributes}
    links = {str(attributes["href"])[1:] for tag, attributes in reader.tags if tag == "a"}
    assert links <= targets
    assert all("aria-label" in attributes for tag, attributes in reader.tags if tag == "svg")
    assert 'name="viewport"' in page
    assert "prefers-color-scheme: dark" in page
    opened = len(re.findall(r"<details\b", page))
    assert opened == page.count("</details>") == page.count("<summary>")
    shown = "".join(line for line in found.result.text.splitlines() if line.startswith("def "))
    assert shown


def test_boxes_fill_their_box() -> None:
    boxes = laid_out([50, 30, 10, 5, 5], (0, 0, 100, 50))
    assert [round(width * height / 50) for _x, _y, width, height in boxes] == [50, 30, 10, 5, 5]
    assert all(x >= 0 and y >= 0 and x + w <= 100.001 and y + h <= 50.001 for x, y, w, h in boxes)


def test_a_result_shows_itself_in_notebooks(found: Explanation) -> None:
    html, reader = found.result._repr_html_(), Reader()
    reader.feed(html)
    assert {tag for tag, _ in reader.tags} <= {"p", "b", "table", "tr", "td", "progress", "details", "summary", "pre"}


def test_the_command_explains(tmp_path, capsys, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "store.py").write_text(STORE)
    (tmp_path / "planets.py").write_text(PLANETS)
    monkeypatch.chdir(tmp_path)
    call = ["explain", ".", "-q", "save a record", "--budget", "60", "--model", "ngram", "--quiet"]
    assert main(call) == 0
    table = capsys.readouterr().out
    assert table.startswith("place")
    assert "runner-up" in table.split("\n")[0]
    assert "store.py:" in table
    assert main([*call, "--why", "store.py:Store.save"]) == 0
    assert "in the order of choice" in capsys.readouterr().out
    assert main([*call, "--why", "store.py:nothing"]) == 2
    assert main([*call, "--html", "why.html"]) == 0
    assert (tmp_path / "why.html").read_text().startswith("<!DOCTYPE html>")
    assert main([*call, "--format", "json"]) == 0
    assert '"signals"' in capsys.readouterr().out
