"""Hostile repositories: files that crash, hang, link outside, set what they may not, or hold secrets."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

from attacks.material import NOISE, samples, word
from longzip import Compressor, LongzipError, Settings
from longzip.models import ngram

MODEL = ngram.load()
ENDINGS = (
    "py",
    "js",
    "ts",
    "go",
    "rs",
    "java",
    "c",
    "cpp",
    "yaml",
    "toml",
    "json",
    "md",
    "html",
    "css",
    "rb",
    "php",
    "sh",
    "sql",
    "txt",
)
PUMPS = (
    "(",
    "[",
    "{",
    "a.",
    "- ",
    "&a ",
    "? ",
    "<a>",
    '"',
    "\\",
    "if x:\n ",
    "#\n",
    "a: ",
    "\t",
    "|",
    "`",
    "{% ",
    "@a\n",
    "/*",
    "0",
)


def play(chance: random.Random) -> list[str]:
    """One folder, and what was wrong with what came of it."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name, "repo")
        root.mkdir()
        outside = Path(name, "outside.py")
        outside.write_text("OUTSIDE = 'this must never be shown'\n" * 3, encoding="utf-8")
        secret = f"ghp_{word(chance, 36)}"
        for number in range(chance.randint(1, 3)):
            text = chance.choice(PUMPS) * chance.randint(1, 4000) + chance.choice(NOISE)
            Path(root, f"a{number}.{chance.choice(ENDINGS)}").write_text(text, encoding="utf-8", errors="replace")
        source = chance.choice(samples())
        Path(root, f"known_{source.name}").write_text(f"{source.text}\n", encoding="utf-8", errors="replace")
        Path(root, "settings.py").write_text(
            f'TOKEN = "{secret}"\n\n\ndef use():\n    return TOKEN\n', encoding="utf-8"
        )
        Path(root, "link.py").symlink_to(outside)
        if chance.random() < 0.3:
            Path(root, ".git").write_text(chance.choice(["gitdir: a\0b", "gitdir: ../..", "gitdir: " + "a/" * 5000]))
        if chance.random() < 0.3:
            rules = "".join(f"{chance.choice(['*', '!', '[', 'a/**/'])}{word(chance, 3)}\n" for _ in range(2000))
            Path(root, ".gitignore").write_text(rules)
        compressor = Compressor(MODEL, MODEL, Settings(model="ngram", cache=False))
        budget = chance.choice([60, 300, 3000])
        try:
            result = compressor.compress(root, query="where is the token used?", budget=budget)
        except LongzipError:
            return []
        said = [f"over budget: {MODEL.count(result.text)} of {budget}"] if MODEL.count(result.text) > budget else []
        said += ["a file from outside"] if "never be shown" in result.text else []
        return said + (["a secret"] if secret in result.text else [])
