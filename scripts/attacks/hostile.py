"""Hostile repositories: files that crash, hang, link outside, or hold secrets; damaged notebooks, fifos, bytes of no
encoding, ignore rules without end."""

from __future__ import annotations

import os
import random
import tempfile
from functools import cache
from pathlib import Path

from attacks.material import NOISE, samples, word
from longzip import Compressor, LongzipError, Settings
from longzip.models import ngram

MODEL = ngram.load()
ENDINGS = (
    "py", "js", "ts", "go", "rs", "java", "c", "cpp", "yaml", "toml", "json", "md", "html", "css", "rb", "php",
    "sh", "sql", "txt", "kt", "swift", "scala", "lua", "cs", "vue", "ipynb", "proto", "tf", "cmake", "R", "ex",
    "svelte", "xml", "log",
)  # fmt: skip
PUMPS = (
    "(", "[", "{", "a.", "- ", "&a ", "? ", "<a>", '"', "\\", "if x:\n ", "#\n", "a: ", "\t", "|", "`", "{% ",
    "@a\n", "/*", "0", ". ", "&", "''", "=>", "\r", "<!--", "$(", "x=", "::", "//", "\u2028", "€",
)  # fmt: skip


def play(chance: random.Random) -> list[str]:
    """One folder, and what was wrong with what came of it."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name, "repo")
        root.mkdir()
        outside = Path(name, "outside.py")
        outside.write_text("OUTSIDE = 'this must never be shown'\n" * 3, encoding="utf-8")
        secret = f"ghp_{word(chance, 34)}2x"
        for number in range(chance.randint(1, 3)):
            Path(root, f"a{number}.{chance.choice(ENDINGS)}").write_bytes(content(chance))
        source = chance.choice(samples())
        Path(root, f"known_{source.name}").write_text(f"{source.text}\n", encoding="utf-8", errors="replace")
        Path(root, "settings.py").write_text(
            f'TOKEN = "{secret}"\n\n\ndef use():\n    return TOKEN\n', encoding="utf-8"
        )
        surroundings(chance, root, outside)
        budget = chance.choice([60, 300, 3000])
        try:
            result = compressor().compress(root, query="where is the token used?", budget=budget)
        except LongzipError as error:
            return ["a secret in the error"] if secret in str(error) else []
        said = [f"over budget: {MODEL.count(result.text)} of {budget}"] if MODEL.count(result.text) > budget else []
        said += ["a file from outside"] if "never be shown" in result.text else []
        return said + (["a secret"] if secret in result.text or secret in str(result.report.as_dict()) else [])


@cache
def compressor() -> Compressor:
    """One for all cases: its workers live on."""
    return Compressor(MODEL, MODEL, Settings(model="ngram", cache=False))


def content(chance: random.Random) -> bytes:
    """What a hostile file holds."""
    kind = chance.random()
    if kind < 0.15:
        return chance.randbytes(chance.randint(1, 4000))
    if kind < 0.25:
        return chance.choice(samples()).text.encode(
            chance.choice(["utf-16", "utf-32", "utf-8-sig", "utf-16-be"]), "replace"
        )
    if kind < 0.35:
        text = chance.choice(samples()).text.encode("utf-8", "replace")
        at = chance.randrange(len(text) + 1)
        return text[:at] + chance.randbytes(chance.randint(1, 20)) + text[at:]
    if kind < 0.45:
        return ("x = '" + chance.choice(PUMPS) * 20_000 + "'\n").encode()
    pumped = chance.choice(PUMPS) * chance.randint(1, 4000) + chance.choice(NOISE)
    return pumped.encode("utf-8", "replace")


def surroundings(chance: random.Random, root: Path, outside: Path) -> None:
    """What may lie beside the code."""
    Path(root, "link.py").symlink_to(
        chance.choice([outside, outside.parent, root, root / "link.py", Path("/dev/zero")])
    )
    if chance.random() < 0.2:
        os.mkfifo(root / "pipe.py")
    if chance.random() < 0.2:
        Path(root, "odd\x1b[2J\n.py").write_text("x = 1\n", encoding="utf-8")
    if chance.random() < 0.3:
        Path(root, ".git").write_text(chance.choice(["gitdir: a\0b", "gitdir: ../..", "gitdir: " + "a/" * 5000]))
    if chance.random() < 0.3:
        rules = "".join(f"{chance.choice(['*', '!', '[', 'a/**/'])}{word(chance, 3)}\n" for _ in range(2000))
        Path(root, chance.choice([".gitignore", ".longzipignore"])).write_text(rules)
    if chance.random() < 0.2:
        Path(root, "book.ipynb").write_text(
            chance.choice(
                ["{", "[" * 50_000, '{"cells": 5}', '{"cells": [{"source": [1, null]}], "nbformat": 4}', "null"]
            )
        )
    deep = root
    for _ in range(chance.choice([0, 0, 60])):
        deep = deep / "d"
    deep.mkdir(parents=True, exist_ok=True)
    Path(deep, "deep.py").write_text("def deep():\n    return 1\n", encoding="utf-8")
