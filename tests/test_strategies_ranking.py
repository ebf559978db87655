"""What ranks before anything is chosen: small definitions are definitions, heads of classes with members are not."""

from pathlib import Path

import pytest

from longzip import Compressor, Settings, Source
from longzip.formats.code import CodeFormat
from longzip.models import ngram
from longzip.protocols import Evidence
from longzip.rendering.pages import Page
from longzip.strategies.corpus import Corpus
from longzip.strategies.ranking import SIGNALS, class_signal
from longzip.strategies.run import silent
from tests.fakes import CharacterCount

PYTHON = '''class RetryError(Exception):
    """Raised after three tries."""


class Money(NamedTuple):
    cents: int


class Queue:
    def put(self, job):
        self.jobs.append(job)
        return len(self.jobs)


def send(job, tries=3):
    for attempt in range(tries):
        if job.send():
            return attempt
    raise TimeoutError(tries)


def read_rows(path):
    rows = []
    with open(path) as lines:
        for line in lines:
            rows.append(line.split(";"))
    return rows
'''
TYPESCRIPT = """export enum Level { LOW, HIGH }

export interface Pair { left: number; right: number }

class Queue {
  put(job: Job): number {
    return this.jobs.push(job);
  }
}
"""
JAVA = "enum Colour { RED, GREEN }\n\nclass Queue {\n    int put(Job job) {\n        return jobs.push(job);\n    }\n}\n"


def compressor() -> Compressor:
    return Compressor(ngram.load(), CharacterCount(), Settings())


def ranked(source: Source, query: str) -> list[str]:
    return [item.chunk.label for item in compressor().rank(source, query=query)]


@pytest.mark.parametrize(
    ("source", "small"),
    [
        (Source("errors.py", PYTHON), ["RetryError", "Money"]),
        (Source("level.ts", TYPESCRIPT), ["Level", "Pair"]),
        (Source("Colour.java", JAVA), ["Colour"]),
    ],
)
def test_a_definition_of_one_unit_is_ranked_and_an_empty_head_is_not(source, small):
    labels = ranked(source, "what is it?")
    assert set(small) <= set(labels)
    assert "Queue" not in labels


@pytest.mark.parametrize("budget", range(60, 240, 10))
def test_what_is_asked_for_is_shown_at_every_budget(budget):
    text = compressor().compress(Source("errors.py", PYTHON), query="what does RetryError mean?", budget=budget).text
    assert "class RetryError" in text


NESTED = """class Outer:
    limit = 3

    class Parcel:
        def weigh(self):
            return self.grams * self.pieces + self.box

        def label(self):
            return self.street + self.town
"""


def test_what_speaks_for_a_class_speaks_for_its_best_member():
    source = Source("post.py", NESTED)
    chunks = CodeFormat().split(source)
    corpus = Corpus(
        CodeFormat(), CharacterCount(), True, (Page(source, CodeFormat().units(source)),), tuple(chunks),
        (0,) * len(chunks), tuple(len(chunk.text) for chunk in chunks), 0,
    )  # fmt: skip
    labels = [chunk.label for chunk in chunks]
    scores = [{"Outer.Parcel": 5.0, "Outer.Parcel.label": 2.0}.get(label, 1.0) for label in labels]
    lifted = dict(zip(labels, class_signal(scores, 2.0, corpus), strict=True))
    assert lifted["Outer.Parcel.label"] == 1.5
    assert sum(lifted.values()) == 1.5


def test_a_class_that_is_only_a_head_sets_its_members_not_back():
    """The best of a file that is listed keeps its height, although the head of its class ranks above it."""
    other = Source("train.py", "def depart(platform):\n    return platform.bell()\n")
    sources = [Source("post.py", NESTED), other]
    found = Compressor(ngram.load(), CharacterCount(), Settings(), evidence=Evidence()).rank(
        sources, query="the Parcel"
    )
    assert found[0].chunk.parent == "Outer.Parcel"
    assert found[0].relevance > 2 * max(item.relevance for item in found if item.chunk.source.name == "train.py")


def test_what_needs_a_part_that_is_cut_is_not_offered_as_a_passage():
    text = (Path(__file__).parent / "samples" / "sample.proto").read_text(encoding="utf-8")
    settings = Settings(cache=False, isolated=False, strategy="passages", model="ngram", count_for="chars/4")
    compressor = Compressor.load(settings=settings)
    for first in (12, 13, 15):
        cut = f"sample.proto:{first}-{first + 7}"
        shown = compressor.compress([Source("sample.proto", text)], query="def run():", budget=200, drops=[cut])
        assert compressor.count(shown.text) <= 200


@pytest.mark.parametrize(
    "name", ["guide.rst", "de.po", "setup.cfg", "notes.txt", "readme.adoc", "logo.svg", "data.csv"]
)
def test_prose_and_data_without_a_grammar_are_documents_too(name):
    text = "The parcel is weighed.\nThe parcel is labelled.\n"
    signal = SIGNALS["documents"]
    sources = (Source(name, text), Source("post.py", NESTED), Source("fast.pyx", "def weigh(parcel):\n    return 1\n"))
    form = CodeFormat()
    chunks = [(page, chunk) for page, source in enumerate(sources) for chunk in form.split(source)]
    corpus = Corpus(
        form, CharacterCount(), True, tuple(Page(source, form.units(source)) for source in sources),
        tuple(chunk for _, chunk in chunks), tuple(page for page, _ in chunks), tuple(1 for _ in chunks), 0,
    )  # fmt: skip
    engine = compressor()._engine(silent)
    found = signal("the parcel", corpus, engine)
    assert {page: value for (page, _), value in zip(chunks, found, strict=True)} == {0: -1.0, 1: 0.0, 2: 0.0}
