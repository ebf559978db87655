"""The values that travel between the stages. Frozen, compared by value, and without knowledge of any stage.

Offsets are Python string indices into ``Source.text``; line numbers are 1-based and inclusive; tokens are counted with
the reader's tokenizer unless said otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from html import escape
from typing import Literal

ChunkKind = Literal["function", "class", "module", "lines", "passage"]
Budget = int | Literal["knee"]
ReferenceKind = Literal["call", "base", "type"]
Role = Literal["core", "support", "redundant", "filler", "background"]
Tier = Literal["high", "medium", "low"]
Reason = Literal["whole", "part", "outside the budget", "not relevant", "pinned", "excluded"]


@dataclass(frozen=True, slots=True)
class Source:
    """One text to compress: a file, or a part of a conversation.

    name: what a person calls it, normally a path with forward slashes; "" for a bare text.
    text: its whole text, decoded, line ends as they were.
    language: the language's name ("python"), or None to tell it by ``name`` and the text's first line.
    """

    name: str
    text: str
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Chunk:
    """A consecutive part of a source: a function, a class head, a module-level run, a run of lines, or a passage:
    a paragraph, a turn, a record of a log.

    The chunks of a source tile it: joined in order, they are its text again.

    first_unit, last_unit: the range of ``Format.units(source)`` that the chunk covers, as a half-open interval.
    parent: the label of the class a method belongs to, or "".
    """

    source: Source
    start: int
    end: int
    first_line: int
    last_line: int
    label: str
    kind: ChunkKind
    first_unit: int
    last_unit: int
    parent: str = ""

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]

    @property
    def names(self) -> list[str]:
        """The names that it defines, without what they are members of."""
        return [label.rpartition(".")[2] for label in self.label.split(", ") if label != "..."]


@dataclass(frozen=True, slots=True)
class Unit:
    """The least that is kept or dropped: whole lines, a statement or the head of a compound statement.

    The units of a source tile it too, and no unit crosses a chunk's edge.

    indent: the white space before its first statement, where a gap marker would stand.
    needs: indices (into the same source's units) of the units without which this one cannot stand: the heads and the
        closing lines of what encloses it. Not transitive; follow them until nothing is added.
    head: whether it is the head of its chunk (a function's signature), kept whenever a part of the chunk is kept.
    depth: how many others it lies in, such as the statements around it; 0 where nobody knows.
    guards: as ``needs``, of what keeps it from being done: it could stand without, and would mislead.
    """

    start: int
    end: int
    first_line: int
    last_line: int
    indent: str = ""
    needs: tuple[int, ...] = ()
    head: bool = False
    depth: int = 0
    guards: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Reference:
    """A name that a unit of a source uses and that may be defined elsewhere.

    unit: index into ``Format.units(source)``.
    kind: "call" of a function, method, constructor or decorator; "base" of a class; "type" of a value.
    qualifier: what stands before the last dot (module, object, class) as written, "" where nothing does, or nothing
    plain.
    """

    unit: int
    name: str
    kind: ReferenceKind
    qualifier: str = ""


@dataclass(frozen=True, slots=True)
class Import:
    """What an import statement brings in. unit: index into ``Format.units(source)``, one of
    ``CodeFacts.imports(source)``.

    names: what it binds in the file, in the file's own words ("np", "Path"); () where that cannot be told (a star
        import, an include) or nothing is bound.
    modules: what it names as its origin ("numpy", "./util", "a.b.C"), as written; of a group, each member in full.
    """

    unit: int
    names: tuple[str, ...]
    modules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DataLiteral:
    """A long array, dictionary or table of data, most of whose lines a reader can do without.

    first_line, last_line: whole lines, 1-based and inclusive, that one comment line may replace; its first few elements
        stand before them.
    elements: how many elements these lines hold.
    keep_line: the line on which the literal opens; without it the comment would stand for nothing.
    """

    first_line: int
    last_line: int
    elements: int
    keep_line: int


@dataclass(frozen=True, slots=True)
class Question:
    """What a folder is read for. budget: in tokens, of the result. pins, drops: see ``Compressor.compress``."""

    query: str
    budget: int = 8_000
    pins: tuple[str, ...] = ()
    drops: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScoredChunk:
    """A chunk, what it is worth to the query, its size.

    relevance: AMI in nats per token, and what else speaks for the chunk or against it (the words it shares with the
        query, its file, that it is a test); with the strategy longcodezip AMI in perplexity, and nothing else.
    """

    chunk: Chunk
    relevance: float
    tokens: int


@dataclass(frozen=True, slots=True)
class Span:
    """Lines of a source that were kept, 1-based and inclusive. tokens: of their text; 0 where nobody counted."""

    start_line: int
    end_line: int
    tokens: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What is left of one source. tokens: of its part of the result, header and markers included."""

    path: str
    tokens: int
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class ChunkReport:
    """What happened to one chunk. allowance: the tokens it was granted before the final fit."""

    path: str
    name: str
    kind: ChunkKind
    start_line: int
    end_line: int
    tokens: int
    relevance: float | None
    allowance: int
    kept: tuple[Span, ...]
    reason: Reason


@dataclass(frozen=True, slots=True)
class Stage:
    """Cost of one stage: wall-clock seconds, calls of the model, and texts scored in them."""

    name: str
    seconds: float
    model_calls: int = 0
    texts_scored: int = 0


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that was not read, or not read as code, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Guessed:
    """A file that was read in an encoding which nothing but the look of its bytes tells."""

    path: str
    encoding: str


@dataclass(frozen=True, slots=True)
class Masked:
    """A secret that a mask stands for: its file ("" for a text without a name), its first line from 1, and the rule
    that found it."""

    path: str
    line: int
    rule: str


@dataclass(frozen=True, slots=True)
class Report:
    """What was asked, what was delivered, and how it came about.

    widened: how many functions had to be shown whole, or left out, because their file would not have parsed otherwise.
    masked: the secrets of the sources, in whose place masks stand.
    unread: files that could be read, and were not, since others promise more for the query.
    related: whether anything in the sources seemed to have to do with the query; where not, the result is an outline of
    them.
    """

    asked: int
    got: int
    original_tokens: int
    model: str
    tokenizer: str
    strategy: str
    chunks: tuple[ChunkReport, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    stages: tuple[Stage, ...] = ()
    notes: tuple[str, ...] = ()
    widened: int = 0
    related: bool = True
    masked: tuple[Masked, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        return sum(stage.seconds for stage in self.stages)

    @property
    def ratio(self) -> float:
        """Original tokens per delivered token; 1.0 where nothing was delivered."""
        return self.original_tokens / self.got if self.got else 1.0

    def as_dict(self) -> Mapping[str, object]:
        """Plain values, ready for JSON."""
        return {**asdict(self), "seconds": self.seconds, "ratio": self.ratio}


@dataclass(frozen=True, slots=True)
class Size:
    """How long a text is. words: of ideographs, two make one."""

    words: int
    lines: int
    tokens: int


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one unit of prose (a sentence, a line), and why.

    section: the heading, turn or record it belongs to. role: "core" what the text is about or decides, "support" what
    stands beside that, "redundant" what is said elsewhere, "filler", or "background". tier: high, medium, low.
    value: its worth, in standard deviations of relevance. loss: its share of the worth of all units, in [0, 1].
    status: "kept" or "dropped". code: the reason for machines ("critical:decision", "duplicate-of:12"); reason: for
    people.
    marks: what it was recognised as.
    """

    path: str
    section: str
    start_line: int
    end_line: int
    tokens: int
    role: Role
    tier: Tier
    value: float
    loss: float
    status: Literal["kept", "dropped"]
    code: str
    reason: str
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ActionItem:
    """Who does what, and when ("" where it is not said), in the words of the text. line: where it says so, from 1."""

    who: str
    what: str
    when: str
    line: int

    def __str__(self) -> str:
        return " — ".join(part for part in (self.who, self.what, self.when) if part)


@dataclass(frozen=True, slots=True)
class Digest:
    """What is known of a compressed text beside the report.

    kind: "conversation", "code", "research", "document" or "log"; confidence: of the detection, in [0, 1].
    language: of the templates, "en" or "zh". level: "lossless", "light", "balanced", "aggressive", or "" where a size
    was given.
    skipped: why the text was left as it is, "" where it was not. steps: the protocol's five, in order, with what each
    found.
    curve: (share of the tokens kept, share of the worth kept), rising. retention: of each critical mark, (mark, kept,
    all).
    header: the five lines that say what was saved. actions: the kept action items that name somebody.
    """

    kind: str
    confidence: float
    language: str
    level: str
    skipped: str
    before: Size
    after: Size
    steps: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    curve: tuple[tuple[float, float], ...] = ()
    retention: tuple[tuple[str, int, int], ...] = ()
    header: str = ""
    actions: tuple[ActionItem, ...] = ()

    @property
    def quality(self) -> float:
        """Share of the units' worth that is kept, in [0, 1]."""
        return round(sum(row.loss for row in self.rows if row.status == "kept"), 4) if self.rows else 1.0


@dataclass(frozen=True, slots=True)
class Compressed:
    """The result. text: what to give to the reader; never more than ``report.asked`` tokens.

    digest: of prose, and of what was compressed without a question; None otherwise. Printed, it puts its header first.
    messages: of a conversation that was given as messages, or in JSON, what is left of them, as their provider writes
        them: ids, calls and contents that are no text unchanged, every call with its result; () otherwise. Only
        ``text`` is within the
        budget: ids and marks of roles come on top of it.
    """

    text: str
    sources: tuple[Excerpt, ...]
    report: Report = field(repr=False)
    digest: Digest | None = field(default=None, repr=False)
    messages: tuple[Mapping[str, object], ...] = field(default=(), repr=False)

    def as_dict(self) -> Mapping[str, object]:
        """The result without its report, as plain values, ready for JSON."""
        return {
            "text": self.text,
            "tokens": self.report.got,
            "budget": None if self.digest is not None and self.digest.level else self.report.asked,
            "original_tokens": self.report.original_tokens,
            "files": [asdict(excerpt) for excerpt in self.sources],
            **({"messages": list(self.messages)} if self.messages else {}),
        }

    def _repr_html_(self) -> str:
        """How notebooks show it: the tokens of each file as a bar, and the text, folded; nothing in it can run."""
        report, asked = self.report, max(1, self.report.asked)
        bars = "".join(
            f"<tr><td>{escape(file.path) or '(text)'}</td><td><progress max='{asked}' value='{file.tokens}'></progress>"
            f" {file.tokens:,}</td></tr>"
            for file in self.sources
        )
        return (
            f"<p><b>{report.got:,}</b> of {report.asked:,} tokens, from {report.original_tokens:,}</p>"
            f"<table>{bars}</table>"
            f"<details><summary>text</summary><pre>{escape(self.text)}</pre></details>"
        )

    def __str__(self) -> str:
        if self.digest is None or not self.digest.header or self.text.startswith(self.digest.header):
            return self.text
        return f"{self.digest.header}\n\n{self.text}"
