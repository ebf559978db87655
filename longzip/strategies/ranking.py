"""What ranks chunks before any is chosen: the scorer's word, and the signals beside it.

A signal is a plain function of a query and a corpus: of each chunk, what speaks for it (above 0) or against it, in
standard deviations of the relevance. A new one is a function and a line in the table; what the measured ones are worth
stands in ``weights.toml``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from itertools import islice
from statistics import pstdev

from longzip.protocols import Encoder
from longzip.scoring import bm25
from longzip.scoring.locations import company, standard, stem_shares
from longzip.scoring.meaning import closeness
from longzip.scoring.mentions import located
from longzip.scoring.names import support
from longzip.scoring.questions import heading, readings
from longzip.scoring.scorers import SCORERS
from longzip.selection.shares import ranking
from longzip.settings import Settings
from longzip.strategies.corpus import Corpus
from longzip.strategies.run import Engine, Run
from longzip.strategies.weights import ALONE, Weights, weights_for

Signal = Callable[[str, Corpus, Engine], list[float]]
WORD = re.compile(r"[^\W\d_]{2,}")
NEAR = 20  # chunks among which the nearest to a query is looked for: those of the highest signal
SAYING = 2  # words that a text needs to say something
TEST_FOLDERS = frozenset(
    {"test", "tests", "testing", "__tests__", "spec", "specs", "testdata"}
    | {"example", "examples", "docs_src", "bench", "benches", "benchmark", "benchmarks"}
)
TEST_FILE = re.compile(
    r"^(?:test_|conftest\.)|(?:_test|\.test|_spec|\.spec)\.\w+$|Tests?\.(?:java|kt|scala|cs|php|swift)$"
)
TEST_WORD = re.compile(r"\b(?:(?:py|unit)?tests?(?:s|ed|ing)?|examples?|bench(?:es|marks?)?)\b", re.I)
DOCUMENTS = frozenset(  # languages, and endings of what has no grammar
    {"", "adoc", "asciidoc", "bib", "cfg", "conf", "css", "csv", "html", "ini", "json", "json5", "jsonl", "lock", "log"}
    | {"man", "markdown", "markup", "org", "plist", "po", "pot", "properties", "resx", "rst", "strings", "svg", "tex"}
    | {"textile", "toml", "tsv", "txt", "wiki", "xlf", "xliff", "xml", "yaml", "yml"}
)


def worth_of(run: Run, query: str, texts: Sequence[str], stage: str) -> list[float]:
    """The scorer's word on each text. Where the approach is structured, texts that say nothing are worth as little as
    the least.

    A lone bracket leaves the query as likely as it was: its AMI of 0 would set it above every text on another subject.
    """
    if not texts:
        return []
    engine, scorer = run.engine, SCORERS[run.approach.scorer]
    found = scorer(engine.model, query, texts, lambda done, total: engine.progress(stage, done, total))
    lowest = min(found)
    return [
        lowest if run.approach.structured and is_mute(text) else value for text, value in zip(texts, found, strict=True)
    ]


def is_mute(text: str) -> bool:
    return sum(1 for _ in islice(WORD.finditer(text), SAYING)) < SAYING


def weights_of(run: Run) -> Weights:
    """What signals are worth in this run."""
    evidence = run.engine.evidence
    if not run.approach.evidence or evidence is None:
        return ALONE
    weights = weights_for(run.job.query)
    return replace(weights, relevance=weights.pretrained) if evidence.pretrained else weights


def signals_of(run: Run) -> dict[str, list[float]]:
    """What the signals say that count in this run, by name; none in a published strategy.

    Tests stand back, unless the whole query is about tests, or the settings do not want it.
    """
    corpus, engine, weights = run.corpus, run.engine, weights_of(run)
    query = run.job.query
    counts = {name: weight_in(weights, name) > 0 for name in MEASURED}
    counts["tests"] &= stands_back(query, engine.settings)
    counts["meaning"] &= encoder_of(engine) is not None
    names = [name for name in SIGNALS if counts.get(name, True)] if run.approach.structured else []
    found = {name: SIGNALS[name](query, corpus, engine) for name in names}
    for name in MEASURED.intersection(found):
        found[name] = [weight_in(weights, name) * value for value in found[name]]
    return found


def weight_in(weights: Weights, name: str) -> float:
    return float(getattr(weights, name))


def company_signal(
    relevance: Sequence[float], spread: float, signals: Mapping[str, Sequence[float]], corpus: Corpus, weights: Weights
) -> list[float]:
    """Other good chunks in a file speak for each of them, see ``company``; in standard deviations of what the relevance
    and the other signals come to together."""
    together = fused(relevance, spread, signals, weights.relevance)
    unit = weights.company * pstdev(together) / spread
    return [unit * value for value in company(together, corpus.page_of)]


def class_signal(preferences: Sequence[float], spread: float, corpus: Corpus) -> list[float]:
    """What the best member of a class gains from the class: a head without a body is never chosen for itself, so what
    speaks for it has to speak for what shows it. In standard deviations, 0 or more."""
    found = list(preferences)
    members: dict[tuple[int, str], list[int]] = {}
    for index, chunk in enumerate(corpus.chunks):
        members.setdefault((corpus.page_of[index], chunk.parent), []).append(index)
    heads = sorted(bare_heads(corpus), key=lambda index: (corpus.chunks[index].label.count("."), index))
    for head in heads:  # those around others first: what a class hands on may be handed on once more
        own = [index for index in members[corpus.page_of[head], corpus.chunks[head].label] if index != head]
        heir = max(own, key=lambda index: found[index], default=head)
        found[heir] = max(found[heir], found[head])
    return [(now - before) / spread for now, before in zip(found, preferences, strict=True)]


def stands_back(query: str, settings: Settings) -> bool:
    return settings.demote_tests and TEST_WORD.search(heading(query)) is None


def fused(
    relevance: Sequence[float], spread: float, signals: Mapping[str, Sequence[float]], weight: float = 1.0
) -> list[float]:
    """The scores by which chunks are chosen: their relevance, weighted, and so many of its standard deviations as the
    signals say. spread: that standard deviation, of the chunks that were read, above 0."""
    found = [weight * value for value in relevance]
    for values in signals.values():
        found = [score + spread * value for score, value in zip(found, values, strict=True)] if any(values) else found
    return found


def names_signal(query: str, corpus: Corpus, engine: Engine) -> list[float]:
    """What the query names comes first."""
    return support(query, [chunk.names for chunk in corpus.chunks])


def tests_signal(query: str, corpus: Corpus, engine: Engine) -> list[float]:
    """A test or an example speaks of what it shows in the query's own words, more often than the code does."""
    return [-1.0 if is_test(chunk.source.name) else 0.0 for chunk in corpus.chunks]


