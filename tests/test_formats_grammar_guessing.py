"""Text without a name is read in the language that it is in; a diff by its hunks."""

from pathlib import Path

import pytest

from longzip import Compressor, Settings, Source
from longzip.formats.code import CodeFormat
from longzip.formats.grammar.guessing import guess, is_diff
from longzip.texts.kinds import detect, with_language

SAMPLES = Path(__file__).parent / "samples"
DIFF = """From 1234 Mon Sep 17 00:00:00 2001
Subject: two things

diff --git a/src/app.py b/src/app.py
index 830af33..b349e01 100644
--- a/src/app.py
+++ b/src/app.py
@@ -1,4 +1,5 @@ import os
 import os
+import sys

 def load(path):
     return path
@@ -40,3 +41,3 @@ def save(path):
-    write(path)
+    write_safely(path)
     return path
diff --git a/web/main.ts b/web/main.ts
--- a/web/main.ts
+++ b/web/main.ts
@@ -7,2 +7,3 @@
 const a = 1;
+const retries = 3;
"""


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("sample.py", "python"),
        ("sample.go", "go"),
        ("sample.rs", "rust"),
        ("sample.rb", "ruby"),
        ("sample.kt", "kotlin"),
        ("sample.ts", "typescript"),
        ("sample.php", "php"),
        ("sample.swift", "swift"),
        ("Sample.java", "java"),
    ],
)
def test_code_without_a_name_is_told_by_its_grammar(name: str, language: str) -> None:
    assert guess((SAMPLES / name).read_text(encoding="utf-8")) == language


@pytest.mark.parametrize("text", ["Dear all,\nwe meet on Monday.\n", "", "1, 2, 3\n", "--- a rule\n+++ another\n"])
def test_prose_has_no_language(text: str) -> None:
    assert guess(text) is None
    assert not is_diff(text)


def test_a_diff_is_cut_by_its_hunks_which_keep_their_headers() -> None:
    assert detect(DIFF).kind == "code"
    source = with_language(Source("", DIFF))
    assert source is not None
    form = CodeFormat()
    chunks = form.split(source)
    assert "".join(chunk.text for chunk in chunks) == DIFF
    assert [chunk.label for chunk in chunks if chunk.kind == "function"] == [
        "src/app.py:-1,4 +1,5",
        "src/app.py:-40,3 +41,3",
        "web/main.ts:-7,2 +7,3",
    ]
    compressor = Compressor.load("ngram", settings=Settings(count_for="chars/1", cache=False))
    result = compressor.compress(Source("", DIFF), query="how many retries", budget=240)
    assert "+const retries = 3;" in result.text
    assert "+++ b/web/main.ts\n@@ -7,2 +7,3 @@\n" in result.text
