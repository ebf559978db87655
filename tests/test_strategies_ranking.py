"""What ranks before anything is chosen: small definitions are definitions, heads of classes with members are not."""

import pytest

from longzip import Compressor, Settings, Source
from longzip.models import ngram
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
