"""One function out of many, by a sentence: CoSQA over its whole corpus, and doc comments of held-out packages.

cosqa       a folder with corpus.jsonl.gz (id, code) and queries.jsonl.gz (id, query, gold)
comments    a folder with functions-*.jsonl.gz (lang, path, name, code, doc, held), as scripts/encoder writes them: the
            first sentence of a comment, among up to 1,500 held-out functions of its language, all without comments

longzip gets a file for each function and is measured by ``rank``; the peers rank the same texts.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from benchmarks.instruments.delivering import Asked
from benchmarks.instruments.peers import rank_among, ranking_measures
from benchmarks.instruments.values import RANK, Bench, Half, Instrument, Place, Question, alternating
from benchmarks.tasks.data import Row, integer, rows, string
from benchmarks.values import Budget, Outcome
from longzip import Chunk, Repository, Source, SourceError

MOST_FUNCTIONS, MOST_QUESTIONS, FEWEST_QUESTIONS = 1500, 150, 40  # of a language
FEWEST_WORDS, LONGEST = 4, 300  # words of a comment, characters of its first sentence
SENTENCE_END = re.compile(r"(?<=[.!?])\s")
ORDERS: tuple[Half, Half] = ("choose", "report")


def cosqa_questions(data: Path) -> list[Question]:
    """Every other question, in the order of the file, is for choosing."""
    found = rows(data / "queries.jsonl.gz", id=str, query=str, gold=int)
    known = {source.name for source in cosqa_corpus(data)}
    for row in found:
        if f"f{row['gold']}.py" not in known:
            raise SourceError(f"{row.where}: it wants the function {row['gold']}, which is not in the corpus.")
    return [
        Question(f"cosqa:{row['id']}", "cosqa", ORDERS[number % 2], Place("cosqa", ""), string(row, "query"),
            f"f{row['gold']}.py")
        for number, row in enumerate(found)
    ]  # fmt: skip


@lru_cache(maxsize=1)
def cosqa_corpus(data: Path) -> tuple[Source, ...]:
    found = rows(data / "corpus.jsonl.gz", id=int, code=str)
    return tuple(Source(f"f{integer(row, 'id')}.py", string(row, "code").rstrip("\n") + "\n") for row in found)


def cosqa_sources(data: Path, question: Question) -> Repository:
    return Repository(cosqa_corpus(data), ())


def comment_questions(data: Path) -> list[Question]:
    """Of each language that has at least 40 comments of four words or more, up to 150, the same each time."""
    found = list[Question]()
    for language, own in held_out(data).items():
        keys = {f"{language}:{row['repo']}/{row['path']}:{row['name']}": row for row in own if asks(row)}
        chosen = sorted(keys, key=shuffled_place)[:MOST_QUESTIONS]
        if len(chosen) < FEWEST_QUESTIONS:
            continue
        halves = alternating(chosen)
        found += [
            Question(key, language, halves[key], Place("comments", language), first_sentence(keys[key]),
                file_of(keys[key]))
            for key in sorted(chosen)
        ]  # fmt: skip
    if not found:
        raise SourceError(f"{data} has no language with {FEWEST_QUESTIONS} comments of held-out functions.")
    return found


@lru_cache(maxsize=1)
def held_out(data: Path) -> dict[str, list[Row]]:
    """By language the functions that are asked for and those around them."""
    wanted = {"id": int, "repo": str, "lang": str, "path": str, "name": str, "code": str}
    files = sorted(data.glob("functions-*.jsonl.gz"))
    if not files:
        raise SourceError(f"there are no files functions-*.jsonl.gz in {data}; scripts/encoder/README.md makes them.")
    found = defaultdict[str, list[Row]](list)
    for file in files:
        for row in rows(file, **wanted):
            if row.get("held"):
                found[string(row, "lang")].append(row)
    return {
        language: sorted(own, key=lambda row: shuffled_place(string(row, "code")))[:MOST_FUNCTIONS]
        for language, own in sorted(found.items())
    }


def asks(row: Row) -> bool:
    return len(str(row.get("doc") or "").split()) >= FEWEST_WORDS


def first_sentence(row: Row) -> str:
    return SENTENCE_END.split(str(row["doc"]).strip())[0][:LONGEST]


def file_of(row: Row) -> str:
    """A name of its own, with the path and the end that tells the language."""
    return f"{integer(row, 'id')}/{row['path']}"


def comment_sources(data: Path, question: Question) -> Repository:
    own = held_out(data)[question.group]
    return Repository(tuple(Source(file_of(row), string(row, "code").rstrip("\n") + "\n") for row in own), ())


def shuffled_place(text: str) -> bytes:
    return hashlib.sha256(text.encode(errors="replace")).digest()


def ask(bench: Bench, repository: Repository, question: Question, budgets: Sequence[Budget]) -> list[Outcome]:
    gold, sources, task = str(question.wanted), repository.sources, question.place.source
    place = next(number for number, source in enumerate(sources) if source.name == gold)
    found = [Asked(task, bench, repository, question).ranked(lambda chunks: by_file(chunks, gold))]
    peers = bench.peers(question.place, [source.text for source in sources])
    for name, scores in peers.scores(question.query).items():
        measures = ranking_measures([rank_among(scores, place)])
        found.append(Outcome(task, question.key, name, RANK, 0, 0, 0, 0.0, measures=measures))
    return found


def by_file(chunks: Sequence[Chunk], gold: str) -> dict[str, float]:
    """Of the rank of a file among files, each as good as its best chunk."""
    files = list(dict.fromkeys(chunk.source.name for chunk in chunks))
    return ranking_measures([1.0 + files.index(gold)] if gold in files else [])


MEASURES = ("mrr", "recall@1", "recall@10", "recall@100")
COSQA = Instrument("cosqa", cosqa_questions, ask, (RANK,), MEASURES, cosqa_sources)
COMMENTS = Instrument("comments", comment_questions, ask, (RANK,), MEASURES, comment_sources)
