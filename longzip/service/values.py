"""What goes in and out of the services: plain values, from which every door makes its JSON schema.

Knows neither MCP nor HTTP. All paths are names within the roots.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Level = Literal["lossless", "light", "balanced", "aggressive"]
MOST_BUDGET = 10_000_000
MOST_PLACES = 50
DEFAULT_BUDGET = 4_000

Paths = Annotated[
    list[str], Field(description="Files and folders, as seen from the root that is served; [] for all of it.")
]
Query = Annotated[str, Field(description="The question or task, in plain words or code.", min_length=1)]
Tokens = Annotated[int, Field(description="The most tokens the result may have.", gt=0, le=MOST_BUDGET)]
Globs = Annotated[list[str], Field(description="Globs such as '*.py' or 'tests/'.")]


class Value(BaseModel):
    """What goes in or out. Nothing in it changes, and what it has no name for is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class CodeRequest(Value):
    """Files in, the part that matters for a query out."""

    query: Query
    paths: Paths = Field(default_factory=list)
    budget: Tokens = DEFAULT_BUDGET
    include: Globs = Field(default_factory=list)
    exclude: Globs = Field(default_factory=list)
    keep: Annotated[list[str], Field(description="What to keep whole: FILE, FILE:SYMBOL or FILE:10-20.")] = Field(
        default_factory=list
    )
    drop: Annotated[list[str], Field(description="What never to show: FILE, a glob, FILE:SYMBOL or FILE:10-20.")] = (
        Field(default_factory=list)
    )
    line_numbers: Annotated[bool, Field(description="Begin each line with its number in the file.")] = False


class RankRequest(Value):
    """Files in, their functions by relevance out."""

    query: Query
    paths: Paths = Field(default_factory=list)
    top: Annotated[int, Field(description="Only the best so many.", gt=0, le=1_000)] = 20
    include: Globs = Field(default_factory=list)
    exclude: Globs = Field(default_factory=list)


class ExpandRequest(Value):
    """Places in, their lines out."""

    places: Annotated[
        list[str], Field(description="FILE:FIRST-LAST, as gap markers say.", min_length=1, max_length=MOST_PLACES)
    ]


class TextRequest(Value):
    """Any text in, a shorter one out. Give either text or path; no budget and no level: level balanced."""

    text: Annotated[str | None, Field(description="The text itself: a log, notes, a conversation, code.")] = None
    path: Annotated[str | None, Field(description="Or a file within the root that is served.")] = None
    query: Annotated[str | None, Field(description="The question, where there is one.")] = None
    budget: Annotated[int | None, Field(description="The most tokens of the result.", gt=0, le=MOST_BUDGET)] = None
    level: Annotated[Level | None, Field(description="Instead of a budget, how much to keep.")] = None


class RecallRequest(Value):
    """A conversation and what to look for in it; whole messages out. Give either reference or query."""

    session: Annotated[
        str, Field(description="A file: what `longzip chat` read, or what ContextCompressor.save wrote.")
    ]
    reference: Annotated[str | None, Field(description='"ref:17" or "#17", as summaries and stubs name messages.')] = (
        None
    )
    query: Annotated[str | None, Field(description="Words that the messages share.")] = None
    top: Annotated[int, Field(description="At most so many.", gt=0, le=100)] = 3


class MessagesRequest(Value):
    """A conversation in, a shorter one out."""

    messages: Annotated[list[dict[str, Any]], Field(description="OpenAI's or Anthropic's messages.", min_length=1)]
    query: Annotated[str | None, Field(description="What is needed of it; by default what its state is.")] = None
    budget: Tokens = DEFAULT_BUDGET


class FileShown(Value):
    """What a result shows of a file. lines: "1-20", 1-based and inclusive."""

    path: str
    tokens: int
    lines: list[str]


class Shortened(Value):
    """A compressed text and what it cost. quality: of prose, the share of its worth that is kept."""

    text: str
    tokens: int
    budget: int
    original_tokens: int
    files: list[FileShown] = Field(default_factory=list)
    notes: list[str] = Field(default_factory=list)
    related: bool = True
    quality: float | None = None


class MessagesShortened(Value):
    """Messages ready to be sent: ids, calls and images as they were, each call with its result.

    tokens: of the text of the messages; ids come on top."""

    messages: list[dict[str, Any]]
    tokens: int
    budget: int
    original_tokens: int
    notes: list[str] = Field(default_factory=list)


class Ranked(Value):
    """A function, class head or run of lines."""

    path: str
    name: str
    start_line: int
    end_line: int
    tokens: int
    relevance: float | None


class Ranking(Value):
    """The best first."""

    functions: list[Ranked]


class Lines(Value):
    """Lines of a file."""

    place: str
    text: str


class Expanded(Value):
    """In the order in which they were asked for."""

    places: list[Lines]


class MessageShown(Value):
    """A message of a conversation, whole. number: from 1."""

    number: int
    role: str
    text: str


class Remembered(Value):
    """Messages, the best first."""

    messages: list[MessageShown]