def lexical_signal(query: str, corpus: Corpus, engine: Engine) -> list[float]:
    """The words that a chunk shares with the query, by their rarity and their fields."""
    found = bm25.scores_of(readings(query), corpus.sources, corpus.chunks, corpus.page_of, engine.store)
    return added([standard(scores) for scores in found])


def meaning_signal(query: str, corpus: Corpus, engine: Engine) -> list[float]:
    """How near a chunk lies to the query in what it is about."""
    encoder = encoder_of(engine)
    if encoder is None:
        return [0.0] * len(corpus.chunks)
    found = closeness(encoder, readings(query), corpus.chunks, partial(engine.progress, "read"))
    return added([standard(cosines) for cosines in found])


def nearest(run: Run, query: str, signals: Mapping[str, Sequence[float]]) -> float | None:
    """The cosine of the query and the chunk that is nearest to it; None without an encoder."""
    encoder, near = encoder_of(run.engine), signals.get("meaning", ())
    if encoder is None or not near or not run.approach.evidence:
        return None
    best = sorted(range(len(near)), key=lambda index: -near[index])[:NEAR]
    (cosines,) = closeness(encoder, [query], [run.corpus.chunks[index] for index in best])
    return max(cosines)


def added(parts: Sequence[Sequence[float]]) -> list[float]:
    return [sum(values) for values in zip(*parts, strict=True)]


def encoder_of(engine: Engine) -> Encoder | None:
    return engine.evidence.encoder if engine.evidence is not None else None


def stem_signal(query: str, corpus: Corpus, engine: Engine) -> list[float]:
    """Words of the query in the name of a chunk's file."""
    asked, paths = readings(query), [chunk.source.name for chunk in corpus.chunks]
    return [share / len(asked) for share in added([stem_shares(part, paths) for part in asked])]


def documents_signal(query: str, corpus: Corpus, engine: Engine) -> list[float]:
    """Prose and data speak of what the code does, and are not what does it."""
    beside = [corpus.form.facts.language(source) in DOCUMENTS for source in corpus.sources]
    return [-1.0 if beside[page] else 0.0 for page in corpus.page_of]


def places_signal(query: str, corpus: Corpus, engine: Engine) -> list[float]:
    """The chunks at places that the query names, and those of files that it names."""
    return located(query, corpus.sources, corpus.chunks, corpus.page_of)


@lru_cache(maxsize=1 << 14)
def is_test(name: str) -> bool:
    """Whether a path is that of a test: by a folder, or by the file's name, as the usual tools have it."""
    *folders, file = name.split("/")
    return not TEST_FOLDERS.isdisjoint(map(str.lower, folders)) or TEST_FILE.search(file) is not None


def in_order(corpus: Corpus, preferences: Sequence[float]) -> list[int]:
    """The chunks that may be chosen for themselves, best first."""
    empty = bare_heads(corpus)
    return [index for index in ranking(preferences) if index not in empty]


def bare_heads(corpus: Corpus) -> frozenset[int]:
    """The chunks that are the head of a class whose members are chunks of their own, and nothing else: shown with what
    they enclose, never for themselves. A class without such members (an exception, an enumeration in one line) is a
    definition like any other."""
    parents = {(page, chunk.parent) for page, chunk in zip(corpus.page_of, corpus.chunks, strict=True) if chunk.parent}
    classes = (index for index, chunk in enumerate(corpus.chunks) if chunk.kind == "class")
    return frozenset(
        index
        for index in classes
        if (corpus.page_of[index], corpus.chunks[index].label) in parents
        and len(corpus.head_of(index)) == len(corpus.unit_range(index))
    )


SIGNALS: Mapping[str, Signal] = {
    "names": names_signal,
    "tests": tests_signal,
    "lexical": lexical_signal,
    "meaning": meaning_signal,
    "stem": stem_signal,
    "documents": documents_signal,
    "places": places_signal,
}
MEASURED = frozenset(SIGNALS) - {"names"}  # have a weight in ``weights.toml``
