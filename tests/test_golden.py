"""Whole outputs, kept in ``tests/golden`` to be read in review.

LONGZIP_UPDATE_GOLDEN=1 pytest tests/test_golden.py    writes them anew; read the difference before you commit it.
"""

import os
from pathlib import Path

import pytest

from longzip import Compressor, Settings, Source
from longzip.formats.code import CodeFormat
from longzip.models import ngram
from tests.fakes import CharacterCount
from tests.parsing import installed
from tests.test_compressor import PLANETS, STORE

HERE = Path(__file__).parent
SHOP = (Source("shop/planets.py", PLANETS), Source("shop/store.py", STORE))


def sample(name: str) -> Source:
    (path,) = (HERE / "samples").glob(name)
    return Source(path.name, path.read_bytes().decode("utf-8"))


def samples() -> tuple[Source, ...]:
    found = tuple(sample(path.name) for path in sorted((HERE / "samples").iterdir()) if path.is_file())
    if not all(map(installed, found)):
        pytest.skip("some of their grammars come with longzip[languages]")
    return found


CASES = {
    "shop.txt": (lambda: SHOP, "save a record to a temporary file and replace", 130, Settings()),
    "shop.md": (lambda: SHOP, "weight on mars", 130, Settings(format="markdown")),
    "shop.xml": (lambda: SHOP, "weight on mars", 130, Settings(format="xml")),
    "shop_prompt.txt": (
        lambda: SHOP,
        "How is a record saved?",
        150,
        Settings(prompt=True, instruction="Answer from the code."),
    ),
    "shop_longcodezip.txt": (
        lambda: SHOP,
        "save a record to a temporary file and replace",
        130,
        Settings(strategy="longcodezip"),
    ),
    "shop_coarse.txt": (lambda: SHOP, "save a record to a temporary file and replace", 130, Settings(fine="off")),
    "samples.txt": (samples, "read the lines of a file and count them", 2600, Settings()),
}


@pytest.mark.parametrize("name", CASES)
def test_output_is_as_reviewed(name):
    sources, query, budget, settings = CASES[name]
    text = Compressor(ngram.load(), CharacterCount(), settings).compress(sources(), query=query, budget=budget).text
    compare(name, text)


def test_chunks_are_as_reviewed():
    form, lines = CodeFormat(), []
    for source in samples():
        lines.append(f"{source.name}")
        units = form.units(source)
        for chunk in form.split(source):
            first, last = units[chunk.first_unit].first_line, units[chunk.last_unit - 1].last_line
            lines.append(
                f"{first:5}-{last:<5} {chunk.kind:9} {chunk.label}" + (f"  (in {chunk.parent})" if chunk.parent else "")
            )
    compare("chunks.txt", "\n".join(lines) + "\n")


def compare(name, text):
    golden = HERE / "golden" / name
    if os.environ.get("LONGZIP_UPDATE_GOLDEN"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_bytes(text.encode())
    assert text == golden.read_bytes().decode()
