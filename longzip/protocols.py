"""The seams: a language model, an encoder, a tokenizer, a format with its facts of code; and what crosses the first
two. Behind them, a store for what was computed before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, Self, TypeGuard, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from longzip.types import Chunk, DataLiteral, Import, Reference, Source, Unit

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Request:
    """Score ``target`` after ``context``. Both are plain text: a control token's name in them means its letters."""

    context: str
    target: str


@dataclass(frozen=True, slots=True, eq=False)
class Logprobs:
    """Natural logarithms of the probabilities of a target's tokens.

    values: float32 or float64 array of shape (n,), in nats, at most 0.
    ends: int64 array of shape (n,), the character offset in the target where each token ends; ascending, last = its
    length.
    """

    values: NDArray[np.floating]
    ends: NDArray[np.int64]


@runtime_checkable
class LanguageModel(Protocol):
    """Anything that gives log-probabilities of text.

    The batch is the primitive: an implementation may sort, pack, share prefixes or call a server. The answer to a
    request must not depend on the others in the batch, beyond rounding. The target's tokens are the same whatever the
    context. Where both exceed the window, the context loses its start. An empty target gives empty arrays.
    """

    @property
    def name(self) -> str:
        """Identity: id, revision, dtype."""

    def logprobs(self, requests: Sequence[Request]) -> list[Logprobs]: ...


class RememberingModel(LanguageModel, Protocol):
    """A language model that keeps what another one answered."""

    @property
    def inner(self) -> LanguageModel:
        """The model that is asked what is not known yet."""

    def around(self, inner: LanguageModel) -> Self:
        """The same memory around another object for the same model."""

    def measured(self, requests: Sequence[Request], measure: Callable[[Logprobs], float], label: str) -> list[float]:
        """A number of each answer, kept instead of the answer itself. label: what tells this measure from others."""


def remembers(model: LanguageModel) -> TypeGuard[RememberingModel]:
    """Whether a model is one that remembers; asks its class, since its name may take loading it."""
    return hasattr(type(model), "measured")


@runtime_checkable
class Tokenizer(Protocol):
    """Counts tokens as the reader of the result does."""

    @property
    def name(self) -> str: ...

    def count(self, text: str) -> int:
        """Tokens of ``text`` without special tokens; 0 for ""."""


@runtime_checkable
class BatchTokenizer(Tokenizer, Protocol):
    """Counts many texts at once, which is faster than one by one."""

    def counts(self, texts: Sequence[str]) -> list[int]:
        """``count`` of each."""


@dataclass(frozen=True, slots=True)
class Passage:
    """Code to be found. path: with forward slashes. name: as the code has it. doc: its doc comment; body: the rest."""

    path: str = ""
    name: str = ""
    doc: str = ""
    body: str = ""


class Encoder(Protocol):
    """Turns passages of code and questions into vectors whose cosine says how much the one tells about the other.

    Vectors have length 1, or are all zeros where there is no word, and their numbers are multiples of 2⁻¹², so that
    cosines in float64 are exact. A vector depends on nothing but its own text.
    """

    def passages(self, passages: Sequence[Passage]) -> Vectors:
        """A vector of each: float32[passages, width]."""

    def question(self, text: str, code: bool) -> Vectors:
        """float32[width]. code: whether the question is code, such as the lines before a cursor."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What counts beside the model's word: the measured signals (see ``strategies/weights.toml``), and an encoder,
    where there is one, that says what chunks are about.

    first: the small model, where the one that was asked for is large and reads the best only. pretrained: whether the
    model that reads first is a pretrained one, and none of those that come with longzip.
    """

    encoder: Encoder | None = None
    first: LanguageModel | None = None
    pretrained: bool = False


Shelf = Literal[
    "analyses", "names", "omittable", "tokens", "scores", "answers", "contexts", "files", "words", "vectors"
]


class Store(Protocol):
    """Keeps byte strings from one run to the next, as long as it likes to. It never raises: what cannot be read is not
    there."""

    def get(self, shelf: Shelf, keys: Sequence[bytes]) -> list[bytes | None]:
        """The value of each key (16 bytes, see ``digests``); None where there is none."""

    def put(self, shelf: Shelf, entries: Iterable[tuple[bytes, bytes]]) -> None:
        """Keep these values under these keys."""


class CodeFacts(Protocol):
    """What a grammar knows of sources; of what is no code, nothing (see ``formats.facts.NO_FACTS``)."""

    def prepare(self, sources: Sequence[Source], tick: Callable[[int, int], None]) -> None:
        """Told what will be asked about, so that it can be found out ahead; ``tick`` hears how many are done, of how
        many."""

    def language(self, source: Source) -> str:
        """The language's name in lower case ("python"), as Markdown fences use it; "" where it is unknown."""

    def fallback(self, source: Source) -> str | None:
        """Why the source is cut by lines and not by its grammar; None where it is not."""

    def imports(self, source: Source) -> list[int]:
        """Indices of the units (see ``Format.units``) that are import statements (include, use, package, ...)."""

    def references(self, source: Source) -> list[Reference]:
        """The names that the source's units use, in the text's order, each (unit, name, kind, qualifier) once; [] where
        the source is cut by lines."""

    def bindings(self, source: Source) -> list[Import]:
        """What each unit of ``imports(source)`` brings in, one for each; [] where the source is cut by lines."""

    def literals(self, source: Source) -> list[DataLiteral]:
        """Long literals of data that may be shortened, outermost ones, in order; with any of them shortened a source
        that parses still does."""

    def comments(self, source: Source) -> list[tuple[int, int]]:
        """Half-open character ranges of the comments that document nothing and direct no tool, in order.

        A range holds the whole line where nothing else stands on it, otherwise the white space before the comment too:
        taking out any of the ranges leaves a text that parses where the source does. A range may lie in the lines of
        one of ``literals(source)``.
        """

    def valid(self, source: Source, text: str) -> bool:
        """Whether ``text``, made from the source, parses in its language; True where the source itself does not, or has
        no grammar."""


@runtime_checkable
class Format(Protocol):
    """Says where a text may be cut, and what stands where it was."""

    @property
    def facts(self) -> CodeFacts:
        """What is known of sources as code."""

    def split(self, source: Source) -> list[Chunk]:
        """Chunks that tile the source."""

    def units(self, source: Source) -> list[Unit]:
        """Units that tile the source and nest in its chunks."""

    def gap(self, source: Source, first: Unit, lines: tuple[int, int], text: str) -> str:
        """The line (without line end) that stands for dropped lines ``lines[0]`` to ``lines[1]``, of which ``first`` is
        the first unit: ``text`` as a comment of the language at that place."""

    def header(self, source: Source) -> str:
        """A comment line (without line end) that names the source."""
