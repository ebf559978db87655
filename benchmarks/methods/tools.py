"""What methods work with, and what is shared between them: one tokenizer, one format, one model that remembers."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path

import longzip
from benchmarks.assembly import Book, opened
from benchmarks.config import Run
from benchmarks.embeddings import Encoder
from benchmarks.values import Context
from longzip import (
    Compressor,
    Evidence,
    Format,
    LanguageModel,
    Layer,
    Logprobs,
    LongzipError,
    Request,
    Settings,
    Source,
    Tokenizer,
    UsageError,
)

BUNDLED = Path(longzip.__file__).parent / "models" / "bundled"
# Of each budget the context, or why there is none.
Method = Callable[[Sequence[Source], str, Sequence[int]], Sequence[Context | LongzipError]]


class Remembering:
    """A model that answers what it was asked before from memory. Safe to forget at any time."""

    def __init__(self, model: LanguageModel) -> None:
        self.model, self.known = model, dict[Request, Logprobs]()

    @property
    def name(self) -> str:
        return self.model.name

    def logprobs(self, requests: Sequence[Request]) -> list[Logprobs]:
        new = [request for request in dict.fromkeys(requests) if request not in self.known]
        self.known.update(zip(new, self.model.logprobs(new) if new else [], strict=True))
        return [self.known[request] for request in requests]


@dataclass(slots=True)
class Tools:
    """settings: those of every longzip in the run. books: the last sources that were opened, so that methods share
    them. evidence: what counts beside the run's own model."""

    run: Run
    model: LanguageModel
    tokenizer: Tokenizer
    form: Format
    settings: Settings
    books: dict[tuple[Source, ...], Book] = field(default_factory=dict)
    sentences: Encoder | None = None
    evidence: Evidence | None = None

    def open(self, sources: Sequence[Source]) -> Book:
        key = tuple(sources)
        if key not in self.books:
            self.books.clear()
            self.books[key] = opened(key, self.form, self.tokenizer)
        return self.books[key]

    def forget(self) -> None:
        """Drops what belongs to one example."""
        self.books.clear()
        if isinstance(self.model, Remembering):
            self.model.known.clear()

    def compressor(self, told: Mapping[str, object], model: LanguageModel | None = None) -> Compressor:
        evidence = self.evidence if model is None else None
        settings = changed(self.settings, told)
        return Compressor(model or self.model, self.tokenizer, settings, self.form, evidence=evidence)

    def encoder(self) -> Encoder:
        """The sentence encoder of ``[options]``, loaded once."""
        if self.sentences is None:
            self.sentences = Encoder(self.option("embeddings", "embedding-functions"))
        return self.sentences

    def option(self, name: str, method: str) -> Path:
        """The path under ``[options]``. Raises UsageError where it is not given."""
        if name not in self.run.options:
            raise UsageError(f"the method {method} needs {name} under [options] of RUN.toml.")
        return self.run.place(self.run.options[name])


def load(run: Run) -> Tools:
    """Raises ModelError where the model or the tokenizer cannot be had."""
    count_for = "model" if run.count_for == "embedded" else run.count_for  # see ``counter``
    base = Settings(model=named(run, run.model), count_for=named(run, count_for), mentions=False)
    settings = changed(base, run.settings)
    loaded = Compressor.load(settings=settings)
    loaded.model.logprobs([])  # what cannot be loaded is said now, not once for each example
    model = Remembering(loaded.model) if run.share_scores else loaded.model
    return Tools(run, model, counter(run, loaded), loaded.form, settings, evidence=loaded.evidence)


def counter(run: Run, loaded: Compressor) -> Tokenizer:
    """The run's tokenizer; the embedded model's may be asked for beside another model."""
    if run.count_for == "embedded" and run.model != "embedded":
        return Compressor.load(settings=Settings(model="embedded")).tokenizer
    return loaded.tokenizer


def named(run: Run, model: str) -> str:
    """A model's name; where it is a path of RUN.toml, the path."""
    return str(run.place(model)) if model.startswith(("$", ".", "/", "~")) else model


def changed(settings: Settings, told: Mapping[str, object]) -> Settings:
    """The settings with others in their place, given as RUN.toml's methods give them. Raises SettingsError."""
    base = {knob.name: getattr(settings, knob.name) for knob in fields(Settings)}
    switches = {name for name, value in base.items() if isinstance(value, bool)}
    values = {name: read(value, name in switches) if isinstance(value, str) else value for name, value in told.items()}
    return longzip.combine(Layer("method", {**base, **values})).settings


def read(text: str, switch: bool) -> object:
    """What a label says of a setting: "off" is a word for some settings and a truth value for others."""
    return {"on": True, "off": False}.get(text, text) if switch else number(text)


def number(text: str) -> object:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def seed_of(run: Run, query: str) -> int:
    """A seed that differs by query and not by order."""
    return zlib.crc32(query.encode()) ^ run.seed


def each(one: Callable[[Sequence[Source], str, int], Context]) -> Method:
    """A method out of what does one budget; a budget that it cannot keep is its own failure, not the others'."""

    def attempt(sources: Sequence[Source], query: str, budget: int) -> Context | LongzipError:
        try:
            return one(sources, query, budget)
        except LongzipError as error:
            return error

    return lambda sources, query, budgets: [attempt(sources, query, budget) for budget in budgets]


def whole_number(told: Mapping[str, str], name: str, default: int) -> int:
    if name not in told:
        return default
    if not told[name].isdecimal() or int(told[name]) < 1:
        raise UsageError(f"{name}={told[name]} is no positive number.")
    return int(told[name])


def only(told: Mapping[str, str], *names: str) -> None:
    """Raises UsageError where a method is told what it does not know."""
    if unknown := sorted(set(told) - set(names)):
        raise UsageError(
            f"{unknown[0]}={told[unknown[0]]}: this method knows {', '.join(names) if names else 'no settings'}."
        )
