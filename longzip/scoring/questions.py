"""What a query is made of: title, prose, code, traces; and of what kind it is.

An issue or a bug report is more than a question: its first line says what it is about, its paragraphs say it again in
other words, its code and its traces name what takes part. Knows text only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from longzip.scoring.names import is_code, is_code_line

Kind = Literal["question", "issue", "code"]
Part = Literal["prose", "code", "trace"]

FENCE = re.compile(r"^\s*(?:```+|~~~+)")
STRINGS = re.compile(r'"""(?:.|\n)*?(?:"""|\Z)|\'\'\'(?:.|\n)*?(?:\'\'\'|\Z)')
REMARK = re.compile(r"^\s*(?:#|//|/\*|\*|--|;|%|<!--)")
INDENTED = re.compile(r"^(?: {4,}|\t+)\S")
PROMPT = re.compile(r"^\s*(?:>>>|\.\.\.|\$|In \[\d*\]:|Out\[\d*\]:|[\w./~-]+[#$%>])\s")
WORD = re.compile(r"[^\W\d_]{2,}")
SENTENCE = 4  # plain words that a line of prose has at least
TRACE = re.compile(
    r"^\s*(?:Traceback \(most|File \"[^\"]+\", line \d|at \S+.*[:(]\d+|at .+\(.*\)\s*$|\S+\.\w+:\d+(?::\d+)?:?(?:\s|$)"
    r"|panic: |goroutine \d|thread '.*' panicked|Caused by: |Exception in thread|#\d+ +(?:0x\w+|\S+\(\d+\))"
    r"|(?:\w+\.)*\w*(?:Error|Exception|Warning|Failure)(?::\s|$)|E\s{2,}\S|(?:error|fatal)(?:\[\w+\])?: )"
)
COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
STATEMENT = re.compile(
    r"[;{:]\s*$|\s[-+*/|&:]?=\s|^\s*[\w.]+\(.*\)\s*$|^\s*(?:import|from|return|def|class|func|fn|let|const)\b"
)
QUOTED = re.compile(r"`[^`]*`|\w+(?:\.\w+)*\([^()]*\)|[(\"'][^()\"']*[)\"']|\w*[._/]\w[\w./]*")
BEGUN = re.compile(
    r"^\s*(?:(?:async )?def \w+\(|class \w+.*[:{]|(?:func|fn|fun|function) \w+.*[({]|import \w|from \S+ import )"
)
ASIDE = re.compile(r"\s{2,}(?:#|//|--).*")
MARKED = " \t\r#*_:?.-+()0123456789"  # around a heading
TEMPLATE = frozenset(  # what forms for issues print above what people write
    {"actual behavior", "actual behaviour", "actual output", "actual result", "actual results", "additional context"}
    | {
        "additional information",
        "bug",
        "bug description",
        "bug report",
        "bug summary",
        "checklist",
        "code for reproduction",
    }
    | {"current behavior", "current behaviour", "describe the bug", "describe the issue", "description", "details"}
    | {"environment", "environment info", "environment information", "expected behavior", "expected behaviour"}
    | {"expected outcome", "actual outcome", "expected output", "expected result", "expected results", "explanation"}
    | {"extra tools", "feature request", "how to reproduce", "how to reproduce the bug", "minimal example"}
    | {"minimal reproducible example", "motivation", "output", "possible solution", "problem", "proposed solution"}
    | {"reproducer", "reproducing code example", "reproduction", "reproduction steps", "screenshot", "screenshots"}
    | {"sphinx extensions", "steps to reproduce", "steps to reproduce the bug", "steps/code to reproduce", "summary"}
    | {"system details", "system info", "system information", "to reproduce", "version", "versions", "what happened"}
    | {"what did you expect to happen", "what did you expect to see", "what did you see instead", "what i did"}
    | {"what is the expected behavior", "workaround", "your environment", "your project"}
)
LONG_QUOTE = '"""'
KEYWORDS = frozenset(
    re.findall(
        r"\w+",
        "and as async await break case class const continue def default del do elif else enum except extends false "
        "final finally fn for from func function if implements import in int interface is lambda let new nil none "
        "not null or package pass private protected public raise return self static str string struct super switch "
        "this throw throws true try type union until use using var void when where while with yield ",
    )
)
SAID_IN_CODE = 0.04  # of a code's lines may look like prose: strings, and comments of languages that are not known here
LONGEST_LINE = 400  # characters of a line that are looked at
RECENT = 16  # queries whose kind and parts are remembered: each signal of a run asks for them
TITLE = 300  # characters of a first line that is a title at most


@dataclass(frozen=True, slots=True)
class Parts:
    """A query's parts, each with its lines in their order; empty where it has none.

    title: its first line, where more follows and it is no code. prose, code, trace: the rest, by what the lines are.
    """

    title: str
    prose: str
    code: str
    trace: str


@lru_cache(maxsize=RECENT)
def kind_of(query: str) -> Kind:
    """What sort of query it is: code (as before a cursor), an issue (prose of several lines, with or without code), or
    a question."""
    lines = [line[:LONGEST_LINE] for line in without_strings(query).split("\n") if line.strip()]
    said = [is_prose(line) for line in lines]
    marked = any(FENCE.match(line) or TRACE.match(line) or PROMPT.match(line) for line in lines)
    shaped = is_code(query) or (not any(said) and any(map(BEGUN.match, lines)))
    if shaped and not marked and sum(said) <= SAID_IN_CODE * len(said) and not any(said[:1]):
        return "code"
    return "issue" if len(lines) > 1 else "question"


def without_strings(query: str) -> str:
    """A text less its long strings, as they stand in code; it may begin within one."""
    readings = [STRINGS.sub("", query)]
    if query.count(LONG_QUOTE) % 2:
        readings.append(STRINGS.sub("", query.partition(LONG_QUOTE)[2]))
    return min(readings, key=lambda text: sum(map(is_prose, text.split("\n"))))


def is_prose(line: str) -> bool:
    """Whether a line reads like a sentence, though it may be one about code: some plain words beside what is called or
    quoted, and neither a comment nor a statement."""
    line = line[:LONGEST_LINE]
    if REMARK.match(line) or TRACE.match(line) or INDENTED.match(line) or STATEMENT.search(line):
        return False
    words = WORD.findall(QUOTED.sub(" ", ASIDE.sub("", line)))
    return sum(1 for word in words if word.lower() not in KEYWORDS) >= SENTENCE


@lru_cache(maxsize=RECENT)
def parted(query: str) -> Parts:
    """The parts of a query, which are its lines but for fences and what a form for issues says."""
    found: dict[Part, list[str]] = {"prose": [], "code": [], "trace": []}
    for kind, line in labelled(without_template(query)):
        found[kind].append(line)
    title = ""
    prose = found["prose"]
    if (
        prose
        and len(query.strip().split("\n")) > 1
        and len(prose[0]) <= TITLE
        and query.lstrip().startswith(prose[0].strip())
    ):
        title = prose.pop(0).strip()
    return Parts(title, *("\n".join(found[kind]) for kind in ("prose", "code", "trace")))


def without_template(query: str) -> str:
    """An issue less what a form printed around it: its headings, and HTML comments."""
    return "\n".join(line for line in COMMENT.sub("", query).split("\n") if not is_heading(line))


def is_heading(line: str) -> bool:
    """Whether a line is a heading of a form for issues, and says nothing of this one."""
    return line[:LONGEST_LINE].strip(MARKED).lower() in TEMPLATE


def labelled(query: str) -> Iterator[tuple[Part, str]]:
    """The lines that say something, and what each is."""
    fenced = tracing = False
    for line in query.split("\n"):
        if FENCE.match(line):
            fenced, tracing = not fenced, False
        elif line.strip():
            start = line[:LONGEST_LINE]
            if TRACE.match(start):
                tracing = True
                yield "trace", line
            elif tracing and line[:1].isspace():
                yield "trace", line
            else:
                tracing = False
                shaped = INDENTED.match(start) or PROMPT.match(start) or (is_code_line(start) and not is_prose(start))
                yield ("code" if fenced or shaped else "prose"), line


def readings(query: str) -> list[str]:
    """What of a query is compared with code, each for itself: all of it and, of an issue, its title once more, since
    what follows a title is long and also names what is not to blame."""
    if kind_of(query) != "issue":
        return [query]
    said, title = without_template(query), parted(query).title
    return [said if said.strip() else query, *([title] if title else [])]


def heading(query: str) -> str:
    """What says what a query is about: the title of an issue, else all of it."""
    return readings(query)[-1]


def shortened(query: str, limit: int) -> str:
    """A query of at most so many characters: the end of code, which is nearest to the cursor; the beginning of prose,
    and of an issue what it says before what it shows."""
    if len(query) <= limit:
        return query
    if kind_of(query) == "code":
        end = query[-limit:]
        return end[end.find("\n") + 1 :] or end
    parts = parted(query)
    said = "\n".join(part for part in (parts.title, parts.prose, parts.trace, parts.code) if part) or query
    start = said[:limit]
    return start[: start.rfind("\n")] if "\n" in start[limit // 2 :] else start
