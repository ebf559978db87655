"""How many tokens sources have for several readers: exact where a tokenizer is at hand, else estimated.

It knows tokenizers and the languages of files; nothing of queries or budgets.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from longzip.loading import load_format, load_tokenizer
from longzip.models.estimates import Family, estimated, families, family_of, kind_of, vocabularies
from longzip.models.tokenizers import at_hand
from longzip.models.tokenizers import load_tokenizer as tokenizer_named
from longzip.protocols import Tokenizer
from longzip.settings import Settings
from longzip.sources.repository import Repository
from longzip.types import Source

ENCODINGS = ("o200k_base", "cl100k_base", "o200k_harmony")
USUAL = ("gpt-5", "claude", "gemini", "llama-3", "qwen-3", "deepseek", "mistral")


def known_readers() -> list[str]:
    """What ``count_for`` takes by name: families of models, and tiktoken's encodings of today's models."""
    return ["model", *families(), "chars/4", *(f"tiktoken:{name}" for name in ENCODINGS)]


@dataclass(frozen=True, slots=True)
class ReaderCount:
    """The tokens of one reader.

    tokens: exact, or the likely number. most: what a budget with ``count_for`` would count, on the safe side; the same
    where it is exact. error: of an estimate, the share of the count within which 9 of 10 files stay; None where it is
    exact. tokenizer: what counted. note: what there is to know, or "".
    """

    reader: str
    tokens: int
    most: int
    error: float | None
    tokenizer: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class LanguageSize:
    """What there is of one language. tokens: for each reader, in their order, exact or likely."""

    language: str
    files: int
    characters: int
    tokens: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TokenCounts:
    """The same sources for several readers. languages: those with the most characters first."""

    files: int
    characters: int
    readers: tuple[ReaderCount, ...]
    languages: tuple[LanguageSize, ...]


def count_tokens(repository: Repository, readers: Sequence[str] = (), settings: Settings | None = None) -> TokenCounts:
    """Count for each reader: a family of models, a tokenizer file, folder or hub id, tiktoken:ENCODING, chars/N, or
    "model" for the scoring model's own.

    readers: where empty, the scoring model's own and the usual families. Nothing is fetched for a family: a tokenizer
    that is on this machine already counts, or an estimate does. Raises ModelError, MissingExtra.
    """
    settings = settings or Settings()
    sources = repository.sources
    facts = load_format(settings).facts
    kinds = [kind_of(source.text, facts.language(source)) for source in sources]
    found = [count_for(name, sources, kinds, settings) for name in dict.fromkeys(readers or ("model", *USUAL))]
    sizes: Counter[str] = Counter()
    for kind, source in zip(kinds, sources, strict=True):
        sizes[kind] += len(source.text)
    of_kind = {kind: [at for at, one in enumerate(kinds) if one == kind] for kind in sizes}
    languages = [
        LanguageSize(
            kind, len(of_kind[kind]), size, tuple(round(sum(each[at] for at in of_kind[kind])) for _, each in found)
        )
        for kind, size in sorted(sizes.items(), key=lambda item: (-item[1], item[0]))
    ]
    return TokenCounts(len(sources), sum(sizes.values()), tuple(count for count, _ in found), tuple(languages))


def count_for(
    name: str, sources: Sequence[Source], kinds: Sequence[str], settings: Settings
) -> tuple[ReaderCount, list[float]]:
    """All together, and each source."""
    family = family_of(name)
    if family is None or name == "model":
        tokenizer = load_tokenizer(settings) if name == "model" else tokenizer_named(name)
        return exactly(name, tokenizer, sources)
    known = families()[family]
    tokenizer_at_hand = next((found for spec in known.exact if (found := at_hand(spec)) is not None), None)
    if tokenizer_at_hand is not None:
        return exactly(name, tokenizer_at_hand, sources)
    return likely(name, known, sources, kinds)


def exactly(name: str, tokenizer: Tokenizer, sources: Sequence[Source]) -> tuple[ReaderCount, list[float]]:
    each = [float(tokenizer.count(source.text)) for source in sources]
    total = round(sum(each))
    return ReaderCount(name, total, total, None, tokenizer.name), each


def likely(
    name: str, family: Family, sources: Sequence[Source], kinds: Sequence[str]
) -> tuple[ReaderCount, list[float]]:
    """The estimate, each file's by what its language was found to have."""
    counts = estimated(name)
    assert counts is not None, "only names of families come here"
    vocabulary = vocabularies()[family.vocabulary]
    plain = [counts.likely(source.text) for source in sources]
    others = vocabulary.errors["others"]
    each = [tokens * vocabulary.errors.get(kind, others)[0] for tokens, kind in zip(plain, kinds, strict=True)]
    most = sum(counts.count(source.text) for source in sources)
    total = round(sum(each))
    error = round(vocabulary.spread + family.beyond - 1, 3)
    return ReaderCount(name, total, max(most, total), error, counts.name, family.note), each
