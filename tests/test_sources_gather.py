"""Whatever is given comes out of one gate as a repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from longzip import Source, SourceError, UsageError
from longzip.sources.gather import gather, is_path, with_text
from longzip.sources.repository import Repository
from longzip.types import Skipped


@pytest.fixture
def folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").write_text("a = 1\n")
    (tmp_path / "two words.md").write_text("Two words.\n")
    return tmp_path


A, TWO, TEXT = Source("src/a.py", "a = 1\n"), Source("two words.md", "Two words.\n"), Source("", "no such words")


@pytest.mark.parametrize(
    ("given", "sources"),
    [
        ("src", (A,)),
        (Path("src"), (A,)),
        ("two words.md", (TWO,)),
        (A, (A,)),
        (Repository((A, TEXT), ()), (A, TEXT)),
        (["src/a.py", Path("two words.md")], (A, TWO)),
        (["src", TEXT], (TEXT, A)),
        ((), ()),
    ],
)
def test_everything_becomes_a_repository(folder, given, sources):
    assert gather(given).sources == sources
    assert gather(given, texts=True).sources == sources


def test_a_string_is_a_text_only_where_texts_are_taken(folder):
    assert gather("no such words", texts=True).sources == (TEXT,)
    with pytest.raises(SourceError, match="no such words"):
        gather("no such words")
    with pytest.raises(SourceError, match="nosuchword"):
        gather("nosuchword", texts=True)
    with pytest.raises(SourceError, match="no such words"):
        gather(["no such words"], texts=True)


def test_what_is_no_source_is_refused(folder):
    with pytest.raises(UsageError, match="not a mixture"):
        gather(["src", {"role": "user", "content": "x"}])


@pytest.mark.parametrize(
    ("text", "path"),
    [("src", True), ("two words.md", True), ("word", True), ("no such words", False), ("a\nb", False), ("", False),
     ("a" * 2_000, False), ("a\0b", False)],
)  # fmt: skip
def test_a_string_means_a_path(folder, text, path):
    assert is_path(text) == path


def test_nothing_with_text_is_an_error_that_says_why():
    assert with_text(Repository((A,), ())).sources == (A,)
    with pytest.raises(SourceError, match="no files, or only empty ones"):
        with_text(Repository((Source("a", ""),), ()))
    with pytest.raises(SourceError, match=r"all 1 files were skipped \(b: binary\)"):
        with_text(Repository((), (Skipped("b", "binary"),)))
